// What a device has sent and nobody has read yet, in order of arrival. Knows no descriptor.

export class ReceivedBytes {
  #chunks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
  }

  /** Takes the oldest bytes, `maxBytes` at most; empty when there are none. */
  take(maxBytes = this.#length): Uint8Array {
    const all = this.#joined();
    if (all.length <= maxBytes) {
      this.clear();
      return all;
    }
    const taken = all.subarray(0, maxBytes);
    const rest = all.subarray(taken.length);
    this.#chunks = [rest];
    this.#length = rest.length;
    return taken;
  }

  clear(): void {
    this.#chunks = [];
    this.#length = 0;
  }

  #joined(): Uint8Array {
    const [first, second] = this.#chunks;
    if (first !== undefined && second === undefined) return first;
    const whole = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, offset);
      offset += chunk.length;
    }
    return whole;
  }
}

// A RAM loader on its way into memory: how many bytes were announced and how many came. Knows no stage.

export class LoadedImage {
  readonly size: number;
  private readonly bytes: Uint8Array;
  private count = 0;

  constructor(size: number) {
    this.size = size;
    this.bytes = new Uint8Array(size);
  }

  get isComplete(): boolean {
    return this.count === this.size;
  }

  get received(): number {
    return this.count;
  }

  /** False, and nothing is taken, when it is more than was announced. */
  append(data: Uint8Array): boolean {
    if (this.count + data.length > this.size) return false;
    this.bytes.set(data, this.count);
    this.count += data.length;
    return true;
  }

  content(): Uint8Array {
    return this.bytes.slice();
  }
}

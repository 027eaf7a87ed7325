// Bytes that arrived and were not taken yet. Knows no framing.

export class ByteQueue {
  private buffer = new Uint8Array(1024);
  private start = 0;
  private end = 0;

  get length(): number {
    return this.end - this.start;
  }

  push(bytes: Uint8Array): void {
    this.makeRoom(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** A view of the first `count` bytes, good until the next push. */
  peek(count: number): Uint8Array {
    return this.buffer.subarray(this.start, Math.min(this.start + count, this.end));
  }

  /** A copy of the first `count` bytes (fewer when fewer are there), taken out. */
  take(count: number): Uint8Array {
    const taken = this.peek(count).slice();
    this.start += taken.length;
    if (this.start === this.end) this.clear();
    return taken;
  }

  /** Returns how many bytes were thrown away. */
  clear(): number {
    const count = this.length;
    this.start = 0;
    this.end = 0;
    return count;
  }

  private makeRoom(count: number): void {
    if (this.end + count <= this.buffer.length) return;
    const needed = this.length + count;
    const target = needed <= this.buffer.length ? this.buffer : new Uint8Array(Math.max(needed, this.buffer.length * 2));
    target.set(this.buffer.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
    this.buffer = target;
  }
}

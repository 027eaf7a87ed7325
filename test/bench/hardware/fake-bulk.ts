// A bulk interface whose device is played by the test: transfers start and end as libusb's do, never within the call.
import type { BulkEndpoints, TransferEnd } from '../../../src/bench/hardware/bulk-channel.ts';

/** What a device's FIFO takes before the host has to wait. */
const fifoBytes = 65_536;

/** One transfer. It ends once: by what the device does, by a cancel, or by the unplug. */
interface Pending {
  readonly out: Uint8Array | null;
  readonly ended: (end: TransferEnd, taken: number, bytes: Uint8Array) => void;
  isEnding: boolean;
}

export class FakeBulk implements BulkEndpoints {
  readonly packetBytes: number;
  readonly taken: Uint8Array[] = [];
  isClaimed = true;
  #reads: boolean;
  #isUnplugged = false;
  #fifo = 0;
  #pending: Pending[] = [];
  readonly #toHost: Uint8Array[] = [];

  constructor({ packetBytes, reads }: { readonly packetBytes: number; readonly reads: boolean }) {
    this.packetBytes = packetBytes;
    this.#reads = reads;
  }

  get underWay(): number {
    return this.#pending.length;
  }

  send(bytes: Uint8Array, ended: (end: TransferEnd, sent: number) => void): () => void {
    return this.#begin({ out: bytes, ended: (end, taken) => ended(end, taken), isEnding: false });
  }

  receive(ended: (end: TransferEnd, bytes: Uint8Array) => void): () => void {
    return this.#begin({ out: null, ended: (end, _taken, bytes) => ended(end, bytes), isEnding: false });
  }

  close(): Promise<void> {
    if (this.underWay > 0) throw new Error("Can't close device with a pending request");
    this.isClaimed = false;
    return Promise.resolve();
  }

  // The device's end.

  toHost(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length; offset += 4096) this.#toHost.push(bytes.slice(offset, offset + 4096));
    this.#move();
  }

  startReading(): void {
    this.#reads = true;
    this.#move();
  }

  unplug(): void {
    this.#isUnplugged = true;
    this.#move();
  }

  #begin(pending: Pending): () => void {
    this.#pending.push(pending);
    setImmediate(() => this.#move());
    return () => this.#end(pending, 'cancelled');
  }

  #move(): void {
    for (const pending of this.#pending.filter(({ isEnding }) => !isEnding)) {
      if (this.#isUnplugged) this.#end(pending, 'unplugged');
      else if (pending.out === null) this.#answer(pending);
      else this.#take(pending, pending.out);
    }
  }

  #take(pending: Pending, out: Uint8Array): void {
    if (!this.#reads && this.#fifo + out.length > fifoBytes) return;
    this.#fifo += out.length;
    this.taken.push(out.slice());
    this.#end(pending, 'done', out.length);
  }

  #answer(pending: Pending): void {
    const bytes = this.#toHost.shift();
    if (bytes !== undefined) this.#end(pending, 'done', 0, bytes);
  }

  #end(pending: Pending, end: TransferEnd, taken = 0, bytes: Uint8Array = new Uint8Array(0)): void {
    if (pending.isEnding) return;
    pending.isEnding = true;
    setImmediate(() => {
      this.#pending = this.#pending.filter((other) => other !== pending);
      pending.ended(end, taken, bytes);
    });
  }
}

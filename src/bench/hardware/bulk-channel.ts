// Bytes in and out of one bulk interface as a Channel and its Line. Knows endpoints as an interface, no libusb and no deadline.
import type { Channel, ChannelListener, Line, Sending } from './channel.ts';

export type TransferEnd = 'done' | 'cancelled' | 'unplugged' | 'failed';

/** One claimed interface with a bulk endpoint each way. Each transfer calls back exactly once, never within the call that starts it. */
export interface BulkEndpoints {
  /** Largest packet of the OUT endpoint in bytes. */
  readonly packetBytes: number;
  /** Returns how to cancel it. `sent` counts what the device has taken, also of a transfer that did not end well. */
  send(bytes: Uint8Array, ended: (end: TransferEnd, sent: number) => void): () => void;
  receive(ended: (end: TransferEnd, bytes: Uint8Array) => void): () => void;
  /** Releases the interface and the device. Only called when no transfer is under way. */
  close(): Promise<void>;
}

/** Transfers that wait for the device at any time: between two of them nothing is asked, and a full-speed ROM may drop bytes. */
const receivesAhead = 2;

export class BulkChannel implements Channel, Line {
  readonly #endpoints: BulkEndpoints;
  readonly #listener: ChannelListener;
  #sendings: Sending[] = [];
  #cancelSend: (() => void) | null = null;
  readonly #cancelReceives = new Set<() => void>();
  #listening = false;
  #ended = false;
  /** Told when nothing is under way at all. */
  #whenIdle: (() => void)[] = [];
  /** Told when no send is under way. */
  #whenSent: (() => void)[] = [];

  constructor(endpoints: BulkEndpoints, listener: ChannelListener) {
    this.#endpoints = endpoints;
    this.#listener = listener;
  }

  listen(on: boolean): void {
    this.#listening = on;
    if (on) this.#askForBytes();
    // Transfers that are waiting stay: cancelling one could lose bytes it holds. They carry one transfer each and are not renewed.
  }

  send(bytes: Uint8Array, done: Sending['done']): Sending {
    const sending: Sending = { bytes, sent: 0, done };
    if (this.#ended) done('ended');
    else if (bytes.length === 0 && this.#sendings.length === 0) done('sent');
    else {
      this.#sendings.push(sending);
      if (this.#sendings.length === 1) this.#sendNext();
    }
    return sending;
  }

  cancel(sending: Sending): void {
    const isUnderWay = this.#sendings[0] === sending;
    this.#sendings = this.#sendings.filter((other) => other !== sending);
    if (isUnderWay) this.#cancelSend?.();
  }

  /** Every byte that has arrived is told as it arrives. */
  sweep(): void {}

  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    const unsent = this.#sendings;
    this.#sendings = [];
    this.#cancelSend?.();
    for (const cancel of this.#cancelReceives) cancel();
    for (const sending of unsent) sending.done('ended');
  }

  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenSent.push(resolve);
      this.#settleWaiters();
    });
  }

  flush(): Promise<void> {
    this.#cancelSend?.();
    return this.drain();
  }

  /** A bulk interface has no line rate. */
  setBaudRate(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.stop();
    await new Promise<void>((resolve) => {
      this.#whenIdle.push(resolve);
      this.#settleWaiters();
    });
    await this.#endpoints.close();
  }

  #sendNext(): void {
    const sending = this.#sendings[0];
    if (this.#ended || sending === undefined || this.#cancelSend !== null) return;
    if (sending.sent === sending.bytes.length) {
      this.#sendings.shift();
      sending.done('sent');
      this.#sendNext();
      return;
    }
    const piece = nextPiece(sending.bytes.subarray(sending.sent), this.#endpoints.packetBytes);
    this.#cancelSend = this.#endpoints.send(piece, (end, sent) => {
      this.#cancelSend = null;
      sending.sent += sent;
      if (end === 'unplugged' || end === 'failed') this.#end(end);
      this.#sendNext();
      this.#settleWaiters();
    });
  }

  #askForBytes(): void {
    while (!this.#ended && this.#listening && this.#cancelReceives.size < receivesAhead) {
      const cancel = this.#endpoints.receive((end, bytes) => {
        this.#cancelReceives.delete(cancel);
        if (bytes.length > 0 && !this.#ended) this.#listener.received(bytes);
        if (end === 'unplugged' || end === 'failed') this.#end(end);
        this.#askForBytes();
        this.#settleWaiters();
      });
      this.#cancelReceives.add(cancel);
    }
  }

  #settleWaiters(): void {
    if (this.#cancelSend !== null || this.#sendings.length > 0) return;
    for (const resolve of this.#whenSent.splice(0)) resolve();
    if (this.#cancelReceives.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #end(reason: 'unplugged' | 'failed'): void {
    if (this.#ended) return;
    this.stop();
    this.#listener.ended(reason);
  }
}

/**
 * A write that ends on a packet boundary would look unfinished to the device, and it never gets an empty packet: QDL sends all but one
 * byte, then the last one (unisoc.md §9.1, zero-length packets).
 */
function nextPiece(bytes: Uint8Array, packetBytes: number): Uint8Array {
  return bytes.length % packetBytes === 0 ? bytes.subarray(0, -1) : bytes;
}

// Bytes in and out of one open, non-blocking tty descriptor: either a serial path or a pty's master. Knows no deadline and no Transport.
//
// Why not the bindings' own read and write: they spin on a hung-up tty, miss bytes while a write waits, and use libuv's pool
// (serial-and-usb.md F1, F2, F3, F9). Why not tty.ReadStream: libuv opens the tty a second time and puts that over the descriptor, and the
// exclusive lock is gone (the contract suite's second opener shows it). One descriptor, one poller, one owner: nothing is closed twice.
import { readSync, writeSync } from 'node:fs';
import type { LinuxPortBinding } from '@serialport/bindings-cpp';
import type { Channel, ChannelEnd, ChannelListener, Sending } from './channel.ts';

/** The bindings' poller forgets a bit that another call does not name (that is F9), so the whole mask is named every time. */
const readable = 0b001;
const writable = 0b010;
/** Arms nothing but errors and hang-ups, which the kernel always tells. */
const hangUpOnly = 0b100;

/** The poller's native side swallows what its callbacks throw; a defect must end as one. */
function outspoken(run: () => void): void {
  try {
    run();
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
}

const scratch = new Uint8Array(65536);

export class TtyChannel implements Channel {
  readonly #binding: LinuxPortBinding;
  readonly #fd: number;
  readonly #listener: ChannelListener;
  #sendings: Sending[] = [];
  #listening = false;
  #ended = false;
  /** What the poller watches for; null once it has told something, because it forgets what it told. */
  #armed: number | null = null;

  constructor(binding: LinuxPortBinding, fd: number, listener: ChannelListener) {
    this.#binding = binding;
    this.#fd = fd;
    this.#listener = listener;
    binding.poller.on('readable', (error: Error | null) => outspoken(() => this.#onReadable(error)));
    binding.poller.on('writable', () => outspoken(() => this.#onWritable()));
    this.#arm();
  }

  listen(on: boolean): void {
    if (this.#listening === on) return;
    this.#listening = on;
    this.#arm();
  }

  send(bytes: Uint8Array, done: Sending['done']): Sending {
    const sending: Sending = { bytes, sent: 0, done };
    if (this.#ended) {
      done('ended');
      return sending;
    }
    this.#sendings.push(sending);
    if (this.#sendings.length === 1) this.#sendOn();
    return sending;
  }

  cancel(sending: Sending): void {
    this.#sendings = this.#sendings.filter((other) => other !== sending);
    this.#arm();
  }

  sweep(): void {
    // Bounded, so that a device that never stops sending cannot hold the other slots up.
    const { stackTraceLimit } = Error;
    // A tty that is empty says so by a thrown EAGAIN; collecting its stack costs as much as the call itself.
    Error.stackTraceLimit = 0;
    try {
      for (let reads = 0; reads < 64 && !this.#ended; reads++) if (this.#receive() === 'nothing') return;
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  /** The poller is stopped before the descriptor may be closed. */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#binding.poller.removeAllListeners();
    this.#binding.poller.stop();
    const unsent = this.#sendings;
    this.#sendings = [];
    for (const sending of unsent) sending.done('ended');
  }

  #arm(): void {
    if (this.#ended) return;
    const inward = this.#listening ? readable : hangUpOnly;
    const wanted = this.#sendings.length > 0 ? inward | writable : inward;
    if (wanted !== this.#armed) this.#binding.poller.poll(wanted);
    this.#armed = wanted;
  }

  #onReadable(error: Error | null): void {
    if (this.#ended) return;
    this.#armed = null;
    if (error === null) {
      if (this.#listening) this.#receive();
    } else {
      this.sweep();
      // A poll error with neither bytes nor an end behind it would be told again at once, for ever.
      this.#end('failed');
    }
    this.#arm();
  }

  #onWritable(): void {
    this.#armed = null;
    this.#sendOn();
  }

  #sendOn(): void {
    while (!this.#ended) {
      const sending = this.#sendings[0];
      if (sending === undefined || !this.#push(sending)) break;
      this.#sendings.shift();
      sending.done('sent');
    }
    this.#arm();
  }

  /** Whether the driver has taken all of it. */
  #push(sending: Sending): boolean {
    try {
      while (sending.sent < sending.bytes.length) {
        sending.sent += writeSync(this.#fd, sending.bytes, sending.sent, sending.bytes.length - sending.sent, null);
      }
      return true;
    } catch (error) {
      this.#endUnlessBusy(error);
      return false;
    }
  }

  #receive(): 'more' | 'nothing' {
    const bytes = this.#readOnce();
    if (bytes === null) return 'nothing';
    this.#listener.received(bytes);
    return 'more';
  }

  #readOnce(): Uint8Array | null {
    try {
      const count = readSync(this.#fd, scratch, 0, scratch.length, null);
      if (count > 0) return scratch.slice(0, count);
      // VMIN is 1, so an idle tty says EAGAIN: no bytes and no error is a tty that is hung up.
      this.#end('unplugged');
    } catch (error) {
      this.#endUnlessBusy(error);
    }
    return null;
  }

  #endUnlessBusy(error: unknown): void {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EAGAIN' || code === 'EINTR') return;
    this.#end(code === 'EIO' || code === 'ENXIO' || code === 'ENODEV' ? 'unplugged' : 'failed');
  }

  #end(reason: ChannelEnd): void {
    if (this.#ended) return;
    this.stop();
    this.#listener.ended(reason);
  }
}

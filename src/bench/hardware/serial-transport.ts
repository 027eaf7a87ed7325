// The Transport of this bench. Knows how bytes and deadlines meet; whose bytes they are (a tty's or a bulk interface's) is the
// channel's, opening is in open-serial-path.ts and open-bulk.ts.
import { type Fault, fault } from '../../domain/failure.ts';
import type { CloseReason, IoOptions, Transport } from '../transport.ts';
import type { Channel, ChannelListener, Line } from './channel.ts';
import { limit, movingDeadline, within } from './deadline.ts';
import { realClock } from './real-clock.ts';
import { ReceivedBytes } from './received-bytes.ts';

/** Unread bytes above this stay in the kernel, which holds the device back: a board that babbles cannot fill the memory. */
const longestBacklogBytes = 1 << 20;

/** Longest wait for bytes of the old line rate to leave before it is changed. */
const rateChangeDrainMs = 2000;

/**
 * The driver was emptied so long ago, and is not asked again: a reply that strays in within such a moment could as well come a moment after
 * the next command, where no look finds it. The system call and its thrown EAGAIN would be a tenth of what a frame costs the station.
 */
const freshLookMs = 1;

const nothing = new Uint8Array(0);
const taken = Promise.resolve();

interface Reader {
  readonly maxBytes: number | undefined;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (reason: Error) => void;
}

export interface HardwareTransport extends Transport {
  /** What did not work and does not matter, e.g. modem lines of a pty (F4). */
  readonly notes: readonly string[];
  /** The device has left the bus: ends as an unplug does, whether or not the driver has noticed (F1, F2). */
  detached(): void;
}

export interface SerialTransport extends HardwareTransport {
  /** Device number (`st_rdev`) of the node that is really open, to be compared with what the slot's USB path has now. */
  readonly deviceNumber: number;
}

export interface OpenedPath {
  readonly serialPath: string;
  readonly line: Line;
  readonly connect: (listener: ChannelListener) => Channel;
  readonly notes: readonly string[];
}

export class ChannelTransport implements HardwareTransport {
  readonly serialPath: string;
  readonly notes: readonly string[];
  readonly #line: Line;
  readonly #channel: Channel;
  readonly #received = new ReceivedBytes();
  readonly #closing = Promise.withResolvers<CloseReason>();
  #reader: Reader | null = null;
  readonly #readDeadline = movingDeadline(realClock, () => this.#takeReader()?.resolve(nothing));
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #endReason: CloseReason | null = null;
  /** A send was given up: its bytes may sit in the driver, and a close would wait for them (30 s, F3). */
  #outputStuck = false;
  #rateChange: Promise<void> = Promise.resolve();
  /** The signal of the last read that waited. */
  #heeded: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#takeReader()?.reject(this.#heeded?.reason as Error);

  constructor({ serialPath, line, connect, notes }: OpenedPath) {
    this.serialPath = serialPath;
    this.notes = notes;
    this.#line = line;
    this.#channel = connect({
      received: (bytes) => this.#onReceived(bytes),
      ended: (reason) => this.#end(reason, 0),
    });
    this.#channel.listen(true);
  }

  get closed(): Promise<CloseReason> {
    return this.#closing.promise;
  }

  write(bytes: Uint8Array, options: IoOptions): Promise<void> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason as Error);
    if (this.#endReason !== null) return Promise.reject(this.#closedFault('write'));
    let ended: ((outcome: 'sent' | 'ended') => void) | null = null;
    const sending = this.#channel.send(bytes, (outcome) => ended?.(outcome));
    // Nearly every write is over by now: the kernel had room. Only one that waits needs its promise and its deadline.
    if (sending.sent === bytes.length) return taken;
    if (this.#isOver()) return Promise.reject(this.#closedFault('write'));
    return new Promise((resolve, reject) => {
      ended = (outcome) => {
        disarm();
        this.#outputStuck = outcome === 'ended';
        if (outcome === 'sent') resolve();
        else reject(this.#closedFault('write'));
      };
      const giveUp = (reason: Error): void => {
        this.#outputStuck = true;
        this.#channel.cancel(sending);
        reject(reason);
      };
      const disarm = limit(options, {
        expired: () => giveUp(this.#writeTimedOut(sending.sent, bytes.length)),
        aborted: giveUp,
      });
    });
  }

  read(options: IoOptions & { readonly maxBytes?: number }): Promise<Uint8Array> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason as Error);
    if (this.#reader !== null)
      return Promise.reject(new Error(`${this.serialPath}: a read is under way, and one at a time is the law`));
    const { maxBytes, signal, timeoutMs } = options;
    if (this.#received.length === 0 && timeoutMs <= 0) this.#channel.sweep();
    if (this.#received.length > 0) return Promise.resolve(this.#take(maxBytes));
    if (this.#endReason !== null) return Promise.reject(this.#closedFault('read'));
    if (timeoutMs <= 0) return Promise.resolve(nothing);
    this.#heed(signal);
    return new Promise((resolve, reject) => {
      this.#reader = { maxBytes, resolve, reject };
      this.#readDeadline.set(timeoutMs);
    });
  }

  take(): Uint8Array {
    if (this.#received.length === 0 && realClock.now() - this.#heardAtMs > freshLookMs) this.#channel.sweep();
    return this.#received.length === 0 ? nothing : this.#take(undefined);
  }

  discardReceived(): number {
    this.#channel.sweep();
    const count = this.#received.length;
    this.#received.clear();
    this.#channel.listen(true);
    return count;
  }

  setBaudRate(baudRate: number): Promise<void> {
    const change = this.#rateChange.then(() => this.#changeRate(baudRate));
    this.#rateChange = change.catch(() => undefined);
    return change;
  }

  close(timeoutMs: number): Promise<void> {
    this.#end('asked', timeoutMs);
    const late = (): Fault => fault('close-timed-out', 'close', { expected: `${timeoutMs} ms`, detail: this.serialPath });
    return within(this.closed, timeoutMs, late).then(() => undefined);
  }

  detached(): void {
    // What arrived before the pull is still the device's word.
    this.#channel.sweep();
    this.#end('unplugged', 0);
  }

  #onReceived(bytes: Uint8Array): void {
    this.#received.add(bytes);
    this.#heardAtMs = realClock.now();
    const reader = this.#takeReader();
    reader?.resolve(this.#take(reader.maxBytes));
    this.#channel.listen(this.#received.length < longestBacklogBytes);
  }

  #take(maxBytes: number | undefined): Uint8Array {
    const bytes = this.#received.take(maxBytes);
    this.#channel.listen(this.#received.length < longestBacklogBytes);
    return bytes;
  }

  #takeReader(): Reader | null {
    const reader = this.#reader;
    this.#reader = null;
    this.#readDeadline.lift();
    return reader;
  }

  /** Reads of one job share their signal, and a listener added and removed at each frame costs more than the read. */
  #heed(signal: AbortSignal | undefined): void {
    if (signal === this.#heeded) return;
    this.#heeded?.removeEventListener('abort', this.#onAbort);
    this.#heeded = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  async #changeRate(baudRate: number): Promise<void> {
    if (this.#endReason !== null) throw this.#closedFault('set-baud-rate');
    const late = (): Fault =>
      fault('write-timed-out', 'set-baud-rate', { expected: `${rateChangeDrainMs} ms`, detail: this.serialPath });
    await within(this.#line.drain(), rateChangeDrainMs, late);
    if (this.#endReason !== null) throw this.#closedFault('set-baud-rate');
    // The bindings flush both directions with the change: what has arrived is taken first.
    this.#channel.sweep();
    await this.#line.setBaudRate(baudRate);
  }

  #end(reason: CloseReason, timeoutMs: number): void {
    if (this.#endReason !== null) return;
    this.#endReason = reason;
    this.#channel.stop();
    this.#heed(undefined);
    this.#readDeadline.end();
    this.#takeReader()?.reject(this.#closedFault('read'));
    this.#letGo(reason, timeoutMs).then(
      () => this.#closing.resolve(reason),
      // Linux has freed the descriptor even when close() reports an error.
      () => this.#closing.resolve(reason),
    );
  }

  /** Nothing else may be under way on the descriptor when it is closed: its number is given out again at once. */
  async #letGo(reason: CloseReason, timeoutMs: number): Promise<void> {
    await this.#rateChange;
    if (reason === 'asked') await this.#settleOutput(timeoutMs / 2);
    await this.#line.close();
  }

  /** What the driver has taken goes out first (a reset command may be the last frame); what cannot go out is thrown away. */
  async #settleOutput(timeoutMs: number): Promise<void> {
    const late = (): Error => new Error('output does not leave the driver');
    const drained = this.#outputStuck ? Promise.reject(late()) : within(this.#line.drain(), timeoutMs, late);
    await drained.catch(() => this.#line.flush()).catch(() => undefined);
  }

  /** Asked where a call in between may have ended it, which the compiler does not see. */
  #isOver(): boolean {
    return this.#endReason !== null;
  }

  #closedFault(step: string): Fault {
    return fault('transport-closed', step, { actual: this.#endReason ?? 'open', detail: this.serialPath });
  }

  #writeTimedOut(sent: number, length: number): Fault {
    return fault('write-timed-out', 'write', { expected: length, actual: sent, detail: `bytes taken by ${this.serialPath}` });
  }
}

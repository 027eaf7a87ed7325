// A Transport in memory, lawful as src/bench/transport.ts says. Knows no board: its line takes bytes and gives bytes.
import { fault } from '../../domain/failure.ts';
import type { Clock } from '../clock.ts';
import type { CloseReason, IoOptions, Transport } from '../transport.ts';
import { ByteQueue } from './byte-queue.ts';

export interface TransportLine {
  /** Sends towards the board; `onTaken` when the last byte is through. */
  send(bytes: Uint8Array, onTaken: () => void): void;
  /** The serial path is free again. Called exactly once. */
  release(): void;
}

export interface SimulatedTransportOptions {
  readonly clock: Clock;
  readonly serialPath: string;
  /** A larger single write is rejected `write-too-large`: the pacing that promised it is broken. */
  readonly burstBytes: number;
  readonly closeMs: number;
  readonly line: TransportLine;
}

interface Waiter<T> {
  resolve(value: T): void;
  reject(reason: unknown): void;
}

type ReadOptions = IoOptions & { readonly maxBytes?: number };

export class SimulatedTransport implements Transport {
  readonly serialPath: string;
  readonly closed: Promise<CloseReason>;
  private readonly clock: Clock;
  private readonly burstBytes: number;
  private readonly closeMs: number;
  private readonly line: TransportLine;
  private readonly received = new ByteQueue();
  /** Rejects of everything that waits now. */
  private readonly waiting = new Set<(reason: unknown) => void>();
  private reader: (() => void) | null = null;
  private state: 'open' | 'closing' | 'closed' = 'open';
  private settleClosed: (reason: CloseReason) => void = () => undefined;

  constructor(options: SimulatedTransportOptions) {
    this.serialPath = options.serialPath;
    this.clock = options.clock;
    this.burstBytes = options.burstBytes;
    this.closeMs = options.closeMs;
    this.line = options.line;
    this.closed = new Promise((resolve) => {
      this.settleClosed = resolve;
    });
  }

  write(bytes: Uint8Array, options: IoOptions): Promise<void> {
    if (this.state !== 'open') return Promise.reject(this.closedFault('write'));
    if (bytes.length > this.burstBytes) return Promise.reject(tooLarge(bytes.length, this.burstBytes));
    return this.wait<void>(
      options,
      (waiter) => this.line.send(bytes, () => waiter.resolve()),
      (waiter) => waiter.reject(fault('write-timed-out', 'write', { actual: `${options.timeoutMs} ms` })),
    );
  }

  read(options: ReadOptions): Promise<Uint8Array> {
    if (this.reader) return Promise.reject(new Error('one read at a time'));
    if (options.signal?.aborted) return Promise.reject(options.signal.reason as Error);
    if (this.received.length > 0) return Promise.resolve(this.takeReceived(options));
    if (this.state !== 'open') return Promise.reject(this.closedFault('read'));
    if (options.timeoutMs <= 0) return Promise.resolve(new Uint8Array());
    return this.wait<Uint8Array>(
      options,
      (waiter) => {
        this.reader = () => waiter.resolve(this.takeReceived(options));
      },
      (waiter) => waiter.resolve(new Uint8Array()),
      () => {
        this.reader = null;
      },
    );
  }

  take(): Uint8Array {
    return this.received.take(this.received.length);
  }

  discardReceived(): number {
    return this.received.clear();
  }

  setBaudRate(_baudRate: number): Promise<void> {
    return this.state === 'open' ? Promise.resolve() : Promise.reject(this.closedFault('setBaudRate'));
  }

  close(timeoutMs: number): Promise<void> {
    if (this.state === 'open') {
      this.state = 'closing';
      this.rejectWaiting();
      if (this.closeMs > 0) this.clock.after(this.closeMs, () => this.finish('asked'));
      else this.finish('asked');
    }
    if (this.state === 'closed') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = this.clock.after(timeoutMs, () => reject(fault('close-timed-out', 'close', { actual: `${timeoutMs} ms` })));
      void this.closed.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** Bytes from the board. */
  receive(bytes: Uint8Array): void {
    if (this.state !== 'open' || bytes.length === 0) return;
    this.received.push(bytes);
    this.reader?.();
  }

  /** The device is gone. What was received before stays readable. */
  unplug(): void {
    if (this.state === 'closed') return;
    const reason = this.state === 'closing' ? 'asked' : 'unplugged';
    this.finish(reason);
    this.rejectWaiting();
  }

  private finish(reason: CloseReason): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.line.release();
    this.settleClosed(reason);
  }

  private rejectWaiting(): void {
    for (const reject of [...this.waiting]) reject(this.closedFault('wait'));
  }

  private takeReceived({ maxBytes }: ReadOptions): Uint8Array {
    return this.received.take(Math.min(maxBytes ?? this.received.length, this.received.length));
  }

  private closedFault(step: string): Error {
    return fault('transport-closed', step, { detail: this.serialPath });
  }

  /** One operation with its deadline and signal; whatever settles it first clears the rest away. */
  private wait<T>(
    options: IoOptions,
    start: (waiter: Waiter<T>) => void,
    onTimeout: (waiter: Waiter<T>) => void,
    onSettled: () => void = () => undefined,
  ): Promise<T> {
    const { signal, timeoutMs } = options;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    return new Promise<T>((resolve, reject) => {
      let settled = false;
      const settle = (how: () => void): void => {
        if (settled) return;
        settled = true;
        this.waiting.delete(waiter.reject);
        timer?.cancel();
        onSettled();
        signal?.removeEventListener('abort', onAbort);
        how();
      };
      const waiter: Waiter<T> = {
        resolve: (value) => settle(() => resolve(value)),
        reject: (reason) => settle(() => reject(reason as Error)),
      };
      const onAbort = (): void => waiter.reject(signal?.reason);
      let timer: ReturnType<Clock['after']> | null = null;
      start(waiter);
      if (settled) return;
      this.waiting.add(waiter.reject);
      timer = this.clock.after(timeoutMs, () => onTimeout(waiter));
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

const tooLarge = (actual: number, burstBytes: number): Error =>
  fault('write-too-large', 'write', { expected: `at most ${burstBytes} bytes`, actual });

// One open byte stream to one interface of one device. Knows no protocol. Its comments are the law that every bench
// implements and test/bench/transport-contract.ts checks.

export interface IoOptions {
  /** The operation's own deadline; every operation has one (serial-and-usb.md F3, F6). */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export type CloseReason = 'asked' | 'unplugged' | 'failed';

export interface Transport {
  /** For logs and messages only: never an identity. */
  readonly serialPath: string;

  /**
   * Hands all bytes to the device's driver. The caller must not change `bytes` before it settles.
   * Rejects `write-timed-out`, `transport-closed`; with the signal's reason on abort. Part of the bytes may have gone out then.
   */
  write(bytes: Uint8Array, options: IoOptions): Promise<void>;

  /**
   * The bytes received and not yet read, at least one; waits for the first one. Resolves with an empty array when `timeoutMs`
   * passes without any (silence is an answer in these protocols, not an exception). `timeoutMs: 0` only takes what is there.
   * `maxBytes` leaves the rest for the next read. One read at a time.
   * Rejects `transport-closed` once everything received before the close has been read; with the signal's reason on abort.
   */
  read(options: IoOptions & { readonly maxBytes?: number }): Promise<Uint8Array>;

  /**
   * What was received and not read, perhaps nothing: a look that never waits, for a stray reply before the next command. A transport
   * that is closed tells so at the next write or read. Not while a read is under way.
   */
  take(): Uint8Array;

  /** Throws away what was received and not read. Returns how many bytes that were. */
  discardReceived(): number;

  /** Changes the line rate of a UART. On USB it has no effect. Rejects `transport-closed`. */
  setBaudRate(baudRate: number): Promise<void>;

  /**
   * Closes and releases the serial path. Idempotent: every call settles with the same close. Resolves only when the operating
   * system has really let go. Rejects `close-timed-out` when it has not within `timeoutMs`; the close then goes on, and
   * `closed` still tells its end: a lease is never released by time.
   */
  close(timeoutMs: number): Promise<void>;

  /** Settles once, when the transport is really closed, with the reason; an unplug is told here without any read or write. */
  readonly closed: Promise<CloseReason>;
}

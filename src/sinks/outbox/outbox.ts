// Delivers every record of a journal to one destination: in order, at least once, for as long as it takes. The journal itself is the
// queue; only how far it has come is kept, so days offline cost no room and a restart loses nothing. Knows no protocol.
import { dirname } from 'node:path';
import { type Clock, pause } from '../../bench/clock.ts';
import type { Disk } from '../../bench/disk.ts';
import { readLine, type WrittenRecord } from '../../trace/line.ts';
import { type LinePlace, looksLikeRecord, type RawLine, readJournal } from '../../trace/read-journal.ts';

export interface Destination {
  /** Unique among the outboxes of a station; names the file that keeps how far it has come. */
  readonly name: string;
  /** How many records it takes at once. */
  readonly batchRecords: number;
  /**
   * Resolves only when the destination has all of them for good, each under its `recordId`: the same records may come again, and must
   * then change nothing. Rejects in every doubt.
   */
  deliver(records: readonly WrittenRecord[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface OutboxOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** The journal's. */
  readonly folder: string;
  /** Keeps how far the destination has come, e.g. `logs/outbox/mes.json`. */
  readonly cursorPath: string;
  readonly destination: Destination;
  /** A delivery that takes longer is given up and made again. */
  readonly deliveryTimeoutMs: number;
  readonly onChange?: (state: OutboxState) => void;
}

export interface OutboxState {
  readonly name: string;
  /** The last line of the chain that the destination has; 0 for none. */
  readonly deliveredSeq: number;
  /** Records delivered by this process. */
  readonly delivered: number;
  /** Unix milliseconds at which the oldest record that waits was written, as far as is known; null when none does. */
  readonly waitingSinceMs: number | null;
  /** What the destination last said when it did not take a record; null once it has. */
  readonly trouble: string | null;
  /** Record lines that are not as they were written: they cannot be delivered; `log verify` names them. */
  readonly damaged: number;
}

export interface Outbox {
  state(): OutboxState;
  /** The journal has grown. */
  poke(): void;
  /** Resolves when everything the journal held at the call has been delivered; never while the destination refuses. */
  drained(): Promise<void>;
  /** Gives up what is under way; it is delivered again the next time. */
  stop(): Promise<void>;
}

interface Cursor extends LinePlace {
  readonly seq: number;
  readonly hash: string;
}

const [firstPauseMs, longestPauseMs, idleMs] = [500, 60_000, 5_000];

/** Takes the cursor for this process. Rejects EBUSY while another process delivers to this destination. */
export async function startOutbox(options: OutboxOptions): Promise<Outbox> {
  const { disk, cursorPath } = options;
  await disk.makeFolder(dirname(cursorPath));
  const lock = await disk.lock(`${cursorPath}.lock`);
  try {
    const run = new OutboxRun(options, await readCursor(options));
    const ended = run.run();
    return {
      state: () => run.state(),
      poke: () => run.poke(),
      drained: () => run.drained(),
      async stop() {
        run.stop();
        await ended;
        await options.destination.close().catch(() => undefined);
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Null for a new destination, and where the cursor does not fit this journal: then everything is delivered again. */
async function readCursor({ disk, folder, cursorPath }: OutboxOptions): Promise<Cursor | null> {
  try {
    const cursor = JSON.parse(Buffer.from(await disk.read(cursorPath)).toString('utf8')) as Cursor;
    const line = readLine(await disk.readRange(`${folder}/${cursor.file}`, cursor.offset, cursor.length));
    return typeof line === 'object' && line.hash === cursor.hash ? cursor : null;
  } catch {
    return null;
  }
}

class OutboxRun {
  readonly #options: OutboxOptions;
  readonly #stopping = new AbortController();
  readonly #waiters = new Set<() => void>();
  #cursor: Cursor | null;
  #delivered = 0;
  #damaged = 0;
  #waitingSinceMs: number | null = null;
  #trouble: string | null = null;
  /** Counts pokes and passes: a pass that began after a poke has seen what the poke was about. */
  #pokes = 0;
  #seenPokes = 0;
  #wake: () => void = () => undefined;

  constructor(options: OutboxOptions, cursor: Cursor | null) {
    this.#options = options;
    this.#cursor = cursor;
  }

  state(): OutboxState {
    return {
      name: this.#options.destination.name,
      deliveredSeq: this.#cursor?.seq ?? 0,
      delivered: this.#delivered,
      waitingSinceMs: this.#waitingSinceMs,
      trouble: this.#trouble,
      damaged: this.#damaged,
    };
  }

  poke(): void {
    this.#pokes++;
    this.#wake();
  }

  drained(): Promise<void> {
    this.poke();
    const wanted = this.#pokes;
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#seenPokes < wanted) return;
        this.#waiters.delete(look);
        resolve();
      };
      this.#waiters.add(look);
      look();
    });
  }

  stop(): void {
    this.#stopping.abort(new Error('the outbox is stopped'));
  }

  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const pokes = this.#pokes;
      try {
        await this.#deliverAll();
        this.#seenPokes = Math.max(this.#seenPokes, pokes);
        for (const look of [...this.#waiters]) look();
      } catch (error) {
        // The journal itself cannot be read: as patient as with a destination.
        this.#note(error);
      }
      if (this.#pokes === pokes && !signal.aborted) await this.#idle();
    }
  }

  /** Everything that the journal holds now. */
  async #deliverAll(): Promise<void> {
    const { disk, folder, destination } = this.#options;
    for await (const lines of readJournal(disk, folder, this.#cursor)) {
      const found = lines.filter(looksLikeRecord).flatMap((line) => this.#read(line));
      for (let at = 0; at < found.length; at += destination.batchRecords) {
        await this.#deliverUntilTaken(found.slice(at, at + destination.batchRecords));
        if (this.#stopping.signal.aborted) return;
      }
    }
    if (this.#waitingSinceMs === null) return;
    this.#waitingSinceMs = null;
    this.#tell();
  }

  #read(line: RawLine): { record: WrittenRecord; place: LinePlace }[] {
    const record = readLine(line.bytes);
    if (typeof record === 'object' && record.type === 'record') {
      return [{ record, place: { file: line.file, offset: line.offset, length: line.length } }];
    }
    this.#damaged++;
    return [];
  }

  async #deliverUntilTaken(batch: readonly { record: WrittenRecord; place: LinePlace }[]): Promise<void> {
    const { clock, destination } = this.#options;
    const { signal } = this.#stopping;
    const [first, last] = [batch[0], batch.at(-1)];
    if (first === undefined || last === undefined) return;
    this.#waitingSinceMs = Date.parse(first.record.at);
    const records = batch.map(({ record }) => record);
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        await this.#withDeadline((deadline) => destination.deliver(records, deadline));
        await this.#keep({ ...last.place, seq: last.record.seq, hash: last.record.hash });
        this.#delivered += records.length;
        this.#trouble = null;
        this.#tell();
        return;
      } catch (error) {
        this.#note(error);
        await pause(clock, pauseMs, signal).catch(() => undefined);
      }
    }
  }

  async #withDeadline(deliver: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { clock, deliveryTimeoutMs } = this.#options;
    const giveUp = new AbortController();
    const stop = (): void => giveUp.abort(this.#stopping.signal.reason);
    this.#stopping.signal.addEventListener('abort', stop, { once: true });
    const late = new Error(`no answer within ${deliveryTimeoutMs} ms`);
    const timer = clock.after(deliveryTimeoutMs, () => giveUp.abort(late));
    try {
      const aborted = new Promise<never>((_, reject) => {
        giveUp.signal.addEventListener('abort', () => reject(giveUp.signal.reason as Error), { once: true });
      });
      await Promise.race([deliver(giveUp.signal), aborted]);
    } finally {
      timer.cancel();
      this.#stopping.signal.removeEventListener('abort', stop);
    }
  }

  /** Only what is on the disk counts: delivering twice is harmless, skipping is not. */
  async #keep(cursor: Cursor): Promise<void> {
    const { disk, cursorPath } = this.#options;
    await disk.writeWhole(cursorPath, Buffer.from(`${JSON.stringify(cursor)}\n`));
    this.#cursor = cursor;
  }

  async #idle(): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort(new Error('poked'));
    const { signal } = this.#stopping;
    const stop = (): void => woken.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    await pause(this.#options.clock, idleMs, woken.signal).catch(() => undefined);
    signal.removeEventListener('abort', stop);
    this.#wake = () => undefined;
  }

  #note(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#trouble = error instanceof Error ? error.message : String(error);
    this.#tell();
  }

  #tell(): void {
    try {
      this.#options.onChange?.(this.state());
    } catch {
      // The listener's own affair.
    }
  }
}

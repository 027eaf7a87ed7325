// Writes lines into the journal's newest file so that each is durable before it is told: group commit, a file per day, and the
// way back from a disk fault. Knows what a line must survive, not what the station does with jobs.
import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import { type Clock, pause } from '../bench/clock.ts';
import type { Disk, DiskFile } from '../bench/disk.ts';
import { type Failure, Fault, fault } from '../domain/failure.ts';
import { fileLines, journalFileName, journalFiles } from './journal-file.ts';
import { encodeLine, type JournalLine, type LineBody, type LineStamp } from './line.ts';
import { type ChainHead, emptyChain, loadFile } from './load.ts';
import { localDay, localTime, type UtcOffset } from './local-time.ts';
import { carriedLines, follow, noOpenWork, type OpenWork } from './recovery.ts';

export type JournalEvent =
  /** A write or sync failed; everything handed to the journal since waits until it works. Told once per fault. */
  | { readonly type: 'journal.faulted'; readonly failure: Failure }
  | { readonly type: 'journal.restored' }
  /** Bytes after the last good line were cut off; they are kept in `copiedTo`. */
  | { readonly type: 'tail.cutOff'; readonly file: string; readonly copiedTo: string; readonly bytes: number };

export interface JournalWriterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly folder: string;
  readonly stationId: string;
  readonly utcOffset: UtcOffset;
  readonly tell: (event: JournalEvent) => void;
}

interface CurrentFile {
  readonly name: string;
  readonly ordinal: number;
  readonly station: string;
  readonly day: string;
  /** Bytes that are on stable storage. */
  readonly length: number;
  /** Of those bytes: the seal that the next file will hold. Grown as lines are written, so that no slot waits for it at midnight. */
  readonly digest: Hash;
}

interface PendingLine {
  readonly body: LineBody;
  readonly json: string;
  readonly at: string;
  readonly settle: (stamp: LineStamp) => void;
  readonly reject: (reason: Error) => void;
}

const retryPauseMs = 1000;

export class JournalWriter {
  readonly #options: JournalWriterOptions;
  readonly #work: OpenWork = noOpenWork();
  readonly #ending = new AbortController();
  #file: CurrentFile | null = null;
  #head: ChainHead = emptyChain;
  /** Null while the file must be opened (again) and brought to its durable length before anything is written. */
  #handle: DiskFile | null = null;
  #queue: PendingLine[] = [];
  #running: Promise<void> | null = null;
  /** False at start and at the end: then a fault rejects what waits, instead of trying again. */
  #retrying = false;
  #failure: Failure | null = null;
  /** Where this fault's torn bytes are kept: one copy and one report per fault, however often it is tried again. */
  #torn: { readonly copy: string; readonly reported: boolean } | null = null;

  constructor(options: JournalWriterOptions) {
    this.#options = options;
  }

  get head(): ChainHead {
    return this.#head;
  }

  get file(): string | null {
    return this.#file?.name ?? null;
  }

  get failure(): Failure | null {
    return this.#failure;
  }

  /** What the durable lines leave open. */
  get work(): OpenWork {
    return this.#work;
  }

  /** Takes up the newest file: torn tail cut off, every line that is left made durable. Rejects `journal-damaged` or an errno. */
  async start(): Promise<void> {
    const { disk, folder } = this.#options;
    const newest = (await journalFiles(disk, folder)).at(-1);
    if (newest === undefined) return;
    const path = join(folder, newest.file);
    const content = await disk.read(path);
    const loaded = this.#adopt(newest.file, newest.ordinal, content);
    for (const line of loaded.lines) follow(this.#work, line);
    this.#handle = await disk.openForAppend(path);
    await this.#cutOff(this.#handle, content);
    // A process may have died after a failed sync: its last lines can be read, but are not on the disk and would never get there.
    await disk.overwrite(path, loaded.unprovenFrom, content.subarray(loaded.unprovenFrom, loaded.length));
    await disk.syncFolder(folder);
    this.#torn = null;
  }

  /** From now on a fault is waited out. */
  keepTrying(): void {
    this.#retrying = true;
  }

  /** Resolves when the line is on stable storage. Rejects only for a body that is no JSON, or `record-not-writable` at the end. */
  async append<Body extends LineBody>(body: Body): Promise<Body & LineStamp> {
    const { clock, utcOffset } = this.#options;
    if (this.#ending.signal.aborted) throw notWritable('the journal is closed');
    const json = JSON.stringify(body);
    const at = localTime(clock.wallMs(), utcOffset);
    return new Promise((resolve, reject) => {
      this.#queue.push({ body, json, at, settle: (stamp) => resolve({ ...body, ...stamp }), reject });
      this.#running ??= this.#run();
    });
  }

  /** Writes what waits; while faulted it tries once more, then rejects it. */
  async end(): Promise<void> {
    this.#retrying = false;
    this.#ending.abort();
    await this.#running;
    await this.#letGo();
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      try {
        await this.#writeBatch();
        this.#restored();
      } catch (error) {
        await this.#faulted(error);
        if (this.#retrying) await this.#pauseBeforeRetry();
        else this.#rejectAll(error);
      }
    }
    this.#running = null;
  }

  async #writeBatch(): Promise<void> {
    if (this.#handle === null) await this.#reopen();
    if (this.#needsNewFile()) await this.#startFile();
    const [file, handle] = [this.#file, this.#handle];
    if (file === null || handle === null) throw new Error('no journal file is open');

    const batch = [...this.#queue];
    const encoded = this.#encode(batch);
    const bytes = Buffer.from(encoded.text);
    await handle.append(bytes);
    await handle.sync();

    this.#queue = this.#queue.slice(batch.length);
    file.digest.update(bytes);
    this.#file = { ...file, length: file.length + bytes.length };
    this.#head = encoded.head;
    for (const line of batch) follow(this.#work, line.body);
    batch.forEach((line, index) => {
      const stamp = encoded.stamps[index];
      if (stamp !== undefined) line.settle(stamp);
    });
  }

  #encode(batch: readonly Pick<PendingLine, 'json' | 'at'>[]): { text: string; stamps: readonly LineStamp[]; head: ChainHead } {
    let head = this.#head;
    let text = '';
    const stamps = batch.map(({ json, at }) => {
      const line = encodeLine(json, at, { seq: head.seq + 1, durableSeq: this.#head.seq, prevHash: head.hash });
      head = { seq: line.stamp.seq, hash: line.stamp.hash };
      text += `${line.text}\n`;
      return line.stamp;
    });
    return { text, stamps, head };
  }

  /** Never back: when the clock steps to an earlier day, lines go on in the newest file. */
  #needsNewFile(): boolean {
    return this.#file === null || this.#today() > this.#file.day || this.#file.station !== this.#options.stationId;
  }

  /** A file appears whole, with its first line and all open work, or not at all. */
  async #startFile(): Promise<void> {
    const { disk, clock, folder, stationId, utcOffset } = this.#options;
    const carried = carriedLines(this.#work);
    const day = this.#today();
    const previousFile = this.#file?.name ?? null;
    const opened: LineBody = {
      type: 'file.opened',
      schema: 1,
      station: stationId,
      day,
      previousFile,
      previousFileSha256: this.#file?.digest.copy().digest('hex') ?? null,
      carriedLines: carried.length,
    };
    const at = localTime(clock.wallMs(), utcOffset);
    const { text, head } = this.#encode([opened, ...carried].map((body) => ({ json: JSON.stringify(body), at })));

    const ordinal = (this.#file?.ordinal ?? 0) + 1;
    const name = journalFileName(ordinal, day, stationId);
    const bytes = Buffer.from(text);
    await disk.writeWhole(join(folder, name), bytes);
    await this.#letGo();
    this.#file = { name, ordinal, station: stationId, day, length: bytes.length, digest: createHash('sha256').update(bytes) };
    this.#head = head;
    this.#handle = await disk.openForAppend(join(folder, name));
  }

  /** After a fault: a new descriptor, the file cut to what is durable, read again and checked. */
  async #reopen(): Promise<void> {
    const { disk, folder } = this.#options;
    const newest = (await journalFiles(disk, folder)).at(-1);
    if (newest !== undefined && newest.file !== this.#file?.name) {
      // A new file whose making was reported as failed, and yet it is there: only its name may not be durable.
      await disk.syncFolder(folder);
      this.#adopt(newest.file, newest.ordinal, await disk.read(join(folder, newest.file)));
    }
    if (this.#file === null) return;
    const path = join(folder, this.#file.name);
    const handle = await disk.openForAppend(path);
    try {
      await this.#cutOff(handle, await disk.read(path));
      checkEnd(this.#file, this.#head, await disk.read(path));
    } catch (error) {
      await closeQuietly(handle);
      throw error;
    }
    this.#handle = handle;
  }

  #adopt(name: string, ordinal: number, content: Uint8Array): ReturnType<typeof loadFile> {
    const loaded = loadFile(name, content);
    const first: JournalLine | undefined = loaded.lines[0];
    const follows = this.#file === null || first?.prevHash === this.#head.hash;
    if (first?.type !== 'file.opened' || !follows) throw damaged(name, 'it does not follow the file before');
    const digest = createHash('sha256').update(content.subarray(0, loaded.length));
    this.#file = { name, ordinal, station: first.station, day: first.day, length: loaded.length, digest };
    this.#head = loaded.head;
    return loaded;
  }

  async #cutOff(handle: DiskFile, content: Uint8Array): Promise<void> {
    const { disk, folder, tell } = this.#options;
    const file = this.#file;
    if (file === null || content.length <= file.length) return;
    const { copy, reported } = this.#torn ?? {
      copy: `${file.name}.torn-${1 + (await this.#tornCopies(file.name))}`,
      reported: false,
    };
    this.#torn = { copy, reported };
    await disk.writeWhole(join(folder, copy), content.subarray(file.length));
    await handle.truncate(file.length);
    this.#torn = { copy, reported: true };
    if (!reported) tell({ type: 'tail.cutOff', file: file.name, copiedTo: copy, bytes: content.length - file.length });
  }

  async #tornCopies(name: string): Promise<number> {
    const { disk, folder } = this.#options;
    return (await disk.list(folder)).filter((other) => /\.torn-\d+$/.test(other) && other.startsWith(`${name}.torn-`)).length;
  }

  async #faulted(error: unknown): Promise<void> {
    if (this.#failure === null) {
      this.#failure = failureOfDisk(error);
      this.#options.tell({ type: 'journal.faulted', failure: this.#failure });
    }
    await this.#letGo();
  }

  #restored(): void {
    if (this.#failure === null) return;
    this.#failure = null;
    this.#torn = null;
    this.#options.tell({ type: 'journal.restored' });
  }

  async #pauseBeforeRetry(): Promise<void> {
    await pause(this.#options.clock, retryPauseMs, this.#ending.signal).catch(() => undefined);
  }

  #rejectAll(error: unknown): void {
    const waiting = this.#queue;
    this.#queue = [];
    for (const line of waiting) line.reject(new Fault(failureOfDisk(error), { cause: error }));
  }

  /** Nothing is ever written or synced again on a descriptor that has been let go. */
  async #letGo(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    if (handle !== null) await closeQuietly(handle);
  }

  #today(): string {
    return localDay(this.#options.clock.wallMs(), this.#options.utcOffset);
  }
}

/** The durable part must still be there and end in the line we know. Older lines are `verifyJournal`'s. */
function checkEnd(file: CurrentFile, head: ChainHead, content: Uint8Array): void {
  const lastNewline = content.lastIndexOf(0x0a, -2);
  const [last] = [...fileLines(content.subarray(lastNewline + 1))];
  const holds = content.length === file.length && typeof last?.read === 'object' && last.complete && last.read.hash === head.hash;
  if (!holds) throw damaged(file.name, 'its durable end is no longer what was written');
}

const damaged = (file: string, detail: string): Fault => fault('journal-damaged', 'journal', { address: file, detail });

const notWritable = (detail: string): Fault => fault('record-not-writable', 'journal', { detail });

/** Every fault of the disk is one failure to the station; what it was is in the detail. */
export function failureOfDisk(error: unknown): Failure {
  if (error instanceof Fault) return error.failure;
  return notWritable(error instanceof Error ? error.message : String(error)).failure;
}

async function closeQuietly(handle: DiskFile): Promise<void> {
  await handle.close().catch(() => undefined);
}

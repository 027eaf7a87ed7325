// A disk in memory that keeps two truths: what a process can read (the page cache) and what a power cut leaves. Deterministic,
// with faults on demand. Knows no journal. Modelled on Linux: a failed sync leaves its pages clean and unwritten.
import { dirname } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Disk, DiskFile, DiskLock } from '../disk.ts';
import { emptyInode, errno, type Inode, loseDirty, overwriteIn, tear, truncateIn, writeOut } from './memory-inode.ts';

type Operation = 'append' | 'sync' | 'truncate' | 'overwrite' | 'rename' | 'syncFolder';

/** Gives a whole number from 0 to `below - 1`. */
export type Choose = (below: number) => number;

export interface MemoryDisk {
  /** The disk as one process sees it. After `kill` none of its calls ever settles, and its locks are free. */
  startProcess(): ProcessDisk;
  /** Every process dies; unsynced bytes are dropped or torn at a byte, unsynced names vanish or stay, as `choose` says. */
  cutPower(choose: Choose): void;
  /** ENOSPC once this many more bytes have been appended; part of that append is in the file. Null: room enough. */
  setFreeBytes(bytes: number | null): void;
  /** After `after` more syncs of files or folders, this many reject EIO. */
  failSyncs(count: number, after?: number): void;
  /** Each sync takes so long on the clock. */
  setSyncMs(ms: number): void;
  /** Kills the processes in place of the n-th operation on the medium from now (1: the next one). Resolves when it has happened. */
  dieAt(operation: number): Promise<void>;
  /** How often each operation was begun. */
  readonly counts: Readonly<Record<Operation, number>>;
  /** Reads and changes files as somebody with an editor would: at once and durably. */
  bytesOf(path: string): Uint8Array;
  put(path: string, bytes: Uint8Array): void;
  remove(path: string): void;
}

export interface ProcessDisk extends Disk {
  kill(): void;
}

export function memoryDisk(clock: Clock): MemoryDisk {
  return new Medium(clock);
}

class Medium implements MemoryDisk {
  readonly #clock: Clock;
  readonly counts: Record<Operation, number> = { append: 0, sync: 0, truncate: 0, overwrite: 0, rename: 0, syncFolder: 0 };
  /** Names as processes see them, and as the medium has them. */
  readonly #names = new Map<string, Inode>();
  readonly #durableNames = new Map<string, Inode>();
  readonly #processes = new Set<Process>();
  #freeBytes: number | null = null;
  #failingSyncs = { after: 0, count: 0 };
  #syncMs = 0;
  #death: { left: number; happened: () => void } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  startProcess(): ProcessDisk {
    const process = new Process(this);
    this.#processes.add(process);
    return process;
  }

  cutPower(choose: Choose): void {
    this.#killAll();
    for (const path of new Set([...this.#names.keys(), ...this.#durableNames.keys()])) {
      const [now, then] = [this.#names.get(path), this.#durableNames.get(path)];
      const survivor = now === then || choose(2) === 0 ? then : now;
      if (survivor === undefined) this.#durableNames.delete(path);
      else this.#durableNames.set(path, survivor);
    }
    for (const inode of new Set(this.#durableNames.values())) tear(inode, choose);
    this.#names.clear();
    for (const [path, inode] of this.#durableNames) this.#names.set(path, inode);
  }

  setFreeBytes(bytes: number | null): void {
    this.#freeBytes = bytes;
  }

  failSyncs(count: number, after = 0): void {
    this.#failingSyncs = { after, count };
  }

  setSyncMs(ms: number): void {
    this.#syncMs = ms;
  }

  dieAt(operation: number): Promise<void> {
    return new Promise((happened) => {
      this.#death = { left: operation, happened };
    });
  }

  bytesOf(path: string): Uint8Array {
    return this.find(path).cache.slice();
  }

  put(path: string, bytes: Uint8Array): void {
    const inode: Inode = { cache: new Uint8Array(bytes), medium: new Uint8Array(bytes), dirtyFrom: bytes.length };
    this.#names.set(path, inode);
    this.#durableNames.set(path, inode);
  }

  remove(path: string): void {
    this.#names.delete(path);
    this.#durableNames.delete(path);
  }

  // What the processes do:

  begin(operation: Operation): void {
    this.counts[operation]++;
    if (this.#death === null || --this.#death.left > 0) return;
    this.#killAll();
    this.#death.happened();
    this.#death = null;
  }

  find(path: string): Inode {
    const inode = this.#names.get(path);
    if (inode === undefined) throw errno('ENOENT', path);
    return inode;
  }

  findOrMake(path: string): Inode {
    const inode = this.#names.get(path) ?? emptyInode();
    this.#names.set(path, inode);
    return inode;
  }

  rename(from: string, to: string): void {
    this.#names.set(to, this.find(from));
    this.#names.delete(from);
  }

  namesIn(folder: string): readonly string[] {
    const names = [...this.#names.keys()].filter((path) => dirname(path) === folder);
    return names.map((path) => path.slice(folder.length + 1)).sort();
  }

  keepNames(folder: string): void {
    for (const path of [...this.#durableNames.keys()]) {
      if (dirname(path) === folder && !this.#names.has(path)) this.#durableNames.delete(path);
    }
    for (const [path, inode] of this.#names) if (dirname(path) === folder) this.#durableNames.set(path, inode);
  }

  /** How many of these bytes still fit. */
  takeRoom(bytes: number): number {
    if (this.#freeBytes === null) return bytes;
    const fitting = Math.min(bytes, this.#freeBytes);
    this.#freeBytes -= fitting;
    return fitting;
  }

  async waitForSync(): Promise<void> {
    if (this.#syncMs > 0) await new Promise<void>((resolve) => this.#clock.after(this.#syncMs, resolve));
  }

  syncFails(): boolean {
    const { after, count } = this.#failingSyncs;
    if (after > 0) this.#failingSyncs = { after: after - 1, count };
    else if (count > 0) this.#failingSyncs = { after, count: count - 1 };
    return after === 0 && count > 0;
  }

  isLocked(path: string): boolean {
    return [...this.#processes].some((process) => process.locks.has(path));
  }

  forget(process: Process): void {
    this.#processes.delete(process);
  }

  #killAll(): void {
    for (const process of [...this.#processes]) process.kill();
  }
}

class Process implements ProcessDisk {
  readonly #medium: Medium;
  readonly locks = new Set<string>();
  #alive = true;

  constructor(medium: Medium) {
    this.#medium = medium;
  }

  kill(): void {
    this.#alive = false;
    this.locks.clear();
    this.#medium.forget(this);
  }

  makeFolder(): Promise<void> {
    return this.#do(() => undefined);
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#do(() => this.#medium.namesIn(folder));
  }

  read(path: string): Promise<Uint8Array> {
    return this.#do(() => this.#medium.find(path).cache.slice());
  }

  readRange(path: string, offset: number, maxBytes: number): Promise<Uint8Array> {
    return this.#do(() => this.#medium.find(path).cache.slice(offset, offset + maxBytes));
  }

  async openForAppend(path: string): Promise<DiskFile> {
    const inode = await this.#do(() => this.#medium.findOrMake(path));
    let open = true;
    const whileOpen = async (operation: () => Promise<void>): Promise<void> => {
      if (!open) throw errno('EBADF', path);
      await operation();
    };
    return {
      append: (bytes) => whileOpen(() => this.#append(inode, bytes)),
      sync: () => whileOpen(() => this.#sync(inode)),
      truncate: (length) => whileOpen(() => this.#truncate(inode, length)),
      close: () =>
        whileOpen(async () => {
          open = false;
        }),
    };
  }

  async syncFolder(path: string): Promise<void> {
    await this.#begin('syncFolder');
    await this.#syncing(() => this.#medium.keepNames(path));
  }

  async writeWhole(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = `${path}.tmp`;
    const inode = await this.#do(() => {
      const made = this.#medium.findOrMake(temporary);
      Object.assign(made, emptyInode());
      return made;
    });
    await this.#append(inode, bytes);
    await this.#sync(inode);
    await this.#begin('rename');
    this.#medium.rename(temporary, path);
    await this.syncFolder(dirname(path));
  }

  async overwrite(path: string, offset: number, bytes: Uint8Array): Promise<void> {
    const inode = await this.#do(() => this.#medium.find(path));
    await this.#begin('overwrite');
    overwriteIn(inode, offset, bytes);
    await this.#sync(inode);
  }

  lock(path: string): Promise<DiskLock> {
    return this.#do(() => {
      if (this.#medium.isLocked(path)) throw errno('EBUSY', path);
      this.locks.add(path);
      return { release: () => this.#do(() => void this.locks.delete(path)) };
    });
  }

  async #append(inode: Inode, bytes: Uint8Array): Promise<void> {
    await this.#begin('append');
    const fitting = this.#medium.takeRoom(bytes.length);
    overwriteIn(inode, inode.cache.length, bytes.subarray(0, fitting));
    if (fitting < bytes.length) throw errno('ENOSPC', 'append');
  }

  async #sync(inode: Inode): Promise<void> {
    await this.#begin('sync');
    const end = inode.cache.length;
    await this.#syncing(
      () => writeOut(inode, end),
      () => loseDirty(inode, end),
    );
  }

  async #truncate(inode: Inode, length: number): Promise<void> {
    await this.#begin('truncate');
    truncateIn(inode, length);
    await this.#syncing(() => writeOut(inode, length));
  }

  async #syncing(written: () => void, lost: () => void = () => undefined): Promise<void> {
    await this.#medium.waitForSync();
    await this.#whileAlive();
    if (this.#medium.syncFails()) {
      lost();
      throw errno('EIO', 'sync');
    }
    written();
  }

  async #begin(operation: Operation): Promise<void> {
    await this.#whileAlive();
    this.#medium.begin(operation);
    await this.#whileAlive();
  }

  async #do<T>(operation: () => T): Promise<T> {
    await this.#whileAlive();
    return operation();
  }

  /** A turn of the event loop's microtasks, as any real call takes; for ever in a process that is dead. */
  #whileAlive(): Promise<void> {
    return this.#alive ? Promise.resolve() : new Promise(() => undefined);
  }
}

// The disk as the journal needs it: append-only files whose durability can be awaited. Knows no journal.
// Every rejection is an error with an errno `code` (ENOSPC, EIO, ENOENT …).

export interface DiskFile {
  /** Appends all bytes or rejects; after a rejection an unknown part of them may be in the file. */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything appended before the call is on stable storage. After a rejection nothing may be assumed. */
  sync(): Promise<void>;
  /** Cuts the file to `length` bytes and syncs. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  makeFolder(path: string): Promise<void>;
  /** File names in a folder, sorted; an absent folder is an empty list. */
  list(folder: string): Promise<readonly string[]>;
  read(path: string): Promise<Uint8Array>;
  /** At most `maxBytes` from `offset` on; fewer only at the end of the file, none behind it. */
  readRange(path: string, offset: number, maxBytes: number): Promise<Uint8Array>;
  /** Opens for appending, creating it if absent. */
  openForAppend(path: string): Promise<DiskFile>;
  /** Makes a new file's name durable. */
  syncFolder(path: string): Promise<void>;
  /** Writes a whole small file durably under its final name, or rejects and leaves the old one. */
  writeWhole(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes bytes over the same range of an existing file and syncs: with the same bytes it makes durable what is only in the
   * page cache, even after a failed sync that left those pages marked clean.
   */
  overwrite(path: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** Takes the path for this process alone. Rejects EBUSY while a living process holds it; a dead one's lock is taken over. */
  lock(path: string): Promise<DiskLock>;
}

export interface DiskLock {
  release(): Promise<void>;
}

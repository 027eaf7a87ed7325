// One file's bytes as the simulated disk keeps them: what can be read, and what is on the medium. Knows no names and no processes.

export interface Inode {
  /** What any process reads. */
  cache: Uint8Array;
  /** What is on the medium. */
  medium: Uint8Array;
  /** `cache` from here on has not been written out by any sync. */
  dirtyFrom: number;
}

export function emptyInode(): Inode {
  return { cache: new Uint8Array(), medium: new Uint8Array(), dirtyFrom: 0 };
}

export function overwriteIn(inode: Inode, offset: number, bytes: Uint8Array): void {
  inode.cache = resized(inode.cache, Math.max(inode.cache.length, offset + bytes.length));
  inode.cache.set(bytes, offset);
  inode.dirtyFrom = Math.min(inode.dirtyFrom, offset);
}

/** A file cut short is short at once; whether the medium knows before the sync makes no difference to bytes that were synced. */
export function truncateIn(inode: Inode, length: number): void {
  inode.cache = resized(inode.cache, length);
  inode.medium = inode.medium.slice(0, length);
  inode.dirtyFrom = Math.min(inode.dirtyFrom, length);
}

/** A sync that worked: everything dirty before `end` reaches the medium. What an earlier failed sync lost is a gap of zeros. */
export function writeOut(inode: Inode, end: number): void {
  inode.medium = resized(inode.medium, Math.max(inode.medium.length, end));
  inode.medium.set(inode.cache.subarray(inode.dirtyFrom, end), inode.dirtyFrom);
  inode.dirtyFrom = Math.max(inode.dirtyFrom, end);
}

/** A sync that failed: as on Linux, the pages count as clean from now on and no later sync writes them. */
export function loseDirty(inode: Inode, end: number): void {
  inode.dirtyFrom = Math.max(inode.dirtyFrom, end);
}

/** The power is cut: the first `choose` bytes of what was dirty made it to the medium. */
export function tear(inode: Inode, choose: (below: number) => number): void {
  const kept = choose(inode.cache.length - inode.dirtyFrom + 1);
  if (kept > 0) writeOut(inode, inode.dirtyFrom + kept);
  inode.cache = inode.medium.slice();
  inode.dirtyFrom = inode.cache.length;
}

export function errno(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

/** Grows in place as far as its room goes, and takes twice the room then: a file that is appended to is not copied each time. */
function resized(bytes: Uint8Array, length: number): Uint8Array {
  const { buffer, byteLength } = bytes;
  if (length > byteLength && length <= buffer.byteLength) return new Uint8Array(buffer, 0, length).fill(0, byteLength);
  const result = new Uint8Array(new ArrayBuffer(length > byteLength ? 2 * length : length), 0, length);
  result.set(bytes.subarray(0, length));
  return result;
}

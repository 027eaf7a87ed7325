// NV blobs of UNISOC (unisoc.md §11): parse, verify, merge, compare. Pure; knows no link. A wrong NV write destroys IMEI and RF
// calibration, so every check here refuses rather than guesses.
import { type Fault, fault, hex } from '../../domain/failure.ts';
import { crc16Arc } from '../../framing/crc16.ts';

export interface NvItem {
  readonly id: number;
  /** Where its data lies in the blob. */
  readonly offset: number;
  readonly data: Uint8Array;
}

export const imeiItem = 0x5;

/** IMEI 1 to 4, calibration, RF calibration GSM and LTE, golden, BT: what a module must leave with as it came. */
export const itemsAlwaysKept: readonly number[] = [0x2, 0x5, 0x179, 0x186, 0x1e4, 0x26d, 0x26e, 0x26f, 0x191];

const headBytes = 4;
const itemHeadBytes = 4;
const listEnds: readonly number[] = [0xffff, 0xfffe];

/** The items in order, or null when the list does not end inside the blob or an id comes twice. */
export function parseNv(blob: Uint8Array): NvItem[] | null {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.length);
  const items: NvItem[] = [];
  const ids = new Set<number>();
  for (let at = headBytes; at + 2 <= blob.length; ) {
    const id = view.getUint16(at, true);
    if (listEnds.includes(id)) return items;
    if (at + itemHeadBytes > blob.length || ids.has(id)) return null;
    const offset = at + itemHeadBytes;
    const length = view.getUint16(at + 2, true);
    if (offset + length > blob.length) return null;
    items.push({ id, offset, data: blob.subarray(offset, offset + length) });
    ids.add(id);
    at = offset + ((length + 3) & ~3);
  }
  return null;
}

export const storedCrc = (blob: Uint8Array): number => ((blob[0] ?? 0) << 8) | (blob[1] ?? 0);
export const computedCrc = (blob: Uint8Array): number => crc16Arc(blob, 2);

/** Sum of all bytes, both CRC bytes included (§11.2). */
export function sum32(blob: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < blob.length; i++) sum = (sum + (blob[i] ?? 0)) >>> 0;
  return sum;
}

export interface NvBackup {
  readonly blob: Uint8Array;
  readonly items: readonly NvItem[];
}

/** What a module's own blob must be before anything is erased (§11.5). Throws `nv-backup-corrupt`, `nv-imei-missing`. */
export function verifyBackup(blob: Uint8Array, step: string): NvBackup {
  const [stored, computed] = [storedCrc(blob), computedCrc(blob)];
  if (blob.length <= headBytes || stored !== computed) {
    throw fault('nv-backup-corrupt', step, {
      expected: hex(stored),
      actual: hex(computed),
      detail: `CRC over ${blob.length} bytes`,
    });
  }
  const items = parseNv(blob);
  if (items === null)
    throw fault('nv-backup-corrupt', step, { detail: 'the item list does not end inside the blob, or an id comes twice' });
  const imei = items.find(({ id }) => id === imeiItem)?.data;
  if (imei === undefined || isBlank(imei)) {
    throw fault('nv-imei-missing', step, { expected: `item ${hex(imeiItem)}`, actual: imei === undefined ? 'absent' : 'blank' });
  }
  return { blob, items };
}

const isBlank = (data: Uint8Array): boolean => data.every((byte) => byte === 0) || data.every((byte) => byte === 0xff);

export interface NvMerge {
  readonly blob: Uint8Array;
  readonly crc: number;
  readonly sum32: number;
  /** Ids copied from the module. */
  readonly kept: readonly number[];
  /** Kept ids that the template has and the module has not. */
  readonly missing: readonly number[];
}

/**
 * The package's template with the module's own data in every item of `keepIds` (§11.6); its stale CRC is replaced. Kept items
 * that the template lacks are not written, so they stay. Throws `nv-merge-failed`.
 */
export function mergeNv(template: Uint8Array, backup: NvBackup, keepIds: readonly number[], step: string): NvMerge {
  const blob = template.slice();
  const items = parseNv(blob);
  if (items === null || blob.length % 2 !== 0) throw mergeFault(step, { detail: 'the template is not an NV blob of even size' });
  const [kept, missing]: [number[], number[]] = [[], []];
  for (const item of items) {
    if (!keepIds.includes(item.id)) continue;
    const own = backup.items.find(({ id }) => id === item.id);
    if (own === undefined) {
      missing.push(item.id);
      continue;
    }
    if (own.data.length !== item.data.length) {
      throw mergeFault(step, { expected: own.data.length, actual: item.data.length, detail: `length of item ${hex(item.id)}` });
    }
    blob.set(own.data, item.offset);
    kept.push(item.id);
  }
  const crc = computedCrc(blob);
  blob.set([crc >>> 8, crc & 0xff]);
  const changed = changedItems(backup, parseNv(blob) ?? [], kept);
  if (changed.length > 0) throw mergeFault(step, { detail: `items ${ids(changed)} differ after the merge` });
  return { blob, crc, sum32: sum32(blob), kept, missing };
}

/** Which of `watched` the module had and `after` does not hold as it was. */
export function changedItems(before: NvBackup, after: readonly NvItem[], watched: readonly number[]): number[] {
  return watched.filter((watchedId) => {
    const own = before.items.find(({ id }) => id === watchedId);
    if (own === undefined) return false;
    const now = after.find(({ id }) => id === watchedId);
    return now === undefined || !Buffer.from(own.data).equals(now.data);
  });
}

export const keepSet = (fromXml: readonly number[]): number[] => [...new Set([...itemsAlwaysKept, ...fromXml])];

export const ids = (list: readonly number[]): string => list.map(hex).join(', ');

/**
 * The 15 digits of an IMEI item: first digit in the high nibble of byte 0 (its low nibble is a type), then low before high nibble.
 * Undefined when it is not 8 bytes of decimal digits. The reference does not say this; it is what public code of the same SDK
 * does (`nvmReadImei`), and a GUESS until seen on hardware.
 */
export function decodeImei(data: Uint8Array): string | undefined {
  if (data.length !== 8) return undefined;
  const nibbles = [...data].flatMap((byte) => [byte & 0xf, byte >>> 4]).slice(1);
  return nibbles.every((nibble) => nibble <= 9) ? nibbles.join('') : undefined;
}

const mergeFault = (step: string, facts: Parameters<typeof fault>[2]): Fault => fault('nv-merge-failed', step, facts);

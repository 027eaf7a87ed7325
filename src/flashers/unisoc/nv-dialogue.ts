// The NV of one module over its flash loader (unisoc.md §11.4 to §11.8): read, keep on disk, verify, merge, and compare after the last
// write. Knows nothing of the steps around it.
import { createHash } from 'node:crypto';
import { type FailureCode, Fault, fault, hex } from '../../domain/failure.ts';
import type { UnisocPackage } from '../../firmware/unisoc-package.ts';
import type { SessionContext } from '../flasher.ts';
import type { BslLink } from './bsl-link.ts';
import {
  changedItems,
  computedCrc,
  decodeImei,
  ids,
  imeiItem,
  keepSet,
  mergeNv,
  type NvBackup,
  type NvMerge,
  parseNv,
  storedCrc,
  verifyBackup,
} from './nv.ts';
import { logicalAddresses, replies } from './opcodes.ts';
import { readPayload } from './payloads.ts';
import { readChunkBytes } from './stages.ts';

/** A module's NV, verified and kept on disk: from here on it can be brought back. */
export interface SecuredNv {
  readonly backup: NvBackup;
  /** Null where the package brings no template, or the flow passes it over. */
  readonly merge: NvMerge | null;
  readonly imei: string | undefined;
}

const address = logicalAddresses.FIXED_NV;
export const size8910 = 0x20000;
/** The SDK's default, where the package has no NV entry to say more. */
const defaultSize8850 = 0x28000;

/**
 * Resolves once backup, merged blob and their digests are durable. Rejects `nv-backup-unreadable`, `nv-backup-corrupt`,
 * `nv-imei-missing`, `nv-merge-failed`, and with whatever `keepEvidence` rejects: nothing may be erased then.
 */
export async function secureNv(
  link: BslLink,
  context: SessionContext,
  image: UnisocPackage,
  template: Uint8Array | null,
  step: string,
): Promise<SecuredNv> {
  const blob = await readNv(link, image, step).catch((thrown: unknown) => {
    throw asUnreadable(thrown, step);
  });
  await context.keepEvidence('nv-backup.bin', blob);
  const backup = verifyBackup(blob, step);
  const merge = template === null ? null : mergeNv(template, backup, keepSet(image.nvItemsToKeep), step);
  const secured = { backup, merge, imei: imeiOf(backup) };
  if (merge !== null) await context.keepEvidence('nv-merged.bin', merge.blob);
  await context.keepEvidence('nv-evidence.json', evidenceOf(secured, context, image));
  tell(secured, context);
  return secured;
}

/**
 * After the last write: every kept item that the module had must be as it was. Rejects `nv-changed`. NORFDL reads back only the blob
 * it has just written (§11.8): an item of the XML list alone that this blob does not hold was not written (§11.3), and is not asked for.
 */
export async function compareNv(link: BslLink, { backup, merge }: SecuredNv, image: UnisocPackage, step: string): Promise<void> {
  const readsOnlyWritten = image.chip === '8850' && merge !== null;
  const fromXml = readsOnlyWritten ? image.nvItemsToKeep.filter((id) => merge.kept.includes(id)) : image.nvItemsToKeep;
  await expectItems(link, backup, keepSet(fromXml), image, step);
}

/** Reads the NV: each watched item that the backup has must be as it is there. Rejects `nv-changed`. */
export async function expectItems(
  link: BslLink,
  backup: NvBackup,
  watched: readonly number[],
  image: UnisocPackage,
  step: string,
): Promise<void> {
  const blob = await readNv(link, image, step);
  const [stored, computed] = [storedCrc(blob), computedCrc(blob)];
  const items = stored === computed ? parseNv(blob) : null;
  if (items === null)
    throw fault('nv-changed', step, { expected: hex(stored), actual: hex(computed), detail: 'CRC or item list after the write' });
  const changed = changedItems(backup, items, watched);
  if (changed.length > 0)
    throw fault('nv-changed', step, { expected: 'the items of the backup', actual: `changed: ${ids(changed)}` });
}

/**
 * The module's NV as it tells it, unchecked. In requests of 0x3000 from offset 0 on, nothing between them: the device serves them
 * from a buffer it filled at offset 0.
 */
export async function readNv(link: BslLink, image: UnisocPackage, step: string): Promise<Uint8Array> {
  const wanted = image.chip === '8910' ? size8910 : size8850(image);
  const blob = new Uint8Array(wanted);
  let length = 0;
  while (length < wanted) {
    const asked = Math.min(readChunkBytes, wanted - length);
    const data = await readPiece(link, { step, asked, offset: length, mayEnd: image.chip === '8850' && length > 0 });
    if (data.length > asked)
      throw fault('reply-malformed', step, { expected: asked, actual: data.length, address: hex(address + length) });
    blob.set(data, length);
    length += data.length;
    if (data.length < asked) break;
  }
  if (image.chip === '8910' && length < wanted)
    throw fault('reply-malformed', step, { expected: hex(wanted), actual: hex(length), detail: 'NV is shorter' });
  return blob.subarray(0, length);
}

interface Piece {
  readonly step: string;
  readonly asked: number;
  readonly offset: number;
  /** On 8850 an offset at the stored size is refused with 82: the end, not a fault. */
  readonly mayEnd: boolean;
}

async function readPiece(link: BslLink, { step, asked, offset, mayEnd }: Piece): Promise<Uint8Array> {
  const accept = mayEnd ? [replies.READ_FLASH, replies.INVALID_CMD] : [replies.READ_FLASH];
  const reply = await link.request({ step, command: 'READ_FLASH', data: readPayload(address, asked, offset), accept, address });
  return reply.type === replies.READ_FLASH ? reply.data : new Uint8Array(0);
}

export const size8850 = (image: UnisocPackage): number =>
  image.files.find(({ base, blockSize }) => base === address && blockSize > 0)?.blockSize ?? defaultSize8850;

/** What the module answered is the unit's; a lost link or an abort stays what it is. */
function asUnreadable(thrown: unknown, step: string): unknown {
  const ofUnit: readonly FailureCode[] = [
    'device-refused',
    'reply-timed-out',
    'reply-malformed',
    'reply-checksum-wrong',
    'reply-unexpected',
  ];
  if (!(thrown instanceof Fault) || !ofUnit.includes(thrown.failure.code)) return thrown;
  const { code, expected, actual, detail } = thrown.failure;
  return fault(
    'nv-backup-unreadable',
    step,
    {
      ...(expected === undefined ? {} : { expected }),
      ...(actual === undefined ? {} : { actual }),
      address: hex(address),
      detail: detail === undefined ? code : `${code}: ${detail}`,
    },
    thrown,
  );
}

export const imeiOf = ({ items }: NvBackup): string | undefined => {
  const item = items.find(({ id }) => id === imeiItem);
  return item === undefined ? undefined : decodeImei(item.data);
};

function tell({ backup, merge, imei }: SecuredNv, { emit }: SessionContext): void {
  emit({ type: 'evidence.found', name: 'nv.backup.sha256', value: sha256(backup.blob) });
  emit({ type: 'evidence.found', name: 'nv.backup.bytes', value: backup.blob.length });
  if (merge !== null) emit({ type: 'evidence.found', name: 'nv.merged.sha256', value: sha256(merge.blob) });
  if (imei === undefined)
    emit({ type: 'note.added', text: `NV item ${hex(imeiItem)} is not an IMEI in the packing assumed here` });
  else emit({ type: 'evidence.found', name: 'nv.imei', value: imei });
  if (merge !== null && merge.missing.length > 0) {
    emit({ type: 'note.added', text: `NV items ${ids(merge.missing)} are in the package, and the module has none to keep` });
  }
}

/** Beside the two blobs, for whoever must bring one back (§11.8). Slot and IMEI by AT are in the record. */
function evidenceOf({ backup, merge, imei }: SecuredNv, { clock }: SessionContext, image: UnisocPackage): Uint8Array {
  const evidence = {
    takenAt: new Date(clock.wallMs()).toISOString(),
    imei: imei ?? null,
    package: { name: image.identity.name, pac: image.pac.fileName, sha256: image.pac.sha256 },
    backup: {
      bytes: backup.blob.length,
      sha256: sha256(backup.blob),
      crc: hex(storedCrc(backup.blob)),
      items: backup.items.map(({ id, data }) => ({ id: hex(id), length: data.length, sha256: sha256(data) })),
    },
    merged: merge && {
      bytes: merge.blob.length,
      sha256: sha256(merge.blob),
      crc: hex(merge.crc),
      sum32: hex(merge.sum32),
      kept: merge.kept.map(hex),
      missing: merge.missing.map(hex),
    },
  };
  return Buffer.from(`${JSON.stringify(evidence, null, 2)}\n`);
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

// An NV backup of `logs/nv/` with everything that says which module it was taken of: its evidence file, the records of its job, and
// its own item 0x5. Reads only; knows no bench.
import { basename, dirname, join } from 'node:path';
import type { Disk } from '../bench/disk.ts';
import { fault, hex } from '../domain/failure.ts';
import { isValidImei } from '../domain/unit.ts';
import { type NvToRestore, readNvToRestore } from '../flashers/unisoc/restore.ts';
import type { RestoredUnit } from '../slot/decisions.ts';
import { hasCode } from '../trace/errno.ts';
import { fileLines, journalFiles } from '../trace/journal-file.ts';
import type { WrittenRecord } from '../trace/line.ts';

export interface BackupOfUnit {
  readonly nv: NvToRestore;
  readonly unit: RestoredUnit;
  readonly jobId: string;
  /** Of the record or the evidence; null where neither tells it. */
  readonly takenAt: string | null;
}

const step = 'backup';
const backupName = /^(?<jobId>[\w-]+)-nv-backup\.bin$/;

/**
 * Rejects `nv-backup-corrupt` when the CRC does not hold or the bytes are not those of the evidence or the record, `nv-imei-missing`
 * without item 0x5, and `nv-backup-unidentified` when neither evidence nor record names its module, or they contradict each other.
 */
export async function readBackup(disk: Disk, file: string, journalFolder: string): Promise<BackupOfUnit> {
  const jobId = backupName.exec(basename(file))?.groups?.['jobId'];
  if (jobId === undefined) throw unidentified('a file <job>-nv-backup.bin of logs/nv', basename(file));
  const nv = readNvToRestore(await readOrExplain(disk, file));
  const evidence = await readEvidence(disk, join(dirname(file), `${jobId}-nv-evidence.json`));
  const records = await recordsOfJob(disk, journalFolder, jobId);
  for (const told of [evidence?.sha256, ...records.map(({ evidence: found }) => found['nv.backup.sha256'])]) {
    if (told !== undefined && told !== nv.sha256)
      throw fault('nv-backup-corrupt', step, { expected: told, actual: nv.sha256, detail: 'SHA-256 of the backup' });
  }
  const witnesses = [evidence?.imei, ...records.map(({ unit }) => unit.imeiBefore)];
  const unit = { imei: oneImei(witnesses, nv.imei), sn: snOf(records) };
  return { nv, unit, jobId, takenAt: evidence?.takenAt ?? records[0]?.startedAt ?? null };
}

/** The one IMEI that evidence, records and the blob itself agree on; the blob alone does not do. */
function oneImei(witnesses: readonly (string | null | undefined)[], inBlob: string | undefined): string {
  const told = witnesses.filter((imei): imei is string => typeof imei === 'string');
  const all = new Set(inBlob === undefined ? told : [...told, inBlob]);
  const [imei] = all;
  if (told.length === 0 || imei === undefined)
    throw unidentified('an evidence file beside the backup, or a record of its job', 'neither names an IMEI');
  if (all.size > 1) throw unidentified('one IMEI in evidence, record and backup', [...all].join(' and '));
  if (!isValidImei(imei)) throw unidentified('an IMEI', imei);
  return imei;
}

/** An SN read after the writing is the unit's only when the record proves that it was still the same one. */
function snOf(records: readonly WrittenRecord[]): string | null {
  const proven = records.filter(({ identity, verdict }) => identity.source === 'at' || verdict === 'PASS');
  const sns = new Set(proven.flatMap(({ unit }) => unit.sn ?? []));
  const [sn] = sns;
  return sns.size === 1 && sn !== undefined ? sn : null;
}

async function recordsOfJob(disk: Disk, folder: string, jobId: string): Promise<readonly WrittenRecord[]> {
  const found: WrittenRecord[] = [];
  for (const { file } of await journalFiles(disk, folder)) {
    const content = await disk.read(join(folder, file));
    if (!Buffer.from(content.buffer, content.byteOffset, content.length).includes(jobId)) continue;
    for (const { read } of fileLines(content)) {
      if (typeof read !== 'string' && read.type === 'record' && read.jobId === jobId) found.push(read);
    }
  }
  return found;
}

interface Evidence {
  readonly imei: string | null;
  readonly sha256: string;
  readonly takenAt: string;
}

/** Null when there is none. Rejects `nv-backup-unidentified` for one that cannot be understood. */
async function readEvidence(disk: Disk, file: string): Promise<Evidence | null> {
  let bytes: Uint8Array;
  try {
    bytes = await disk.read(file);
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return null;
    throw thrown;
  }
  const value = parsed(bytes);
  const backup = field(value, 'backup');
  const [imei, takenAt, sha256] = [field(value, 'imei'), field(value, 'takenAt'), field(backup, 'sha256')];
  const isImei = imei === null || typeof imei === 'string';
  if (!isImei || typeof takenAt !== 'string' || typeof sha256 !== 'string')
    throw unidentified('an evidence file as the station wrote it', basename(file));
  return { imei, sha256, takenAt };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

async function readOrExplain(disk: Disk, file: string): Promise<Uint8Array> {
  try {
    return await disk.read(file);
  } catch (thrown) {
    throw fault(
      'nv-backup-unreadable',
      step,
      { expected: 'a backup file', detail: thrown instanceof Error ? thrown.message : String(thrown) },
      thrown,
    );
  }
}

const unidentified = (expected: string, actual: string): Error => fault('nv-backup-unidentified', step, { expected, actual });

/** For the operator: `131072 bytes, CRC 0x1234, sum 0x5678`. */
export const describeBackup = ({ backup, sum32 }: NvToRestore): string =>
  `${backup.blob.length} bytes, ${backup.items.length} items, sum ${hex(sum32)}`;

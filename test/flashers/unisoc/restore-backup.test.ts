// Which backups may be put back: those whose bytes hold and whose module is proven by more than themselves.
import { describe, expect, it } from 'vitest';
import { memoryDisk } from '../../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../../src/bench/simulator/simulated-clock.ts';
import { readBackup } from '../../../src/commands/nv-restore-backup.ts';
import { Fault } from '../../../src/domain/failure.ts';
import type { RecordBody } from '../../../src/domain/record.ts';
import { computedCrc } from '../../../src/flashers/unisoc/nv.ts';
import { sha256 } from '../../../src/flashers/unisoc/nv-dialogue.ts';
import { folder, jobFacts, open, recordOf } from '../../trace/rig.ts';
import { buildNv, ownItems } from './nv-samples.ts';

const ownImei = '861234567890127';
const items = { ...ownItems, 5: [0x8a, 0x16, 0x32, 0x54, 0x76, 0x98, 0x10, 0x72] };
const otherImei = '862222222222223';
const sn = 'D1Q240000000001';
const jobId = '01JGZZZZZZZZZZZZZZZZZZZZZZ-3-1';
const good = buildNv(items);
const ofJob = jobFacts(jobId, 3);
const unitWith = (imeiBefore: string | null): RecordBody['unit'] => ({ ...ofJob.unit, imeiBefore, sn });
const fromNv: RecordBody['identity'] = { ...ofJob.identity, source: 'nvBackup' };
const record: RecordBody = {
  ...recordOf({ ...ofJob, unit: unitWith(ownImei) }, '01JGZZZZZZZZZZZZZZZZZZZZZA'),
  evidence: { 'nv.backup.sha256': sha256(good) },
};

interface Told {
  readonly blob?: Uint8Array;
  readonly name?: string;
  /** Null: no evidence file. */
  readonly evidence?: string | null;
  /** What differs from a good record; null: no record. */
  readonly recordWith?: Partial<RecordBody> | null;
}

const evidenceOf = (blob: Uint8Array, imei: string | null = ownImei): string =>
  JSON.stringify({ takenAt: '2026-01-05T06:00:00.000Z', imei, backup: { sha256: sha256(blob) } });

async function read({ blob = good, name = `${jobId}-nv-backup.bin`, evidence = evidenceOf(blob), recordWith = null }: Told) {
  const clock = new SimulatedClock();
  const disk = memoryDisk(clock).startProcess();
  const prepared = async () => {
    await disk.makeFolder('logs/nv');
    await disk.writeWhole(`logs/nv/${name}`, blob);
    if (evidence !== null) await disk.writeWhole(`logs/nv/${jobId}-nv-evidence.json`, Buffer.from(evidence));
    const { journal } = await open(disk, clock);
    if (recordWith !== null) await journal.record({ ...record, ...recordWith });
    await journal.close();
    return readBackup(disk, `logs/nv/${name}`, folder);
  };
  return clock.runUntil(prepared());
}

async function refusal(told: Told): Promise<string> {
  try {
    await read(told);
    return 'accepted';
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.failure.code;
    throw thrown;
  }
}

const damaged = good.slice();
damaged[0x100] = (damaged[0x100] ?? 0) ^ 1;
const { 5: _imei, ...withoutImei } = items;

describe('an NV backup', () => {
  it('with its evidence names its module by the IMEI', async () => {
    const { unit, nv, takenAt } = await read({});
    expect(unit).toEqual({ imei: ownImei, sn: null });
    expect(takenAt).toBe('2026-01-05T06:00:00.000Z');
    expect([nv.sha256, nv.backup.blob.length, computedCrc(nv.backup.blob)]).toEqual([
      sha256(good),
      good.length,
      computedCrc(good),
    ]);
  });

  it('with the record of its job names the SN too, also without the evidence file', async () => {
    expect((await read({ evidence: null, recordWith: {} })).unit).toEqual({ imei: ownImei, sn });
  });

  it.each<[string, Partial<RecordBody>, string | null]>([
    ['read by AT before the job', { verdict: 'UNKNOWN' }, sn],
    ['read after a PASS', { identity: fromNv }, sn],
    ['read after a job that proved nothing', { identity: fromNv, verdict: 'UNKNOWN' }, null],
  ])('takes an SN %s for what it proves', async (_name, recordWith, expected) => {
    expect((await read({ recordWith })).unit.sn).toBe(expected);
  });

  it.each<[string, Told, string]>([
    ['whose CRC does not hold', { blob: damaged }, 'nv-backup-corrupt'],
    ['without item 0x5', { blob: buildNv(withoutImei) }, 'nv-imei-missing'],
    ['with a blank item 0x5', { blob: buildNv({ ...items, 5: [0, 0, 0, 0, 0, 0, 0, 0] }) }, 'nv-imei-missing'],
    ['that is not the one of its evidence', { evidence: evidenceOf(damaged) }, 'nv-backup-corrupt'],
    ['that is not the one of its record', { recordWith: { evidence: { 'nv.backup.sha256': '00' } } }, 'nv-backup-corrupt'],
    ['with neither evidence nor record', { evidence: null }, 'nv-backup-unidentified'],
    ['with the record of another job only', { evidence: null, recordWith: { jobId: 'another' } }, 'nv-backup-unidentified'],
    ['whose evidence names another IMEI', { evidence: evidenceOf(good, otherImei) }, 'nv-backup-unidentified'],
    ['whose record names another IMEI', { recordWith: { unit: unitWith(otherImei) } }, 'nv-backup-unidentified'],
    [
      'whose evidence and record name none',
      { evidence: evidenceOf(good, null), recordWith: { unit: unitWith(null) } },
      'nv-backup-unidentified',
    ],
    ['whose evidence cannot be read', { evidence: '{"imei"' }, 'nv-backup-unidentified'],
    ['that is not named as the station names them', { name: 'backup.bin' }, 'nv-backup-unidentified'],
    ['that is a merged blob', { name: `${jobId}-nv-merged.bin` }, 'nv-backup-unidentified'],
  ])('%s is refused', async (_name, told, code) => {
    expect(await refusal(told)).toBe(code);
  });
});

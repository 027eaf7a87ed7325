// What lets an NV restore begin, and what its read-back proves, as tables.
import { describe, expect, it } from 'vitest';
import type { Identification } from '../../src/domain/unit.ts';
import { gateRestore, judgeRestored, type RestoredUnit } from '../../src/slot/decisions.ts';
import { ec800e, flashedA, imeiA, imeiB, unitA } from './profiles.ts';

const unit: RestoredUnit = { imei: imeiA, sn: 'SN-A' };
const { imei: _, ...nameless } = unitA;
const profiles = { byModel: { EC800E: ec800e }, unidentified: null };

describe('the gate of a restore', () => {
  it.each<[string, Identification, RestoredUnit, string]>([
    ['the IMEI of the backup', { ...unitA, imei: imeiA }, unit, 'goes on'],
    ['the IMEI of the backup, whatever its SN', { ...unitA, imei: imeiA, sn: 'SN-B' }, unit, 'goes on'],
    ['another IMEI and the SN of the backup', { ...unitA, imei: imeiB, sn: 'SN-A' }, unit, 'nv-backup-of-other-unit'],
    ['no IMEI and the SN of the backup', { ...nameless, sn: 'SN-A' }, unit, 'goes on'],
    ['an IMEI of zeros and the SN of the backup', { ...nameless, imei: '0'.repeat(15), sn: 'SN-A' }, unit, 'goes on'],
    [
      'an IMEI that fails Luhn and the SN of the backup',
      { ...nameless, imei: '860000000000001', sn: 'SN-A' },
      unit,
      'nv-backup-of-other-unit',
    ],
    ['no IMEI and another SN', { ...nameless, sn: 'SN-B' }, unit, 'nv-backup-of-other-unit'],
    ['neither IMEI nor SN', { model: unitA.model, revision: unitA.revision }, unit, 'nv-backup-of-other-unit'],
    ['an SN that the backup does not prove', { ...nameless, sn: 'SN-A' }, { ...unit, sn: null }, 'nv-backup-of-other-unit'],
    ['another model', { ...unitA, imei: imeiA, model: 'EC600E' }, unit, 'model-not-allowed'],
    ['a revision of no profile', { ...unitA, imei: imeiA, revision: 'X' }, unit, 'goes on'],
  ])('with %s', (_name, told, of, expected) => {
    const gate = gateRestore(told, of, profiles);
    expect('profile' in gate ? 'goes on' : gate.failure.code).toBe(expected);
  });
});

describe('the read-back of a restore', () => {
  const after = { ...flashedA, imei: imeiA, sn: 'SN-A' };
  const { imei: _imei, ...withoutImei } = after;
  it.each<[string, Identification, string]>([
    ['the IMEI of the backup', after, 'PASS'],
    ['no IMEI', withoutImei, 'FAIL imei-missing'],
    ['another IMEI', { ...after, imei: imeiB }, 'UNKNOWN swapped'],
    ['another SN', { ...after, sn: 'SN-B' }, 'UNKNOWN swapped'],
    ['another model', { ...after, model: 'EC600E' }, 'FAIL model-changed'],
  ])('with %s', (_name, told, expected) => {
    const { verdict, failure, written } = judgeRestored({ before: unitA, after: told, unit });
    expect([verdict, failure?.code].join(' ').trim()).toBe(expected);
    expect(written).toBe('all');
  });
});

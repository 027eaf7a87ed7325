// An NV backup goes back onto the very module it was taken of, through the whole line; onto no other one, and never without proof.
import { beforeAll, describe, expect, it } from 'vitest';
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import type { UnisocBoardOptions } from '../../src/bench/simulator/unisoc/board-options.ts';
import { removeNvItem, writeNvItem } from '../../src/bench/simulator/unisoc/nv-store.ts';
import type { UnisocBoard } from '../../src/bench/simulator/unisoc/unisoc-board.ts';
import { type BackupOfUnit, readBackup } from '../../src/commands/nv-restore-backup.ts';
import { buildUnisocBoard, identityOf, type Model, runUnisoc, type Storage } from './unisoc-run.ts';

const otherImei = '862222222222223';

/** Flashes a healthy twin, and gives the backup that the job left with the NV it was taken of. */
async function takeBackup(model: Model): Promise<{ readonly backup: BackupOfUnit; readonly nv: Storage['nv'] }> {
  const run = await runUnisoc(model, { inserted: 'running' });
  expect(run.record.verdict).toBe('PASS');
  const file = `logs/nv/${run.record.jobId}-nv-backup.bin`;
  const backup = await run.clock.runUntil(readBackup(run.disk, file, 'logs/journal'));
  return { backup, nv: run.before.nv };
}

const loseImei = ({ storage }: UnisocBoard): void => removeNvItem(storage.fileSystems, 0x5);
const loseCalibration = ({ storage }: UnisocBoard): void =>
  writeNvItem(storage.fileSystems, { id: 0x26e, data: new Uint8Array(32_768) });
const loseBoth = (board: UnisocBoard): void => {
  loseImei(board);
  loseCalibration(board);
};

interface Damage {
  readonly options?: Partial<UnisocBoardOptions>;
  readonly harm?: (board: UnisocBoard) => void;
}

describe.each(['EC600U', 'EC800G'] as const)('an NV restore of a %s', (model) => {
  let taken: Awaited<ReturnType<typeof takeBackup>>;
  beforeAll(async () => {
    taken = await takeBackup(model);
  });

  /** The same unit as the backup's (or the one that `options` make), harmed, in a slot that restores. */
  const restoreOnto = ({ options = {}, harm = () => undefined }: Damage, inserted: 'running' | 'strapped' = 'running') => {
    const clock = new SimulatedClock();
    const board = buildUnisocBoard(clock, model, options);
    harm(board);
    return runUnisoc(model, { clock, board, inserted, restore: taken.backup });
  };

  it.each<[string, Damage]>([
    ['has lost IMEI and calibration, by its SN', { harm: loseBoth }],
    ['has lost its calibration, by its IMEI', { harm: loseCalibration }],
    ['tells an NV whose CRC does not hold', { options: { nv: 'badCrc' }, harm: loseCalibration }],
    ['has a blank IMEI', { options: { nv: 'blankImei' } }],
  ])('gives a module back what made it when it %s', async (_name, damage) => {
    const { record, lines, exitCode, before, after, resets, evidence } = await restoreOnto(damage);
    expect(record).toMatchObject({
      kind: 'nvRestore',
      verdict: 'PASS',
      written: 'all',
      failure: null,
      identity: { source: 'at', unidentifiedPolicy: 'refuse' },
      unit: { sn: identityOf(model).sn, imeiAfter: identityOf(model).imei },
      evidence: { 'nv.restored.sha256': taken.backup.nv.sha256 },
    });
    expect(exitCode).toBe(0);
    expect(after.nv).toEqual(taken.nv);
    expect(after.imeiInNv).toBe(identityOf(model).imei);
    // Only NV was written: no image, and no PhaseCheck.
    expect(after.images).toEqual([]);
    expect([after.phaseCheckSha256, flashOf(after)]).toEqual([before.phaseCheckSha256, flashOf(before)]);
    expect(resets).toHaveLength(1);
    expect(resets[0]).toMatchObject({ violations: [], clean: true });
    expect([...evidence.keys()]).toEqual(['nv-before-restore.bin', 'nv-restore.json']);
    expect(lines.map(({ type }) => type)).toEqual(['file.opened', 'job.opened', 'job.intent', 'record']);
    expect(lines.find(({ type }) => type === 'job.intent')).toMatchObject({
      firstWrite: model === 'EC600U' ? 'write-nv' : 'start-norfdl',
      job: { kind: 'nvRestore' },
    });
  });

  it('brings a module back whose /factory does not mount any more', async () => {
    const { record, after, evidence } = await restoreOnto({ options: { damagedFileSystems: ['factory'] } });
    expect(record).toMatchObject({ verdict: 'PASS', unit: { imeiBefore: null, imeiAfter: identityOf(model).imei } });
    expect(after.nv).toEqual(taken.nv);
    // There was nothing to read: only what is to be written could be kept.
    expect([...evidence.keys()]).toEqual(['nv-restore.json']);
  });

  it.each<[string, Damage]>([
    ['another IMEI', { options: { identity: { ...identityOf(model), imei: otherImei } } }],
    ['another IMEI and the same SN', { options: { identity: { ...identityOf(model), imei: otherImei } }, harm: loseCalibration }],
    ['an IMEI that is none', { options: { identity: { ...identityOf(model), imei: '862222222222228' } } }],
    [
      'no IMEI and another SN',
      { options: { identity: { ...identityOf(model), imei: otherImei, sn: 'D1Q240000000002' } }, harm: loseImei },
    ],
  ])('refuses a module that tells %s, before it enters download mode', async (_name, damage) => {
    const { record, before, after, board, resets } = await restoreOnto(damage);
    expect(record).toMatchObject({
      kind: 'nvRestore',
      verdict: 'ABORTED',
      written: 'none',
      failure: { code: 'nv-backup-of-other-unit', step: 'identifying', blame: 'operator' },
    });
    expect(after).toEqual(before);
    expect([board.report().commands, resets]).toEqual([{}, []]);
  });

  it('refuses a module whose NV tells another IMEI than its firmware did, and leaves by the protocol’s exit', async () => {
    const told = identityOf(model).imei;
    const { record, before, after, resets } = await restoreOnto({
      options: {
        identity: { ...identityOf(model), imei: otherImei },
        at: { errors: { 'AT+CGSN': `${told}\r\n\r\nOK` } },
      },
    });
    expect(record.failure?.code).toBe('nv-backup-of-other-unit');
    expect([record.verdict, record.written]).toEqual(model === 'EC600U' ? ['ABORTED', 'none'] : ['UNKNOWN', 'maybe']);
    expect(after.nv).toEqual(before.nv);
    expect(resets).toHaveLength(1);
  });

  it('refuses a strapped board: only AT tells which module it is', async () => {
    const { record, before, after } = await restoreOnto({ harm: loseCalibration }, 'strapped');
    expect(record).toMatchObject({ verdict: 'ABORTED', written: 'none', failure: { code: 'board-unidentified' } });
    expect(after).toEqual(before);
  });

  it('by the strap goes on only where the loader can read that it is still the same module', async () => {
    const strapOnly = { at: { allowsDownload: false } };
    const readable = await restoreOnto({ options: strapOnly, harm: loseCalibration });
    const unreadable = await restoreOnto({ options: strapOnly, harm: loseImei });
    expect(readable.prompts[0]).toBe('closeStrap');
    expect(readable.record.failure?.code ?? 'PASS').toBe(model === 'EC600U' ? 'PASS' : 'identity-unproven');
    expect(unreadable.record).toMatchObject({ verdict: 'ABORTED', written: 'none', failure: { code: 'identity-unproven' } });
    expect(unreadable.after).toEqual(unreadable.before);
  });

  it('that the loader refuses to store fails, and is never PASS', async () => {
    const loader = model === 'EC600U' ? 'FDL2' : 'NORFDL';
    const refused: BoardFault = { kind: 'nak', when: { command: `${loader} END_DATA` }, errorCode: 0x84 };
    const { record } = await restoreOnto({ options: { faults: [refused] }, harm: loseCalibration });
    expect(record).toMatchObject({ verdict: 'FAIL', written: 'maybe', failure: { code: 'device-refused', step: 'write-nv' } });
  });

  it(
    'that is unplugged at any command is ABORTED before the intent, UNKNOWN after it, never PASS',
    async () => {
      const clean = await restoreOnto({ harm: loseCalibration });
      const total = Object.values(clean.resets[0]?.commands ?? {}).reduce((sum, count) => sum + count, 0);
      expect(total).toBeGreaterThan(80);
      for (let count = 1; count <= total; count += 3) {
        const fault: BoardFault = { kind: 'pull', when: { count } };
        const { record, lines, before, after } = await restoreOnto({ options: { faults: [fault] }, harm: loseCalibration });
        const hasIntent = lines.some(({ type }) => type === 'job.intent');
        expect(record.verdict, `command ${count}`).toBe(hasIntent ? 'UNKNOWN' : 'ABORTED');
        if (!hasIntent) expect(after).toEqual(before);
      }
    },
    5 * 60_000,
  );
});

const flashOf = ({ regions }: Storage) => regions.filter(({ flash }) => flash !== 'file system');

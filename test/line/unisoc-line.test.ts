// UNISOC modules through the whole line: what a good board leaves with, and what is never written to a bad one.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { norFdlStartDeletes } from '../../src/bench/simulator/unisoc/module-storage.ts';
import { identityOf, type Model, runUnisoc, type Storage } from './unisoc-run.ts';

const models: readonly Model[] = ['EC600U', 'EC800G'];
/** IMEI 1 to 4, calibration, RF calibration GSM and LTE, golden, BT. */
const ofTheUnit = ['0x5', '0x179', '0x186', '0x1E4', '0x2', '0x26D', '0x26E', '0x26F', '0x191'];
const pick = ({ nv }: Storage) => Object.fromEntries(ofTheUnit.map((id) => [id, nv[id]]));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Everything a board keeps; on an 8850 without the file systems from which the start of NORFDL deletes its own list. */
function untouched(model: Model, storage: Storage): Storage {
  if (model === 'EC600U') return storage;
  const touched = norFdlStartDeletes.map(({ fileSystem }) => `/${fileSystem}`);
  return { ...storage, regions: storage.regions.filter(({ name }) => !touched.includes(name)) };
}

describe.each(models)('a strapped %s', (model) => {
  it('passes, and its identity from before is the one of its NV backup', async () => {
    const { record, exitCode, before, after, resets, evidence } = await runUnisoc(model, { inserted: 'strapped' });
    expect(record).toMatchObject({
      kind: 'flash',
      verdict: 'PASS',
      written: 'all',
      failure: null,
      identity: { source: 'nvBackup', unidentifiedPolicy: 'accept', continuousInsertion: true },
      unit: { imeiBefore: identityOf(model).imei, imeiAfter: identityOf(model).imei },
    });
    expect(exitCode).toBe(0);
    expect(resets.map(({ clean, violations }) => ({ clean, violations }))).toEqual([{ clean: true, violations: [] }]);
    expect(pick(after)).toEqual(pick(before));
    expect(after.phaseCheckSha256).toBe(before.phaseCheckSha256);
    const backup = evidence.get('nv-backup.bin') ?? new Uint8Array();
    expect(record.evidence['nv.backup.sha256']).toBe(sha256(backup));
    expect([...evidence.keys()]).toEqual(['nv-backup.bin', 'nv-merged.bin', 'nv-evidence.json']);
  });

  it.each([
    ['badCrc', 'nv-backup-corrupt'],
    ['readRefused', 'nv-backup-unreadable'],
    ['missingImei', 'nv-imei-missing'],
    ['blankImei', 'nv-imei-missing'],
  ] as const)('with %s in its NV fails as %s, and is not erased', async (nv, code) => {
    const { record, before, after, board, resets } = await runUnisoc(model, { inserted: 'strapped', boardOptions: { nv } });
    expect(record).toMatchObject({
      verdict: 'FAIL',
      written: model === 'EC600U' ? 'none' : 'maybe',
      failure: { code, blame: 'unit', step: 'backup-nv' },
    });
    expect(untouched(model, after)).toEqual(untouched(model, before));
    expect(board.report()).toMatchObject({ violations: [], boots: true });
    // It left by the protocol's own exit.
    expect(resets).toHaveLength(1);
    for (const command of Object.keys(resets[0]?.commands ?? {})) expect(command).not.toMatch(/^(FDL2|NORFDL) (ERASE|START)/);
  });

  it('whose backup cannot be kept on disk is not erased', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const { record, before, after } = await runUnisoc(model, {
      inserted: 'strapped',
      keepEvidence: () => Promise.reject(full),
    });
    expect(record.verdict).not.toBe('PASS');
    expect(record.failure?.blame).toBe('station');
    expect(untouched(model, after)).toEqual(untouched(model, before));
  });
});

it('an 8850 loses exactly its loader’s own list at the start of NORFDL', async () => {
  const { before, board } = await runUnisoc('EC800G', { inserted: 'strapped', boardOptions: { nv: 'badCrc' } });
  const paths = Object.values(board.storage.fileSystems).flatMap((system) =>
    system.paths().map((path) => `${system.name}/${path}`),
  );
  for (const { fileSystem, path } of norFdlStartDeletes) expect(paths).not.toContain(`${fileSystem}/${path}`);
  expect(paths).toContain('sys/usr/main.py');
  expect(before.regions.length).toBeGreaterThan(0);
});

describe('a package for another model', () => {
  it.each(['strapped', 'running'] as const)(
    'is refused by the loader of a %s EC800G, and nothing of it is written',
    async (inserted) => {
      const firmware = { model: 'EC600G', revision: 'EC600GCNLAR02A01M08_OCPU_QPY_DEMO' } as const;
      const { record, before, after, resets } = await runUnisoc('EC800G', { inserted, firmware });
      expect(record).toMatchObject({
        verdict: 'FAIL',
        failure: { code: 'package-for-other-model', step: 'erase-spl', blame: 'package' },
      });
      expect(untouched('EC800G', after)).toEqual(untouched('EC800G', before));
      expect(resets).toHaveLength(1);
      expect(resets[0]).toMatchObject({ violations: [], boots: true });
    },
  );
});

describe.each(models)('a running %s', (model) => {
  it('is identified by AT, enters download mode by AT, and passes without a person', async () => {
    const { record, prompts } = await runUnisoc(model, { inserted: 'running' });
    expect(record).toMatchObject({
      verdict: 'PASS',
      identity: { source: 'at', continuousInsertion: true },
      entry: { method: 'at' },
    });
    expect(prompts).toEqual(['removeBoard']);
  });

  it('that refuses AT+QDOWNLOAD=1 with +CME ERROR: 4 asks for the strap, and passes', async () => {
    const { record, prompts } = await runUnisoc(model, {
      inserted: 'running',
      boardOptions: { at: { allowsDownload: false } },
    });
    expect(prompts[0]).toBe('closeStrap');
    expect(record).toMatchObject({
      verdict: 'PASS',
      entry: { method: 'strap' },
      identity: { source: 'at' },
      unit: { imeiBefore: identityOf(model).imei, imeiAfter: identityOf(model).imei },
    });
  });
});

// EC800N modules through the whole line: what a good board leaves with, and what is never written to one that does not fit.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { BoardReport } from '../../src/bench/simulator/board.ts';
import { norChips } from '../../src/bench/simulator/demo-package/asr-tables.ts';
import type { DemoAsrFirmware } from '../../src/bench/simulator/demo-package/demo-asr-package.ts';
import { type AsrRunOptions, identity, paddedImages, runAsr } from './asr-run.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const byName = (images: Iterable<readonly [string, string]>) => Object.fromEntries([...images].sort());
const inFlash = ({ images }: BoardReport) => byName(images.map(({ name, sha256: digest }) => [name, digest] as const));
const ofPackage = (made: DemoAsrFirmware) => byName([...paddedImages(made)].map(([name, bytes]) => [name, sha256(bytes)]));
const writes = ({ commands }: BoardReport) => Object.keys(commands).filter((name) => /^(flash|erase):/.test(name));

const strategies = [
  ['trusted', 'script'],
  ['none', 'manifest'],
] as const;

describe.each(strategies)('a package whose script is %s', (script, strategy) => {
  it.each<[string, AsrRunOptions['habits']]>([
    ['usual', {}],
    ['with an MTU of 512', { mtu: 512 }],
    ['that answers in single bytes, with an MTU of 512', { mtu: 512, splitWrites: { bytes: 1, gapMs: 0 } }],
  ])('onto a strapped module, %s: flashed by its strategy, and every partition equals its image', async (_, habits = {}) => {
    const { record, exitCode, resets, made } = await runAsr({ inserted: 'strapped', firmware: { script }, habits });
    expect(record).toMatchObject({
      verdict: 'PASS',
      written: 'all',
      failure: null,
      identity: { source: 'none', unidentifiedPolicy: 'accept', continuousInsertion: true },
      unit: { imeiBefore: null, imeiAfter: identity.imei, revisionAfter: made.revision },
      evidence: { 'asr.strategy': strategy, 'asr.mtu': habits.mtu ?? 1024, 'asr.version-bootrom': '2020.07.30' },
    });
    expect(record.evidence['asr.strategyReason']).not.toBe('');
    expect(exitCode).toBe(0);
    expect(resets).toHaveLength(1);
    expect(resets[0]).toMatchObject({ clean: true, violations: [] });
    for (const report of resets) expect(inFlash(report)).toEqual(ofPackage(made));
  });

  it('is flashed onto a running module that enters download mode by AT, without a person', async () => {
    const { record, prompts } = await runAsr({ inserted: 'running', firmware: { script } });
    expect(record).toMatchObject({
      verdict: 'PASS',
      entry: { method: 'at' },
      identity: { source: 'at', continuousInsertion: true },
      unit: { imeiBefore: identity.imei, imeiAfter: identity.imei },
    });
    expect(prompts).toEqual(['removeBoard']);
  });
});

describe('a module that does not fit is refused before any write:', () => {
  it.each<[string, Omit<AsrRunOptions, 'inserted'>, object]>([
    [
      'boot ROM 2021.10.16 against a package for 2020.07.30',
      { habits: { bootRom: '2021.10.16' } },
      { code: 'boot-rom-mismatch', expected: '2020.07.30', actual: '2021.10.16', blame: 'package' },
    ],
    [
      'a flash chip that is not on the list of the package',
      { habits: { nor: norChips.winbond8M }, firmware: { chips: [norChips.gd8M] } },
      { code: 'package-for-other-model', blame: 'package', step: 'load-flashinfo.bin' },
    ],
    ['the ETHOS link', { habits: { link: 'ethos' } }, { code: 'link-not-supported' }],
  ])('%s', async (_, options, failure) => {
    const { record, board, before, resets } = await runAsr({ inserted: 'strapped', ...options });
    expect(record).toMatchObject({ verdict: 'FAIL', written: 'none', failure });
    expect(board.report().regions).toEqual(before);
    expect(writes(board.report())).toEqual([]);
    expect(board.report().violations).toEqual([]);
    expect(resets).toEqual([]);
  });
});

describe('a session that breaks off has its own code in the record, and nothing is sent after it:', () => {
  it.each<[string, Omit<AsrRunOptions, 'inserted'>, object]>([
    [
      'DATA of another size',
      { habits: { wrongDataSize: { download: 3, size: 17 } } },
      { verdict: 'FAIL', written: 'none', failure: { code: 'download-size-mismatch', blame: 'unit', actual: 'DATA00000011' } },
    ],
    [
      'a FAIL to flash',
      { faults: [{ kind: 'nak', when: { command: 'flash:cp' }, errorCode: 5 }] },
      { verdict: 'FAIL', written: 'maybe', failure: { code: 'burn-failed', step: 'write-cp', actual: 'FAILerror 0x5' } },
    ],
    [
      'a FAIL to verify',
      { faults: [{ kind: 'nak', when: { command: 'verify' }, errorCode: 5 }] },
      { verdict: 'FAIL', written: 'none', failure: { code: 'signature-refused' } },
    ],
    [
      'a ROM that says nothing',
      { faults: [{ kind: 'stall', when: { command: 'preamble' } }] },
      { verdict: 'ABORTED', written: 'none', failure: { code: 'window-missed' } },
    ],
    [
      'silence after the preamble',
      { faults: [{ kind: 'stall', when: { command: 'UABT' } }] },
      { verdict: 'FAIL', written: 'none', failure: { code: 'reply-timed-out', step: 'handshake', blame: 'unit' } },
    ],
  ])('%s', async (_, options, expected) => {
    const { record, board, resets } = await runAsr({ inserted: 'strapped', ...options });
    expect(record).toMatchObject(expected);
    expect(board.report().violations).toEqual([]);
    expect(Object.keys(board.report().commands)).not.toContain('reboot');
    expect(resets).toEqual([]);
  });
});

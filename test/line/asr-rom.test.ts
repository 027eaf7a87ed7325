// The boot ROM of an EC800N on the line: one that comes and goes because there is nothing to start (asr.md §4), and one that a module
// stays in after its reset (asr.md §10).
import { describe, expect, it } from 'vitest';
import { identity, runAsr, usbPath } from './asr-run.ts';

describe('a module without an application, whose ROM comes and goes every half second', () => {
  it('is flashed in one insertion and one job, and passes', async () => {
    const { record, lines } = await runAsr({ inserted: 'empty' });
    expect(record).toMatchObject({ verdict: 'PASS', slot: { insertions: 1 }, unit: { imeiAfter: identity.imei } });
    expect(lines.filter(({ type }) => type === 'job.opened')).toHaveLength(1);
  });

  it('gets the preamble at once at each appearance, in the same job, until it hears it', async () => {
    const { record, lines, events, heard } = await runAsr({ inserted: 'empty', deafStays: 3 });
    expect(record).toMatchObject({
      verdict: 'PASS',
      slot: { insertions: 1 },
      evidence: { 'rom.loops': 3 },
      identity: { source: 'none', unidentifiedPolicy: 'accept', continuousInsertion: true },
      unit: { imeiAfter: identity.imei },
    });
    expect(record.steps.filter(({ name }) => name === 'handshake')).toMatchObject([{ result: 'done' }]);
    expect(record.entry.handshakeMs).toBeLessThan(200);
    expect(lines.filter(({ type }) => type === 'job.opened')).toHaveLength(1);
    const appearances = events.flatMap(({ event, wallMs }) => (event.type === 'window.opened' ? [wallMs] : []));
    expect(appearances).toHaveLength(4);
    for (const atMs of appearances) {
      const first = heard.find((entry) => entry.atMs >= atMs);
      expect(Buffer.from(first?.bytes ?? []).toString('latin1')).toBe('UUUU~');
      expect((first?.atMs ?? Number.POSITIVE_INFINITY) - atMs).toBeLessThan(20);
    }
  });

  it('that has left before the job was on a slow disk is met at its next appearance, and hears nothing before that', async () => {
    const { record, lines, events, heard } = await runAsr({ inserted: 'empty', syncMs: 400 });
    expect(record).toMatchObject({ verdict: 'PASS', slot: { insertions: 1 }, evidence: { 'rom.loops': 1 } });
    expect(lines.filter(({ type }) => type === 'job.opened')).toHaveLength(1);
    const opened = events.find(({ event }) => event.type === 'window.opened');
    expect(heard[0]?.atMs).toBeGreaterThanOrEqual(opened?.wallMs ?? Number.POSITIVE_INFINITY);
  });

  it('that nobody ever hears is given up, with nothing written', async () => {
    const { record, lines } = await runAsr({ inserted: 'empty', deafStays: 1_000 });
    expect(record).toMatchObject({ verdict: 'ABORTED', written: 'none', failure: { code: 'window-missed' } });
    expect(lines.filter(({ type }) => type === 'job.opened')).toHaveLength(1);
  });

  it('that is pulled while it is away was removed early', async () => {
    const { record } = await runAsr({
      inserted: 'empty',
      deafStays: 1_000,
      meanwhile: (rack, clock) => void clock.after(3_000, () => rack.remove(usbPath)),
    });
    expect(record).toMatchObject({ verdict: 'ABORTED', written: 'none', failure: { code: 'removed-early' } });
  });
});

describe('a module that stays in its ROM after the reset', () => {
  it('is power-cycled by the station, without a person, and the read-back makes it PASS', async () => {
    const { record, prompts, resets } = await runAsr({ inserted: 'strapped', habits: { staysInRom: true } });
    expect(record).toMatchObject({
      verdict: 'PASS',
      restart: 'reset',
      powerCycles: 1,
      identity: { continuousInsertion: true },
      unit: { imeiAfter: identity.imei },
    });
    expect(prompts).toEqual(['removeBoard']);
    expect(resets).toHaveLength(1);
  });

  it('asks the person where only a person can switch the power, and never speaks to the ROM meanwhile', async () => {
    const { record, prompts, resets, heard } = await runAsr({
      inserted: 'running',
      habits: { staysInRom: true },
      powerSwitch: 'prompt',
    });
    expect(record).toMatchObject({ verdict: 'PASS', powerCycles: 0, identity: { source: 'at', continuousInsertion: false } });
    expect(prompts).toEqual(['releaseStrap', 'removeBoard']);
    expect(resets).toHaveLength(1);
    expect(heard.length).toBeGreaterThan(0);
  });

  it('is not taken as the same unit where a person had it off the power and nothing was known of it before', async () => {
    const { record } = await runAsr({ inserted: 'strapped', habits: { staysInRom: true }, powerSwitch: 'prompt' });
    expect(record).toMatchObject({ verdict: 'UNKNOWN', written: 'all', failure: { code: 'identity-unproven' } });
  });
});

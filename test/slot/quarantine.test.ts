// A slot that the station has quarantined, and its turn to ask a board over AT: the machine alone.
import { describe, expect, it } from 'vitest';
import { promptFor } from '../../src/slot/prompts.ts';
import { atStrapPrompt, machineRig } from './machine-rig.ts';

const byAt = { entry: { methods: ['at'] } } as const;

describe('a quarantined slot', () => {
  it('takes no board, and takes the one that waits when it is released, asking for its age', async () => {
    const rig = machineRig();
    await rig.send({ type: 'quarantine.imposed' });
    expect(rig.path()).toBe('quarantined');
    expect(promptFor(rig.path(), rig.context())).toEqual({ kind: 'checkSlot' });
    await rig.attach('download');
    expect(rig.path()).toBe('quarantined');
    await rig.send({ type: 'quarantine.lifted' });
    expect(rig.context()).toMatchObject({ jobsOpened: 1, device: { ageMs: null } });
  });

  it('finishes the job that runs, offers no retry, and is shown when the board is gone', async () => {
    const rig = await atStrapPrompt();
    await rig.send({ type: 'quarantine.imposed' });
    expect(rig.path()).toBe('waitingForBoot.prompting');
    await rig.send({ type: 'operator.cancel' });
    await rig.recorded();
    await rig.send({ type: 'operator.retry' });
    expect(rig.path()).toBe('aborted.present');
    await rig.detach();
    await rig.advance(2_000);
    expect(rig.path()).toBe('quarantined');
  });

  it('stops looking for a board at a fixed path', async () => {
    const rig = machineRig({ fixedStart: 'normal' });
    await rig.attach('normal');
    expect(rig.path()).toBe('probing');
    await rig.send({ type: 'quarantine.imposed' });
    expect(rig.path()).toBe('quarantined');
    expect(rig.isRunning('probe')).toBe(false);
  });
});

describe('a board that waits for its turn to be asked', () => {
  it('is asked nothing before it', async () => {
    const rig = await atStrapPrompt({ profile: byAt, waitsForTurn: true });
    expect(rig.path()).toBe('entering.queueing');
    expect(rig.count('enter')).toBe(0);
    await rig.done('entryTurn');
    expect(rig.path()).toBe('entering.asking');
    expect(rig.count('enter')).toBe(1);
  });

  it('may wait longer than an entry may take', async () => {
    const rig = await atStrapPrompt({ profile: byAt, waitsForTurn: true });
    await rig.advance(3_600_000);
    await rig.done('entryTurn');
    expect(rig.path()).toBe('entering.asking');
    expect(rig.context().continuous).toBe(true);
  });

  it('was removed early when it leaves, and gives its turn back', async () => {
    const rig = await atStrapPrompt({ profile: byAt, waitsForTurn: true });
    await rig.detach();
    expect(rig.decided()).toBe('ABORTED removed-early none');
    expect(rig.isRunning('entryTurn')).toBe(false);
  });
});

describe('the request to take the board out', () => {
  it('stands while a board with its verdict comes and goes in its ROM', async () => {
    const rig = machineRig({ unidentified: 'accept' });
    await rig.attach('download');
    await rig.send({ type: 'operator.cancel' });
    await rig.recorded();
    const prompt = () => promptFor(rig.path(), rig.context());
    for (let loop = 0; loop < 5; loop++) {
      expect(prompt()).toEqual({ kind: 'removeBoard' });
      await rig.detach();
      expect(prompt()).toEqual({ kind: 'removeBoard' });
      await rig.advance(500);
      await rig.attach('download');
    }
  });

  it('is not made of a board that was gone at its verdict', async () => {
    const rig = await atStrapPrompt();
    await rig.send({ type: 'operator.cancel' });
    await rig.detach();
    await rig.recorded();
    expect(rig.path()).toBe('aborted.absent');
    expect(promptFor(rig.path(), rig.context())).toBeNull();
  });
});

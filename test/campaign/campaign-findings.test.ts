// What the campaign found in the station, one sentence each, at the smallest place that shows it.
import { describe, expect, it } from 'vitest';
import { atAwaiting, atStrapPrompt, machineRig } from '../slot/machine-rig.ts';
import { ec800e, unitA } from '../slot/profiles.ts';
import { runCampaign } from './campaign.ts';
import { checkers } from './campaign-checks/all.ts';
import { board, rack } from './campaign-plants.ts';
import { drawScript } from './campaign-script.ts';

const idsOf = (text: string) => ({
  vendorId: Number.parseInt(text.slice(0, 4), 16),
  productId: Number.parseInt(text.slice(5), 16),
});
const download = (id: string, ids: string) => ({
  type: 'device.attached' as const,
  device: { id, mode: 'download' as const, ageMs: 0, ids: idsOf(ids) },
});

describe('a boot ROM of another platform than the profile is for', () => {
  it('is not opened when an unidentified board would be flashed by the slot’s one profile', async () => {
    const rig = machineRig({ unidentified: 'accept', profile: ec800e });
    await rig.send(download('asr', '2ecc:3017'));
    expect(rig.decided()).toBe('ABORTED board-unidentified none');
    expect(rig.context().decision?.failure).toMatchObject({ expected: '17d1:0001', actual: '2ecc:3017' });
    expect(rig.begun()).not.toContain('connect');
  });

  it('is not opened when it takes the place of the board that was identified', async () => {
    const rig = await atStrapPrompt();
    await rig.detach();
    await rig.send(download('unisoc', '1782:4d16'));
    expect(rig.decided()).toBe('ABORTED swapped none');
    expect(rig.begun()).not.toContain('connect');
  });

  it('is connected when it is the profile’s own', async () => {
    const rig = await atStrapPrompt();
    await rig.detach();
    await rig.send(download('own', '17d1:0001'));
    expect(rig.path()).toBe('connecting.handshaking');
  });
});

describe('a strap that never takes', () => {
  it('before the download ends the job after five more tries, though each of them answers the prompt in time', async () => {
    const rig = await atStrapPrompt();
    for (let tries = 1; tries <= 5; tries++) {
      await rig.detach();
      await rig.attach('normal');
      await rig.done('identify', unitA);
      expect(rig.path()).toBe('waitingForBoot.prompting');
    }
    await rig.detach();
    await rig.attach('normal');
    expect(rig.decided()).toBe('ABORTED entry-timed-out none');
  });

  it('stays closed after the flash: the station switches the power five times, then waits for its time limit only', async () => {
    const rig = await atAwaiting({ powerSwitch: 'command', profile: { powerCycles: 0 } });
    await rig.attach('download');
    for (let tries = 1; tries <= 5; tries++) {
      expect(rig.path()).toBe('restarting.strapClosed');
      await rig.send({ type: 'operator.confirm' });
      await rig.detach();
      await rig.attach('download');
      await rig.done('powerCycle');
    }
    await rig.send({ type: 'operator.confirm' });
    expect(rig.path()).toBe('restarting.strapClosed');
    await rig.advance(120_000);
    expect(rig.decided()).toBe('UNKNOWN strap-still-closed all');
  });
});

describe('a throw where the slot shows its state', () => {
  it('ends that slot alone, and its job has its record', async () => {
    const script = drawScript({ seed: 1, slots: 10, boards: 10 });
    const states = [
      'identifying',
      'waitingForBoot',
      'entering',
      'connecting',
      'holding',
      'programming',
      'restarting',
      'verifying',
    ];
    const boards = script.boards.map((board, index) => {
      const state = states[index];
      return {
        ...board,
        faults: [],
        order: {},
        insertedStrapped: false,
        hand: state ? [{ kind: 'defect' as const, state }] : [],
      };
    });
    const trace = await runCampaign({ script: { ...script, boards, incidents: [] } });
    expect(checkers.flatMap((checker) => checker.find(trace))).toEqual([]);
    const codes = trace.journal.flatMap((line) => (line.type === 'record' ? [line.failure?.code ?? line.verdict] : []));
    expect(codes.filter((code) => code === 'station-defect').length).toBeGreaterThan(4);
    expect(codes.slice().sort()).toContain('PASS');
  }, 60_000);
});

describe('a loader that acknowledges every image and writes none', () => {
  // Where one image of several is left out that holds no revision (PS, prepack, cp), nothing that the module tells shows it.
  it.each([
    ['EC600U', 'FAIL revision-mismatch'],
    // Its boot image is erased in a step of its own, and so the chip stays in its ROM.
    ['EC800G', 'UNKNOWN strap-still-closed'],
    ['EC800N', 'FAIL revision-mismatch'],
  ])('makes no PASS of an %s: what came up is not what was sent', async (model, verdict) => {
    const script = { ...rack, slots: 1, boards: [board(1, model, { faults: [{ kind: 'notWritten' }] })] };
    const trace = await runCampaign({ script });
    expect(checkers.flatMap((checker) => checker.find(trace))).toEqual([]);
    const verdicts = trace.journal.flatMap((line) => (line.type === 'record' ? `${line.verdict} ${line.failure?.code}` : []));
    expect(verdicts[0]).toBe(verdict);
  });
});

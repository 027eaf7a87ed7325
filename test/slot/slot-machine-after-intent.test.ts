// The slot machine from the first write to the verdict that lies in the slot. A sentence per transition.
import { describe, expect, it } from 'vitest';
import { type Failure, Fault, fault } from '../../src/domain/failure.ts';
import { promptFor } from '../../src/slot/prompts.ts';
import type { VerifyOutput } from '../../src/slot/slot-types.ts';
import {
  atAwaiting,
  atHoldingUnidentified,
  atPassed,
  atProgramming,
  atStrapPrompt,
  atVerifying,
  type MachineRig,
  machineRig,
  type RigOptions,
} from './machine-rig.ts';
import { flashedA, flashedB, imeiB, unitA } from './profiles.ts';

const readA: VerifyOutput = { after: flashedA, revision: flashedA.revision };
const mute: VerifyOutput = { after: null, revision: null };

/** Written, reset and back, without an identity from before. */
async function atVerifyingUnidentified(): Promise<MachineRig> {
  const rig = await atHoldingUnidentified({ unidentified: 'accept' });
  await rig.done('permit');
  await rig.done('intent');
  await rig.done('program', { imei: null });
  await rig.done('restart');
  await rig.detach();
  return rig;
}

describe('programming', () => {
  it('leaves an unplugged board UNKNOWN, and stops the session', async () => {
    const rig = await atProgramming();
    await rig.detach();
    expect(rig.decided()).toBe('UNKNOWN unplugged maybe');
    expect(rig.isRunning('program')).toBe(false);
  });

  it.each([
    ['a device error', 'burn-failed', 'FAIL burn-failed maybe'],
    ['silence', 'reply-timed-out', 'UNKNOWN reply-timed-out maybe'],
    ['a stall', 'stalled', 'UNKNOWN stalled maybe'],
    ['a broken cable', 'link-lost', 'UNKNOWN link-lost maybe'],
  ] as const)('judges %s by what it proves', async (_, code, decided) => {
    const rig = await atProgramming();
    await rig.fail('program', fault(code, 'write-ap'));
    expect(rig.decided()).toBe(decided);
  });

  it('leaves the unit UNKNOWN when our own code throws', async () => {
    const rig = await atProgramming();
    await rig.fail('program', new RangeError('offset'));
    expect(rig.decided()).toBe('UNKNOWN station-defect maybe');
  });

  it('takes no cancel, from the first write to the record', async () => {
    const rig = await atProgramming();
    const stages: (() => Promise<void>)[] = [
      () => rig.done('program', { imei: null }),
      () => rig.done('restart'),
      async () => {
        await rig.detach();
        await rig.attach('normal');
      },
      () => rig.done('verify', readA),
    ];
    for (const next of stages) {
      const before = rig.path();
      await rig.send({ type: 'operator.cancel' });
      expect(rig.path()).toBe(before);
      await next();
    }
    expect(rig.path()).toBe('recording');
    await rig.send({ type: 'operator.cancel' });
    expect(rig.decided()).toBe('PASS - all');
  });

  it('ignores the end of work that its job has left behind', async () => {
    const rig = await atProgramming();
    await rig.detach();
    await rig.done('program', { imei: null });
    expect(rig.path()).toBe('recording');
    expect(rig.decided()).toBe('UNKNOWN unplugged maybe');
  });
});

describe('restarting', () => {
  it('reads back when the board has left and come back in normal mode', async () => {
    const rig = await atAwaiting();
    expect(rig.path()).toBe('restarting.awaiting');
    await rig.attach('normal');
    expect(rig.path()).toBe('verifying');
  });

  it('sees a board that was back before the session had closed', async () => {
    const rig = await atProgramming();
    await rig.done('program', { imei: null });
    await rig.detach();
    await rig.attach('normal');
    expect(rig.path()).toBe('restarting.resetting');
    await rig.done('restart');
    expect(rig.path()).toBe('verifying');
  });

  it('does not take the device that was programmed for one that came back', async () => {
    const rig = await atProgramming();
    await rig.done('program', { imei: null });
    await rig.done('restart');
    expect(rig.path()).toBe('restarting.awaiting');
    await rig.advance(15_000);
    expect(rig.path()).toBe('restarting.prompting');
  });

  it('goes on to see whether the board comes back when the reset itself failed', async () => {
    const rig = await atProgramming();
    await rig.done('program', { imei: null });
    await rig.fail('restart', fault('reply-timed-out', 'reset'));
    expect(rig.path()).toBe('restarting.awaiting');
  });

  it('cycles the power where the reset does not bring it back, stays continuous, and then fails it', async () => {
    const rig = await atAwaiting({ powerSwitch: 'command' });
    await rig.advance(15_000);
    expect(rig.path()).toBe('restarting.cycling');
    await rig.done('powerCycle');
    expect(rig.path()).toBe('restarting.awaiting');
    await rig.advance(15_000);
    expect(rig.decided()).toBe('FAIL does-not-boot all');
    expect(rig.context().powerCycles).toBe(1);
  });

  it('prompts when the power switch fails', async () => {
    const rig = await atAwaiting({ powerSwitch: 'command' });
    await rig.advance(15_000);
    await rig.fail('powerCycle', fault('power-switch-failed', 'power-cycle'));
    expect(rig.path()).toBe('restarting.prompting');
  });

  it('prompts where a person switches, and is UNKNOWN when nobody comes', async () => {
    const rig = await atAwaiting();
    await rig.advance(15_000);
    expect(rig.path()).toBe('restarting.prompting');
    await rig.advance(120_000);
    expect(rig.decided()).toBe('UNKNOWN restart-not-seen all');
  });

  it('reads back a board that a person has brought back, no longer continuous', async () => {
    const rig = await atAwaiting();
    await rig.advance(15_000);
    await rig.attach('normal');
    expect(rig.path()).toBe('verifying');
    expect(rig.context().continuous).toBe(false);
  });

  it('looks for the board again when the operator confirms', async () => {
    const rig = await atAwaiting();
    await rig.advance(15_000);
    await rig.send({ type: 'operator.confirm' });
    expect(rig.path()).toBe('restarting.awaiting');
    expect(rig.context().continuous).toBe(false);
  });

  it.each([
    ['a power cycle', 'powerCycle', 'command', 'restarting.cycling'],
    ['a prompt', 'prompt', 'command', 'restarting.prompting'],
    ['a prompt where a person switches', 'powerCycle', 'prompt', 'restarting.prompting'],
  ] as const)('is begun with %s where the profile says so, even where none is allowed for a mute module', async (...row) => {
    const [, restart, powerSwitch, path] = row;
    const rig = await atProgramming({ powerSwitch, profile: { restart, powerCycles: 0 } });
    await rig.done('program', { imei: null });
    await rig.done('restart');
    expect(rig.path()).toBe(path);
    expect(rig.context().powerCycles).toBe(0);
  });
});

describe('a strap that is still closed', () => {
  it('prompts to release it and never connects to the board again', async () => {
    const rig = await atAwaiting();
    await rig.attach('download');
    expect(rig.path()).toBe('restarting.strapClosed');
    await rig.advance(60_000);
    expect(rig.count('connect')).toBe(1);
    await rig.detach();
    await rig.attach('normal');
    expect(rig.path()).toBe('verifying');
    expect(rig.context().continuous).toBe(false);
  });

  it('prompts again when it was not released', async () => {
    const rig = await atAwaiting();
    await rig.attach('download');
    await rig.detach();
    await rig.attach('download');
    expect(rig.path()).toBe('restarting.strapClosed');
    expect(rig.count('connect')).toBe(1);
  });

  it('is met by a power cycle first where the station can, and by the prompt when that does not help', async () => {
    const rig = await atAwaiting({ powerSwitch: 'command' });
    await rig.attach('download');
    expect(rig.path()).toBe('restarting.cycling');
    expect(rig.context()).toMatchObject({ powerCycles: 1 });
    await rig.detach();
    await rig.done('powerCycle');
    await rig.attach('download');
    expect(rig.path()).toBe('restarting.strapClosed');
    expect(rig.count('connect')).toBe(1);
  });

  it('was none where the power cycle brings the firmware up: a module may stay in its ROM after a reset', async () => {
    const rig = await atAwaiting({ powerSwitch: 'command' });
    await rig.attach('download');
    await rig.detach();
    await rig.done('powerCycle');
    await rig.attach('normal');
    expect(rig.path()).toBe('verifying');
    expect(rig.context()).toMatchObject({ powerCycles: 1 });
    expect(rig.count('connect')).toBe(1);
  });

  it('cycles the power on confirm where the station can', async () => {
    const rig = await atAwaiting({ powerSwitch: 'command', profile: { powerCycles: 0 } });
    await rig.attach('download');
    await rig.send({ type: 'operator.confirm' });
    expect(rig.path()).toBe('restarting.strapCycling');
    await rig.detach();
    await rig.done('powerCycle');
    await rig.attach('normal');
    expect(rig.path()).toBe('verifying');
  });

  it('is UNKNOWN when nobody releases it', async () => {
    const rig = await atAwaiting();
    await rig.attach('download');
    await rig.advance(120_000);
    expect(rig.decided()).toBe('UNKNOWN strap-still-closed all');
  });

  it('is seen after a prompted power cycle too', async () => {
    const rig = await atAwaiting();
    await rig.advance(15_000);
    await rig.attach('download');
    expect(rig.path()).toBe('restarting.strapClosed');
  });
});

describe('verifying', () => {
  it('passes only after the read-back and the durable record', async () => {
    const rig = await atVerifying();
    expect(rig.decided()).toBeNull();
    await rig.done('verify', readA);
    expect(rig.decided()).toBe('PASS - all');
    expect(rig.path()).toBe('recording');
    await rig.advance(3_600_000);
    expect(rig.path()).toBe('recording');
    await rig.recorded();
    expect(rig.path()).toBe('passed.present');
  });

  it('shows the verdict of the record, not its own', async () => {
    const rig = await atVerifying();
    await rig.done('verify', readA);
    await rig.recorded('UNKNOWN');
    expect(rig.path()).toBe('unknown.present');
  });

  it('closes two records when the board is another unit', async () => {
    const rig = await atVerifying();
    await rig.done('verify', { after: flashedB, revision: flashedB.revision });
    expect(rig.decided()).toBe('UNKNOWN swapped all');
    expect(rig.context().swappedWith).toEqual(flashedB);
  });

  it('fails a mute module after the allowed power cycles', async () => {
    const rig = await atVerifying({ powerSwitch: 'command' });
    await rig.done('verify', mute);
    expect(rig.path()).toBe('restarting.cycling');
    await rig.detach();
    await rig.done('powerCycle');
    await rig.attach('normal');
    await rig.done('verify', mute);
    expect(rig.decided()).toBe('FAIL does-not-boot all');
  });

  it('prompts for the power cycle of a mute module where a person switches', async () => {
    const rig = await atVerifying();
    await rig.done('verify', mute);
    expect(rig.path()).toBe('restarting.prompting');
    await rig.detach();
    await rig.attach('normal');
    await rig.done('verify', readA);
    expect(rig.decided()).toBe('PASS - all');
  });

  it('fails a module that restarts again and again', async () => {
    const rig = await atVerifying();
    for (let restarts = 0; restarts < 3; restarts++) {
      await rig.detach();
      expect(rig.path()).toBe('returning');
      await rig.attach('normal');
      expect(rig.path()).toBe('verifying');
    }
    await rig.detach();
    expect(rig.decided()).toBe('FAIL does-not-boot all');
  });

  it('is UNKNOWN when the board is pulled while it is being read back', async () => {
    const rig = await atVerifying();
    await rig.detach();
    await rig.advance(15_000);
    expect(rig.decided()).toBe('UNKNOWN unplugged all');
  });

  it('prompts to release the strap when the board restarts into download mode', async () => {
    const rig = await atVerifying();
    await rig.detach();
    await rig.attach('download');
    expect(rig.path()).toBe('restarting.strapClosed');
  });

  it('is UNKNOWN when the station itself could not read', async () => {
    const rig = await atVerifying();
    await rig.fail('verify', fault('serial-path-no-rights', 'open'));
    expect(rig.decided()).toBe('UNKNOWN serial-path-no-rights all');
  });
});

describe('identity', () => {
  it('is proven without an identity from before by an insertion that only our reset interrupted', async () => {
    const rig = await atVerifyingUnidentified();
    await rig.attach('normal');
    await rig.done('verify', readA);
    expect(rig.decided()).toBe('PASS - all');
  });

  it('is unproven when a person had the board in hand', async () => {
    const rig = await atVerifyingUnidentified();
    await rig.advance(15_000);
    await rig.attach('normal');
    await rig.done('verify', readA);
    expect(rig.decided()).toBe('UNKNOWN identity-unproven all');
  });

  it('is unproven when the board vanished by itself during the read-back', async () => {
    const rig = await atVerifyingUnidentified();
    await rig.attach('normal');
    await rig.detach();
    await rig.attach('normal');
    await rig.done('verify', readA);
    expect(rig.decided()).toBe('UNKNOWN identity-unproven all');
  });

  it('is not proven by a label scanned after the writing: another board may lie in the slot by then', async () => {
    const rig = await atVerifyingUnidentified();
    await rig.send({ type: 'operator.label', imei: imeiB });
    await rig.advance(15_000);
    await rig.send({ type: 'operator.label', imei: imeiB });
    await rig.attach('normal');
    await rig.send({ type: 'operator.label', imei: imeiB });
    await rig.done('verify', { after: flashedB, revision: flashedB.revision });
    expect(rig.decided()).toBe('UNKNOWN identity-unproven all');
  });

  it('is proven by what the session read while it programmed', async () => {
    const rig = await atHoldingUnidentified({ unidentified: 'accept' });
    await rig.done('permit');
    await rig.done('intent');
    await rig.done('program', { imei: imeiB });
    await rig.done('restart');
    await rig.detach();
    await rig.advance(15_000);
    await rig.attach('normal');
    await rig.done('verify', { after: flashedB, revision: flashedB.revision });
    expect(rig.decided()).toBe('PASS - all');
  });
});

describe('the verdict in the slot', () => {
  const ends: readonly [string, (options?: RigOptions) => Promise<MachineRig>][] = [
    ['failed', () => endedBy(new Fault(burnFailed))],
    ['unknown', () => endedBy(new Fault(stalled))],
  ];
  const burnFailed: Failure = { code: 'burn-failed', step: 'write-ap' };
  const stalled: Failure = { code: 'stalled', step: 'write-ap' };

  async function endedBy(thrown: Fault): Promise<MachineRig> {
    const rig = await atProgramming();
    await rig.fail('program', thrown);
    await rig.recorded();
    return rig;
  }

  it.each(ends)('stays (%s) until the path has been empty for so long', async (state, at) => {
    const rig = await at();
    expect(rig.path()).toBe(`${state}.present`);
    await rig.detach();
    await rig.advance(1_999);
    await rig.attach('normal');
    await rig.advance(60_000);
    expect(rig.path()).toBe(`${state}.present`);
    expect(rig.count('identify')).toBe(1);
    await rig.detach();
    await rig.advance(2_000);
    expect(rig.path()).toBe('empty');
    await rig.attach('normal');
    expect(rig.path()).toBe('identifying');
    expect(rig.context()).toMatchObject({ insertion: 2, jobsOpened: 2, identification: null, decision: null });
  });

  it('never starts on the same insertion after a PASS, whoever asks and however the board comes back', async () => {
    const rig = await atPassed();
    for (const type of ['operator.retry', 'operator.confirm', 'operator.release', 'intake.closed', 'intake.opened'] as const) {
      await rig.send({ type });
    }
    expect(rig.path()).toBe('passed.present');
    await rig.detach();
    await rig.attach('download');
    await rig.send({ type: 'operator.retry' });
    expect(rig.path()).toBe('replaced.present');
    expect(rig.count('identify')).toBe(1);
    expect(rig.count('connect')).toBe(1);
  });

  it('is green only over the device that was read back: what comes after it is asked for until the path has been empty', async () => {
    const rig = await atPassed();
    const prompt = () => promptFor(rig.path(), rig.context());
    await rig.detach();
    await rig.advance(1_999);
    expect(rig.path()).toBe('passed.away');
    await rig.attach('normal');
    expect(rig.path()).toBe('replaced.present');
    expect(prompt()).toEqual({ kind: 'removeBoard' });
    await rig.detach();
    await rig.advance(1_999);
    await rig.attach('normal');
    await rig.advance(60_000);
    expect(rig.path()).toBe('replaced.present');
    await rig.detach();
    await rig.advance(2_000);
    await rig.attach('normal');
    expect(rig.path()).toBe('identifying');
    expect(rig.context()).toMatchObject({ insertion: 2, jobsOpened: 2 });
  });

  it('is not green over a board that was put in while the record of another one was being saved', async () => {
    const rig = await atVerifying();
    await rig.done('verify', readA);
    await rig.detach();
    await rig.attach('normal');
    await rig.recorded();
    expect(rig.path()).toBe('replaced.present');
  });

  it('is not green over a board that came before its own was seen to leave', async () => {
    const rig = await atPassed();
    const own = rig.context().device?.id;
    await rig.attach('normal');
    expect(rig.path()).toBe('replaced.present');
    await rig.detach(own);
    await rig.advance(60_000);
    expect(rig.path()).toBe('replaced.present');
  });

  it('starts another job on the same insertion only when an operator asks, and intake is open', async () => {
    const rig = await endedBy(new Fault(burnFailed));
    await rig.detach();
    await rig.attach('normal');
    await rig.send({ type: 'intake.closed' });
    await rig.send({ type: 'operator.retry' });
    expect(rig.path()).toBe('failed.present');
    await rig.send({ type: 'intake.opened' });
    expect(rig.path()).toBe('failed.present');
    await rig.send({ type: 'operator.retry' });
    expect(rig.path()).toBe('identifying');
    expect(rig.context()).toMatchObject({ insertion: 1, jobsOpened: 2, jobId: 'run-3-2', powerCycles: 0, continuous: true });
  });

  it('counts the time of absence from the removal when the board left early', async () => {
    const rig = await atStrapPrompt();
    await rig.send({ type: 'operator.cancel' });
    await rig.detach();
    await rig.recorded();
    expect(rig.path()).toBe('aborted.absent');
    await rig.advance(2_000);
    expect(rig.path()).toBe('empty');
  });

  it('is out of service when the serial path was not let go, whatever the verdict', async () => {
    const rig = await atVerifying();
    await rig.done('verify', readA);
    await rig.done('record', { verdict: 'PASS', released: false });
    expect(rig.path()).toBe('outOfService');
    await rig.detach();
    await rig.advance(60_000);
    await rig.attach('normal');
    expect(rig.path()).toBe('outOfService');
  });

  it('is the supervisor’s affair when the record itself throws', async () => {
    const rig = await atVerifying();
    await rig.done('verify', readA);
    await rig.fail('record', new Error('no kit'));
    expect(rig.died()).toBeInstanceOf(Error);
  });
});

describe('a fixed serial path', () => {
  it('reads back on the same path, with nothing to wait for on the bus', async () => {
    const rig = machineRig({ fixedStart: 'download', unidentified: 'accept' });
    await rig.attach('download', null);
    await rig.done('probe');
    await rig.done('connect', { imei: null });
    await rig.done('permit');
    await rig.done('intent');
    await rig.done('program', { imei: null });
    await rig.done('restart');
    expect(rig.path()).toBe('verifying');
    await rig.done('verify', readA);
    await rig.recorded();
    expect(rig.path()).toBe('passed.present');
    await rig.done('absence');
    expect(rig.path()).toBe('probing');
  });

  it('identifies first where the board starts in normal mode, and connects when the operator has strapped it', async () => {
    const rig = machineRig({ fixedStart: 'normal' });
    await rig.attach('normal', null);
    expect(rig.path()).toBe('probing');
    await rig.done('probe');
    await rig.done('identify', unitA);
    await rig.send({ type: 'operator.confirm' });
    expect(rig.path()).toBe('connecting.handshaking');
  });

  it('stops looking for a board while intake is closed', async () => {
    const rig = machineRig({ fixedStart: 'normal' });
    await rig.attach('normal', null);
    await rig.send({ type: 'intake.closed' });
    expect(rig.path()).toBe('empty');
    expect(rig.isRunning('probe')).toBe(false);
  });
});

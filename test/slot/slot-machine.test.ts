// The slot machine from a board's arrival to the durable intent: nothing of the package has been written yet. A sentence per transition.
import { describe, expect, it } from 'vitest';
import { fault } from '../../src/domain/failure.ts';
import type { Profile } from '../../src/domain/profile.ts';
import { atHolding, atHoldingUnidentified, atProgramming, atStrapPrompt, machineRig } from './machine-rig.ts';
import { flashedA, imeiA, imeiB, unitA } from './profiles.ts';

const entryByAt: Partial<Profile> = { entry: { methods: ['at'] } };
const entryByAtOrStrap: Partial<Profile> = { entry: { methods: ['at', 'strap'] } };

describe('arrival', () => {
  it('starts one job by itself when a board arrives at an empty slot', async () => {
    const rig = machineRig();
    expect(rig.path()).toBe('empty');
    await rig.attach('normal');
    expect(rig.path()).toBe('identifying');
    expect(rig.context()).toMatchObject({ insertion: 1, jobsOpened: 1, jobId: 'run-3-1' });
  });

  it('never touches a device that none of its profiles knows', async () => {
    const rig = machineRig();
    await rig.attach(null);
    expect(rig.path()).toBe('skipped.present');
    expect(rig.context().jobId).toBeNull();
    await rig.detach();
    await rig.advance(2_000);
    expect(rig.path()).toBe('empty');
  });

  it('starts nothing while intake is closed, and starts with the waiting board when it opens', async () => {
    const rig = machineRig({ intakeOpen: false });
    await rig.attach('normal');
    expect(rig.path()).toBe('empty');
    await rig.send({ type: 'intake.opened' });
    expect(rig.path()).toBe('identifying');
  });

  it('does not send a byte to a board whose window passed while intake was closed', async () => {
    const rig = machineRig({ intakeOpen: false, unidentified: 'accept' });
    await rig.attach('download');
    await rig.advance(60_000);
    await rig.send({ type: 'intake.opened' });
    expect(rig.decided()).toBe('ABORTED device-age-unknown none');
    expect(rig.begun()).not.toContain('connect');
  });

  it('does nothing in a locked slot until an operator releases it, durably', async () => {
    const rig = machineRig({ locked: true });
    await rig.attach('normal');
    for (const type of ['operator.retry', 'operator.confirm', 'operator.cancel', 'intake.opened'] as const)
      await rig.send({ type });
    expect(rig.path()).toBe('locked');
    await rig.send({ type: 'operator.release' });
    expect(rig.path()).toBe('releasing');
    await rig.done('release');
    expect(rig.path()).toBe('identifying');
  });
});

describe('identifying', () => {
  it('prompts for the strap when the module is identified and the profile enters by strap', async () => {
    const rig = await atStrapPrompt();
    expect(rig.path()).toBe('waitingForBoot.prompting');
    expect(rig.context()).toMatchObject({ identification: unitA, entryMethod: 'strap' });
  });

  it('prompts for the strap when AT is silent, and knows no identity then', async () => {
    const rig = machineRig();
    await rig.attach('normal');
    await rig.done('identify', 'silent');
    expect(rig.path()).toBe('waitingForBoot.prompting');
    expect(rig.context().identification).toBeNull();
  });

  it.each([
    ['a model that no profile of the slot names', { ...unitA, model: 'EC600E' }, 'FAIL model-not-allowed none'],
    ['a model named like a property of every object', { ...unitA, model: 'constructor' }, 'FAIL model-not-allowed none'],
    ['a sub-model outside the revision patterns', { ...unitA, revision: 'EC800ECNGA' }, 'FAIL sub-model-not-allowed none'],
    ['an IMEI that fails Luhn', { ...unitA, imei: '860000000000001' }, 'FAIL imei-invalid none'],
    ['no IMEI', { model: unitA.model, revision: unitA.revision }, 'FAIL imei-missing none'],
  ])('fails %s with nothing written and the strap never asked for', async (_, identification, decided) => {
    const rig = machineRig();
    await rig.attach('normal');
    await rig.done('identify', identification);
    expect(rig.path()).toBe('recording');
    expect(rig.decided()).toBe(decided);
  });

  it('takes a sub-model by the ordering code on the label', async () => {
    const rig = machineRig();
    await rig.attach('normal');
    await rig.send({ type: 'operator.label', orderingCode: 'EC800ECNLC-Q1' });
    await rig.done('identify', { ...unitA, revision: 'SHORT' });
    expect(rig.path()).toBe('waitingForBoot.prompting');
  });

  it('takes a label scanned after the sub-model was refused, when the operator tries again', async () => {
    const rig = machineRig();
    await rig.attach('normal');
    await rig.done('identify', { ...unitA, revision: 'SHORT' });
    await rig.recorded();
    await rig.send({ type: 'operator.label', orderingCode: 'EC800ECNLC-Q1' });
    await rig.send({ type: 'operator.retry' });
    await rig.done('identify', { ...unitA, revision: 'SHORT' });
    expect(rig.path()).toBe('waitingForBoot.prompting');
  });

  it('never counts a label scanned before the board was inserted', async () => {
    const rig = machineRig();
    await rig.send({ type: 'operator.label', orderingCode: 'EC800ECNLC-Q1' });
    await rig.attach('normal');
    await rig.done('identify', { ...unitA, revision: 'SHORT' });
    expect(rig.decided()).toBe('FAIL sub-model-not-allowed none');
  });

  it('forgets the label with the board', async () => {
    const rig = machineRig();
    await rig.attach('normal');
    await rig.send({ type: 'operator.label', orderingCode: 'EC800ECNLC-Q1' });
    await rig.detach();
    await rig.recorded();
    await rig.advance(2_000);
    await rig.attach('normal');
    await rig.done('identify', { ...unitA, revision: 'SHORT' });
    expect(rig.decided()).toBe('FAIL sub-model-not-allowed none');
  });

  it('aborts when the label names another unit', async () => {
    const rig = machineRig();
    await rig.attach('normal');
    await rig.send({ type: 'operator.label', imei: imeiB });
    await rig.done('identify', unitA);
    expect(rig.decided()).toBe('ABORTED swapped none');
  });

  it('aborts on removal and on cancel', async () => {
    const removed = machineRig();
    await removed.attach('normal');
    await removed.detach();
    expect(removed.decided()).toBe('ABORTED removed-early none');
    const cancelled = machineRig();
    await cancelled.attach('normal');
    await cancelled.send({ type: 'operator.cancel' });
    expect(cancelled.decided()).toBe('ABORTED operator-cancelled none');
  });

  it('fails a unit whose dialogue is broken, and aborts when the station could not open its path', async () => {
    const broken = machineRig();
    await broken.attach('normal');
    await broken.fail('identify', fault('at-dialogue-broken', 'identify'));
    expect(broken.decided()).toBe('FAIL at-dialogue-broken none');
    const busy = machineRig();
    await busy.attach('normal');
    await busy.fail('identify', fault('serial-path-busy', 'open'));
    expect(busy.decided()).toBe('ABORTED serial-path-busy none');
  });
});

describe('entry by AT', () => {
  it('asks the module itself, and connects when it comes back in download mode', async () => {
    const rig = await atStrapPrompt({ profile: entryByAt });
    expect(rig.path()).toBe('entering.asking');
    await rig.done('enter', 'accepted');
    await rig.detach();
    expect(rig.path()).toBe('entering.asking');
    await rig.attach('download');
    expect(rig.path()).toBe('connecting.handshaking');
    expect(rig.context()).toMatchObject({ entryMethod: 'at', continuous: true });
  });

  it('connects when the module vanishes without an answer and comes back', async () => {
    const rig = await atStrapPrompt({ profile: entryByAt });
    await rig.detach();
    await rig.done('enter', 'vanished');
    await rig.attach('download');
    expect(rig.path()).toBe('connecting.handshaking');
  });

  it('falls back to the strap when the module refuses and the profile allows it', async () => {
    const rig = await atStrapPrompt({ profile: entryByAtOrStrap });
    await rig.done('enter', { code: 'download-mode-refused', step: 'enter' });
    expect(rig.path()).toBe('waitingForBoot.prompting');
    expect(rig.context().entryMethod).toBe('strap');
  });

  it('fails a module that refuses where only AT is allowed', async () => {
    const rig = await atStrapPrompt({ profile: entryByAt });
    await rig.done('enter', { code: 'download-mode-refused', step: 'enter' });
    expect(rig.decided()).toBe('FAIL download-mode-refused none');
  });

  it('treats a module that comes back in normal mode as a refusal', async () => {
    const rig = await atStrapPrompt({ profile: entryByAt });
    await rig.done('enter', 'accepted');
    await rig.detach();
    await rig.attach('normal');
    expect(rig.decided()).toBe('FAIL download-mode-refused none');
  });

  it('aborts when nothing comes back, on cancel, and on a dialogue that the bench broke', async () => {
    const late = await atStrapPrompt({ profile: entryByAt });
    await late.done('enter', 'accepted');
    await late.detach();
    await late.advance(120_000);
    expect(late.decided()).toBe('ABORTED entry-timed-out none');
    const cancelled = await atStrapPrompt({ profile: entryByAt });
    await cancelled.send({ type: 'operator.cancel' });
    expect(cancelled.decided()).toBe('ABORTED operator-cancelled none');
    const broken = await atStrapPrompt({ profile: entryByAt });
    await broken.fail('enter', fault('serial-path-missing', 'open'));
    expect(broken.decided()).toBe('ABORTED serial-path-missing none');
  });
});

describe('the strap prompt', () => {
  it('connects when the board comes back in download mode, no longer continuous', async () => {
    const rig = await atStrapPrompt();
    await rig.detach();
    await rig.attach('download');
    expect(rig.path()).toBe('connecting.handshaking');
    expect(rig.context()).toMatchObject({ continuous: false, identification: unitA });
  });

  it('identifies again a board that comes back in normal mode, and prompts again', async () => {
    const rig = await atStrapPrompt();
    await rig.detach();
    await rig.attach('normal');
    expect(rig.path()).toBe('identifying');
    await rig.done('identify', unitA);
    expect(rig.path()).toBe('waitingForBoot.prompting');
    expect(rig.context().jobsOpened).toBe(1);
  });

  it('aborts when the board that comes back is another unit', async () => {
    const rig = await atStrapPrompt();
    await rig.detach();
    await rig.attach('normal');
    await rig.done('identify', { ...unitA, imei: imeiB });
    expect(rig.decided()).toBe('ABORTED swapped none');
    expect(rig.context().identification?.imei).toBe(imeiA);
  });

  it('cycles the power itself on confirm where it can, and only prompts where it cannot', async () => {
    const command = await atStrapPrompt({ powerSwitch: 'command' });
    await command.send({ type: 'operator.confirm' });
    expect(command.path()).toBe('waitingForBoot.cycling');
    await command.done('powerCycle');
    expect(command.path()).toBe('waitingForBoot.prompting');
    const prompt = await atStrapPrompt();
    await prompt.send({ type: 'operator.confirm' });
    expect(prompt.begun()).not.toContain('powerCycle');
  });

  it('aborts when the power switch fails', async () => {
    const rig = await atStrapPrompt({ powerSwitch: 'command' });
    await rig.send({ type: 'operator.confirm' });
    await rig.fail('powerCycle', fault('power-switch-failed', 'power-cycle'));
    expect(rig.decided()).toBe('ABORTED power-switch-failed none');
  });

  it('waits for the operator so long and no longer', async () => {
    const rig = await atStrapPrompt();
    await rig.advance(119_999);
    expect(rig.path()).toBe('waitingForBoot.prompting');
    await rig.advance(1);
    expect(rig.decided()).toBe('ABORTED entry-timed-out none');
  });

  it('ignores a device of unknown ids', async () => {
    const rig = await atStrapPrompt();
    await rig.detach();
    await rig.attach(null);
    expect(rig.path()).toBe('waitingForBoot.prompting');
  });

  it('does not connect a silent board when the slot refuses unidentified ones', async () => {
    const rig = machineRig();
    await rig.attach('normal');
    await rig.done('identify', 'silent');
    await rig.attach('download');
    expect(rig.decided()).toBe('ABORTED board-unidentified none');
    expect(rig.begun()).not.toContain('connect');
  });
});

describe('the window', () => {
  it('is counted from the enumeration, not from the event', async () => {
    const rig = machineRig({ unidentified: 'accept' });
    await rig.attach('download', 4_000);
    await rig.advance(5_999);
    expect(rig.path()).toBe('connecting.handshaking');
    await rig.advance(1);
    expect(rig.decided()).toBe('ABORTED window-missed none');
  });

  it('does not touch a board whose window is over already', async () => {
    const rig = machineRig({ unidentified: 'accept' });
    await rig.attach('download', 10_000);
    expect(rig.decided()).toBe('ABORTED window-missed none');
    expect(rig.begun()).not.toContain('connect');
  });

  it('does not touch a board of unknown age', async () => {
    const rig = machineRig({ unidentified: 'accept' });
    await rig.attach('download', null);
    expect(rig.decided()).toBe('ABORTED device-age-unknown none');
    expect(rig.begun()).not.toContain('connect');
  });

  it('stops what connects when it is missed', async () => {
    const rig = machineRig({ unidentified: 'accept' });
    await rig.attach('download');
    await rig.advance(10_000);
    expect(rig.isRunning('connect')).toBe(false);
  });

  it('ends with the first valid reply: loaders may take as long as they need', async () => {
    const rig = machineRig({ unidentified: 'accept' });
    await rig.attach('download');
    await rig.advance(9_999);
    await rig.send({ type: 'handshake.completed', jobId: 'run-3-1' });
    await rig.advance(600_000);
    expect(rig.path()).toBe('connecting.loading');
  });

  it('is not stopped by the handshake of another job', async () => {
    const rig = machineRig({ unidentified: 'accept' });
    await rig.attach('download');
    await rig.send({ type: 'handshake.completed', jobId: 'run-3-0' });
    await rig.advance(10_000);
    expect(rig.decided()).toBe('ABORTED window-missed none');
  });

  it('asks for a power cycle when the operator retries on a board that stayed in download mode', async () => {
    const rig = machineRig({ unidentified: 'accept' });
    await rig.attach('download');
    await rig.advance(10_000);
    await rig.recorded();
    await rig.send({ type: 'operator.retry' });
    expect(rig.decided()).toBe('ABORTED device-age-unknown none');
    expect(rig.count('connect')).toBe(1);
  });

  it('does not exist at a fixed serial path', async () => {
    const rig = machineRig({ unidentified: 'accept', fixedStart: 'download' });
    await rig.attach('download', null);
    await rig.done('probe');
    expect(rig.path()).toBe('connecting.handshaking');
    await rig.advance(3_600_000);
    expect(rig.path()).toBe('connecting.handshaking');
    expect(rig.context()).toMatchObject({ entryMethod: 'fixed', insertion: 1 });
  });
});

describe('a fixed serial path', () => {
  it('never enters a unit that has just passed there, though it was mute as if it had been taken out', async () => {
    const rig = machineRig({ fixedStart: 'normal', profile: { entry: { methods: ['at'] } } });
    await rig.attach('normal', null);
    await rig.done('probe');
    await rig.done('identify', unitA);
    await rig.done('enter', 'accepted');
    await rig.send({ type: 'handshake.completed', jobId: rig.context().jobId ?? '' });
    await rig.done('connect', { imei: null });
    await rig.done('permit');
    await rig.done('intent');
    await rig.done('program', { imei: null });
    await rig.done('restart');
    await rig.done('verify', { after: flashedA, revision: flashedA.revision });
    await rig.recorded();
    await rig.done('absence');
    await rig.done('probe');
    await rig.done('identify', flashedA);
    expect(rig.decided()).toBe('ABORTED already-passed none');
    expect(rig.count('enter')).toBe(1);
  });
});

describe('connecting', () => {
  it('fails a unit that answers wrongly, and aborts what is no fault of the unit', async () => {
    const wrong = machineRig({ unidentified: 'accept' });
    await wrong.attach('download');
    await wrong.fail('connect', fault('device-refused', 'load-agentboot'));
    expect(wrong.decided()).toBe('FAIL device-refused none');
    const pulled = machineRig({ unidentified: 'accept' });
    await pulled.attach('download');
    await pulled.send({ type: 'handshake.completed', jobId: pulled.context().jobId ?? '' });
    await pulled.fail('connect', fault('unplugged', 'load-agentboot'));
    expect(pulled.decided()).toBe('ABORTED removed-early none');
    const defect = machineRig({ unidentified: 'accept' });
    await defect.attach('download');
    await defect.fail('connect', new TypeError('x is not a function'));
    expect(defect.decided()).toBe('ABORTED station-defect none');
  });

  it('aborts on removal and on cancel, and ignores that another device left', async () => {
    const rig = machineRig({ unidentified: 'accept' });
    await rig.attach('download');
    await rig.detach('another');
    expect(rig.path()).toBe('connecting.handshaking');
    await rig.send({ type: 'handshake.completed', jobId: rig.context().jobId ?? '' });
    await rig.detach();
    expect(rig.decided()).toBe('ABORTED removed-early none');
    const cancelled = machineRig({ unidentified: 'accept' });
    await cancelled.attach('download');
    await cancelled.send({ type: 'operator.cancel' });
    expect(cancelled.decided()).toBe('ABORTED operator-cancelled none');
  });
});

describe('holding', () => {
  it('keeps the session alive while it waits for its permit, and makes the intent durable before it programs', async () => {
    const rig = await atHolding();
    expect(rig.path()).toBe('holding.queueing');
    expect(rig.isRunning('hold')).toBe(true);
    await rig.done('permit');
    expect(rig.path()).toBe('holding.intending');
    await rig.advance(30_000);
    expect(rig.begun()).not.toContain('program');
    expect(rig.isRunning('hold')).toBe(true);
    await rig.done('intent');
    expect(rig.path()).toBe('programming');
    expect(rig.isRunning('hold')).toBe(false);
  });

  it('leaves by the protocol when the permit does not come in time', async () => {
    const rig = await atHolding();
    await rig.advance(60_000);
    expect(rig.path()).toBe('leaving');
    expect(rig.isRunning('permit')).toBe(false);
    await rig.done('leave');
    expect(rig.decided()).toBe('ABORTED hold-expired none');
    expect(rig.path()).toBe('recording');
  });

  it('leaves by the protocol on cancel, and records even when that fails', async () => {
    const rig = await atHolding();
    await rig.send({ type: 'operator.cancel' });
    expect(rig.path()).toBe('leaving');
    await rig.fail('leave', new Error('no'));
    expect(rig.decided()).toBe('ABORTED operator-cancelled none');
    expect(rig.path()).toBe('recording');
  });

  it('never programs when the intent could not be made durable', async () => {
    const rig = await atHolding();
    await rig.done('permit');
    await rig.fail('intent', fault('record-not-writable', 'journal'));
    expect(rig.decided()).toBe('ABORTED record-not-writable none');
    expect(rig.begun()).not.toContain('program');
  });

  it('aborts when the board is pulled, also between permit and intent, and when the link is lost', async () => {
    const waiting = await atHolding();
    await waiting.detach();
    expect(waiting.decided()).toBe('ABORTED removed-early none');
    const intending = await atHolding();
    await intending.done('permit');
    await intending.detach();
    expect(intending.decided()).toBe('ABORTED removed-early none');
    await intending.done('intent');
    expect(intending.begun()).not.toContain('program');
    const lost = await atHolding();
    await lost.fail('hold', fault('link-lost', 'hold'));
    expect(lost.decided()).toBe('ABORTED link-lost none');
  });

  it('connects an unidentified board but never programs it when the slot refuses', async () => {
    const rig = await atHoldingUnidentified({
      unidentified: 'refuse',
      profiles: { byModel: {}, unidentified: (await atProgramming()).context().profile },
    });
    expect(rig.path()).toBe('leaving');
    expect(rig.decided()).toBe('ABORTED board-unidentified none');
  });

  it('waits for a label that fits where the slot requires one', async () => {
    const rig = await atHoldingUnidentified({ unidentified: 'requireLabel' });
    expect(rig.path()).toBe('holding.labelling');
    await rig.send({ type: 'operator.label', imei: imeiA });
    expect(rig.path()).toBe('holding.labelling');
    await rig.send({ type: 'operator.label', imei: imeiA, orderingCode: 'EC800ECNLC-Q1' });
    expect(rig.path()).toBe('holding.queueing');
  });

  it('fails a board whose label is of another variant', async () => {
    const rig = await atHoldingUnidentified({ unidentified: 'requireLabel' });
    await rig.send({ type: 'operator.label', orderingCode: 'EC800ECNGA-Q1' });
    expect(rig.path()).toBe('leaving');
    expect(rig.decided()).toBe('FAIL sub-model-not-allowed none');
  });

  it('gives up waiting for a label at the hold limit', async () => {
    const rig = await atHoldingUnidentified({ unidentified: 'requireLabel' });
    await rig.advance(60_000);
    expect(rig.decided()).toBe('ABORTED hold-expired none');
  });

  it('programs an unidentified board without a label where the slot accepts it', async () => {
    const rig = await atHoldingUnidentified({ unidentified: 'accept' });
    expect(rig.path()).toBe('holding.queueing');
    expect(rig.context()).toMatchObject({ identification: null, entryMethod: 'found', continuous: true });
  });

  it('never programs a unit that the session itself knows to be another one', async () => {
    const rig = await atStrapPrompt();
    await rig.attach('download');
    await rig.done('connect', { imei: imeiB });
    expect(rig.path()).toBe('leaving');
    expect(rig.decided()).toBe('ABORTED swapped none');
  });
});

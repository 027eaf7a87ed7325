// What a batch does in a person's place: never anything that a person would have had to look at first.
import { describe, expect, it } from 'vitest';
import type { BatchSettings } from '../../../src/config/batch-file.ts';
import type { SlotSettings } from '../../../src/config/station-file.ts';
import { answerTo } from '../../../src/station/batch/answers.ts';

const slot: SlotSettings = {
  number: 1,
  usbPath: 'pci-0000:00:14.0/1.1',
  fixed: null,
  baudRate: 115_200,
  profiles: new Map([['EC800E', 'ec800e']]),
  unidentified: { policy: 'refuse' },
  powerSwitch: { kind: 'uhubctl', program: 'uhubctl', offMs: 500 },
};
const byHand: SlotSettings = { ...slot, powerSwitch: { kind: 'prompt' } };
const job: BatchSettings = {
  name: 'night.json',
  stationFile: '/s.json',
  work: { operator: 'li', workOrder: null, lot: null, shift: null },
  profiles: null,
  quantity: null,
  retries: 1,
  powerCycle: { atStart: true, tries: 1 },
  hubTurnMs: 120_000,
  stop: {},
  endsAtWallMs: null,
  idleMs: 60_000,
  releaseLocked: 'never',
};

describe('where a slot asks for a person, a batch', () => {
  it('cuts the power for a strap as often as it may, then ends the job; without a switch it ends it at once', () => {
    expect([0, 1].map((tries) => answerTo('closeStrap', slot, job, tries))).toEqual(['confirm', 'cancel']);
    expect(answerTo('closeStrap', byHand, job, 0)).toBe('cancel');
    const never = { ...job, powerCycle: { atStart: true, tries: 0 } };
    expect(answerTo('closeStrap', slot, never, 0)).toBe('cancel');
    expect(answerTo('closeStrap', { ...slot, fixtureStrap: true }, never, 0)).toBe('confirm');
  });

  it('at a fixed serial path never says that a strap is closed', () => {
    const fixed: SlotSettings = { ...slot, fixed: { serialPath: '/dev/ttyS1', startsIn: 'normal' } };
    expect(answerTo('closeStrap', fixed, job, 0)).toBe('cancel');
  });

  it('cuts the power for a strap that is still closed after the writing, and never ends that job', () => {
    expect([0, 1].map((tries) => answerTo('releaseStrap', slot, job, tries))).toEqual(['confirm', 'leave']);
    expect(answerTo('powerCycle', slot, job, 0)).toBe('leave');
  });

  it('allows no retest, and scans no label', () => {
    expect(answerTo('allowRetest', slot, job, 0)).toBe('cancel');
    expect(answerTo('scanLabel', slot, job, 0)).toBe('cancel');
  });

  it('releases a locked slot only by its policy, and only where a board must tell who it is', () => {
    const may: BatchSettings = { ...job, releaseLocked: 'identified' };
    expect(answerTo('checkBoard', slot, job, 0)).toBe('leave');
    expect(answerTo('checkBoard', slot, may, 0)).toBe('release');
    expect(answerTo('checkBoard', { ...slot, unidentified: { policy: 'accept', profileId: 'ec800e' } }, may, 0)).toBe('leave');
    expect(answerTo('checkSlot', slot, may, 0)).toBe('leave');
  });
});

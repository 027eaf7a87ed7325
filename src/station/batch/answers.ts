// What a batch does where a slot asks for a person: what the power switch can do in a person's place, or the end of the job. Pure.
import type { BatchSettings } from '../../config/batch-file.ts';
import type { SlotSettings } from '../../config/station-file.ts';
import type { PromptKind } from '../../domain/slot.ts';

/** `leave`: after the first write a job is never cut short; the slot ends it by its own time limit. */
export type Answer = 'confirm' | 'cancel' | 'release' | 'leave';

/** `confirmed`: how often this job's prompts were confirmed already. */
export function answerTo(prompt: PromptKind, slot: SlotSettings, job: BatchSettings, confirmed: number): Answer {
  const cyclesPower = slot.powerSwitch.kind !== 'prompt' && slot.fixed === null;
  // A fixture's strap is the way in, not another try.
  const tries = slot.fixtureStrap === true ? Math.max(1, job.powerCycle.tries) : job.powerCycle.tries;
  switch (prompt) {
    case 'closeStrap':
      return cyclesPower && confirmed < tries ? 'confirm' : 'cancel';
    case 'releaseStrap':
      return cyclesPower && confirmed < job.powerCycle.tries ? 'confirm' : 'leave';
    case 'scanLabel':
    case 'allowRetest':
      return 'cancel';
    case 'checkBoard':
      return job.releaseLocked === 'identified' && slot.unidentified.policy === 'refuse' ? 'release' : 'leave';
    case 'powerOn':
    case 'powerCycle':
    case 'removeBoard':
    case 'checkSlot':
      return 'leave';
  }
}

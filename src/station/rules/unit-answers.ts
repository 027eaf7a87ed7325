// What a slot is told when it asks about its unit: may it be entered, is it as its record says, which attempt is it. Keeps which unit is in
// which slot from what the slots tell. Knows no machine.
import type { SlotEvent } from '../../domain/slot.ts';
import { firstAttempt } from '../../slot/clearance.ts';
import type { Purpose } from '../../slot/decisions.ts';
import type { SlotServices } from '../../slot/slot-services.ts';
import { type Clearing, type ClearingOptions, createClearing, createRecount } from './clearing.ts';
import { createLooking } from './looking.ts';
import { createUnitClaims } from './unit-claims.ts';

export interface UnitAnswersOptions extends Omit<ClearingOptions, 'othersOf'> {
  readonly purpose: Purpose['kind'];
  /** Whether a slot's board is in it now, or its job is not over. */
  readonly isThere: (slot: number) => boolean;
}

export interface UnitAnswers {
  readonly clear: Clearing;
  readonly recount: SlotServices['recount'];
  /** What a slot tells, of its board among other things. */
  heed(slot: number, event: SlotEvent): void;
}

export function createUnitAnswers({ purpose, isThere, ...given }: UnitAnswersOptions): UnitAnswers {
  const claims = createUnitClaims(isThere);
  const options: ClearingOptions = { ...given, othersOf: claims.othersOf };
  const clearing = createClearing(options);
  const looking = createLooking(options);

  return {
    clear(question) {
      claims.learn(question.slot, question.unit);
      return purpose === 'nvRestore'
        ? Promise.resolve({ kind: 'cleared', marks: { ...firstAttempt, kind: 'nvRestore' } })
        : question.stage === 'readOnly'
          ? looking(question)
          : clearing(question);
    },
    recount: createRecount(options),
    heed(slot, event) {
      if (event.type === 'board.identified') claims.learn(slot, { imei: null, sn: null, labelSn: null, ...event.identification });
      if (
        event.type === 'job.opened' ||
        (event.type === 'state.changed' && (event.state === 'empty' || event.state === 'replaced'))
      )
        claims.forget(slot);
    },
  };
}

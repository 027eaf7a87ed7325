// What a rule of clearance is: a function from the facts about one unit to its opinion. Knows no rule and no slot.
// Rules are asked in order. `clear`, `refuse`, `label` and `skip` decide at once; `ask` and `retest` stand only if no rule behind decides.
import type { Fact, Failure } from '../../domain/failure.ts';
import type { RecordBody } from '../../domain/record.ts';
import type { RecordKind } from '../../domain/verdict.ts';
import type { ClearanceQuestion } from '../../slot/clearance.ts';
import type { WorkSession } from '../../slot/job-log.ts';
import type { InterlockAnswer } from '../interlock.ts';
import type { UnitPast } from './unit-past.ts';

/** A unit that is in another slot now, by everything it is known by. */
export interface OtherUnit {
  readonly slot: number;
  readonly keys: readonly string[];
}

export interface RuleFacts {
  readonly question: ClearanceQuestion;
  /** What the unit is known by; empty for a board that nothing has identified. */
  readonly keys: readonly string[];
  /** The unit's records in the station's own journal, oldest first. Empty where the station keeps no history. */
  readonly records: readonly RecordBody[];
  readonly past: UnitPast;
  /** Null where no other system is asked. */
  readonly interlock: InterlockAnswer | null;
  /** As it was when the question came. */
  readonly others: readonly OtherUnit[];
  readonly work: WorkSession;
}

export type RuleAnswer =
  /** Entered, whatever the rules behind would say; e.g. a golden unit. */
  | { readonly kind: 'clear'; readonly as: RecordKind; readonly evidence?: Readonly<Record<string, Fact>> }
  | { readonly kind: 'refuse'; readonly reason: Failure }
  /** Closed with a record of kind `skip`: nothing is to be done. */
  | { readonly kind: 'skip'; readonly reason: Failure }
  | { readonly kind: 'ask'; readonly reason: Failure }
  /** Asked again when more of its label was scanned. */
  | { readonly kind: 'label'; readonly reason: Failure }
  /** Entered, and the record says why again. */
  | { readonly kind: 'retest'; readonly reason: Failure };

/** Null: this rule has nothing to say of this unit. Pure; a rule with a memory closes over it. */
export type ClearanceRule = (facts: RuleFacts) => RuleAnswer | null;

/** What the station file states for a unit that has been here before. */
export type PastPolicy = 'block' | 'ask' | 'retest';

export function byPolicy(policy: PastPolicy, reason: Failure): RuleAnswer {
  return { kind: policy === 'block' ? 'refuse' : policy, reason };
}

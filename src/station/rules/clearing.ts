// Answers a slot's question whether its unit may be entered: gathers the facts and asks the rules in their order. Knows no machine.
import { type Clock, pause } from '../../bench/clock.ts';
import type { HistorySettings } from '../../config/station-file.ts';
import { describeFailure, type Failure, failureOf, fault } from '../../domain/failure.ts';
import type { RecordBody } from '../../domain/record.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { type Clearance, type ClearanceQuestion, firstAttempt, type JobMarks } from '../../slot/clearance.ts';
import type { WorkSession } from '../../slot/job-log.ts';
import type { SlotServices } from '../../slot/slot-services.ts';
import type { Interlock, InterlockAnswer } from '../interlock.ts';
import type { ClearanceRule, OtherUnit, RuleAnswer, RuleFacts } from './rule.ts';
import { keysOf, pastOf, type UnitPast } from './unit-past.ts';
import {
  afterFailedVerify,
  clearedByInterlock,
  evidenceOf,
  notCurrent,
  notForRework,
  notInTwoSlots,
  notPassedBefore,
  onUpgradePath,
  retried,
} from './unit-rules.ts';

/** A unit's past, up to the last durable record. Rejects when that cannot be had: no rule may decide then. */
export interface UnitRecords {
  recordsOf(keys: readonly string[]): Promise<readonly RecordBody[]>;
}

export interface ClearingOptions {
  readonly clock: Clock;
  readonly settings: HistorySettings;
  /** Null for a run that keeps none: every unit is at its first attempt. */
  readonly history: UnitRecords | null;
  readonly interlock: Interlock | null;
  /** Asked after the rule of two slots and before all others. */
  readonly rules: readonly ClearanceRule[];
  readonly work: () => WorkSession;
  /** The units in all slots but this one, now. */
  readonly othersOf: (slot: number) => readonly OtherUnit[];
}

/** Always resolves: a history that cannot be read refuses the unit. */
export type Clearing = (question: ClearanceQuestion) => Promise<Clearance>;

/** Longest wait for the index to reach the journal's head. */
const historyTimeoutMs = 10_000;

export function createClearing(options: ClearingOptions): Clearing {
  const { settings, work } = options;
  const rules = [
    notInTwoSlots,
    ...options.rules,
    clearedByInterlock,
    notForRework(settings),
    notCurrent,
    onUpgradePath,
    notPassedBefore(settings),
    afterFailedVerify,
    retried,
  ];
  return async (question) => {
    const keys = keysOf(question.unit);
    // Before anything is awaited: of two slots that ask at once, the later one must see the earlier one and not the other way round.
    const others = options.othersOf(question.slot);
    try {
      const [records, interlock] = await Promise.all([recordsOf(options, keys), askInterlock(options, question)]);
      return clearanceOf({ question, keys, records, past: pastOf(records), interlock, others, work: work() }, rules, settings);
    } catch (thrown) {
      const detail = describeFailure(failureOf(thrown, 'clearing'));
      const reason: Failure = { code: 'history-unavailable', step: 'clearing', detail };
      return { kind: 'refused', reason, marks: firstAttempt };
    }
  };
}

/**
 * Counts the attempt of a unit that told who it is only after its clearance: it was found in download mode and is read back by now. A
 * history that cannot be read costs it no record: the attempt stays as it was, and the record says so.
 */
export function createRecount(options: Pick<ClearingOptions, 'clock' | 'settings' | 'history'>): SlotServices['recount'] {
  return async (marks, unit) => {
    try {
      const past = pastOf(await recordsOf(options, keysOf(unit)));
      return { ...marks, ...countOf(past, options.settings) };
    } catch {
      return { ...marks, evidence: { ...marks.evidence, 'history.unavailable': true } };
    }
  };
}

/** The rules' one answer, as the slot is told it. Pure. */
export function clearanceOf(facts: RuleFacts, rules: readonly ClearanceRule[], settings: HistorySettings): Clearance {
  const marks = marksOf(facts, settings);
  const answer = firstAnswer(facts, rules);
  switch (answer?.kind) {
    case undefined:
      return { kind: 'cleared', marks };
    case 'clear':
      return { kind: 'cleared', marks: { ...marks, kind: answer.as, evidence: { ...marks.evidence, ...answer.evidence } } };
    case 'refuse':
      return { kind: 'refused', reason: answer.reason, marks };
    case 'skip':
      return { kind: 'skip', reason: answer.reason, marks: { ...marks, kind: 'skip' } };
    case 'ask':
      return {
        kind: 'ask',
        reason: answer.reason,
        marks,
        ifAllowed: asRetest(marks, answer.reason, facts.work.operator ?? 'operator'),
      };
    case 'retest':
      return { kind: 'cleared', marks: asRetest(marks, answer.reason, 'station') };
  }
}

function firstAnswer(facts: RuleFacts, rules: readonly ClearanceRule[]): RuleAnswer | null {
  let standing: RuleAnswer | null = null;
  for (const rule of rules) {
    const answer = rule(facts);
    if (answer === null) continue;
    if (answer.kind !== 'ask' && answer.kind !== 'retest') return answer;
    if (standing === null || (answer.kind === 'ask' && standing.kind === 'retest')) standing = answer;
  }
  return standing;
}

function marksOf({ keys, past, interlock }: RuleFacts, settings: HistorySettings): JobMarks {
  const warning = interlock?.kind === 'cleared' ? interlock.warning : null;
  return {
    ...firstAttempt,
    ...countOf(past, settings),
    isIdentified: keys.length > 0,
    warnings: warning === null ? [] : [warning],
  };
}

const countOf = (past: UnitPast, settings: HistorySettings): Pick<JobMarks, 'attempt' | 'retestReason' | 'reworkAfter'> => ({
  attempt: past.attempts + 1,
  retestReason: past.lastAttempt?.failure?.code ?? null,
  reworkAfter: reworkAfter(past, settings),
});

const asRetest = (marks: JobMarks, reason: Failure, by: string): JobMarks => ({
  ...marks,
  retestReason: reason.code,
  evidence: { ...marks.evidence, ...evidenceOf(reason, by) },
});

function reworkAfter({ strikes, unknowns }: UnitPast, { rework, maxAttempts, maxUnknown }: HistorySettings): readonly Verdict[] {
  if (rework === 'retest') return [];
  if (strikes + 1 >= maxAttempts) return ['FAIL', 'UNKNOWN'];
  return unknowns + 1 >= maxUnknown ? ['UNKNOWN'] : [];
}

export async function recordsOf(
  { history, clock }: Pick<ClearingOptions, 'history' | 'clock'>,
  keys: readonly string[],
): Promise<readonly RecordBody[]> {
  if (history === null || keys.length === 0) return [];
  const answered = new AbortController();
  const late = pause(clock, historyTimeoutMs, answered.signal).then(() => {
    throw fault('history-unavailable', 'clearing', { expected: `an answer within ${historyTimeoutMs} ms` });
  });
  try {
    return await Promise.race([history.recordsOf(keys), late]);
  } finally {
    answered.abort();
  }
}

async function askInterlock({ interlock, work }: ClearingOptions, question: ClearanceQuestion): Promise<InterlockAnswer | null> {
  if (interlock === null) return null;
  const { unit, profile } = question;
  return interlock.ask({ imei: unit.imei, sn: unit.sn ?? unit.labelSn, workOrder: work().workOrder, profileId: profile.id });
}

// How often each failure came today, and which boards keep failing: a value folded from the records. Knows no record file.
import { type Failure, type FailureCode, failureCodes } from '../domain/failure.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { HistoryLine } from '../trace/line.ts';
import type { SlotView } from './read-model.ts';

export interface FailureTally {
  /** The local day the counts are of, as `2026-11-22`. */
  readonly day: string;
  readonly today: Readonly<Partial<Record<FailureCode, number>>>;
  /** Failures in a row by board, or by slot where the board is not known. */
  readonly streaks: ReadonlyMap<string, number>;
}

export interface TalliedRecord {
  readonly board: string;
  readonly day: string;
  readonly verdict: Verdict;
  readonly failure: Failure | null;
}

/** Boards remembered: more than lie on a line's tables. */
const keptBoards = 500;

export const emptyTally: FailureTally = { day: '', today: {}, streaks: new Map() };

export function withRecord(tally: FailureTally, { board, day, verdict, failure }: TalliedRecord): FailureTally {
  const today = day === tally.day ? tally.today : {};
  const streaks = new Map(tally.streaks);
  if (verdict === 'PASS') streaks.delete(board);
  if (!failure) return { day, today, streaks };
  if (climbs(failure.code)) {
    const inARow = (streaks.get(board) ?? 0) + 1;
    // Last in, last out: a board that still fails must not be forgotten for its age.
    streaks.delete(board);
    streaks.set(board, inARow);
  }
  const [oldest] = streaks.keys();
  if (streaks.size > keptBoards && oldest !== undefined) streaks.delete(oldest);
  return { day, today: { ...today, [failure.code]: (today[failure.code] ?? 0) + 1 }, streaks };
}

/** What the journal tells of before the start: a restart forgets no failure of the day, and no board that keeps failing. */
export function tallyOf(lines: Iterable<HistoryLine>): FailureTally {
  let tally = emptyTally;
  for (const line of lines) {
    if (line.type !== 'record' || line.kind === 'skip' || line.kind === 'golden') continue;
    const { unit, slot, verdict, failure, finishedAt } = line;
    const board = boardOf({ imei: unit.imeiAfter ?? unit.imeiBefore, sn: unit.sn, number: slot.number });
    tally = withRecord(tally, { board, day: finishedAt.slice(0, 10), verdict, failure });
  }
  return tally;
}

export const failuresInARow = (tally: FailureTally, slot: SlotView): number => tally.streaks.get(boardOf(slot)) ?? 0;

/** The board by its IMEI or serial number; a board that never said who it is, by its slot. */
export const boardOf = ({ imei, sn, number }: Pick<SlotView, 'imei' | 'sn' | 'number'>): string => imei ?? sn ?? `slot ${number}`;

/** What may lie in seat, cable, power or PC: only there does trying on step by step make sense. */
const climbs = (code: FailureCode): boolean => failureCodes[code].retryable || failureCodes[code].blame === 'slot';

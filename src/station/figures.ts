// The numbers of a run that the screen shows beside its slots: records by verdict, failures of the day, takt. Folded from the slots'
// records; failures of the day also from those before a restart. Knows no slot's work and no file.
import type { Clock } from '../bench/clock.ts';
import type { SlotEvent } from '../domain/slot.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { HistoryLine } from '../trace/line.ts';
import { boardOf, failuresInARow, tallyOf, withRecord } from './failure-tally.ts';
import type { SlotView, StationView } from './read-model.ts';
import { newShift, taktView, withPass } from './takt.ts';

export interface Figures {
  /** `row` is its slot as it is after the record. */
  add(record: Extract<SlotEvent, { type: 'record.written' }>, row: SlotView): void;
  beginShift(): void;
  view(rows: readonly SlotView[]): Pick<StationView, 'counts' | 'failuresToday' | 'takt' | 'slots'>;
  /** There was something to do, or nothing left to do, and no unit is without its PASS. */
  everyUnitPassed(): boolean;
}

export interface FiguresOptions {
  readonly clock: Clock;
  /** The local day, `2026-11-22`. */
  readonly today: () => string;
  readonly targetUnitsPerHour: number | null;
  /** Of the journal, oldest first. */
  readonly lastLines: readonly HistoryLine[];
}

export function createFigures({ clock, today, targetUnitsPerHour, lastLines }: FiguresOptions): Figures {
  let counts: Readonly<Record<Verdict, number>> = { PASS: 0, FAIL: 0, UNKNOWN: 0, ABORTED: 0 };
  let skipped = 0;
  let tally = tallyOf(lastLines);
  let takt = newShift(clock.now());

  return {
    add({ kind, verdict, failure }, row) {
      if (kind === 'skip') skipped += 1;
      if (kind === 'skip' || kind === 'golden') return;
      counts = { ...counts, [verdict]: counts[verdict] + 1 };
      tally = withRecord(tally, { board: boardOf(row), day: today(), verdict, failure });
      const jobMs = row.jobStartedAtMs === null ? null : clock.now() - row.jobStartedAtMs;
      if (verdict === 'PASS' && kind !== 'verify') takt = withPass(takt, jobMs, clock.now());
    },
    beginShift() {
      takt = { ...takt, shiftStartedAtMs: clock.now(), shiftUnits: 0 };
    },
    view: (rows) => ({
      counts,
      failuresToday: tally.day === today() ? tally.today : {},
      takt: taktView(takt, rows, targetUnitsPerHour, clock.now()),
      slots: rows.map((row) => ({ ...row, failuresInARow: failuresInARow(tally, row) })),
    }),
    everyUnitPassed: () => counts.PASS + skipped > 0 && counts.FAIL + counts.UNKNOWN + counts.ABORTED === 0,
  };
}

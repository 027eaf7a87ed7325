// What the station has concluded, what follows from it now, and who may lift it. Tells its findings; the station applies them.
// Knows no slot's state, no device and no hash.
import type { Clock } from '../../bench/clock.ts';
import type { OversightSettings } from '../../config/oversight-fields.ts';
import type { FindingEvent, GoldenState, Margins, Pattern, ReleaseTarget, SlotQuarantine, Stop } from '../../domain/finding.ts';
import type { WorkSession } from '../../slot/job-log.ts';
import type { Journal } from '../../trace/journal.ts';
import type { HistoryLine, Override, WrittenRecord } from '../../trace/line.ts';
import { rejectionOf } from './blame.ts';
import { type CodeAnswer, type CodeMatches, createCodeLock } from './code-lock.ts';
import { goldenState } from './golden.ts';
import { goldenFirst, notRejected } from './oversight-rules.ts';
import { findPatterns } from './patterns.ts';
import type { ClearanceRule } from './rule.ts';
import { conclude, follow, standingOf } from './standing.ts';

export interface OversightOptions {
  readonly settings: OversightSettings;
  readonly clock: Clock;
  readonly journal: Pick<Journal, 'overridden'>;
  /** The journal's last records and overrides, the oldest first: what a restart must not forget. */
  readonly lastLines: Iterable<HistoryLine>;
  readonly work: () => WorkSession;
  readonly codeMatches: CodeMatches;
  readonly tell: (event: FindingEvent) => void;
}

/** The read model's part. */
export interface OversightView {
  readonly stop: Stop | null;
  readonly quarantines: readonly SlotQuarantine[];
  readonly patterns: readonly Pattern[];
  readonly golden: GoldenState;
  readonly margins: readonly Margins[];
  readonly releasedBy: 'supervisor' | 'operator';
}

export interface Oversight {
  /** What it says of a unit before it is entered. */
  readonly rules: readonly ClearanceRule[];
  view(): OversightView;
  isStopped(): boolean;
  isQuarantined(usbPath: string): boolean;
  /** A record that is durable now. */
  noteRecord(record: WrittenRecord): void;
  /** Always resolves; what became of it is told. The release is durable before it takes effect. */
  release(target: ReleaseTarget, code: string | null): Promise<void>;
}

export function createOversight(options: OversightOptions): Oversight {
  const { settings, clock, journal, work, tell } = options;
  const standing = standingOf(options.lastLines, settings);
  const startedWallMs = clock.wallMs();
  const lock = createCodeLock(settings.supervisors, options.codeMatches, clock);
  const { blame } = standing;
  const releasedBy = settings.supervisors.length > 0 ? 'supervisor' : 'operator';

  const golden = (): GoldenState =>
    goldenState(standing.golden, settings.golden, { wallMs: clock.wallMs(), startedWallMs, shift: work().shift });
  let toldGolden = golden();

  /** Its time runs out, or its shift ends, without any record: that is told when it is next asked for. */
  const goldenNow = (): GoldenState => {
    const state = golden();
    if (state !== toldGolden) tell({ type: 'golden.changed', state });
    toldGolden = state;
    return state;
  };

  const answer = async (code: string | null): Promise<CodeAnswer | { readonly granted: true; readonly name: string | null }> => {
    if (releasedBy === 'operator') return { granted: true, name: work().operator };
    return code === null ? { granted: false, refusal: { reason: 'codeNeeded' } } : lock.try(code);
  };

  /** What stands and would be lifted; null where nothing does. */
  const standingAgainst = (target: ReleaseTarget): Pick<Override, 'rule' | 'slot' | 'unit' | 'why'> | null => {
    switch (target.kind) {
      case 'stop': {
        const { stop } = standing.stops;
        return stop && { rule: 'production-stopped', slot: null, unit: null, why: whyStopped(stop) };
      }
      case 'slot': {
        const found = [...blame.quarantined.values()].find(({ slot }) => slot === target.slot);
        if (found === undefined) return null;
        const { slot: number, usbPath, boards, code } = found;
        const why = `${boards} boards failed in the slot one after the other, the last with ${code}`;
        return { rule: 'slot-quarantined', slot: { number, usbPath }, unit: null, why };
      }
      case 'board': {
        const found = rejectionOf(blame, target.unit, settings.blame);
        if (found === null) return null;
        const why = `it failed in slots ${found.slots.join(', ')}, the last time with ${found.code}`;
        return { rule: 'board-rejected', slot: null, unit: found.unit, why };
      }
    }
  };

  return {
    rules: [goldenFirst(settings.golden, goldenNow), notRejected((unit) => rejectionOf(blame, unit, settings.blame))],
    view: () => ({
      stop: standing.stops.stop,
      quarantines: [...blame.quarantined.values()],
      patterns: findPatterns(standing.recent, clock.wallMs(), settings.blame),
      golden: golden(),
      margins: [...standing.margins.values()].map(({ margins }) => margins),
      releasedBy,
    }),
    isStopped: () => standing.stops.stop !== null,
    isQuarantined: (usbPath) => blame.quarantined.has(usbPath),

    noteRecord(record) {
      for (const event of conclude(standing, record, settings)) tell(event);
      goldenNow();
    },

    async release(target, code) {
      if (standingAgainst(target) === null) {
        tell({ type: 'release.refused', target, refusal: { reason: 'nothingToRelease' } });
        return;
      }
      const answered = await answer(code);
      if (!answered.granted) {
        tell({ type: 'release.refused', target, refusal: answered.refusal });
        return;
      }
      const lifted = standingAgainst(target);
      if (lifted === null) return;
      const { name: by } = answered;
      try {
        follow(standing, await journal.overridden({ ...lifted, by, authority: releasedBy }), settings);
        tell({ type: 'release.granted', target, by, authority: releasedBy });
      } catch {
        tell({ type: 'release.refused', target, refusal: { reason: 'notRecorded' } });
      }
    },
  };
}

function whyStopped(stop: Stop): string {
  return stop.rule === 'failuresInRow'
    ? `${stop.failures} boards failed one after the other, the last with ${stop.lastCode}`
    : `${stop.passed} of ${stop.attempts} first attempts passed, less than ${stop.belowPercent} %`;
}

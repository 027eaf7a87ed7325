// The night shift's conductor: in a person's place it answers what slots ask, counts towards the quantity, decides when the batch is over,
// and says at the end what is left to do. Knows the station's console, no device and no file.
import type { Clock, Timer } from '../../bench/clock.ts';
import type { BatchSettings } from '../../config/batch-file.ts';
import type { SlotSettings } from '../../config/station-file.ts';
import type { BatchEnd, BatchReport } from '../../domain/batch.ts';
import type { Failure } from '../../domain/failure.ts';
import type { PromptKind, SlotState } from '../../domain/slot.ts';
import type { EventLine, StationConsole, StationView } from '../read-model.ts';
import type { ClearanceRule } from '../rules/rule.ts';
import { type Answer, answerTo } from './answers.ts';
import { gatherChores } from './chores.ts';

export interface BatchOptions {
  readonly job: BatchSettings;
  readonly slots: readonly SlotSettings[];
  readonly clock: Clock;
  /** What the batch did in a person's place. */
  readonly tell?: (answer: BatchAnswer) => void;
  /** About once a second while it runs: the station works, and not just its process. */
  readonly beat?: (view: StationView) => void;
}

export interface BatchAnswer {
  readonly slot: number;
  readonly prompt: PromptKind;
  readonly answer: Answer;
}

export interface Batch {
  /** Turns units away once enough have passed or are on their way. */
  readonly rule: ClearanceRule;
  /** Conducts a station that has not started yet. */
  watch(console: StationConsole): void;
  /** A slot's power switch did not work before the station knew of its board. */
  powerFailed(usbPath: string, failure: Failure): void;
  /** Null while nothing has ended it. */
  end(): BatchEnd | null;
  chores(): number;
  /** After the station has ended, with its exit code. */
  report(stationExitCode: number): BatchReport;
}

const beatMs = 1_000;
/** A hand would take longer; a slot that asked has settled in its state by then. */
const answerMs = 250;
/** A board whose power was cycled is waited for before its slot's prompt is taken as one that still stands. */
const returnMs = 30_000;
/** A journal that is away for longer than this when everything else is over: the jobs that wait for it are recovered at the next start. */
const journalPatienceMs = 300_000;

const idleStates: ReadonlySet<SlotState> = new Set<SlotState>([
  'empty',
  'passed',
  'failed',
  'unknown',
  'aborted',
  'skipped',
  'locked',
  'quarantined',
  'outOfService',
]);

export function createBatch({ job, slots, clock, tell = () => undefined, beat = () => undefined }: BatchOptions): Batch {
  const settingsOf = new Map(slots.map((slot) => [slot.number, slot]));
  const chores = gatherChores();
  const startedWallMs = clock.wallMs();
  /** Slots whose unit was let in, and has no record yet. */
  const underWay = new Set<number>();
  const confirmed = new Map<string, number>();
  /** Changes of state by slot: a prompt stands only until the next one. */
  const changes = new Map<number, number>();
  const released = new Set<number>();
  let passed = 0;
  let end: BatchEnd | null = null;
  let endedAtMs = 0;
  let lastEventAtMs = clock.now();
  let console: StationConsole | null = null;
  let timer: Timer | null = null;

  const stop = (reason: BatchEnd): void => {
    if (end !== null) return;
    end = reason;
    endedAtMs = clock.now();
    console?.commands.requestStop();
  };

  const jobKeyOf = (slot: number): string => console?.slotView(slot)?.jobId ?? `slot ${slot}`;

  const asks = (slot: number, prompt: PromptKind): void => {
    const change = changes.get(slot);
    const waitMs = (confirmed.get(jobKeyOf(slot)) ?? 0) > 0 ? returnMs : answerMs;
    clock.after(waitMs, () => {
      if (changes.get(slot) === change) answer(slot, prompt);
    });
  };

  const answer = (slot: number, prompt: PromptKind): void => {
    const settings = settingsOf.get(slot);
    const row = console?.slotView(slot);
    if (settings === undefined || row === undefined) return;
    const jobKey = jobKeyOf(slot);
    const given = answerTo(prompt, settings, job, confirmed.get(jobKey) ?? 0);
    if (given === 'confirm') confirmed.set(jobKey, (confirmed.get(jobKey) ?? 0) + 1);
    else if (prompt !== 'removeBoard') chores.noteHand(row, prompt);
    if (given === 'release') released.add(slot);
    if (prompt !== 'removeBoard') tell({ slot, prompt, answer: given });
    if (given !== 'leave') console?.commands.toSlot(slot, { type: `operator.${given}` });
  };

  const hear = (line: EventLine): void => {
    const { slot, event } = line;
    if (event.type !== 'step.progressed') lastEventAtMs = clock.now();
    chores.note(line, slot === null ? undefined : console?.slotView(slot));
    if (slot !== null && event.type === 'state.changed') {
      changes.set(slot, (changes.get(slot) ?? 0) + 1);
      if (event.prompt !== null) asks(slot, event.prompt.kind);
    }
    if (slot !== null && event.type === 'record.written') {
      underWay.delete(slot);
      if (event.kind === 'flash' && event.verdict === 'PASS') passed += 1;
    }
    if (event.type === 'drain.started') stop('asked');
    if (event.type === 'station.ended') timer?.cancel();
  };

  const reasonToEnd = (view: StationView): BatchEnd | null => {
    if (job.quantity !== null && passed >= job.quantity) return 'quantity';
    if (job.endsAtWallMs !== null && clock.wallMs() >= job.endsAtWallMs) return 'endTime';
    if (view.oversight.stop !== null) return 'stopped';
    if (view.fault?.code === 'bench-lost') return 'fault';
    const isIdle = view.slots.every(({ state }) => idleStates.has(state));
    return isIdle && clock.now() - lastEventAtMs >= job.idleMs ? 'idle' : null;
  };

  const look = (): void => {
    if (console === null) return;
    const view = console.view();
    if (view.phase === 'ended') return;
    beat(view);
    const reason = reasonToEnd(view);
    if (reason !== null) stop(reason);
    else if (end === null && view.phase === 'draining') stop('asked');
    if (end !== null && view.fault !== null && clock.now() - endedAtMs >= journalPatienceMs) console.commands.requestStop();
    timer = clock.after(beatMs, look);
  };

  return {
    rule({ question }) {
      underWay.delete(question.slot);
      if (job.quantity !== null && passed + underWay.size >= job.quantity)
        return { kind: 'refuse', reason: { code: 'quantity-reached', step: 'clearing', expected: job.quantity, actual: passed } };
      underWay.add(question.slot);
      return null;
    },
    watch(given) {
      console = given;
      console.subscribe(hear);
      timer = clock.after(beatMs, look);
    },
    powerFailed(usbPath, failure) {
      const slot = slots.find((candidate) => candidate.usbPath === usbPath);
      if (slot !== undefined)
        chores.note({ wallMs: clock.wallMs(), slot: slot.number, event: { type: 'power.failed', failure } }, undefined);
    },
    end: () => end,
    chores: () => (console === null ? 0 : chores.list(console.view(), 0).length),
    report(stationExitCode) {
      if (console === null) throw new Error('a batch that was never watched');
      const view = console.view();
      const missing = job.quantity === null ? 0 : Math.max(0, job.quantity - passed);
      const left = chores.list(view, missing);
      return {
        batch: job.name,
        station: view.station.id,
        workOrder: job.work.workOrder,
        startedWallMs,
        endedWallMs: clock.wallMs(),
        end: end ?? 'asked',
        quantity: job.quantity,
        counts: view.counts,
        notNeeded: chores.notNeeded(),
        released: [...released],
        chores: left,
        // A board whose retry passed is no chore: the station's own code would count its first attempt.
        exitCode: stationExitCode === 3 ? 3 : left.length > 0 ? 1 : passed > 0 ? 0 : stationExitCode,
      };
    },
  };
}

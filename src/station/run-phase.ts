// How a run stands and how it ends: running, faulted, draining, ended, and the exit code. Knows of a slot only whether it is busy, being
// written or shut; no device, no rule, no record.
import type { Clock } from '../bench/clock.ts';
import type { DeviceSource } from '../bench/device-source.ts';
import type { Failure } from '../domain/failure.ts';
import type { Slot } from '../slot/create-slot.ts';
import type { EventFeed } from './event-feed.ts';
import type { Figures } from './figures.ts';
import { type Places, slotsOf } from './places.ts';
import type { StationView } from './read-model.ts';

export interface RunPhaseOptions {
  readonly clock: Clock;
  readonly feed: EventFeed;
  readonly places: Places;
  readonly figures: Pick<Figures, 'everyUnitPassed'>;
  readonly source: Pick<DeviceSource, 'stop'>;
  /** Boards may be taken that were not before, or the other way round. */
  readonly changed: () => void;
}

type FaultOf = 'bench' | 'journal' | 'outboxes';

export interface RunPhase {
  now(): StationView['phase'];
  /** What is wrong now; the first of several. */
  fault(): Failure | null;
  hasFault(of: FaultOf): boolean;
  setFault(of: FaultOf, failure: Failure): void;
  clearFault(of: Exclude<FaultOf, 'bench'>): void;
  /** The station is not what it was, whatever the records say. */
  noteDefect(): void;
  requestStop(): void;
  endIfDrained(): void;
  /** Looks again when nothing has happened for a while: the boards that came have their verdicts, and no other one comes. */
  endWhenDone(quietMs: number): void;
  /** Resolves with the exit code when slots and source are stopped. */
  readonly ended: Promise<number>;
}

export function createRunPhase({ clock, feed, places, figures, source, changed }: RunPhaseOptions): RunPhase {
  const { publish } = feed;
  let phase: StationView['phase'] = 'running';
  /** What is wrong now: a lost bench stays lost, a journal comes back. */
  const faults = new Map<FaultOf, Failure>();
  let hasDefect = false;
  let finish: (exitCode: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    finish = resolve;
  });

  const slots = (): Slot[] => slotsOf(places);
  const writing = (): number[] => slots().flatMap((slot) => (slot.isBeingWritten() ? [slot.number] : []));

  const setFault = (of: FaultOf, failure: Failure): void => {
    faults.set(of, failure);
    if (phase === 'running') phase = 'faulted';
    changed();
    publish(null, { type: 'fault.found', failure });
  };

  const clearFault = (of: FaultOf): void => {
    faults.delete(of);
    if (phase === 'faulted' && faults.size === 0) {
      phase = 'running';
      changed();
    }
    publish(null, { type: 'fault.cleared' });
  };

  const endIfDrained = (): void => {
    if (phase !== 'draining' || slots().some((slot) => slot.isBusy())) return;
    end();
  };

  const end = (): void => {
    if (phase === 'ended') return;
    phase = 'ended';
    const isLocked = slots().some((slot) => slot.state() === 'locked');
    const everyUnitPassed = figures.everyUnitPassed() && !isLocked;
    const isFaulted = faults.has('bench') || faults.has('journal') || hasDefect;
    const exitCode = isFaulted ? 3 : everyUnitPassed ? 0 : 1;
    publish(null, { type: 'station.ended', exitCode });
    const stopped = Promise.allSettled([...slots().map((slot) => slot.stop()), source.stop()]);
    void stopped.then(() => finish(exitCode));
  };

  const endWhenDone = (quietMs: number): void => {
    clock.after(Math.min(quietMs, 250), () => {
      if (phase === 'ended') return;
      const everySlotDone = [...places.values()].every(({ slot, verdicts }) => verdicts > 0 || isShut(slot));
      const quiet = clock.now() - feed.lastEventAtMs() >= quietMs;
      const idle = !slots().some((slot) => slot.isBusy());
      if (phase !== 'draining' && idle && (everySlotDone || quiet || faults.has('bench'))) end();
      else endWhenDone(quietMs);
    });
  };

  const requestStop = (): void => {
    if (phase === 'ended') return;
    const inWriting = writing();
    if (phase === 'draining') {
      if (inWriting.length > 0) publish(null, { type: 'stop.refused', writing: inWriting });
      else if (faults.has('journal') && slots().every((slot) => !slot.isBusy() || slot.state() === 'recording')) end();
      return;
    }
    phase = 'draining';
    publish(null, { type: 'drain.started', writing: inWriting });
    changed();
    for (const slot of slots()) slot.command({ type: 'operator.cancel' });
    endIfDrained();
  };

  return {
    now: () => phase,
    fault: () => [...faults.values()][0] ?? null,
    hasFault: (of) => faults.has(of),
    setFault,
    clearFault,
    noteDefect() {
      hasDefect = true;
    },
    requestStop,
    endIfDrained,
    endWhenDone,
    ended,
  };
}

/** Nothing will happen there without a person. */
function isShut(slot: Slot | null): boolean {
  const state = slot?.state();
  return state === 'locked' || state === 'quarantined' || state === 'outOfService';
}

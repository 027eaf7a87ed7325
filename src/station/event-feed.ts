// What happened, in order: kept for a view that starts late, told to whoever listens. Knows no event's meaning but progress, which is not
// kept.
import type { Clock } from '../bench/clock.ts';
import type { SlotEvent } from '../domain/slot.ts';
import type { EventLine, StationEvent } from './read-model.ts';

/** Events kept for a view that starts late or draws the last ones. */
const keptEvents = 200;

export interface EventFeed {
  /** `slot` is null for the station's own. */
  publish(slot: number | null, event: SlotEvent | StationEvent): void;
  subscribe(listener: (line: EventLine) => void): () => void;
  /** The last ones, oldest first. */
  kept(): readonly EventLine[];
  /** Monotonic; of the start while nothing has happened. */
  lastEventAtMs(): number;
}

export function createEventFeed(clock: Clock): EventFeed {
  const listeners = new Set<(line: EventLine) => void>();
  let events: readonly EventLine[] = [];
  let lastEventAtMs = clock.now();

  return {
    publish(slot, event) {
      const line: EventLine = { wallMs: clock.wallMs(), slot, event };
      if (event.type !== 'step.progressed') events = [...events.slice(1 - keptEvents), line];
      lastEventAtMs = clock.now();
      for (const listener of listeners) undisturbed(() => listener(line));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    kept: () => events,
    lastEventAtMs: () => lastEventAtMs,
  };
}

/** Whoever listens may be lost, but must not take a slot or the station with it. */
function undisturbed(run: () => void): void {
  try {
    run();
  } catch {
    // The listener's own affair: whatever it was to draw or send is late or lost.
  }
}

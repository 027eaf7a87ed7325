// What stands in the way of a run and when it is over.
import { expect, it } from 'vitest';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { createEventFeed } from '../../src/station/event-feed.ts';
import { createRunPhase } from '../../src/station/run-phase.ts';

it('tells that nothing stands in the way any more only when the last of two faults is over', () => {
  const clock = new SimulatedClock();
  const feed = createEventFeed(clock);
  const told: string[] = [];
  feed.subscribe(({ event }) => told.push(event.type));
  const phase = createRunPhase({
    clock,
    feed,
    places: new Map(),
    figures: { everyUnitPassed: () => true },
    source: { stop: () => Promise.resolve() },
    changed: () => undefined,
  });
  phase.setFault('journal', { code: 'record-not-writable', step: 'record' });
  phase.setFault('outboxes', { code: 'records-not-delivered', step: 'outbox' });
  phase.clearFault('outboxes');
  expect([phase.now(), ...told]).toEqual(['faulted', 'fault.found', 'fault.found']);
  phase.clearFault('journal');
  expect([phase.now(), ...told]).toEqual(['running', 'fault.found', 'fault.found', 'fault.cleared']);
});

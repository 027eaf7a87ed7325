// Writes the station's events to the operational log. Knows levels, no words: the log is for an engineer.
import type { LogLevel, OperationalLog } from '../sinks/operational-log.ts';
import type { EventLine, StationConsole } from '../station/read-model.ts';

export function logEvents(console: StationConsole, log: OperationalLog): void {
  console.subscribe(({ slot, event }) => {
    if (event.type === 'step.progressed') return;
    const { type, ...facts } = event;
    log.log(levelOf(event), type, { slot, ...withoutBulk(facts) });
    if (event.type === 'station.ended') logMargins(console, log);
  });
}

/** One line per model, slot and hub: what entries left of their windows, for whoever looks for a trend over shifts. */
function logMargins(console: StationConsole, log: OperationalLog): void {
  for (const margins of console.view().oversight.margins) log.log('info', 'margins', { ...margins });
}

type EventType = EventLine['event']['type'];

const errors: ReadonlySet<EventType> = new Set<EventType>(['fault.found', 'defect.found']);
const warnings: ReadonlySet<EventType> = new Set<EventType>([
  'stop.refused',
  'device.skipped',
  'device.unusable',
  'job.recovered',
  'hook.failed',
  'slot.quarantined',
  'board.rejected',
  'pattern.found',
  'production.stopped',
  'margin.shrinking',
  'release.refused',
  'release.granted',
  'outbox.changed',
  'tail.cutOff',
]);

function levelOf(event: EventLine['event']): LogLevel {
  if (errors.has(event.type)) return 'error';
  if (warnings.has(event.type)) return 'warn';
  return event.type === 'record.written' && event.verdict !== 'PASS' ? 'warn' : 'info';
}

/** A plan has a line per image; its totals are enough here. */
function withoutBulk(facts: object): object {
  if (!('plan' in facts)) return facts;
  const { plan, ...rest } = facts as { plan: { totalBytes: number; steps: readonly unknown[] } };
  return { ...rest, totalBytes: plan.totalBytes, steps: plan.steps.length };
}

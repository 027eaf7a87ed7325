// The names by which the station file's hooks ask for an event: its type, and its type with what it says. Knows no command.
import type { EventLine } from './read-model.ts';

/** Four a second of every slot; and what a hook's own failure must not start. */
const untold: ReadonlySet<string> = new Set(['step.progressed', 'hook.failed']);

/** `slot.prompted` is a state in which the slot asks for hands; the other names are the events' types. */
export const mayBeHooked = (name: string, isEventType: (type: string) => boolean): boolean => {
  const type = name.split(':')[0] ?? '';
  return type === 'slot.prompted' || (isEventType(type) && !untold.has(type));
};

/** `record.written`, `record.written:FAIL`; `state.changed:passed`; `slot.prompted:closeStrap`; `fault.found:bench-lost`. */
export function hookNamesOf({ event }: EventLine): readonly string[] {
  if (untold.has(event.type)) return [];
  if (event.type === 'record.written') return withDetail(event.type, event.verdict);
  if (event.type === 'fault.found' || event.type === 'defect.found') return withDetail(event.type, event.failure.code);
  if (event.type !== 'state.changed') return [event.type];
  const names = withDetail(event.type, event.state);
  return event.prompt ? [...names, ...withDetail('slot.prompted', event.prompt.kind)] : names;
}

const withDetail = (type: string, detail: string): readonly string[] => [type, `${type}:${detail}`];

// When the bell rings: a hand is needed now, or a board did not pass. Once per event. Knows no terminal.
import type { PromptKind } from '../../domain/slot.ts';
import type { EventLine } from '../../station/read-model.ts';

/** A board to take out calls nobody by itself: its verdict has rung where it must. */
const silent: ReadonlySet<PromptKind> = new Set<PromptKind>(['removeBoard']);

/** Remembers what each slot asked last: the same prompt told anew is not a new need. */
export function createBell(): (line: EventLine) => boolean {
  const asked = new Map<number | null, PromptKind | null>();
  return ({ slot, event }) => {
    if (event.type === 'record.written') return event.verdict === 'FAIL' || event.verdict === 'UNKNOWN';
    if (event.type === 'fault.found') return true;
    if (event.type !== 'state.changed') return false;
    const kind = event.prompt?.kind ?? null;
    const isNew = kind !== (asked.get(slot) ?? null);
    asked.set(slot, kind);
    return isNew && kind !== null && !silent.has(kind);
  };
}

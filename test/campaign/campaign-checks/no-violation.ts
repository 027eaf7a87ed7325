// No board saw anything of the host that no correct host does: the simulated boards are strict and say so. A board whose replies were
// tampered with is no witness: after a reply that came twice, or a NAK of a command that was obeyed, host and board are out of step.
import type { BoardFault } from '../../../src/bench/simulator/faults.ts';
import type { BoardScript, WireEffect } from '../campaign-script.ts';
import type { Checker } from '../campaign-trace.ts';

/** `stall` is of the wire here: the board hears everything and is not heard. One that takes no bytes complains of those it did not get. */
const outOfStep: ReadonlySet<string> = new Set<BoardFault['kind'] | WireEffect['kind']>([
  'nak',
  'refusal',
  'dropReply',
  'duplicateReply',
  'corruptReply',
  'corruptRequest',
  'stall',
  'stopReading',
  'lyingStatus',
]);

function isOutOfStep({ faults, hand }: BoardScript): boolean {
  const ofBoard = faults.map(({ kind }) => kind).filter((kind) => kind !== 'stall');
  const ofWire = hand.flatMap((fault) => (fault.kind === 'inState' ? [fault.effect.kind] : []));
  return [...ofBoard, ...ofWire].some((kind) => outOfStep.has(kind));
}

export const noViolation: Checker = {
  name: 'no board was mistreated',
  find: ({ visits }) =>
    visits.flatMap(({ violations, slot, script, identity, insertedAtMs }) =>
      (isOutOfStep(script) ? [] : violations).map(
        (text) => `board ${script.number} (${identity.model}) in slot ${slot} from ${insertedAtMs} ms: ${text}`,
      ),
    ),
};

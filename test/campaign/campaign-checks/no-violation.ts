// No board saw anything of the host that no correct host does: the simulated boards are strict and say so. A board whose replies were
// tampered with is no witness: after a reply that came twice, or a NAK of a command that was obeyed, host and board are out of step.
import type { BoardFault } from '../../../src/bench/simulator/faults.ts';
import type { Checker } from '../campaign-trace.ts';

const outOfStep: ReadonlySet<BoardFault['kind']> = new Set(['nak', 'dropReply', 'duplicateReply', 'corruptReply', 'lyingStatus']);

export const noViolation: Checker = {
  name: 'no board was mistreated',
  find: ({ visits }) =>
    visits.flatMap(({ violations, slot, script, identity, insertedAtMs }) =>
      (script.faults.some(({ kind }) => outOfStep.has(kind)) ? [] : violations).map(
        (text) => `board ${script.number} (${identity.model}) in slot ${slot} from ${insertedAtMs} ms: ${text}`,
      ),
    ),
};

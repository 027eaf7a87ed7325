// No board saw anything of the host that no correct host does: the simulated boards are strict and say so.
import type { Checker } from '../campaign-trace.ts';

export const noViolation: Checker = {
  name: 'no board was mistreated',
  find: ({ visits }) =>
    visits.flatMap(({ violations, slot, script, identity, insertedAtMs }) =>
      violations.map((text) => `board ${script.number} (${identity.model}) in slot ${slot} from ${insertedAtMs} ms: ${text}`),
    ),
};

// No board saw anything of the host that no correct host does: the simulated boards are strict and say so. Of a session in which a message
// was tampered with they are heard up to there: after a reply that came twice, or a NAK of a command that was obeyed, host and board are
// out of step until it enumerates again.
import type { StrikeKind } from '../campaign-coverage.ts';
import type { Checker } from '../campaign-trace.ts';

/** A board that takes no bytes complains of those it did not get; one whose replies are lost hears the same question again. */
const tampering: ReadonlySet<StrikeKind> = new Set<StrikeKind>([
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

export const isTampering = (kind: StrikeKind): boolean => tampering.has(kind);

export const noViolation: Checker = {
  name: 'no board was mistreated',
  find: ({ visits }) =>
    visits.flatMap(({ violations, slot, script, identity, insertedAtMs }) =>
      violations.map((text) => `board ${script.number} (${identity.model}) in slot ${slot} from ${insertedAtMs} ms: ${text}`),
    ),
};

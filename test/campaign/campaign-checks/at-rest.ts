// At the end everything is at rest: every slot settled, nothing open, no permit held, the journal whole, no promise uncaught.
import type { Checker } from '../campaign-trace.ts';

export const everySlotSettles: Checker = {
  name: 'every slot settles',
  find: ({ unsettled, uncaught }) => [...unsettled, ...uncaught.map((text) => `uncaught: ${text}`)],
};

export const nothingOpen: Checker = {
  name: 'no transport open at rest, no permit held at the end',
  find: ({ leftOpen, openTransports, heldPermits }) => [
    ...leftOpen,
    ...(openTransports === 0 ? [] : [`${openTransports} transports are open`]),
    ...(heldPermits === 0 ? [] : [`${heldPermits} permits are held`]),
  ],
};

export const journalVerifies: Checker = {
  name: 'the journal verifies',
  find: ({ verification }) => (verification.ok ? [] : [JSON.stringify(verification.bad)]),
};

export const oneSession: Checker = {
  name: 'never two sessions on one transport',
  find: ({ doubleUses }) => doubleUses,
};

/** `station-defect` is a bug of ours, but where the script planted it. */
export const noDefect: Checker = {
  name: 'no station defect',
  find: ({ events, defectiveSlots, journal }) => [
    ...events.flatMap(({ slot, event, atMs }) =>
      event.type === 'defect.found' && !(slot !== null && defectiveSlots.has(slot))
        ? [`slot ${slot} at ${atMs} ms: ${JSON.stringify(event.failure)}`]
        : [],
    ),
    ...journal.flatMap((line) =>
      line.type === 'record' && !defectiveSlots.has(line.slot.number)
        ? [line.failure, ...line.laterFailures].flatMap((failure) =>
            failure?.code === 'station-defect' ? [`${line.jobId}: ${JSON.stringify(failure)}`] : [],
          )
        : [],
    ),
  ],
};

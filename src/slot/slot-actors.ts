// How the slot machine's work is done: the actors of board, session and record, joined over one lease and one job at a time. Each function
// serves one job and stops when its state is left. Knows no work itself; decides nothing.
import { type Failure, fault } from '../domain/failure.ts';
import { type BoardActors, createBoardActors } from './board-actors.ts';
import { createBoardInterfaces } from './board-interfaces.ts';
import { createLease } from './lease.ts';
import { createJobClosing, type RecordActors } from './record-actors.ts';
import { createSessionActors, type SessionActors } from './session-actors.ts';
import type { SlotServices } from './slot-services.ts';
import type { SlotContext } from './slot-types.ts';
import { createWorkInHand } from './work-in-hand.ts';

export interface SlotActors extends BoardActors, SessionActors, RecordActors {}

export interface SlotWorkshop {
  readonly actors: SlotActors;
  /** Stops whatever still runs and closes the transport. */
  abandon(): Promise<void>;
  /** A failure after the deciding one, for the record of the job that is open. */
  attach(failure: Failure): void;
  /** For the supervisor of a dead machine, after `abandon`: the record of its job, if the context is of the job that was open. */
  closeDead(context: SlotContext): Promise<void>;
}

export function createSlotActors(services: SlotServices, tellHandshake: (jobId: string) => void): SlotWorkshop {
  const lease = createLease(services.source, services.clock);
  const interfaces = createBoardInterfaces(services, lease);
  const inHand = createWorkInHand(services, lease);
  const closing = createJobClosing(services, inHand);

  return {
    actors: {
      ...createBoardActors({ services, lease, interfaces, workFor: inHand.workFor }),
      ...createSessionActors({ services, interfaces, inHand, tellHandshake }),
      ...closing.actors,
    },
    async abandon() {
      const work = inHand.current();
      work?.stop.abort(fault('station-defect', 'supervising'));
      await inHand.giveBack(work);
    },
    attach: (failure) => inHand.current()?.log.attach(failure),
    async closeDead(context) {
      const work = inHand.current();
      if (work !== null && work.jobId === context.jobId) await closing.close(work, context);
    },
  };
}

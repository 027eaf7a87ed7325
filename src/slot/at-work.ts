// What a slot does over AT on a board in normal mode: identify, enter, read back, see whether it is still there. Each opens the
// interface, talks, and closes it. Knows no session and no machine.
import { createAtDialogue } from '../at/at-dialogue.ts';
import { identifyUnit, readRevision } from '../at/identify.ts';
import { requestDownloadMode } from '../at/request-download-mode.ts';
import { type Clock, pause } from '../bench/clock.ts';
import type { Transport } from '../bench/transport.ts';
import { Fault, failureCodes, failureOf } from '../domain/failure.ts';
import type { Profile } from '../domain/profile.ts';
import type { Identification } from '../domain/unit.ts';
import type { EnterOutput, VerifyOutput } from './slot-types.ts';

/** Between two looks at a board that does not answer yet. */
export const lookAgainMs = 500;
/** How long one look may take. */
const lookMs = 2_000;

/** Opens a profile's normal-mode interface for the time of one talk, and closes it whatever happens. */
export type OnNormalInterface = <T>(
  profile: Profile,
  signal: AbortSignal,
  talk: (transport: Transport) => Promise<T>,
) => Promise<T>;

export interface AtWork {
  identify(profile: Profile, patienceMs: number, signal: AbortSignal): Promise<Identification | 'silent'>;
  /** The answer to the profile's named query; null when it gives none. */
  revision(profile: Profile, signal: AbortSignal): Promise<string | null>;
  enter(profile: Profile, signal: AbortSignal): Promise<EnterOutput>;
  /**
   * Looks again until the module has answered everything or `patienceMs` is over; a boot in progress answers nothing or half. Rejects
   * with a fault of the station's own (no rights, path busy) that lasted until the end: the module was not heard, not mute.
   */
  readBack(profile: Profile, patienceMs: number, signal: AbortSignal): Promise<VerifyOutput>;
  isThere(profile: Profile, signal: AbortSignal): Promise<boolean>;
}

export function createAtWork(onNormalInterface: OnNormalInterface, clock: Clock): AtWork {
  const look = (profile: Profile, signal: AbortSignal): Promise<VerifyOutput> =>
    onNormalInterface(profile, signal, async (transport) => {
      const dialogue = createAtDialogue(transport, clock);
      const after = await identifyUnit(dialogue, clock, { timeoutMs: lookMs, signal });
      if (after === 'silent') return nothingRead;
      const revision = readRevision(dialogue, profile.expectedRevision.query, { timeoutMs: lookMs, signal });
      return { after, revision: await revision.catch(unlessUnreadable) };
    });

  return {
    identify: (profile, patienceMs, signal) =>
      onNormalInterface(profile, signal, (transport) =>
        identifyUnit(createAtDialogue(transport, clock), clock, { timeoutMs: patienceMs, signal }),
      ),

    revision: (profile, signal) =>
      onNormalInterface(profile, signal, (transport) =>
        readRevision(createAtDialogue(transport, clock), profile.expectedRevision.query, { timeoutMs: lookMs, signal }).catch(
          unlessUnreadable,
        ),
      ),

    async enter(profile, signal) {
      try {
        return await onNormalInterface(profile, signal, (transport) =>
          requestDownloadMode(transport, clock, { timeoutMs: profile.timeouts.identifyMs, signal }),
        );
      } catch (thrown) {
        if (thrown instanceof Fault && thrown.failure.code === 'download-mode-refused') return thrown.failure;
        throw thrown;
      }
    },

    async readBack(profile, patienceMs, signal) {
      const giveUpAtMs = clock.now() + patienceMs;
      const isOver = (): boolean => clock.now() + lookAgainMs >= giveUpAtMs;
      for (;;) {
        const read = await look(profile, signal).catch((thrown: unknown) => {
          if (isOver() && failureCodes[failureOf(thrown, 'verifying').code].blame === 'station') throw thrown;
          return unreadable(thrown, signal);
        });
        if (isWhole(read) || isOver()) return read;
        await pause(clock, lookAgainMs, signal);
      }
    },

    isThere: (profile, signal) =>
      look(profile, signal).then(
        (read) => read.after !== null,
        (thrown: unknown) => unreadable(thrown, signal).after !== null,
      ),
  };
}

/** It speaks, but does not tell its revision: that is a finding, not silence. */
function unlessUnreadable(thrown: unknown): null {
  if (thrown instanceof Fault && thrown.failure.code === 'revision-unreadable') return null;
  throw thrown;
}

const isWhole = ({ after, revision }: VerifyOutput): boolean => after?.imei !== undefined && revision !== null;

const nothingRead: VerifyOutput = { after: null, revision: null };

/** A module that is booting may vanish, or break off in mid-answer: not an answer yet. A defect of ours stays one. */
function unreadable(thrown: unknown, signal: AbortSignal): VerifyOutput {
  signal.throwIfAborted();
  if (thrown instanceof Fault) return nothingRead;
  throw thrown;
}

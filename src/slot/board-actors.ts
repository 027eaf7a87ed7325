// What a slot does with a board outside a session: looks for it, identifies it, has it cleared, asks it to enter, reads it back, waits
// until it is gone. Holds no session, flashes nothing, decides nothing.
import { pause } from '../bench/clock.ts';
import { Fault, failureOf } from '../domain/failure.ts';
import type { Profile } from '../domain/profile.ts';
import type { Identification } from '../domain/unit.ts';
import type { SessionContext } from '../flashers/flasher.ts';
import { createAtWork, lookAgainMs } from './at-work.ts';
import type { BoardInterfaces } from './board-interfaces.ts';
import type { Clearance, ClearanceQuestion } from './clearance.ts';
import { isReadOnly } from './job-questions.ts';
import type { Lease } from './lease.ts';
import { anyProfile, normalProfile, profileOf } from './profile-at-work.ts';
import { goneForGoodMs } from './returning.ts';
import type { SlotServices } from './slot-services.ts';
import type { EnterOutput, JobInput, SlotContext, VerifyOutput } from './slot-types.ts';
import type { WorkInHand } from './work-in-hand.ts';

export interface BoardActors {
  probe(input: JobInput, signal: AbortSignal): Promise<void>;
  identify(input: JobInput, signal: AbortSignal): Promise<Identification | 'silent'>;
  /** Waits until boards may be asked again to enter. */
  entryTurn(input: JobInput, signal: AbortSignal): Promise<void>;
  clear(input: JobInput, signal: AbortSignal): Promise<Clearance>;
  enter(input: JobInput, signal: AbortSignal): Promise<EnterOutput>;
  powerCycle(input: JobInput, signal: AbortSignal): Promise<void>;
  verify(input: JobInput, signal: AbortSignal): Promise<VerifyOutput>;
  absence(input: JobInput, signal: AbortSignal): Promise<void>;
}

export interface BoardActorsOptions {
  readonly services: SlotServices;
  readonly lease: Lease;
  readonly interfaces: BoardInterfaces;
  readonly workFor: WorkInHand['workFor'];
}

export function createBoardActors({ services, lease, interfaces, workFor }: BoardActorsOptions): BoardActors {
  const { clock } = services;
  const { open, onNormalInterface } = interfaces;
  const at = createAtWork(onNormalInterface, clock);

  const answersRom = async (input: JobInput, profile: Profile, signal: AbortSignal): Promise<boolean> => {
    const transport = await open('download', profile, signal);
    try {
      const context: SessionContext = {
        clock,
        transport: services.pacer.pace(transport, profile.pacing),
        emit: () => undefined,
        signal,
        keepEvidence: (name, bytes) => services.keepEvidence(input.jobId, name, bytes),
      };
      return await services.flasherFor(profile.platform).probe(context);
    } finally {
      await lease.release();
    }
  };

  return {
    async probe(input, signal) {
      const profile = anyProfile(input.context);
      const look = input.context.settings.fixedStart === 'download' ? answersRom.bind(null, input) : at.isThere;
      while (!(await look(profile, signal).catch((thrown: unknown) => notThere(thrown, signal)))) {
        await pause(clock, lookAgainMs, signal);
      }
    },

    async identify(input, signal) {
      const { log } = await workFor(input);
      log.begin('identifying');
      const profile = normalProfile(input.context, services.deviceNow());
      const { identifyMs, bootMs } = profile.timeouts;
      // Mute is a verdict of its own where nothing follows: a module that has just been plugged in is waited for.
      const patienceMs = isReadOnly(input.context) ? Math.max(identifyMs, bootMs) : identifyMs;
      const found = await at.identify(profile, patienceMs, signal);
      log.end();
      if (found !== 'silent') services.emit({ type: 'board.identified', identification: found });
      return found;
    },

    entryTurn: (_, signal) => services.takeEntryTurn(signal),

    async clear(input, signal) {
      const { context } = input;
      const job = await workFor(input);
      const profile = profileOf(context);
      // On AT nothing but the board's answer is at stake; in download mode there is nobody to ask.
      const stage = isReadOnly(context) ? 'readOnly' : job.session === null ? 'beforeEntry' : 'beforeWrite';
      const asksIt = stage === 'readOnly' || (stage === 'beforeEntry' && profile.upgrade.skipIfCurrent);
      const currentRevision = asksIt ? await at.revision(profile, signal) : null;
      if (stage === 'readOnly' && context.identification !== null) job.log.identified(context.identification, currentRevision);
      const clearance = await services.clear({ ...claimOf(context), stage, profile, currentRevision });
      // A label that is asked for, or came in between, asks the whole question again.
      const isLast = clearance.kind !== 'label' && !signal.aborted;
      if (isLast) for (const warning of clearance.marks.warnings) job.log.attach(warning);
      return clearance;
    },

    enter: (input, signal) => at.enter(profileOf(input.context), signal),

    async powerCycle(input, signal) {
      try {
        const proof = await services.powerSwitch.cycle(input.context.settings.usbPath, signal);
        services.emit({ type: 'power.cycled', proof });
      } catch (thrown) {
        if (!signal.aborted) services.emit({ type: 'power.failed', failure: failureOf(thrown, 'power-cycle') });
        throw thrown;
      }
    },

    async verify(input, signal) {
      const job = await workFor(input);
      job.log.begin('verifying');
      const profile = profileOf(input.context);
      const { bootMs, reenumerateMs } = profile.timeouts;
      const patienceMs = bootMs + (input.context.settings.fixedStart === null ? 0 : reenumerateMs);
      const read = await at.readBack(profile, patienceMs, signal);
      if (read.after !== null) {
        job.log.identified(read.after, read.revision);
        services.emit({ type: 'board.identified', identification: read.after });
      } else job.log.begin('restarting');
      return read;
    },

    async absence(input, signal) {
      const { settings } = input.context;
      if (settings.fixedStart === null) return new Promise(() => undefined);
      const profile = anyProfile(input.context);
      let lastSeenAtMs = clock.now();
      let patienceMs = goneForGoodMs(input.context, profile.timeouts);
      while (clock.now() - lastSeenAtMs < patienceMs) {
        await pause(clock, lookAgainMs, signal);
        if (!(await at.isThere(profile, signal))) continue;
        lastSeenAtMs = clock.now();
        patienceMs = settings.removalMs;
      }
    },
  };
}

function claimOf(context: SlotContext): Pick<ClearanceQuestion, 'slot' | 'unit' | 'label' | 'retryOf'> {
  const { settings, identification, imeiFromSession, label, retryOf } = context;
  const unit = {
    imei: identification?.imei ?? imeiFromSession ?? label.imei ?? null,
    sn: identification?.sn ?? null,
    labelSn: label.sn ?? null,
    model: identification?.model ?? null,
    revision: identification?.revision ?? null,
  };
  return { slot: settings.number, unit, label, retryOf: retryOf?.code ?? null };
}

function notThere(thrown: unknown, signal: AbortSignal): false {
  signal.throwIfAborted();
  if (thrown instanceof Fault) return false;
  throw thrown;
}

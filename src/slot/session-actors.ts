// What a slot does with a board in download mode: connects, holds, programs, leaves, restarts, with a session that outlives its states.
// Knows the flashers' contract and no protocol; decides nothing.
import type { Transport } from '../bench/transport.ts';
import { Fault, failureOf, fault } from '../domain/failure.ts';
import type { Profile } from '../domain/profile.ts';
import type { FlashEvent, FlashSession, SessionContext } from '../flashers/flasher.ts';
import { type BoardInterfaces, namedUnplug } from './board-interfaces.ts';
import { profileOf } from './profile-at-work.ts';
import type { SlotServices } from './slot-services.ts';
import type { JobInput, SessionOutput } from './slot-types.ts';
import { watchStall } from './stall-watch.ts';
import type { Work, WorkInHand } from './work-in-hand.ts';

export interface SessionActors {
  connect(input: JobInput, signal: AbortSignal): Promise<SessionOutput>;
  hold(input: JobInput, signal: AbortSignal): Promise<void>;
  permit(input: JobInput, signal: AbortSignal): Promise<void>;
  program(input: JobInput, signal: AbortSignal): Promise<SessionOutput>;
  leave(input: JobInput, signal: AbortSignal): Promise<void>;
  restart(input: JobInput, signal: AbortSignal): Promise<void>;
}

export interface SessionActorsOptions {
  readonly services: SlotServices;
  readonly interfaces: BoardInterfaces;
  readonly inHand: WorkInHand;
  readonly tellHandshake: (jobId: string) => void;
}

export function createSessionActors({ services, interfaces, inHand, tellHandshake }: SessionActorsOptions): SessionActors {
  const { clock } = services;
  const { open } = interfaces;
  const { workFor, giveBack } = inHand;

  const tell = (job: Work, stop: AbortSignal, event: FlashEvent): void => {
    if (inHand.current() !== job || stop.aborted) return;
    job.log.note(event);
    switch (event.type) {
      case 'handshake.completed': {
        const { marginMs, handshakeMs } = job.log.handshakeCompleted();
        if (marginMs !== null) services.emit({ type: 'window.closed', marginMs, handshakeMs });
        tellHandshake(job.jobId);
        break;
      }
      case 'step.started':
      case 'step.progressed':
      case 'step.finished':
        job.progressed(event.step);
        services.emit(event);
        break;
      case 'note.added':
        services.emit(event);
        break;
      case 'evidence.found':
        break;
    }
  };

  const contextFor = (job: Work, transport: Transport, profile: Profile, signal: AbortSignal): SessionContext => ({
    clock,
    transport: services.pacer.pace(transport, profile.pacing),
    emit: (event) => tell(job, signal, event),
    signal,
    keepEvidence: (name, bytes) => services.keepEvidence(job.jobId, name, bytes),
  });

  /** What a session does for a job; when it ends because the board went away, the code says so. */
  const inSession = async <T>({ transport }: Work, run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (thrown) {
      throw transport === null ? thrown : await namedUnplug(thrown, transport);
    }
  };

  return {
    async connect(input, signal) {
      const { settings, device } = input.context;
      const startedAtMs = clock.now();
      const profile = profileOf(input.context);
      const kit = services.kitFor(profile.id);
      const job = await workFor(input);
      await job.opened;
      signal.throwIfAborted();
      const stop = new AbortController();
      job.stop = stop;
      forwardAbort(signal, stop);
      services.emit({ type: 'profile.chosen', profileId: profile.id, plan: kit.plan });
      job.log.note({ type: 'evidence.found', name: 'userData', value: kit.plan.userData });
      const windowMs = settings.fixedStart === null ? profile.downloadWindow.seconds * 1000 : null;
      // The window went on while the job was being opened.
      const ageMs = (device?.ageMs ?? 0) + clock.now() - startedAtMs;
      job.log.windowOpened(windowMs, ageMs);
      if (windowMs !== null) services.emit({ type: 'window.opened', windowMs, ageMs });
      const transport = await open('download', profile, stop.signal);
      job.transport = transport;
      const flasher = services.flasherFor(profile.platform);
      const context = contextFor(job, transport, profile, stop.signal);
      const session = await inSession(job, () => flasher.connect(context, kit.plan, kit.firmware));
      job.session = session;
      return identityFrom(job, session);
    },

    async hold(input, signal) {
      const job = await workFor(input);
      await inSession(job, () => sessionOf(job).hold(signal));
    },

    async permit(input, signal) {
      const job = await workFor(input);
      const permit = await services.acquirePermit(signal);
      if (signal.aborted) permit.release();
      else job.permit = permit;
    },

    async program(input, signal) {
      const job = await workFor(input);
      forwardAbort(signal, job.stop);
      const watch = watchStall(clock, profileOf(input.context).timeouts.stallMs, (failure) => job.stop.abort(new Fault(failure)));
      job.progressed = watch.progressed;
      const session = sessionOf(job);
      try {
        // A session that ignores its signal must not hold the slot for ever: the lease guards the transport, not this promise.
        await Promise.race([inSession(job, () => session.program()), rejectedBy(job.stop.signal)]);
        return identityFrom(job, session);
      } finally {
        identityFrom(job, session);
        watch.end();
        job.progressed = () => undefined;
      }
    },

    async leave(input) {
      await (await workFor(input)).session?.leave();
    },

    async restart(input, signal) {
      const job = await workFor(input);
      forwardAbort(signal, job.stop);
      try {
        await sessionOf(job).restart();
      } catch (thrown) {
        // No verdict: whether the board comes back decides.
        job.log.attach(failureOf(thrown, 'restarting'));
      }
      job.log.begin('restarting');
      await giveBack(job);
    },
  };
}

function sessionOf(job: Work): FlashSession {
  if (job.session === null) throw fault('station-defect', 'programming', { detail: 'no session is connected' });
  return job.session;
}

/** Some protocols can read the identity before programming, some only in it: asked after each, also after a failure. */
function identityFrom(job: Work, session: FlashSession): SessionOutput {
  const identity = session.identity();
  job.log.sessionIdentified(identity);
  return { imei: identity.imei ?? null };
}

/** A session that lives on after its first state must still die with any later one that is left early. */
function forwardAbort(signal: AbortSignal, stop: AbortController): void {
  if (signal.aborted) stop.abort(signal.reason);
  signal.addEventListener('abort', () => stop.abort(signal.reason), { once: true });
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

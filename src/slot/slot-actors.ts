// How the slot machine's work is done: dialogue, session, journal. Each function serves one job and stops when its state is left.
// Knows the contracts of bench, at, flashers and trace; decides nothing.
import { pause } from '../bench/clock.ts';
import type { Device } from '../bench/device-source.ts';
import type { Transport } from '../bench/transport.ts';
import { type Failure, Fault, failureOf, fault } from '../domain/failure.ts';
import type { DeviceMode } from '../domain/platform.ts';
import type { Profile } from '../domain/profile.ts';
import type { Identification } from '../domain/unit.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { FlashEvent, FlashSession, SessionContext } from '../flashers/flasher.ts';
import { createAtWork, lookAgainMs, type OnNormalInterface } from './at-work.ts';
import type { Clearance, ClearanceQuestion } from './clearance.ts';
import { closeJob, surroundings } from './close-job.ts';
import { modeOf } from './decisions.ts';
import { type JobLog, startJobLog } from './job-log.ts';
import { isReadOnly } from './job-questions.ts';
import { createLease } from './lease.ts';
import { goneForGoodMs } from './returning.ts';
import type { Permit, SlotServices } from './slot-services.ts';
import type { EnterOutput, JobInput, RecordOutput, SessionOutput, SlotContext, VerifyOutput } from './slot-types.ts';
import { watchStall } from './stall-watch.ts';

/** Longest wait for a device node that appears late after its enumeration. */
const nodeTimeoutMs = 3_000;

interface Work {
  readonly jobId: string;
  readonly log: JobLog;
  /** Settles when its `job.opened` is durable. */
  readonly opened: Promise<unknown>;
  /** Stops the session of this job for good; a board that comes back before its ROM was heard gets a session of its own. */
  stop: AbortController;
  transport: Transport | null;
  session: FlashSession | null;
  permit: Permit | null;
  /** Once begun, the one closing of this job, whoever asks for it. */
  closing: Promise<Verdict> | null;
  progressed: (step: string) => void;
}

export interface SlotActors {
  probe(input: JobInput, signal: AbortSignal): Promise<void>;
  identify(input: JobInput, signal: AbortSignal): Promise<Identification | 'silent'>;
  /** Waits until boards may be asked again to enter. */
  entryTurn(input: JobInput, signal: AbortSignal): Promise<void>;
  clear(input: JobInput, signal: AbortSignal): Promise<Clearance>;
  enter(input: JobInput, signal: AbortSignal): Promise<EnterOutput>;
  powerCycle(input: JobInput, signal: AbortSignal): Promise<void>;
  connect(input: JobInput, signal: AbortSignal): Promise<SessionOutput>;
  hold(input: JobInput, signal: AbortSignal): Promise<void>;
  permit(input: JobInput, signal: AbortSignal): Promise<void>;
  intent(input: JobInput, signal: AbortSignal): Promise<void>;
  program(input: JobInput, signal: AbortSignal): Promise<SessionOutput>;
  leave(input: JobInput, signal: AbortSignal): Promise<void>;
  restart(input: JobInput, signal: AbortSignal): Promise<void>;
  verify(input: JobInput, signal: AbortSignal): Promise<VerifyOutput>;
  record(input: JobInput, signal: AbortSignal): Promise<RecordOutput>;
  release(input: JobInput, signal: AbortSignal): Promise<void>;
  absence(input: JobInput, signal: AbortSignal): Promise<void>;
}

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
  const { clock, journal } = services;
  const lease = createLease(services.source, clock);
  let work: Work | null = null;

  /** The job's own things; a new job begins with its durable `job.opened`, before the first byte to a device. */
  const workFor = async (input: JobInput): Promise<Work> => {
    if (work?.jobId === input.jobId) return work;
    services.transcript?.begin(input.context);
    const log = startJobLog(input.jobId, clock);
    services.emit({ type: 'job.opened', jobId: input.jobId, insertion: input.context.insertion });
    const begun: Work = {
      jobId: input.jobId,
      log,
      opened: journal.opened(log.facts(input.context, surroundings(input.context, services))),
      stop: new AbortController(),
      transport: null,
      session: null,
      permit: null,
      closing: null,
      progressed: () => undefined,
    };
    work = begun;
    await begun.opened;
    return begun;
  };

  const open = (mode: DeviceMode, profile: Profile, signal: AbortSignal): Promise<Transport> => {
    const device = services.deviceNow();
    if (device === null) throw fault('unplugged', 'opening');
    const { interfaceNumber } = profile.modes[mode];
    const fixed = device.vendorId === null;
    const { baudRate } = services;
    return lease.open(
      device,
      { interfaceNumber: fixed ? 0 : interfaceNumber, baudRate, timeoutMs: nodeTimeoutMs, burstBytes: profile.pacing.burstBytes },
      signal,
    );
  };

  const onNormalInterface: OnNormalInterface = async (profile, signal, talk) => {
    const transport = await open('normal', profile, signal);
    try {
      return await talk(services.pacer.pace(transport, profile.pacing));
    } catch (thrown) {
      throw await namedUnplug(thrown, transport);
    } finally {
      await lease.release();
    }
  };
  const at = createAtWork(onNormalInterface, clock);

  const tell = (job: Work, stop: AbortSignal, event: FlashEvent): void => {
    if (work !== job || stop.aborted) return;
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

  /** What a session does for a job; when it ends because the board went away, the code says so. */
  const inSession = async <T>({ transport }: Work, run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (thrown) {
      throw transport === null ? thrown : await namedUnplug(thrown, transport);
    }
  };

  /** Closes the transport and gives the permit back; a transport that closes late keeps the permit until then. */
  const giveBack = async (job: Work | null): Promise<boolean> => {
    const released = await lease.release();
    if (released) job?.permit?.release();
    else void lease.freed().then(() => job?.permit?.release());
    return released;
  };

  const close = (job: Work, context: SlotContext): Promise<Verdict> => {
    job.closing ??= closeJob(context, job.log, services);
    return job.closing;
  };

  /** A board that was found in download mode may have told by now which unit it is: then its attempt can be counted. */
  const counted = async (job: Work, context: SlotContext): Promise<SlotContext> => {
    const { marks, decision, swappedWith } = context;
    if (marks === null || marks.kind !== 'flash' || marks.isIdentified || decision?.verdict === 'ABORTED') return context;
    // Two units, and the one found is counted for itself.
    if (swappedWith !== null) return context;
    const { imeiBefore, imeiAfter, sn, labelSn } = job.log.facts(context, surroundings(context, services)).unit;
    return { ...context, marks: await services.recount(marks, { imei: imeiAfter ?? imeiBefore, sn, labelSn }) };
  };

  const actors: SlotActors = {
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
      for (const warning of clearance.marks.warnings) job.log.attach(warning);
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

    async intent({ context, ...input }) {
      const { log } = await workFor({ context, ...input });
      const { plan } = services.kitFor(profileOf(context).id);
      await journal.intent(log.facts(context, surroundings(context, services)), plan.firstWrite);
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

    async record(input) {
      const job = await workFor(input);
      job.stop.abort(fault('operator-cancelled', 'recording', { detail: 'the job is over' }));
      const released = await giveBack(job);
      const context = await counted(job, input.context);
      if (released) return { verdict: await close(job, context), released };
      const stuck: Failure = { code: 'close-timed-out', step: 'recording' };
      job.log.attach(stuck);
      const verdict = await close(job, context);
      services.emit({ type: 'defect.found', failure: stuck });
      return { verdict, released };
    },

    release: () => services.releaseLock(),

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

  return {
    actors,
    async abandon() {
      work?.stop.abort(fault('station-defect', 'supervising'));
      await giveBack(work);
    },
    attach: (failure) => work?.log.attach(failure),
    async closeDead(context) {
      if (work !== null && work.jobId === context.jobId) await close(work, context);
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

function claimOf(context: SlotContext): Pick<ClearanceQuestion, 'slot' | 'unit' | 'retryOf'> {
  const { settings, identification, imeiFromSession, label, retryOf } = context;
  const unit = {
    imei: identification?.imei ?? imeiFromSession ?? label.imei ?? null,
    sn: identification?.sn ?? null,
    labelSn: label.sn ?? null,
    model: identification?.model ?? null,
    revision: identification?.revision ?? null,
  };
  return { slot: settings.number, unit, retryOf: retryOf?.code ?? null };
}

function profileOf(context: SlotContext): Profile {
  if (context.profile === null) throw fault('station-defect', 'programming', { detail: 'no profile was chosen' });
  return context.profile;
}

/** For dialogue before any identification: at a fixed serial path all mapped profiles share the line. */
function anyProfile(context: SlotContext): Profile {
  const { unidentified, byModel } = context.settings.profiles;
  const profile = context.profile ?? unidentified ?? Object.values(byModel)[0];
  if (profile === undefined) throw fault('station-defect', 'identifying', { detail: 'the slot has no profile' });
  return profile;
}

/** The mapped profile whose normal-mode ids this device has: it says which interface answers AT. */
function normalProfile(context: SlotContext, device: Device | null): Profile {
  const mapped = Object.values(context.settings.profiles.byModel);
  return mapped.find((profile) => device !== null && modeOf(device, [profile]) === 'normal') ?? anyProfile(context);
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

/** `transport-closed` says that the stream ended; when it ended because the board went, the code is `unplugged`. */
async function namedUnplug(thrown: unknown, transport: Transport): Promise<unknown> {
  if (!(thrown instanceof Fault) || thrown.failure.code !== 'transport-closed') return thrown;
  if ((await transport.closed) !== 'unplugged') return thrown;
  return new Fault({ ...thrown.failure, code: 'unplugged' }, { cause: thrown });
}

function notThere(thrown: unknown, signal: AbortSignal): false {
  signal.throwIfAborted();
  if (thrown instanceof Fault) return false;
  throw thrown;
}

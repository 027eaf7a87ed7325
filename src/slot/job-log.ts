// What one job has found so far, and the record body made of it. Knows no actor and no disk: facts in, a value out.
import type { Clock } from '../bench/clock.ts';
import type { Failure } from '../domain/failure.ts';
import { failureCodes } from '../domain/failure.ts';
import type { LoadedProfile } from '../domain/profile.ts';
import type { RecordBody, RecordedFailure, RecordedStep, StationIdentity } from '../domain/record.ts';
import type { Identification } from '../domain/unit.ts';
import type { FirmwarePackage } from '../firmware/package.ts';
import type { FlashEvent, SessionIdentity } from '../flashers/flasher.ts';
import type { JobFacts } from '../trace/line.ts';
import type { Decision } from './decisions.ts';
import { kindOf } from './job-questions.ts';
import type { SlotContext } from './slot-types.ts';

/** Who works, on what order: set by the station, part of every record. */
export interface WorkSession {
  readonly operator: string | null;
  readonly shift: string | null;
  readonly workOrder: string | null;
  readonly lot: string | null;
}

interface StepInProgress {
  readonly name: string;
  readonly startedAtMs: number;
  readonly startedWallMs: number;
  readonly bytes: number;
}

/** What the surroundings of a job add to its lines. */
export interface JobSurroundings {
  readonly station: StationIdentity;
  readonly work: WorkSession;
  readonly loaded: LoadedProfile | null;
  readonly firmware: FirmwarePackage | null;
  /** A wall time in the record's form (UTC with local offset). */
  readonly localTime: (wallMs: number) => string;
}

export interface JobLog {
  readonly jobId: string;
  /** A step of the slot's own begins; the one before it is done. The last one takes the verdict's failure. */
  begin(step: 'identifying' | 'restarting' | 'verifying'): void;
  /** The running step is done, and nothing follows it at once. */
  end(): void;
  /** Takes a session's fact: steps with their times, evidence. */
  note(event: FlashEvent): void;
  /** At each appearance of the ROM. What lies between identification and the first one is the step `entering`. A handshake that was begun at an earlier one is not among the steps. */
  windowOpened(windowMs: number | null, ageMs: number): void;
  /** Returns the margin left, or null where there is no window. */
  handshakeCompleted(): { readonly marginMs: number | null; readonly handshakeMs: number };
  /** A failure after the deciding one. */
  attach(failure: Failure): void;
  identified(after: Identification, revision: string | null): void;
  /** What the download protocol itself read of the identity from before. */
  sessionIdentified(identity: SessionIdentity): void;
  /** What is known of the job so far, for its `job.opened` and `job.intent`. */
  facts(context: SlotContext, around: JobSurroundings): JobFacts;
  /** The body of the record that closes the job. */
  close(context: SlotContext, decision: Decision, around: JobSurroundings & { readonly recordId: string }): RecordBody;
}

export function startJobLog(jobId: string, clock: Clock): JobLog {
  const startedAtMs = clock.now();
  const startedWallMs = clock.wallMs();
  const steps: (Omit<RecordedStep, 'startedAt'> & { readonly startedWallMs: number })[] = [];
  const later: Failure[] = [];
  const evidence: Record<string, string | number | boolean> = {};
  let running: StepInProgress | null = null;
  let window: { readonly openedAtMs: number; readonly windowMs: number | null; readonly ageMs: number } | null = null;
  let handshake: { readonly marginMs: number | null; readonly handshakeMs: number } | null = null;
  let after: Identification | null = null;
  let revisionAfter: string | null = null;
  let sessionImei: string | null = null;
  let identifiedAtMs = startedAtMs;

  const endStep = (result: RecordedStep['result'], code?: string): void => {
    if (running === null) return;
    const { name, bytes, startedWallMs: wall } = running;
    const durationMs = Math.round(clock.now() - running.startedAtMs);
    steps.push({ name, durationMs, bytes, result, startedWallMs: wall, ...(code === undefined ? {} : { code }) });
    running = null;
  };

  const facts = (context: SlotContext, { work, loaded, firmware, localTime }: JobSurroundings): JobFacts => ({
    jobId,
    kind: context.marks?.kind ?? kindOf(context),
    slot: { number: context.settings.number, usbPath: context.settings.usbPath, insertions: context.insertion },
    ...work,
    profile: loaded && { id: loaded.profile.id, revision: loaded.profile.revision, sha256: loaded.sha256 },
    package: firmware?.identity ?? null,
    unit: unitOf(context, sessionImei, after, revisionAfter),
    identity: {
      source: identitySource(context, sessionImei),
      unidentifiedPolicy: context.settings.unidentified,
      continuousInsertion: context.continuous,
    },
    attempt: context.marks?.attempt ?? 1,
    retestReason: context.marks?.retestReason ?? null,
    entry: {
      method: context.entryMethod,
      windowMs: window?.windowMs ?? null,
      handshakeMs: handshake?.handshakeMs ?? null,
      marginMs: handshake?.marginMs ?? null,
    },
    startedAt: localTime(startedWallMs),
  });

  const begin = (name: string): void => {
    endStep('done');
    running = { name, startedAtMs: clock.now(), startedWallMs: clock.wallMs(), bytes: 0 };
  };

  /** A board that came in download mode was not brought there by this job. */
  const endEntering = (ageMs: number, result: RecordedStep['result'], code?: string): void => {
    const last = steps.at(-1);
    if (last?.name !== 'identifying') return;
    const startedAtMs = identifiedAtMs;
    const durationMs = Math.max(0, Math.round(clock.now() - ageMs - startedAtMs));
    const startedWallMs = clock.wallMs() - Math.round(clock.now() - startedAtMs);
    steps.push({ name: 'entering', durationMs, bytes: 0, result, startedWallMs, ...(code === undefined ? {} : { code }) });
  };

  return {
    jobId,
    begin,
    end() {
      endStep('done');
      identifiedAtMs = clock.now();
    },
    note(event) {
      switch (event.type) {
        case 'step.started':
          begin(event.step);
          break;
        case 'step.progressed':
          if (running?.name === event.step) running = { ...running, bytes: event.bytes };
          break;
        case 'step.finished':
          if (running?.name === event.step) running = { ...running, bytes: event.bytes };
          endStep('done');
          break;
        case 'evidence.found':
          evidence[event.name] = event.value;
          break;
        case 'handshake.completed':
        case 'note.added':
          break;
      }
    },
    windowOpened(windowMs, ageMs) {
      running = null;
      endEntering(ageMs, 'done');
      window = { openedAtMs: clock.now(), windowMs, ageMs };
    },
    handshakeCompleted() {
      const spentMs = Math.round(window === null ? 0 : clock.now() - window.openedAtMs + window.ageMs);
      const windowMs = window?.windowMs ?? null;
      handshake = { marginMs: windowMs === null ? null : windowMs - spentMs, handshakeMs: spentMs };
      return handshake;
    },
    attach(failure) {
      later.push(failure);
    },
    sessionIdentified({ imei }) {
      sessionImei = imei ?? sessionImei;
    },
    identified(identification, revision) {
      after = identification;
      revisionAfter = revision;
    },
    facts,
    close(context, decision, around) {
      endStep(decision.failure === null ? 'done' : 'failed', decision.failure?.code);
      if (context.entryMethod === 'at' || context.entryMethod === 'strap') endEntering(0, 'failed', decision.failure?.code);
      return {
        schema: 1,
        recordId: around.recordId,
        station: around.station,
        ...facts(context, around),
        steps: steps.map(({ startedWallMs: wall, ...step }) => ({ ...step, startedAt: around.localTime(wall) })),
        written: decision.written,
        verdict: decision.verdict,
        failure: decision.failure && blamed(decision.failure),
        laterFailures: later.map(blamed),
        evidence: { ...evidence, ...context.marks?.evidence, ...(context.romLoops > 0 && { 'rom.loops': context.romLoops }) },
        restart: decision.written === 'all' ? (context.profile?.restart ?? null) : null,
        powerCycles: context.powerCycles,
        finishedAt: around.localTime(clock.wallMs()),
        durationMs: Math.round(clock.now() - startedAtMs),
        transcript: null,
      };
    },
  };
}

export const blamed = (failure: Failure): RecordedFailure => ({ ...failure, blame: failureCodes[failure.code].blame });

function identitySource(context: SlotContext, sessionImei: string | null): RecordBody['identity']['source'] {
  if (context.identification !== null) return 'at';
  if (sessionImei !== null) return 'nvBackup';
  return context.label.imei === undefined ? 'none' : 'label';
}

function unitOf(
  context: SlotContext,
  sessionImei: string | null,
  after: Identification | null,
  revisionAfter: string | null,
): RecordBody['unit'] {
  const { identification, label } = context;
  return {
    labelSn: label.sn ?? null,
    orderingCode: label.orderingCode ?? null,
    sn: identification?.sn ?? after?.sn ?? null,
    imeiBefore: identification?.imei ?? sessionImei ?? label.imei ?? null,
    imeiAfter: after?.imei ?? null,
    model: after?.model ?? identification?.model ?? null,
    revisionBefore: identification?.revision ?? null,
    revisionAfter: revisionAfter ?? after?.revision ?? null,
  };
}

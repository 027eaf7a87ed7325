// Records what a slot's jobs ask, send, receive and tell, by standing between the slot and its services; keeps the transcript of a job that
// did not pass. Decides nothing: every call goes on as it came.
import { createHash } from 'node:crypto';
import type { Device, DeviceSource } from '../bench/device-source.ts';
import type { Transport } from '../bench/transport.ts';
import { Fault, failureOf } from '../domain/failure.ts';
import type { Profile } from '../domain/profile.ts';
import type { RecordBody } from '../domain/record.ts';
import type { SlotEvent } from '../domain/slot.ts';
import type { JobTranscript, SlotServices } from './slot-services.ts';
import type { SlotContext, SlotSettings } from './slot-types.ts';
import {
  type Heard,
  type PinnedFile,
  type Service,
  type ServiceAnswer,
  type ToldEvent,
  type TranscriptHeader,
  transcriptText,
} from './transcript.ts';
import { createTranscriptRing, type TranscriptRing } from './transcript-ring.ts';

/** A disk that takes longer than this must not keep a record waiting. */
const longestWriteMs = 10_000;

interface JobStart {
  readonly context: SlotContext;
  readonly device: Device | null;
}

export interface SlotRecorder {
  /** The same services, listened to. */
  readonly services: SlotServices;
  heard(event: Heard): void;
}

export function recordSlot(services: SlotServices, settings: SlotSettings): SlotRecorder {
  const { clock } = services;
  let ring: TranscriptRing = createTranscriptRing(() => clock.now());
  let start: JobStart | null = null;

  const asking: Asking = (what, ask, facts, shown) => {
    const asked = ring;
    asked.note({ is: 'asked', what, ...(facts && { facts }) });
    return ask().then(
      (value) => {
        asked.note({ is: 'answered', what, ...shown?.(value) });
        return value;
      },
      (thrown: unknown) => {
        asked.note({ is: 'answered', what, failure: failureOf(thrown, what) });
        throw thrown;
      },
    );
  };

  const source: DeviceSource = {
    start: (listener) => services.source.start(listener),
    stop: () => services.source.stop(),
    async open(device, options) {
      // Between jobs only the last look at a fixed serial path is kept: it may be the one that a job begins with.
      if (start === null) ring = createTranscriptRing(() => clock.now());
      const opened = ring;
      const { interfaceNumber, baudRate } = options;
      const open = (): Promise<Transport> => services.source.open(device, options);
      const transport = await asking('open', open, { interfaceNumber, baudRate }, ({ serialPath }) => ({ serialPath }));
      return recordedTransport(transport, opened, asking);
    },
  };

  const transcript: JobTranscript = {
    begin(context) {
      if (settings.fixedStart === null) ring = createTranscriptRing(() => clock.now());
      start = { context, device: services.deviceNow() };
    },

    async close(body) {
      const begun = start;
      const { entries } = ring;
      start = null;
      ring = createTranscriptRing(() => clock.now());
      if (begun === null || !isKept(body)) return null;
      try {
        const { verdict, written, failure, laterFailures } = body;
        const header = headerOf(body, begun, settings, services);
        const text = transcriptText({ header, entries: entries(), end: { verdict, written, failure, laterFailures } });
        return await kept(services, body.recordId, new TextEncoder().encode(text));
      } catch (thrown) {
        services.emit({ type: 'note.added', text: `no transcript was kept: ${failureOf(thrown, 'transcript').detail ?? ''}` });
        return null;
      }
    },
  };

  return {
    services: {
      ...services,
      source,
      powerSwitch: {
        kind: services.powerSwitch.kind,
        cycle: (usbPath, signal) => asking('powerCycle', () => services.powerSwitch.cycle(usbPath, signal)),
      },
      journal: {
        opened: (job) => asking('job.opened', () => services.journal.opened(job)),
        intent: (job, firstWrite) => asking('job.intent', () => services.journal.intent(job, firstWrite), { firstWrite }),
        record: (body) => services.journal.record(body),
      },
      clear: (question) =>
        asking(
          'clear',
          () => services.clear(question),
          { stage: question.stage },
          (clearance) => ({ clearance }),
        ),
      takeEntryTurn: (signal) => asking('entryTurn', () => services.takeEntryTurn(signal)),
      acquirePermit: (signal) => asking('permit', () => services.acquirePermit(signal)),
      keepEvidence: (jobId, name, bytes) =>
        asking('evidence', () => services.keepEvidence(jobId, name, bytes), { name, bytes: bytes.length }),
      emit(event) {
        const told = toldOf(event);
        if (told !== null) ring.note({ is: 'told', event: told });
        services.emit(event);
      },
      transcript,
    },
    heard: (event) => ring.note({ is: 'heard', event }),
  };
}

type Asking = <T>(
  what: Service,
  ask: () => Promise<T>,
  facts?: Readonly<Record<string, string | number>>,
  shown?: (value: T) => ServiceAnswer,
) => Promise<T>;

/** Bytes both ways, and how the transport ended. Costs a frame one CRC-32 and a reaction each way. */
function recordedTransport(transport: Transport, ring: TranscriptRing, asking: Asking): Transport {
  let isOver = false;
  const ended = (thrown: unknown): void => {
    if (isOver || !(thrown instanceof Fault) || thrown.failure.code !== 'transport-closed') return;
    isOver = true;
    ring.note({ is: 'lost' });
  };
  const received = (bytes: Uint8Array): void => {
    if (bytes.length > 0) ring.received(bytes);
  };
  let closing: Promise<void> | null = null;
  void transport.closed.then((reason) => {
    isOver = true;
    if (closing === null || reason !== 'asked') ring.note({ is: 'closed', reason });
  });
  return {
    serialPath: transport.serialPath,
    closed: transport.closed,
    // Whoever hears a promise first is told first: the ring has a reply before the session does.
    write(bytes, options) {
      ring.sent(bytes);
      const writing = transport.write(bytes, options);
      void writing.then(undefined, (thrown: unknown) => {
        ended(thrown);
        const wasStopped = options.signal?.aborted === true && thrown === options.signal.reason;
        if (!wasStopped && !isOver) ring.note({ is: 'write.failed', failure: failureOf(thrown, 'write') });
      });
      return writing;
    },
    read(options) {
      const reading = transport.read(options);
      void reading.then(received, ended);
      return reading;
    },
    take() {
      const bytes = transport.take();
      received(bytes);
      return bytes;
    },
    discardReceived() {
      const bytes = transport.discardReceived();
      if (bytes > 0) ring.note({ is: 'discarded', bytes });
      return bytes;
    },
    setBaudRate: (baudRate) => transport.setBaudRate(baudRate),
    close(timeoutMs) {
      // Later calls wait for the same close: only what the slot asked first is a fact of its own.
      if (closing !== null) return transport.close(timeoutMs);
      closing = asking('close', () => transport.close(timeoutMs));
      return closing;
    },
  };
}

/** A PASS and a skip tell everything in their record, unless the station itself had a defect. */
function isKept({ kind, verdict, laterFailures }: RecordBody): boolean {
  if (kind === 'skip') return false;
  return verdict !== 'PASS' || laterFailures.some(({ code }) => code === 'station-defect');
}

/** The file and its digest. A disk that does not answer in time has not kept it. */
function kept({ clock, keepTranscript }: SlotServices, recordId: string, bytes: Uint8Array): Promise<RecordBody['transcript']> {
  if (keepTranscript === undefined) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const late = clock.after(longestWriteMs, () => reject(new Error(`the disk took longer than ${longestWriteMs} ms`)));
    keepTranscript(`${recordId}.jsonl`, bytes)
      .then((file) => resolve({ file, sha256: createHash('sha256').update(bytes).digest('hex') }), reject)
      .finally(() => late.cancel());
  });
}

function headerOf(body: RecordBody, start: JobStart, settings: SlotSettings, services: SlotServices): TranscriptHeader {
  const pinned = ({ id }: Profile): PinnedFile => ({ id, sha256: services.kitFor(id).loaded.sha256 });
  const { byModel, unidentified } = settings.profiles;
  const { retryOf } = start.context;
  const { number, usbPath, fixedStart, removalMs, powerSwitch } = settings;
  const { jobId, kind, slot, operator, shift, workOrder, lot, profile, unit, identity, attempt, retestReason, entry } = body;
  return {
    transcript: 1,
    software: { version: services.station.softwareVersion, commit: services.station.commit },
    job: {
      ...{ jobId, kind, slot, operator, shift, workOrder, lot, profile, package: body.package },
      ...{ unit, identity, attempt, retestReason, entry, startedAt: body.startedAt },
    },
    slot: {
      ...{ number, usbPath, fixedStart, removalMs, powerSwitch },
      unidentified: settings.unidentified,
      baudRate: services.baudRate,
    },
    profiles: {
      byModel: Object.fromEntries(Object.entries(byModel).map(([model, one]) => [model, pinned(one)])),
      unidentified: unidentified === null ? null : pinned(unidentified),
    },
    start: {
      device: start.device,
      ageMs: start.context.device?.ageMs ?? null,
      label: start.context.label,
      passedImei: start.context.passedImei,
      retryOf: retryOf && { ...retryOf, known: retryOf.known && { ...retryOf.known, profile: pinned(retryOf.known.profile) } },
    },
  };
}

/** What the wire and the record do not already tell, or what a reader wants between the bytes. Null: nothing of it. */
export function toldOf(event: SlotEvent): ToldEvent | null {
  switch (event.type) {
    case 'state.changed':
      return { type: event.type, state: event.state, prompt: event.prompt?.kind ?? null };
    case 'profile.chosen':
      return { type: event.type, profileId: event.profileId };
    case 'step.progressed':
    case 'power.cycled':
    case 'power.failed':
    case 'record.written':
      return null;
    case 'step.finished':
    case 'step.started':
    case 'job.opened':
    case 'board.identified':
    case 'window.opened':
    case 'window.closed':
    case 'note.added':
    case 'defect.found':
      return event;
  }
}

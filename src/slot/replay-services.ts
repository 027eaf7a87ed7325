// A slot's surroundings as a transcript tells them: a device that answers as the recorded one did, and permits, journal and power that come
// when they came. Knows the script, no machine.
import type { Clock } from '../bench/clock.ts';
import type { DeviceSource } from '../bench/device-source.ts';
import type { CloseReason, IoOptions, Transport } from '../bench/transport.ts';
import { Fault, fault } from '../domain/failure.ts';
import type { RecordBody } from '../domain/record.ts';
import type { WrittenRecord } from '../trace/line.ts';
import { firstAttempt } from './clearance.ts';
import { toldOf } from './record-transcript.ts';
import type { ReplayScript } from './replay-script.ts';
import type { FlashJobKit, SlotServices } from './slot-services.ts';
import type { Service, TranscriptEntry, TranscriptHeader } from './transcript.ts';

/** A reply that was read so much later than its wait would end by a timer that is never late. */
const timerSlackMs = 5;

type Answered = TranscriptEntry & { readonly is: 'answered' };

export interface ReplayBench {
  readonly services: Omit<SlotServices, 'deviceNow'>;
  /** Lets an entry happen to whoever waits for it. */
  happened(entry: TranscriptEntry): void;
}

export interface ReplaySurroundings extends Pick<SlotServices, 'pacer' | 'flasherFor'> {
  readonly clock: Clock;
  readonly header: TranscriptHeader;
  readonly kit: FlashJobKit | null;
  readonly script: () => ReplayScript;
  readonly recorded: (body: RecordBody) => void;
}

export function createReplayBench({ clock, header, kit, script, recorded, ...given }: ReplaySurroundings): ReplayBench {
  const waiting = new Map<Service, ((answer: Answered) => void)[]>();
  let line: ReplayLine | null = null;
  let hasBegun = false;

  const answerTo = (what: Service, signal?: AbortSignal): Promise<Answered> =>
    new Promise((resolve, reject) => {
      waiting.set(what, [
        ...(waiting.get(what) ?? []),
        (answer) => (answer.failure === undefined ? resolve(answer) : reject(new Fault(answer.failure))),
      ]);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });

  const ask = async (
    what: Service,
    facts?: Readonly<Record<string, string | number>>,
    signal?: AbortSignal,
  ): Promise<Answered> => {
    const answer = answerTo(what, signal);
    script().asked(what, facts);
    return answer;
  };

  const onWire = async (what: 'open' | 'close', facts?: Readonly<Record<string, string | number>>): Promise<Answered> => {
    const answer = answerTo(what);
    await script().offer({ kind: 'ask', what, ...(facts && { facts }) });
    return answer;
  };

  const source: DeviceSource = {
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    async open(_device, { interfaceNumber, baudRate }) {
      const { serialPath = 'replay' } = await onWire('open', { interfaceNumber, baudRate });
      line = createReplayLine(serialPath, clock, script(), () => onWire('close'));
      return line.transport;
    },
  };

  return {
    services: {
      ...given,
      clock,
      source,
      powerSwitch: {
        kind: header.slot.powerSwitch,
        async cycle(_usbPath, signal) {
          await ask('powerCycle', undefined, signal);
          return 'vanished';
        },
      },
      journal: {
        async opened() {
          await ask('job.opened');
        },
        async intent(_job, firstWrite) {
          await ask('job.intent', { firstWrite });
        },
        record(body) {
          recorded(body);
          return Promise.resolve<WrittenRecord>({ type: 'record', ...body, ...noStamp });
        },
      },
      releaseLock: () => Promise.resolve(),
      kitFor(id) {
        if (kit?.loaded.profile.id !== id) throw new Error(`the recorded job had no package of profile ${id}`);
        return kit;
      },
      async clear({ stage }) {
        const { clearance } = await ask('clear', { stage });
        return clearance ?? { kind: 'cleared', marks: firstAttempt };
      },
      async takeEntryTurn(signal) {
        await ask('entryTurn', undefined, signal);
      },
      // Counts the unit's other records: nothing of this job depends on it.
      recount: (marks) => Promise.resolve(marks),
      async acquirePermit(signal) {
        await ask('permit', undefined, signal);
        return { release: () => undefined };
      },
      async keepEvidence(_jobId, name, bytes) {
        await ask('evidence', { name, bytes: bytes.length });
      },
      work: () => ({ operator: null, shift: null, workOrder: null, lot: null }),
      station: { id: 'replay', line: '', host: '', softwareVersion: header.software.version, commit: header.software.commit },
      newRecordId: () => 'replay',
      localTime: String,
      emit(event) {
        hasBegun ||= event.type === 'job.opened';
        const told = toldOf(event);
        if (hasBegun && told !== null) script().told(told);
      },
      baudRate: header.slot.baudRate,
    },
    happened(entry) {
      if (entry.is === 'answered') waiting.get(entry.what)?.shift()?.(entry);
      else line?.happened(entry);
    },
  };
}

const noStamp = { seq: 0, durableSeq: 0, prevHash: '', at: '', hash: '' } as const;

interface ReplayLine {
  readonly transport: Transport;
  happened(entry: TranscriptEntry): void;
}

function createReplayLine(
  serialPath: string,
  clock: Clock,
  script: ReplayScript,
  closeRecorded: () => Promise<unknown>,
): ReplayLine {
  const received: number[] = [];
  const closed = Promise.withResolvers<CloseReason>();
  let wake: (() => void) | null = null;
  let failWrite: ((thrown: Error) => void) | null = null;
  const gone = new AbortController();
  let isOver = false;
  let closing: Promise<void> | null = null;

  const over = (): Error => fault('transport-closed', 'wait', { detail: serialPath });
  const end = (): void => {
    isOver = true;
    wake?.();
    failWrite?.(over());
    gone.abort(over());
  };

  const take = (maxBytes = received.length): Uint8Array => Uint8Array.from(received.splice(0, maxBytes));

  /** Until something is there, the transport ends, or the time is over. */
  const waitForBytes = ({ timeoutMs, signal }: IoOptions): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        wake = null;
        timer.cancel();
        signal?.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        stop();
        reject(signal?.reason as Error);
      };
      const timer = clock.after(timeoutMs, () => {
        script.hurry(timerSlackMs);
        wake?.();
      });
      wake = () => {
        stop();
        resolve();
      };
      signal?.addEventListener('abort', abort, { once: true });
    });

  const transport: Transport = {
    serialPath,
    closed: closed.promise,
    async write(bytes, { signal }) {
      if (isOver) throw over();
      const failed = new Promise<never>((_, reject) => {
        failWrite = reject;
      });
      const stop = signal === undefined ? gone.signal : AbortSignal.any([signal, gone.signal]);
      await Promise.race([script.offer({ kind: 'bytes', bytes }, stop), failed]);
      if (script.isWriteFailing()) await failed;
      failWrite = null;
    },
    async read({ maxBytes, ...options }) {
      options.signal?.throwIfAborted();
      if (received.length === 0) script.hurry(timerSlackMs);
      if (received.length === 0 && !isOver && options.timeoutMs > 0) await waitForBytes(options);
      if (received.length === 0 && isOver) throw over();
      return take(maxBytes);
    },
    take() {
      if (received.length === 0) script.hurry(timerSlackMs);
      return take();
    },
    // What was thrown away unread never came to the slot: the script does not let it come.
    discardReceived: () => 0,
    setBaudRate: () => (isOver ? Promise.reject(over()) : Promise.resolve()),
    close() {
      closing ??= Promise.resolve()
        .then(closeRecorded)
        .then(() => closed.resolve('asked'));
      end();
      return closing;
    },
  };

  return {
    transport,
    happened(entry) {
      switch (entry.is) {
        case 'received':
          received.push(...Buffer.from(entry.hex, 'hex'));
          wake?.();
          break;
        case 'lost':
          end();
          break;
        case 'closed':
          end();
          closed.resolve(entry.reason);
          break;
        case 'write.failed':
          failWrite?.(new Fault(entry.failure));
          break;
        case 'answered':
        case 'asked':
        case 'sent':
        case 'discarded':
        case 'heard':
        case 'told':
        case 'dropped':
          break;
      }
    },
  };
}

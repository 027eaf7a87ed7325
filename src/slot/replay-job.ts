// Runs the job of a transcript again: the real slot, flasher and wire against the recorded device, until it ends or differs.
// Knows no file; whoever calls it runs the clock.
import type { Clock } from '../bench/clock.ts';
import type { LoadedProfile, Profile } from '../domain/profile.ts';
import type { RecordBody } from '../domain/record.ts';
import { createSlot, type Slot } from './create-slot.ts';
import type { ProfileMap } from './decisions.ts';
import { createReplayScript, type Divergence, described, type ReplayScript } from './replay-script.ts';
import { createReplayBench } from './replay-services.ts';
import type { RetryOf } from './retries.ts';
import type { FlashJobKit, SlotServices } from './slot-services.ts';
import type { Heard, PinnedFile, Transcript, TranscriptEnd, TranscriptEntry } from './transcript.ts';

export interface ReplayOptions extends Pick<SlotServices, 'pacer' | 'flasherFor'> {
  readonly clock: Clock;
  readonly transcript: Transcript;
  /** Of the profile that the job came to; null where it came to none. */
  readonly kit: FlashJobKit | null;
  /** Every profile of the slot, by the digest of its file. */
  readonly profiles: ReadonlyMap<string, LoadedProfile>;
}

export type ReplayOutcome =
  | { readonly kind: 'same'; readonly end: TranscriptEnd }
  | ({ readonly kind: 'diverged' } & Divergence)
  /** The same as far as the transcript goes: what came from this entry on was not kept. */
  | { readonly kind: 'notKept'; readonly entry: number };

export function replayJob(options: ReplayOptions): Promise<ReplayOutcome> {
  const { clock, transcript, kit, pacer, flasherFor } = options;
  const { header, entries, end } = transcript;
  const { promise, resolve } = Promise.withResolvers<ReplayOutcome>();
  let script: ReplayScript | null = null;
  const theScript = (): ReplayScript => {
    script ??= createReplayScript(transcript, clock, {
      happened: (entry) => (entry.is === 'heard' ? hear(slot, clock, header.start, entries, entry.event) : bench.happened(entry)),
      diverged: (divergence) => resolve({ kind: 'diverged', ...divergence }),
      gap: (entry) => resolve({ kind: 'notKept', entry }),
    });
    return script;
  };
  const recorded = (body: RecordBody): void => {
    const missing = theScript().firstMissing();
    const entry = missing === null ? undefined : entries[missing];
    if (missing !== null && entry !== undefined) {
      resolve({ kind: 'diverged', entry: missing, expected: described(entry), actual: `closes the job: ${endText(body)}` });
    } else if (endText(body) === endText(end)) resolve({ kind: 'same', end });
    else resolve({ kind: 'diverged', entry: entries.length, expected: endText(end), actual: endText(body) });
  };
  const bench = createReplayBench({ clock, header, kit, pacer, flasherFor, script: theScript, recorded });
  const { usbPath, number, fixedStart, unidentified, removalMs, powerSwitch } = header.slot;
  const slot = createSlot({
    settings: {
      ...{ number, usbPath, fixedStart, unidentified, removalMs, powerSwitch },
      profiles: profileMap(options),
      runId: 'replay',
      ...(header.job.kind === 'verify' && { purpose: { kind: 'verify', reflash: false } }),
    },
    locked: false,
    intakeOpen: true,
    earlier: { passedImei: header.start.passedImei, retryOf: retryOf(options) },
    services: bench.services,
    died: () => undefined,
  });
  theScript();
  begin(slot, clock, transcript);
  return promise;
}

/** The device that was there when the job began, as old as it was then, and the label that had been scanned. */
function begin(slot: Slot, clock: Clock, { header: { start } }: Transcript): void {
  const { device, ageMs, label } = start;
  if (device === null) return;
  slot.attach({ ...device, enumeratedAtMs: ageMs === null ? null : clock.now() - ageMs });
  if (Object.keys(label).length > 0) slot.command({ type: 'operator.label', ...label });
}

function hear(
  slot: Slot,
  clock: Clock,
  start: Transcript['header']['start'],
  entries: readonly TranscriptEntry[],
  event: Heard,
): void {
  switch (event.type) {
    case 'device.attached': {
      const { device, ageMs } = event;
      slot.attach({ ...device, enumeratedAtMs: ageMs === null ? null : clock.now() - ageMs });
      break;
    }
    case 'device.detached': {
      const known = [start.device, ...entries.flatMap((entry) => attachedIn(entry))];
      const device = known.find((one) => one?.id === event.deviceId);
      if (device) slot.detach(device);
      break;
    }
    case 'operator.cancel':
    case 'operator.confirm':
    case 'operator.retry':
    case 'operator.release':
    case 'operator.label':
      slot.command(event);
      break;
  }
}

const attachedIn = (entry: TranscriptEntry) =>
  entry.is === 'heard' && entry.event.type === 'device.attached' ? [entry.event.device] : [];

function profileMap(options: ReplayOptions): ProfileMap {
  const { byModel, unidentified } = options.transcript.header.profiles;
  return {
    byModel: Object.fromEntries(Object.entries(byModel).map(([model, pinned]) => [model, profileOf(options, pinned)])),
    unidentified: unidentified && profileOf(options, unidentified),
  };
}

function retryOf(options: ReplayOptions): RetryOf | null {
  const before = options.transcript.header.start.retryOf;
  if (before === null) return null;
  const { code, known } = before;
  return { code, known: known && { identification: known.identification, profile: profileOf(options, known.profile) } };
}

function profileOf({ profiles }: ReplayOptions, { id, sha256 }: PinnedFile): Profile {
  const loaded = profiles.get(sha256);
  if (loaded === undefined) throw new Error(`no profile ${id} with SHA-256 ${sha256}`);
  return loaded.profile;
}

/** Verdict, what may be in flash, and the code that decided. */
export const endText = ({ verdict, written, failure }: TranscriptEnd): string =>
  `verdict ${verdict}, code ${failure?.code ?? 'none'}, written ${written}`;

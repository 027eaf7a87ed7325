// `flashrack replay FILE`: runs the job of a transcript again on simulated time, with the very profile and package, and shows where the
// station of today does something else. Opens no device.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPacer } from '../bench/pacer.ts';
import { SimulatedClock } from '../bench/simulator/simulated-clock.ts';
import { parseProfile } from '../config/profile-file.ts';
import { fault } from '../domain/failure.ts';
import type { LoadedProfile } from '../domain/profile.ts';
import { flasherFor } from '../platforms.ts';
import { endText, type ReplayOutcome, replayJob } from '../slot/replay-job.ts';
import { described } from '../slot/replay-script.ts';
import type { FlashJobKit } from '../slot/slot-services.ts';
import { lineOfEntry, type PinnedFile, parseTranscript, type Transcript } from '../slot/transcript.ts';
import { printable } from '../views/words/escape.ts';
import { exitCodes } from './exit-codes.ts';
import { loadKits } from './kits.ts';
import { print, printJson } from './print.ts';

export interface ReplayCommandOptions {
  readonly profiles: string;
  readonly json: boolean;
}

/** Of simulated time, longer than any job. */
const longestJobMs = 7 * 86_400_000;
/** Entries shown before and after the first difference. */
const shownEntries = 6;

export async function replay(file: string, options: ReplayCommandOptions): Promise<number> {
  const transcript = parseTranscript(await transcriptFile(file));
  const { kind } = transcript.header.job;
  if (kind === 'nvRestore') {
    throw fault('transcript-of-other-files', 'replay', { detail: 'an NV restore also needs its backup and is not run again' });
  }
  const outcome = await replayTranscript(transcript, options.profiles);
  if (options.json) printJson({ file, ...outcome, ...('entry' in outcome && { line: lineOfEntry(outcome.entry) }) });
  else for (const line of outcomeLines(transcript, outcome)) print(printable(line, 1_000));
  switch (outcome.kind) {
    case 'same':
      return exitCodes.pass;
    case 'diverged':
      return exitCodes.notPass;
    case 'notKept':
      return exitCodes.refused;
  }
}

/** Rejects `transcript-of-other-files` when a profile of the slot is not in the folder, and what `loadKits` rejects of its package. */
export async function replayTranscript(transcript: Transcript, profilesFolder: string): Promise<ReplayOutcome> {
  const { header } = transcript;
  const { byModel, unidentified } = header.profiles;
  const profiles = await profilesByDigest(
    [...Object.values(byModel), ...(unidentified ? [unidentified] : []), ...(header.job.profile ? [header.job.profile] : [])],
    profilesFolder,
  );
  const kit = await kitOf(transcript, profiles);
  const clock = new SimulatedClock();
  const pacer = createPacer(clock);
  return clock.runUntil(replayJob({ clock, transcript, kit, profiles, pacer, flasherFor }), longestJobMs);
}

async function transcriptFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw fault('transcript-unreadable', file, { detail: thrown instanceof Error ? thrown.message : String(thrown) }, thrown);
  }
}

async function profilesByDigest(wanted: readonly PinnedFile[], folder: string): Promise<ReadonlyMap<string, LoadedProfile>> {
  const names = await readdir(folder).catch(() => []);
  const found = new Map<string, LoadedProfile>();
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    const loaded = await profileIn(join(folder, name));
    if (loaded !== null) found.set(loaded.sha256, loaded);
  }
  for (const { id, sha256 } of wanted) {
    if (found.has(sha256)) continue;
    const other = [...found.values()].find(({ profile }) => profile.id === id);
    throw fault('transcript-of-other-files', `profile ${id}`, {
      expected: `SHA-256 ${sha256}`,
      actual: other === undefined ? `none of that name in ${folder}` : `SHA-256 ${other.sha256}`,
    });
  }
  return found;
}

/** A folder holds other files too: templates, schemas. Only those that the transcript names must be profiles. */
async function profileIn(file: string): Promise<LoadedProfile | null> {
  try {
    return parseProfile(await readFile(file), file);
  } catch {
    return null;
  }
}

async function kitOf({ header }: Transcript, profiles: ReadonlyMap<string, LoadedProfile>): Promise<FlashJobKit | null> {
  const { profile, package: pinned } = header.job;
  const loaded = profile === null ? undefined : profiles.get(profile.sha256);
  if (loaded === undefined) return null;
  const kit = (await loadKits(new Map([[loaded.profile.id, loaded]]))).get(loaded.profile.id) ?? null;
  const found = kit?.firmware.identity.sha256;
  if (pinned === null || found === pinned.sha256) return kit;
  throw fault('transcript-of-other-files', `package of profile ${loaded.profile.id}`, {
    expected: `SHA-256 ${pinned.sha256}`,
    actual: `SHA-256 ${found ?? 'none'}`,
  });
}

function outcomeLines(transcript: Transcript, outcome: ReplayOutcome): string[] {
  const { header, entries } = transcript;
  const { job, software } = header;
  const head = `job ${job.jobId} in slot ${job.slot.number}, flashrack ${software.version}, profile ${job.profile?.id ?? 'none'}`;
  const last = entries.at(-1)?.t ?? 0;
  switch (outcome.kind) {
    case 'same':
      return [head, `same until the end: ${endText(outcome.end)} (${entries.length} entries, ${seconds(last)})`];
    case 'notKept':
      return [
        head,
        `same until ${where(transcript, outcome.entry)}`,
        'there the transcript was full and its middle was dropped: nothing can be told of what follows',
      ];
    case 'diverged':
      return [
        head,
        `diverged at ${where(transcript, outcome.entry)}`,
        `  recorded: ${outcome.expected}`,
        `  now:      ${outcome.actual}`,
        ...(outcome.offset === undefined ? [] : [`  the first difference is at byte ${outcome.offset}, in brackets`]),
        'before it:',
        ...context(transcript, outcome.entry - shownEntries, outcome.entry),
        'recorded from there on:',
        ...context(transcript, outcome.entry, outcome.entry + shownEntries),
        `  …  and at the end: ${endText(transcript.end)}`,
      ];
  }
}

function where({ entries }: Transcript, index: number): string {
  const before = entries.slice(0, index);
  const told = (type: string, field: string): string => {
    const entry = before.findLast((one) => one.is === 'told' && one.event.type === type);
    const value = entry?.is === 'told' ? entry.event[field] : undefined;
    return typeof value === 'string' ? value : 'none';
  };
  const state = `state ${told('state.changed', 'state')}, step ${told('step.started', 'step')}`;
  const entry = entries[index] ?? entries.at(-1);
  return `line ${lineOfEntry(index)} (${seconds(entry?.t ?? 0)}, ${state})`;
}

function context({ entries }: Transcript, from: number, to: number): string[] {
  const first = Math.max(0, from);
  return entries
    .slice(first, to)
    .map((entry, index) => `  line ${lineOfEntry(first + index)}  ${seconds(entry.t)}  ${described(entry)}`);
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(3)} s`;

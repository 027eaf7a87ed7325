// A job that did not pass is run again from its transcript alone: with the same station nothing differs, on any platform; with another one
// it differs where the other one does something else.
import { describe, expect, it } from 'vitest';
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import type { Profile } from '../../src/domain/profile.ts';
import type { FlashJobKit } from '../../src/slot/slot-services.ts';
import { parseTranscript, type Transcript, type TranscriptEntry, transcriptText } from '../../src/slot/transcript.ts';
import { runCampaign } from '../campaign/campaign.ts';
import { campaignKits } from '../campaign/campaign-kits.ts';
import { drawScript } from '../campaign/campaign-script.ts';
import { pathOf, type SlotRig, slotRig } from '../slot/slot-rig.ts';
import { changed, replayed, transcriptKeeper } from '../slot/transcript-keeper.ts';
import { type AsrRunOptions, runAsr } from './asr-run.ts';
import { type Model, runUnisoc, type UnisocRunOptions } from './unisoc-run.ts';

interface RecordedJob {
  readonly transcript: Transcript;
  readonly kits: readonly FlashJobKit[];
}

async function eigencomm(run: (rig: SlotRig) => Promise<void>): Promise<RecordedJob> {
  const keeper = transcriptKeeper();
  const rig = await slotRig({ services: () => ({ keepTranscript: keeper.keepTranscript }) });
  await run(rig);
  return { transcript: only(keeper.transcripts()), kits: [rig.kit] };
}

async function unisoc(model: Model, options: UnisocRunOptions): Promise<RecordedJob> {
  const keeper = transcriptKeeper();
  const { kits } = await runUnisoc(model, { ...options, keepTranscript: keeper.keepTranscript });
  return { transcript: only(keeper.transcripts()), kits: [...kits.values()] };
}

async function asr(options: AsrRunOptions): Promise<RecordedJob> {
  const keeper = transcriptKeeper();
  const { kit } = await runAsr({ ...options, keepTranscript: keeper.keepTranscript });
  return { transcript: only(keeper.transcripts()), kits: [kit] };
}

function only([first, ...others]: readonly Transcript[]): Transcript {
  if (first === undefined || others.length > 0) throw new Error(`${others.length + (first ? 1 : 0)} transcripts`);
  return first;
}

const refuses = (command: string): BoardFault => ({ kind: 'nak', when: { command }, errorCode: 0x84 });
const refusedData = (): Promise<RecordedJob> =>
  eigencomm(async (rig) => {
    rig.insertStrapped(1, [{ kind: 'nak', when: { command: 'AGBOOT DOWNLOAD_DATA', count: 3 }, errorCode: 0x82 }]);
    await rig.clock.advance(120_000);
  });
const missedWindow = (): Promise<RecordedJob> =>
  eigencomm(async (rig) => {
    rig.insertStrapped(1, [{ kind: 'stall', when: { count: 1 } }]);
    await rig.clock.advance(60_000);
  });

describe('a replay with the same station', () => {
  it.each<[string, string, () => Promise<RecordedJob>]>([
    ['Eigencomm, data refused', 'FAIL device-refused', refusedData],
    ['Eigencomm, window missed', 'ABORTED window-missed', missedWindow],
    [
      'Eigencomm, pulled while it is written',
      'UNKNOWN unplugged',
      () =>
        eigencomm(async (rig) => {
          rig.insertStrapped();
          await rig.until('programming');
          await rig.clock.advance(333);
          rig.rack.remove(pathOf(1));
          await rig.clock.advance(30_000);
        }),
    ],
    [
      'UNISOC 8910 from its ROM, a loader command refused',
      'FAIL device-refused',
      () => unisoc('EC600U', { inserted: 'strapped', boardOptions: { faults: [refuses('FDL2 END_DATA')] } }),
    ],
    [
      'UNISOC 8850 that entered by AT and came back as another device',
      'FAIL device-refused',
      () => unisoc('EC800G', { inserted: 'running', boardOptions: { faults: [refuses('NORFDL END_DATA')] } }),
    ],
    [
      'UNISOC 8910 at a fixed serial path, found by a look between the jobs',
      'FAIL device-refused',
      () => unisoc('EC600U', { inserted: 'running', isFixed: true, boardOptions: { faults: [refuses('FDL2 END_DATA')] } }),
    ],
    [
      'UNISOC, a reply with a flipped bit',
      'FAIL nv-backup-unreadable',
      () => unisoc('EC800G', { inserted: 'strapped', boardOptions: { faults: [{ kind: 'corruptReply', when: { count: 40 } }] } }),
    ],
    [
      'ASR, an image refused',
      'FAIL burn-failed',
      () => asr({ inserted: 'strapped', faults: [{ kind: 'nak', when: { command: 'flash:cp' }, errorCode: 5 }] }),
    ],
    [
      'ASR that takes no more bytes, after AT entry',
      'UNKNOWN',
      () => asr({ inserted: 'running', faults: [{ kind: 'stopReading', when: { command: 'data', count: 80 } }] }),
    ],
    ['ASR whose ROM comes and goes and is never heard', 'ABORTED', () => asr({ inserted: 'empty', deafStays: 1_000 })],
  ])('%s: the same until the end', async (_, verdict, record) => {
    const { transcript, kits } = await record();
    expect(`${transcript.end.verdict} ${transcript.end.failure?.code}`).toContain(verdict);
    expect(await replayed(transcript, kits)).toEqual({ kind: 'same', end: transcript.end });
  });

  it('knows of a job that the station began by itself what the one before it had found', async () => {
    const keeper = transcriptKeeper();
    const rig = await slotRig({
      settings: { automaticRetries: 1 },
      services: () => ({ keepTranscript: keeper.keepTranscript }),
    });
    rig.insertStrapped(1, [{ kind: 'stall', when: { command: 'DLBOOT SEL_IMAGE' } }]);
    // Its strap is open by then, and nobody closes it again.
    await rig.until('waitingForBoot');
    await rig.until('aborted');
    const [first, second] = keeper.transcripts();
    expect(first?.header.start.retryOf).toBeNull();
    expect(second?.header.start.retryOf).toMatchObject({ code: 'reply-timed-out' });
    if (second === undefined) throw new Error('the station did not try again');
    expect(await replayed(second, [rig.kit])).toEqual({ kind: 'same', end: second.end });
  });

  it('does so for every job of a campaign that did not pass', async () => {
    const keeper = transcriptKeeper();
    const trace = await runCampaign({
      script: drawScript({ seed: 3, slots: 20, boards: 20 }),
      plant: (options) => ({ ...options, keepTranscript: keeper.keepTranscript }),
    });
    const records = trace.journal.filter((line) => line.type === 'record');
    const kits = [...(await campaignKits()).values()];
    const transcripts = keeper.transcripts();
    expect(transcripts.length).toBeGreaterThan(5);
    expect(transcripts).toHaveLength(records.filter((record) => record.transcript !== null).length);
    // A defect that the campaign itself planted is not in the station that replays.
    const ofTheStation = transcripts.filter(({ end }) => end.failure?.code !== 'station-defect');
    const outcomes = await Promise.all(ofTheStation.map((transcript) => replayed(transcript, kits)));
    expect(outcomes.filter(({ kind }) => kind !== 'same')).toEqual([]);
  });

  it('takes replies in whatever pieces they were read', async () => {
    const { transcript, kits } = await refusedData();
    const inBytes = (entry: TranscriptEntry): TranscriptEntry[] =>
      entry.is === 'received' ? (entry.hex.match(/../g) ?? []).map((hex) => ({ t: entry.t, is: 'received', hex })) : [entry];
    const chopped = { ...transcript, entries: transcript.entries.flatMap(inBytes) };
    expect(chopped.entries.length).toBeGreaterThan(transcript.entries.length);
    expect((await replayed(chopped, kits)).kind).toBe('same');
  });

  it('goes as far as the transcript goes where its middle was dropped', async () => {
    const { transcript, kits } = await refusedData();
    const entries = [...transcript.entries];
    entries.splice(40, 20, { t: entries[40]?.t ?? 0, is: 'dropped', bytes: 1_000, entries: 20 });
    expect(await replayed({ ...transcript, entries }, kits)).toEqual({ kind: 'notKept', entry: 40 });
  });
});

describe('a replay with another station', () => {
  const indexOf = ({ entries }: Transcript, is: (entry: TranscriptEntry) => boolean): number => {
    const index = entries.findIndex(is);
    if (index < 0) throw new Error('no such entry');
    return index;
  };

  it('shows the first byte of the first command that is another one', async () => {
    const { transcript, kits } = await refusedData();
    const at = indexOf(transcript, (entry) => entry.is === 'sent' && entry.bytes > 8 && entry.hex !== undefined && entry.t > 500);
    const other = changed(transcript, at, (entry) =>
      entry.is === 'sent' ? { ...entry, hex: `${entry.hex?.slice(0, 4)}ee${entry.hex?.slice(6)}` } : entry,
    );
    const outcome = await replayed(other, kits);
    expect(outcome).toMatchObject({ kind: 'diverged', entry: at, offset: 2 });
    expect(outcome.kind === 'diverged' && outcome.expected).toContain('[ee]');
  });

  it('finds one wrong byte in the middle of package data, by the digest of its frame', async () => {
    const { transcript, kits } = await refusedData();
    const at = indexOf(transcript, (entry) => entry.is === 'sent' && entry.head !== undefined);
    const other = changed(transcript, at, (entry) => (entry.is === 'sent' ? { ...entry, crc32: '00000000' } : entry));
    expect(await replayed(other, kits)).toMatchObject({ kind: 'diverged', entry: at });
  });

  it('that waits less long differs where it gives up', async () => {
    const { transcript, kits } = await missedWindow();
    const hurried = kits.map((kit) => withProfile(kit, (profile) => ({ ...profile, downloadWindow: { seconds: 5 } })));
    const outcome = await replayed(transcript, hurried);
    expect(outcome).toMatchObject({ kind: 'diverged', actual: 'asks close' });
    const at = outcome.kind === 'diverged' ? transcript.entries[outcome.entry]?.t : 0;
    expect(at).toBeGreaterThan(5_000);
  });

  it('differs when the device says something else', async () => {
    const { transcript, kits } = await refusedData();
    const at = transcript.entries.findLastIndex((entry) => entry.is === 'received');
    const other = changed(transcript, at, (entry) =>
      entry.is === 'received' ? { ...entry, hex: 'ff'.repeat(entry.hex.length / 2) } : entry,
    );
    const outcome = await replayed(other, kits);
    expect(outcome).toMatchObject({ kind: 'diverged' });
    expect(outcome.kind === 'diverged' && outcome.entry).toBeGreaterThan(at);
  });

  it('differs at the end when only the verdict is another one', async () => {
    const { transcript, kits } = await refusedData();
    const other: Transcript = { ...transcript, end: { ...transcript.end, verdict: 'UNKNOWN' } };
    expect(await replayed(other, kits)).toMatchObject({ kind: 'diverged', entry: transcript.entries.length });
  });

  it('differs when it does nothing where something was done', async () => {
    const { transcript, kits } = await refusedData();
    const at = transcript.entries.findLastIndex((entry) => entry.is === 'answered' && entry.what === 'close');
    const other = changed(transcript, at, () => []);
    expect(await replayed(other, kits)).toMatchObject({ kind: 'diverged', actual: 'the station does nothing' });
  });
});

describe('a transcript file', () => {
  const text = refusedData().then(({ transcript }) => transcriptText(transcript));

  it('is read back as it was written', async () => {
    const { transcript } = await refusedData();
    expect(parseTranscript(await text)).toEqual(transcript);
  });

  it.each<[string, (text: string) => string, RegExp]>([
    ['cut off in the middle of a line', (whole) => whole.slice(0, whole.length / 2), /line \d+; .*(cut off|no JSON)/],
    ['cut off between two lines', (whole) => `${whole.split('\n').slice(0, 20).join('\n')}\n`, /line 20; it is cut off/],
    ['that is empty', () => '', /no transcript|begins with its header/],
    ['that is something else', () => '{"type":"record"}\n', /line 1; a transcript begins with its header/],
    ['with a line of noise', (whole) => whole.replace(/\n/, '\n\u0000\u0001\n'), /line 2; this is no JSON object/],
    ['with half a byte', (whole) => whole.replace(/"hex":"../, '"hex":"f'), /line \d+; this is no entry/],
    [
      'with an entry of a kind unknown',
      (whole) => whole.replace('"is":"received"', '"is":"guessed"'),
      /line \d+; this is no entry/,
    ],
  ])('%s is refused with the line', async (_, damage, words) => {
    const damaged = damage(await text);
    expect(() => parseTranscript(damaged)).toThrowError(words);
    expect(() => parseTranscript(damaged)).toThrowError('transcript-unreadable');
  });
});

const withProfile = (kit: FlashJobKit, change: (profile: Profile) => Profile): FlashJobKit => ({
  ...kit,
  loaded: { ...kit.loaded, profile: change(kit.loaded.profile) },
});

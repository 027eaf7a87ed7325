// Keeps the transcripts of a run in memory, and runs one again with the demo rack's profiles.
import { createPacer } from '../../src/bench/pacer.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { flasherFor } from '../../src/platforms.ts';
import { type ReplayOutcome, replayJob } from '../../src/slot/replay-job.ts';
import type { FlashJobKit } from '../../src/slot/slot-services.ts';
import { parseTranscript, type Transcript, type TranscriptEntry } from '../../src/slot/transcript.ts';

export function transcriptKeeper() {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    keepTranscript: (name: string, bytes: Uint8Array): Promise<string> => {
      files.set(`transcripts/${name}`, bytes.slice());
      return Promise.resolve(`transcripts/${name}`);
    },
    transcripts: (): Transcript[] => [...files.values()].map((bytes) => parseTranscript(new TextDecoder().decode(bytes))),
  };
}

export function replayed(transcript: Transcript, kits: readonly FlashJobKit[]): Promise<ReplayOutcome> {
  const clock = new SimulatedClock();
  const { profile } = transcript.header.job;
  return clock.runUntil(
    replayJob({
      clock,
      transcript,
      kit: kits.find(({ loaded }) => loaded.sha256 === profile?.sha256) ?? null,
      profiles: new Map(kits.map(({ loaded }) => [loaded.sha256, loaded])),
      pacer: createPacer(clock),
      flasherFor,
    }),
  );
}

/** The same transcript with one entry replaced. */
export const changed = (
  transcript: Transcript,
  at: number,
  change: (entry: TranscriptEntry) => TranscriptEntry | readonly TranscriptEntry[],
): Transcript => ({
  ...transcript,
  entries: transcript.entries.flatMap((entry, index) => (index === at ? change(entry) : entry)),
});

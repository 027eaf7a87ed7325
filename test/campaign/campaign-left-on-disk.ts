// What a run left on its disk: the journal's lines and the digests of the transcripts. Knows nothing of what they should say.
import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import type { Disk } from '../../src/bench/disk.ts';
import type { JournalLine } from '../../src/trace/line.ts';

export const journalFolder = 'logs/journal';
export const transcriptsFolder = 'logs/transcripts';

/** SHA-256 by the name that a record gives. */
export async function readTranscripts(disk: Disk): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const name of await disk.list(transcriptsFolder)) {
    const bytes = await disk.read(join(transcriptsFolder, name));
    digests.set(`transcripts/${name}`, createHash('sha256').update(bytes).digest('hex'));
  }
  return digests;
}

export async function readJournal(disk: Disk, hash: Hash): Promise<readonly JournalLine[]> {
  const lines: JournalLine[] = [];
  for (const file of (await disk.list(journalFolder)).filter((name) => name.endsWith('.jsonl'))) {
    const bytes = await disk.read(join(journalFolder, file));
    hash.update(file).update(bytes);
    const text = new TextDecoder()
      .decode(bytes)
      .split('\n')
      .filter((line) => line !== '');
    lines.push(...text.map((line) => JSON.parse(line) as JournalLine));
  }
  return lines;
}

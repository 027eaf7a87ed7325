// The journal's last records, overrides and session changes, for rules that must not forget over a restart. Reads only; knows no rule.
import { join } from 'node:path';
import type { Disk } from '../bench/disk.ts';
import { fileLines, journalFiles } from './journal-file.ts';
import type { HistoryLine, JournalLine } from './line.ts';

/** Days on which there were jobs, and records of busy days: older ones decide nothing any more. */
const mostFiles = 30;
const mostRecords = 20_000;

/** Whole newest files, until there are enough; the oldest line first. Damaged lines are left out: `log verify` finds them. Rejects with the disk's errno. */
export async function readHistory(disk: Disk, folder: string): Promise<readonly HistoryLine[]> {
  const newestFirst = (await journalFiles(disk, folder)).toReversed().slice(0, mostFiles);
  let lines: readonly HistoryLine[] = [];
  for (const { file } of newestFirst) {
    lines = [...historyIn(await disk.read(join(folder, file))), ...lines];
    if (lines.length >= mostRecords) break;
  }
  return lines;
}

const isHistory = (line: JournalLine): line is HistoryLine =>
  line.type === 'record' || line.type === 'override' || line.type === 'session.changed';

function historyIn(content: Uint8Array): readonly HistoryLine[] {
  const found: HistoryLine[] = [];
  for (const { read } of fileLines(content)) {
    if (typeof read === 'object' && isHistory(read)) found.push(read);
  }
  return found;
}

// Finds a unit's records by reading the journal itself: no index needed, any age. Knows no chain; `verifyJournal` does.
import { join } from 'node:path';
import type { Disk } from '../bench/disk.ts';
import { fileLines, journalFiles } from './journal-file.ts';
import type { WrittenRecord } from './line.ts';

export interface FoundRecords {
  /** Oldest first. */
  readonly records: readonly WrittenRecord[];
  /** Lines that hold the text asked for but are not as they were written: nothing they say is believed. */
  readonly damaged: readonly { readonly file: string; readonly line: number }[];
}

/** Records whose record id, IMEI (before or after) or serial number (read or from the label) equals `query`. */
export async function findRecords(disk: Disk, folder: string, query: string): Promise<FoundRecords> {
  const records: WrittenRecord[] = [];
  const damaged: { file: string; line: number }[] = [];
  for (const { file } of await journalFiles(disk, folder)) {
    const content = await disk.read(join(folder, file));
    if (!holds(content, query)) continue;
    for (const { read, bytes, number } of fileLines(content)) {
      if (typeof read === 'string') {
        if (holds(bytes, query)) damaged.push({ file, line: number });
      } else if (read.type === 'record' && isAbout(read, query)) {
        records.push(read);
      }
    }
  }
  return { records, damaged };
}

function isAbout({ recordId, unit }: WrittenRecord, query: string): boolean {
  return [recordId, unit.imeiBefore, unit.imeiAfter, unit.sn, unit.labelSn].includes(query);
}

/** In the bytes as JSON writes them. */
function holds(bytes: Uint8Array, query: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(JSON.stringify(query).slice(1, -1));
}

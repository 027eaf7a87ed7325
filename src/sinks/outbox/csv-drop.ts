// Delivers records as CSV files into a folder that another program empties. A file appears whole under its final name, or not at all.
// Its name says which lines of the chain it covers, so the same batch again is the same file.
import { join } from 'node:path';
import type { Disk } from '../../bench/disk.ts';
import { byteOrderMark, recordCsvHead, recordCsvLine } from '../csv.ts';
import type { Destination } from './outbox.ts';

export interface CsvDropOptions {
  readonly name: string;
  readonly disk: Disk;
  readonly folder: string;
  readonly batchRecords: number;
}

export function csvDropDestination({ name, disk, folder, batchRecords }: CsvDropOptions): Destination {
  return {
    name,
    batchRecords,
    async deliver(records) {
      const [first, last] = [records[0], records.at(-1)];
      if (first === undefined || last === undefined) return;
      const text = byteOrderMark + recordCsvHead + records.map(recordCsvLine).join('');
      const numbers = [first, last].map(({ seq }) => String(seq).padStart(12, '0')).join('-');
      await disk.writeWhole(join(folder, `${first.station.id.replace(/[^\w.-]/g, '_')}-${numbers}.csv`), Buffer.from(text));
    },
    close: () => Promise.resolve(),
  };
}

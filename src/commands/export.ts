// `flashrack export`: records as CSV, streamed, without loss: the last column holds the whole record. Knows no station.
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { byteOrderMark, recordCsvHead, recordCsvLine } from '../sinks/csv.ts';
import type { WrittenRecord } from '../trace/line.ts';
import { printable } from '../views/words/escape.ts';
import { exitCodes } from './exit-codes.ts';
import { filterOf, type QueryOptions, withIndex } from './log-query.ts';
import { print } from './print.ts';

export interface ExportOptions extends Omit<QueryOptions, 'json' | 'limit'> {
  readonly out: string;
}

/** The file appears whole or not at all; `-` is standard output. */
export async function exportCsv(options: ExportOptions): Promise<number> {
  return withIndex(options.folder, async (index) => {
    const { out } = options;
    const filter = filterOf(options);
    let records = 0;
    const text = async function* (): AsyncGenerator<string> {
      yield byteOrderMark + recordCsvHead;
      let block: string[] = [];
      for await (const record of index.select(filter) as AsyncIterable<WrittenRecord>) {
        block.push(recordCsvLine(record));
        records++;
        if (block.length < 100) continue;
        yield block.join('');
        block = [];
      }
      yield block.join('');
    };
    if (out === '-') await pipeline(Readable.from(text()), process.stdout, { end: false });
    else await wholeFile(out, text());
    const damaged = index.damaged().length;
    if (out !== '-')
      print(`${printable(out)}: ${records} records${damaged > 0 ? `; ${damaged} damaged lines are not in it` : ''}`);
    return damaged === 0 ? exitCodes.pass : exitCodes.notPass;
  });
}

async function wholeFile(path: string, text: AsyncGenerator<string>): Promise<void> {
  const part = `${path}.part`;
  try {
    await pipeline(Readable.from(text), createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportCsv } from '../../src/commands/export.ts';
import { byteOrderMark, csvLine, recordCsvHead } from '../../src/sinks/csv.ts';
import { writeBigJournal } from '../trace/big-journal.ts';

it('quotes what would break a row, and shows what a spreadsheet would run', () => {
  expect(csvLine(['a,b', 'say "x"', 'two\nlines', 5, -5, null, true])).toBe('"a,b","say ""x""","two\nlines",5,-5,,true\r\n');
  expect(csvLine(['=1+1', '@x', '-y', '合格'])).toBe("'=1+1,'@x,'-y,合格\r\n");
});

it('an export holds every record whole, begins with the mark that Excel needs, and appears at once', async () => {
  const root = mkdtempSync(join(tmpdir(), 'flashrack-export-'));
  try {
    const folder = join(root, 'journal');
    const startWallMs = Date.UTC(2026, 10, 20, 23);
    writeBigJournal({ folder, records: 250, recordsPerDay: 100, slots: 8, seed: 1, withJobs: true, startWallMs });
    const out = join(root, 'records.csv');
    expect(await exportCsv({ folder, out })).toBe(0);
    const text = readFileSync(out, 'utf8');
    expect(text.startsWith(byteOrderMark + recordCsvHead)).toBe(true);
    const rows = text.split('\r\n').slice(1, -1);
    expect(rows).toHaveLength(250);
    const whole = rows.map((row) => JSON.parse((/"(\{.*\})"$/.exec(row)?.[1] ?? '').replaceAll('""', '"')));
    const [first] = readFileSync(join(folder, '000001-2026-11-21-EOL3.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{"type":"record"'));
    expect(whole[0]).toEqual(JSON.parse(first ?? ''));
    expect(new Set(whole.map(({ recordId }) => recordId)).size).toBe(250);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

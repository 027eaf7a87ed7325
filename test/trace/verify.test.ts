import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { findRecords } from '../../src/trace/find.ts';
import { encodeLine, readLine } from '../../src/trace/line.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { folder, jobFacts, open, recordOf, startWallMs } from './rig.ts';

const day1 = '000001-2026-11-22-EOL3.jsonl';
const day2 = '000002-2026-11-23-EOL3.jsonl';
const day3 = '000003-2026-11-24-EOL3.jsonl';

/** Three days: 1: head, opened, intent, record, opened; 2: head, carried, record; 3: head, opened, record. */
const whole = new Map<string, string>();

beforeAll(async () => {
  const clock = new SimulatedClock({ wallMs: startWallMs });
  const disk = memoryDisk(clock).startProcess();
  const { journal } = await open(disk, clock);
  const nextDay = (): void => clock.setWallMs(clock.wallMs() + 86_400_000);
  const [a, b, c] = [jobFacts('a'), jobFacts('b', 2), jobFacts('c', 3)];
  await journal.opened(a);
  await journal.intent(a, 'write-bl');
  await journal.record(recordOf({ ...a, unit: { ...a.unit, imeiBefore: '860000000000001', sn: 'SN-1' } }, 'RA'));
  await journal.opened(b);
  nextDay();
  await journal.record(recordOf(b, 'RB', 'FAIL'));
  nextDay();
  await journal.opened(c);
  await journal.record(recordOf({ ...c, unit: { ...c.unit, imeiAfter: '860000000000001', labelSn: 'L "9" \\' } }, 'RC'));
  for (const name of await disk.list(folder)) whole.set(name, Buffer.from(await disk.read(`${folder}/${name}`)).toString('utf8'));
});

const linesIn = (file: string): string[] => (whole.get(file) ?? '').split('\n').slice(0, -1);
const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

function diskWith(changes: Readonly<Record<string, string | Uint8Array | null>>) {
  const medium = memoryDisk(new SimulatedClock());
  for (const [name, text] of whole) medium.put(`${folder}/${name}`, Buffer.from(text));
  for (const [name, content] of Object.entries(changes)) {
    if (content === null) medium.remove(`${folder}/${name}`);
    else medium.put(`${folder}/${name}`, Buffer.from(content));
  }
  return medium.startProcess();
}

async function findingOf(changes: Readonly<Record<string, string | Uint8Array | null>>) {
  const result = await verifyJournal(diskWith(changes), folder);
  return result.ok ? 'ok' : { file: result.bad.file, line: result.bad.line, finding: result.bad.finding };
}

describe('verification', () => {
  it('passes a journal of three days as it was written', async () => {
    expect([...whole.keys()]).toEqual([day1, day2, day3]);
    expect(await verifyJournal(diskWith({}), folder)).toMatchObject({
      ok: true,
      files: 3,
      lines: 11,
      records: 3,
      head: { seq: 11 },
    });
  });

  it('finds every change of every single byte, in the right file and line', async () => {
    for (const [file, text] of whole) {
      const bytes = Buffer.from(text);
      let line = 1;
      for (let index = 0; index < bytes.length; index++) {
        const old = bytes[index] ?? 0;
        const other = old === 0x0a || index % 7 !== 0 ? old ^ 1 : 0x0a;
        bytes[index] = other;
        const result = await verifyJournal(diskWith({ [file]: bytes }), folder, [], 1);
        if (result.ok || result.bad.file !== file || result.bad.line !== line) {
          expect.fail(`byte ${index} of ${file}: ${JSON.stringify(result)}, expected line ${line}`);
        }
        bytes[index] = old;
        if (old === 0x0a) line++;
      }
    }
  });

  it('says whether a changed line is still JSON', async () => {
    const text = whole.get(day1) ?? '';
    expect(await findingOf({ [day1]: text.replace('"PASS"', '"FAIL"') })).toEqual({
      file: day1,
      line: 4,
      finding: 'changed-byte',
    });
    expect(await findingOf({ [day1]: text.replace('"PASS"', '"PASS') })).toEqual({ file: day1, line: 4, finding: 'bad-json' });
    expect(await findingOf({ [day1]: text.replace('\n', '\n\n') })).toEqual({ file: day1, line: 2, finding: 'bad-json' });
  });

  it('finds every deletion of a line, but for the very last one', async () => {
    for (const file of [day1, day2, day3]) {
      const lines = linesIn(file);
      for (let index = 0; index < lines.length; index++) {
        const isEnd = index === lines.length - 1;
        const found = await findingOf({ [file]: joined(lines.toSpliced(index, 1)) });
        if (isEnd && file === day3) expect(found).toBe('ok');
        else if (isEnd) expect(found).toEqual({ file: file === day1 ? day2 : day3, line: 1, finding: 'line-missing' });
        else expect(found).toEqual({ file, line: index + 1, finding: 'line-missing' });
      }
    }
  });

  it('finds every doubled line', async () => {
    for (const file of [day1, day2, day3]) {
      const lines = linesIn(file);
      for (let from = 0; from < lines.length; from++) {
        for (let to = from + 1; to <= lines.length; to++) {
          const copy = lines.toSpliced(to, 0, lines[from] ?? '');
          expect(await findingOf({ [file]: joined(copy) })).toEqual({ file, line: to + 1, finding: 'line-doubled' });
        }
      }
    }
  });

  it('finds every swap of two lines, also across files', async () => {
    const places = [day1, day2, day3].flatMap((file) => linesIn(file).map((_, index) => ({ file, index })));
    for (const [number, first] of places.entries()) {
      for (const second of places.slice(number + 1)) {
        const files = new Map([day1, day2, day3].map((file) => [file, linesIn(file)]));
        const [a, b] = [files.get(first.file) ?? [], files.get(second.file) ?? []];
        [a[first.index], b[second.index]] = [b[second.index] ?? '', a[first.index] ?? ''];
        const changes = Object.fromEntries([...files].map(([file, lines]) => [file, joined(lines)]));
        expect(await findingOf(changes)).toEqual({ file: first.file, line: first.index + 1, finding: 'line-reordered' });
      }
    }
  });

  it('finds a missing file and an empty one, and names what is gone', async () => {
    const missing = await verifyJournal(diskWith({ [day2]: null }), folder);
    expect(missing).toMatchObject({ ok: false, bad: { file: day3, line: 1, finding: 'file-missing' } });
    expect(!missing.ok && missing.bad.detail).toBe(`${day2} is missing before this one, with lines 6 to 8 of the chain`);
    expect(await findingOf({ [day1]: null })).toEqual({ file: day2, line: 1, finding: 'file-missing' });
    expect(await findingOf({ [day2]: '' })).toEqual({ file: day2, line: 1, finding: 'line-missing' });
  });

  it('finds a line that was written anew with a right hash of its own', async () => {
    const lines = linesIn(day1);
    const forged = rewritten(lines[3] ?? '', (text) => text.replace('"PASS"', '"FAIL"'));
    expect(await findingOf({ [day1]: joined(lines.with(3, forged)) })).toEqual({ file: day1, line: 5, finding: 'broken-chain' });
  });

  it('calls a last line without its end a torn tail, and only in the newest file', async () => {
    const newest = whole.get(day3) ?? '';
    for (let cut = 1; cut < (linesIn(day3)[2] ?? '').length; cut++) {
      expect(await findingOf({ [day3]: newest.slice(0, -cut) })).toEqual({ file: day3, line: 3, finding: 'torn-tail' });
    }
    expect(await findingOf({ [day1]: (whole.get(day1) ?? '').slice(0, -1) })).toEqual({
      file: day1,
      line: 5,
      finding: 'changed-byte',
    });
    expect(await findingOf({ [day1]: (whole.get(day1) ?? '').slice(0, -9) })).toEqual({
      file: day1,
      line: 5,
      finding: 'bad-json',
    });
  });

  it('tells several damages at once, each by its own finding and not by what follows from it', async () => {
    const [one, two, three] = [linesIn(day1), linesIn(day2), linesIn(day3)];
    const changes = {
      [day1]: joined(one.with(1, (one[1] ?? '').replace('slot', 'sl0t'))),
      [day2]: joined([...two.toSpliced(1, 1), two[0] ?? '']),
      [day3]: `${joined(three)}{"type":"rec`,
    };
    const result = await verifyJournal(diskWith(changes), folder);
    expect(!result.ok && [result.bad, ...result.others].map(({ file, line, finding }) => [file, line, finding])).toEqual([
      [day1, 2, 'changed-byte'],
      [day2, 2, 'line-missing'],
      [day2, 3, 'line-doubled'],
      [day3, 4, 'torn-tail'],
    ]);
    const swapped = await verifyJournal(diskWith({ [day1]: joined([0, 3, 2, 1, 4].map((at) => one[at] ?? '')) }), folder);
    expect(!swapped.ok && [swapped.bad, ...swapped.others].map(({ line, finding }) => [line, finding])).toEqual([
      [2, 'line-reordered'],
    ]);
    const first = await verifyJournal(diskWith(changes), folder, [], 2);
    expect(first).toMatchObject({ ok: false, complete: false, others: [{ finding: 'line-missing' }] });
  });

  it('finds any mixture of lines that is not the journal', async () => {
    const all = linesIn(day1);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: all.length - 1 }), { maxLength: 8 }), async (picks) => {
        fc.pre(picks.join() !== all.map((_, index) => index).join());
        expect(await findingOf({ [day1]: joined(picks.map((pick) => all[pick] ?? '')) })).not.toBe('ok');
      }),
    );
  });
});

describe('finding records', () => {
  const found = async (query: string) =>
    (await findRecords(diskWith({}), folder, query)).records.map((record) => record.recordId);

  it('by record id, by IMEI before or after, by serial number read or on the label, oldest first', async () => {
    expect(await found('RB')).toEqual(['RB']);
    expect(await found('860000000000001')).toEqual(['RA', 'RC']);
    expect(await found('SN-1')).toEqual(['RA']);
    expect(await found('L "9" \\')).toEqual(['RC']);
  });

  it('finds nothing by part of an id or by another field', async () => {
    expect(await found('86000000000000')).toEqual([]);
    expect(await found('ec800e')).toEqual([]);
    expect(await found('')).toEqual([]);
  });

  it('believes no line that was changed, and says where it stands', async () => {
    const changed = (whole.get(day1) ?? '').replace('"PASS"', '"FAIL"');
    expect(await findRecords(diskWith({ [day1]: changed }), folder, 'RA')).toEqual({
      records: [],
      damaged: [{ file: day1, line: 4 }],
    });
  });
});

/** As somebody would who knows how the hash is made. */
function rewritten(text: string, change: (text: string) => string): string {
  const line = readLine(Buffer.from(text));
  if (typeof line === 'string') throw new Error(line);
  const { seq, durableSeq, prevHash, at } = line;
  const body = change(text.slice(0, text.lastIndexOf(',"seq":')));
  return encodeLine(`${body}}`, at, { seq, durableSeq, prevHash }).text;
}

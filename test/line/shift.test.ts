// A whole shift, and the next one's beginning, as a script: what the screen and the report say of it is what the journal says.
import { describe, expect, it } from 'vitest';
import { foldReport, type Report } from '../../src/reports/report.ts';
import { reportWords } from '../../src/reports/report-words.ts';
import { factsOf } from '../../src/reports/sections.ts';
import type { RecordFilter } from '../../src/sinks/record-filter.ts';
import { openRecordIndex } from '../../src/sinks/record-index.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import type { StationRig } from '../station/station-rig.ts';
import { linesOf, reportExpected } from './shift-count.ts';
import { boardCount, slotCount, workShift } from './shift-run.ts';

const folder = 'logs/journal';

/** As `flashrack report` makes it. */
async function reportOf(rig: StationRig, filter: RecordFilter): Promise<Report> {
  const index = openRecordIndex({ disk: rig.disk.startProcess(), folder, path: ':memory:' });
  await index.catchUp();
  const fold = foldReport();
  for await (const record of index.select(filter)) fold.add(record);
  index.close();
  return fold.result();
}

async function journalText(rig: StationRig): Promise<string> {
  const disk = rig.disk.startProcess();
  const files = (await disk.list(folder)).filter((file) => file.endsWith('.jsonl')).toSorted();
  const texts = await Promise.all(files.map((file) => disk.read(`${folder}/${file}`)));
  return texts.map((bytes) => new TextDecoder().decode(bytes)).join('');
}

describe(`a shift of ${boardCount} boards with faults in ${slotCount} slots`, () => {
  it('is told by report and screen as by the journal, number by number', async () => {
    const rig = await workShift();
    const journal = await journalText(rig);
    const lines = linesOf(journal);
    const order = reportExpected(lines);
    expect(await verifyJournal(rig.disk.startProcess(), folder)).toMatchObject({ ok: true });

    // The script has in it what a shift has: or the comparison would prove little.
    expect(order.units.attempted).toBe(boardCount - 1);
    for (const verdict of ['PASS', 'FAIL', 'UNKNOWN', 'ABORTED'] as const) expect(order.verdicts[verdict]).toBeGreaterThan(1);
    expect(order.units.finallyPassed).toBeGreaterThan(order.units.firstPass);
    expect(order.unknown).toHaveLength(2);
    expect(order.slots.every(({ attempts }) => attempts > 0)).toBe(true);
    const goldens = journal.split('\n').filter((line) => line.startsWith('{"type":"record"') && line.includes('"kind":"golden"'));
    expect(goldens).toHaveLength(2);

    const made = await reportOf(rig, { order: 'WO-7' });
    expect(made).toEqual(order);
    const shown = Object.fromEntries(factsOf(made, reportWords.en).map(({ name, value }) => [name, value]));
    const words = reportWords.en;
    expect(shown).toMatchObject({
      [words.attempted]: String(order.units.attempted),
      [words.passedUnits]: String(order.units.finallyPassed),
      [words.verdicts.PASS]: String(order.verdicts.PASS),
      [words.verdicts.UNKNOWN]: String(order.verdicts.UNKNOWN),
    });

    const shifts = [...new Set(lines.map(({ shift }) => shift))];
    expect(shifts.map((shift) => shift.slice(11))).toEqual(['li', 'zhao']);
    for (const shift of shifts) {
      const own = lines.filter((line) => line.shift === shift);
      expect(await reportOf(rig, { shift })).toEqual(reportExpected(own));
    }

    const { counts, session } = rig.view();
    expect(counts).toEqual(order.verdicts);
    expect(session.shiftCounts).toEqual(reportExpected(lines.filter(({ shift }) => shift === shifts[1])).verdicts);
    const passedUnits = new Set(lines.filter(({ verdict }) => verdict === 'PASS').map(({ unit }) => unit.imeiAfter));
    expect(session.order).toEqual({ passed: passedUnits.size, quantity: 60 });
  }, 180_000);
});

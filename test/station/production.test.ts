// Scans at a working station: boards wait for the session, labels are compared, an order ends with its quantity, a shift changes.
import { describe, expect, it } from 'vitest';
import { noOversight } from '../../src/config/oversight-fields.ts';
import type { ProductionSettings } from '../../src/config/production-fields.ts';
import type { Purpose } from '../../src/slot/decisions.ts';
import { readHistory } from '../../src/trace/history.ts';
import type { HistoryLine } from '../../src/trace/line.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { identityOf, pathOf, type StationRig, type StationRigOptions, startedRig } from './station-rig.ts';

const nobody = { operator: null, shift: null, workOrder: null, lot: null };
const wang = { name: 'wang', salt: '', hash: 'code of wang' };
const oversight = { ...noOversight, supervisors: [wang] };

interface Options extends StationRigOptions {
  readonly purpose?: Purpose;
  readonly lastLines?: readonly HistoryLine[];
}

const producing = ({ lastLines = [], purpose = { kind: 'flash' }, ...options }: Options = {}): Promise<StationRig> =>
  startedRig({
    oversight,
    ...options,
    changed: {
      work: () => nobody,
      lastLines,
      purpose,
      codeMatches: (code, { hash }) => Promise.resolve(hash === `code of ${code}`),
    },
  });

const linesOf = (rig: StationRig): Promise<readonly HistoryLine[]> => readHistory(rig.disk.startProcess(), 'logs/journal');
const required = (changed: Partial<ProductionSettings>): StationRigOptions => ({ production: changed });

/** A board that answers AT, in and out again after its verdict. */
async function flash(rig: StationRig, name: string, place = 1): Promise<void> {
  const before = rig.verdicts().length;
  rig.insertNormal(place, [], pathOf(place), name);
  await rig.untilSo(() => rig.verdicts().length > before, `a verdict for ${name}`);
  await rig.clock.advance(500);
  rig.rack.remove(pathOf(place));
  await rig.until('empty', place);
}

describe('a station that requires operator and order', () => {
  it('starts, enters no board before both are scanned, and takes the waiting one then', async () => {
    const rig = await producing(required({ requireOperator: true, requireWorkOrder: true }));
    rig.insertNormal(1);
    await rig.clock.advance(10_000);
    expect(rig.told('job.opened')).toEqual([]);
    expect(rig.tapped).toEqual([]);
    expect(rig.view().session.needs).toEqual(['operator', 'workOrder']);
    rig.scan('operator', 'li');
    await rig.clock.advance(1_000);
    expect(rig.view().session.needs).toEqual(['workOrder']);
    expect(rig.told('job.opened')).toEqual([]);
    rig.scan('workOrder', 'W1');
    await rig.until('passed');
    expect((await rig.records())[0]).toMatchObject({ operator: 'li', workOrder: 'W1', verdict: 'PASS' });
  });

  it('holds back no board that is only looked at', async () => {
    const production = { requireOperator: true, requireWorkOrder: true };
    const rig = await producing({ production, purpose: { kind: 'verify', reflash: false } });
    rig.insertNormal(1);
    await rig.untilSo(() => rig.verdicts().length > 0, 'a verdict');
    expect((await rig.records())[0]).toMatchObject({ kind: 'verify', written: 'none' });
  });

  it('refuses the scan of a job that the station file does not know, and the session stays', async () => {
    const rig = await producing();
    rig.scan('job', 'X');
    await rig.clock.advance(10);
    expect(rig.told('scan.refused')).toMatchObject([{ reason: 'notUsed' }]);
    expect(rig.view().session).toMatchObject({ job: null, needs: [] });
  });
});

describe('a shift change', () => {
  it('leaves the running job its session; the next one has the new session, and the counts begin anew', async () => {
    const rig = await producing({ slots: 2 });
    rig.scan('operator', 'li');
    rig.insertNormal(1);
    await rig.until('programming');
    rig.scan('operator', 'zhao');
    await rig.until('passed');
    rig.insertNormal(2);
    await rig.until('passed', 2);
    const day = (await rig.records())[0]?.startedAt.slice(0, 10);
    expect((await rig.records()).map(({ operator, shift }) => [operator, shift])).toEqual([
      ['li', `${day} li`],
      ['zhao', `${day} zhao`],
    ]);
    expect(rig.told('shift.changed').map(({ operator }) => operator)).toEqual(['li', 'zhao']);
    expect(rig.view()).toMatchObject({ counts: { PASS: 2 }, session: { shiftCounts: { PASS: 1 } } });
    const changes = (await linesOf(rig)).filter(({ type }) => type === 'session.changed');
    expect(changes).toMatchObject([{ operator: 'li' }, { operator: 'zhao' }]);
    expect(await verifyJournal(rig.disk.startProcess(), 'logs/journal')).toMatchObject({ ok: true });
  });

  it('asks for the golden unit again', async () => {
    const golden = { each: 'shift', validHours: 12 } as const;
    const rig = await producing({ oversight: { ...oversight, golden: { ...golden, units: [identityOf('golden').imei] } } });
    rig.scan('operator', 'li');
    await flash(rig, 'golden');
    expect(rig.view().oversight.golden).toBe('passed');
    rig.scan('operator', 'zhao');
    await rig.clock.advance(10);
    expect(rig.view().oversight.golden).toBe('needed');
    await flash(rig, 'other');
    expect((await rig.records()).at(-1)).toMatchObject({ verdict: 'ABORTED', failure: { code: 'golden-unit-first' } });
  });
});

describe('an order with a quantity', () => {
  it('ends with it, over a restart too; a supervisor extends it, durably', async () => {
    const first = await producing();
    first.scan('workOrder', 'W1/2');
    await flash(first, 'a');
    await flash(first, 'a');
    expect(first.view().session).toMatchObject({ order: { passed: 1, quantity: 2 }, needs: [] });
    first.process.kill();

    const { clock, disk } = first;
    const second = await producing({ clock, disk, lastLines: await linesOf(first) });
    second.scan('workOrder', 'W1');
    await flash(second, 'b');
    expect(second.told('order.completed')).toEqual([{ type: 'order.completed', workOrder: 'W1', quantity: 2 }]);
    expect(second.view().session).toMatchObject({ order: { passed: 2, quantity: 2 }, needs: ['nextOrder'] });
    const jobs = second.told('job.opened').length;
    second.insertNormal(1, [], pathOf(1), 'c');
    await clock.advance(5_000);
    expect(second.told('job.opened')).toHaveLength(jobs);

    second.scan('workOrder', 'W1/3');
    await clock.advance(10);
    expect(second.told('scan.refused')).toMatchObject([{ reason: 'quantityNeedsRelease' }]);
    second.release({ kind: 'order' }, null);
    await clock.advance(10);
    expect(second.told('release.refused')).toMatchObject([{ refusal: { reason: 'codeNeeded' } }]);
    second.release({ kind: 'order' }, 'wang');
    await second.until('passed');
    expect(second.view().session).toMatchObject({ order: { passed: 3, quantity: 3 }, needs: ['nextOrder'] });
    expect((await linesOf(second)).filter(({ type }) => type === 'override')).toMatchObject([
      { rule: 'order-quantity', by: 'wang', authority: 'supervisor', order: { number: 'W1', quantity: 3 } },
    ]);
    second.process.kill();

    const third = await producing({ clock, disk, lastLines: await linesOf(second) });
    third.scan('workOrder', 'W1/2');
    third.scan('workOrder', 'W1/4');
    await clock.advance(10);
    expect(third.told('scan.refused')).toMatchObject([{ reason: 'quantityNeedsRelease' }]);
    expect(third.view().session.order).toEqual({ passed: 3, quantity: 2 });
  });

  it('is not exceeded by boards that are flashed at once; the one too many passes when another failed', async () => {
    const rig = await producing({ slots: 2 });
    rig.scan('workOrder', 'W1/1');
    await rig.clock.advance(10);
    rig.insertNormal(1, [{ kind: 'nak', when: { command: 'AGBOOT DOWNLOAD_DATA', count: 1 }, errorCode: 0x82 }]);
    rig.insertNormal(2);
    await rig.until('aborted', 2);
    expect((await rig.records()).at(-1)).toMatchObject({
      verdict: 'ABORTED',
      written: 'none',
      failure: { code: 'order-complete', actual: '0 passed, 1 being flashed' },
    });
    await rig.until('failed', 1);
    rig.rack.remove(pathOf(2));
    await rig.until('empty', 2);
    rig.insertNormal(2);
    await rig.until('passed', 2);
    expect(rig.view().session).toMatchObject({ order: { passed: 1, quantity: 1 }, needs: ['nextOrder'] });
  });
});

describe('a job that was scanned', () => {
  it('narrows the profiles: a board of another one is refused before entry', async () => {
    const rig = await producing({ production: { jobs: new Map([['U', ['demo-ec600u']]]) } });
    rig.scan('job', 'U');
    await rig.clock.advance(10);
    rig.insertNormal(1);
    await rig.until('aborted');
    expect((await rig.records())[0]).toMatchObject({
      verdict: 'ABORTED',
      written: 'none',
      failure: { code: 'profile-not-in-job', expected: 'job U: demo-ec600u' },
    });
    expect(rig.told('window.opened')).toEqual([]);
  });
});

describe('the label of a board', () => {
  const codes = { orderingCodes: ['EC800ECNLC-I03'], production: { requireLabel: true, requireOrderingCode: true } };

  it('is waited for where the station requires it, also piece by piece, and stands in the record', async () => {
    const rig = await producing(codes);
    rig.insertNormal(1, [], pathOf(1), 'a');
    await rig.untilSo(() => rig.row().prompt?.kind === 'scanLabel', 'the prompt');
    rig.station.console.commands.toSlot(1, { type: 'operator.confirm' });
    rig.label({ imei: rig.imeiOf('a') });
    await rig.clock.advance(1_000);
    expect(rig.row().prompt?.kind).toBe('scanLabel');
    rig.label({ imei: rig.imeiOf('a'), orderingCode: 'EC800ECNLC-I03' });
    await rig.until('passed');
    expect((await rig.records())[0]).toMatchObject({ unit: { orderingCode: 'EC800ECNLC-I03' } });
  });

  it('may be scanned while the board is being identified; without it the board is given up in time', async () => {
    const rig = await producing(codes);
    rig.insertNormal(1, [], pathOf(1), 'a');
    rig.insertNormal(2, [], pathOf(2), 'b');
    await rig.until('identifying', 1);
    rig.label({ sn: rig.snOf('a'), orderingCode: 'EC800ECNLC-I03' });
    await rig.until('passed', 1);
    await rig.until('aborted', 2);
    expect((await rig.records()).at(-1)).toMatchObject({ written: 'none', failure: { code: 'label-missing' } });
  });

  it.each([
    ['another IMEI', (rig: StationRig) => ({ imei: rig.imeiOf('b') }), 'swapped', 'aborted'],
    ['another SN', (rig: StationRig) => ({ sn: rig.snOf('b') }), 'swapped', 'aborted'],
    ['an ordering code of another variant', () => ({ orderingCode: 'EC800ECNLA-I01' }), 'sub-model-not-allowed', 'failed'],
  ] as const)('%s is refused before entry', async (_, labelOf, code, state) => {
    const rig = await producing({ orderingCodes: codes.orderingCodes });
    rig.insertNormal(1, [], pathOf(1), 'a');
    await rig.until('identifying');
    rig.label(labelOf(rig));
    await rig.until(state);
    expect((await rig.records())[0]).toMatchObject({ written: 'none', failure: { code } });
    expect(rig.told('window.opened')).toEqual([]);
  });

  it('of another variant stops a strapped board before its first write', async () => {
    const rig = await producing(codes);
    rig.insert(1);
    await rig.until('connecting');
    rig.label({ sn: 'X', orderingCode: 'EC800ECNLA-I01' });
    await rig.until('failed');
    expect((await rig.records())[0]).toMatchObject({ written: 'none', failure: { code: 'sub-model-not-allowed' } });
  });

  it('that comes after the rules had answered is compared before the first write', async () => {
    const rig = await producing();
    rig.insertNormal(1, [], pathOf(1), 'a');
    await rig.until('connecting');
    rig.label({ sn: rig.snOf('b') });
    await rig.until('aborted');
    expect((await rig.records())[0]).toMatchObject({ written: 'none', failure: { code: 'swapped', detail: 'SN on the label' } });
  });
});

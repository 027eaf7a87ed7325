// No PASS without a durable record, a read-back that matches, and a board in the slot that really is what the record says.
import type { RecordBody } from '../../../src/domain/record.ts';
import type { Checker, PassTruth } from '../campaign-trace.ts';

const revisionOf = (model: string | null): string => `${model ?? ''}`;

export const truePass: Checker = {
  name: 'no PASS without read-back and durable record',
  find({ journal, passes, events }) {
    const records = new Map(
      journal.flatMap((line) => (line.type === 'record' ? [[line.recordId, line as RecordBody] as const] : [])),
    );
    const told = new Set(passes.map(({ recordId }) => recordId));
    const found = passes.flatMap((pass) =>
      problemsOf(pass, records.get(pass.recordId)).map((text) => `slot ${pass.slot}, ${pass.recordId}: ${text}`),
    );
    for (const record of records.values())
      if (record.verdict === 'PASS' && !told.has(record.recordId)) found.push(`${record.recordId}: PASS was never told`);
    const lights = new Map<number, boolean>();
    for (const { slot, event } of events) {
      if (slot === null) continue;
      if (event.type === 'job.opened') lights.set(slot, false);
      if (event.type === 'record.written') lights.set(slot, event.verdict === 'PASS');
      if (event.type === 'state.changed' && event.state === 'passed' && lights.get(slot) !== true)
        found.push(`slot ${slot} is green without a PASS record`);
    }
    return found;
  },
};

function problemsOf({ isDurable, board }: PassTruth, record: RecordBody | undefined): readonly string[] {
  const found: string[] = [];
  if (!isDurable) found.push('told before it was durable');
  if (record?.verdict !== 'PASS') return [...found, `its record says ${record?.verdict ?? 'nothing'}`];
  const { unit, written, failure, steps } = record;
  if (written !== 'all' || failure !== null) found.push(`written ${written}, failure ${failure?.code ?? 'none'}`);
  if (unit.imeiAfter === null) found.push('no IMEI was read back');
  if (unit.imeiBefore !== null && unit.imeiBefore !== unit.imeiAfter)
    found.push(`IMEI ${unit.imeiBefore} became ${unit.imeiAfter}`);
  if (unit.imeiBefore === null && !record.identity.continuousInsertion)
    found.push('no identity from before, and the insertion was not continuous');
  if (!(unit.revisionAfter ?? '').startsWith(revisionOf(unit.model)) || !(unit.revisionAfter ?? '').endsWith('_DEMO'))
    found.push(`revision ${unit.revisionAfter} was read back`);
  if (steps.some(({ result }) => result !== 'done')) found.push('a step did not end well');
  if (board === null) found.push('no board is in the slot');
  else if (!board.boots || board.revision !== unit.revisionAfter || board.imei !== unit.imeiAfter || board.model !== unit.model)
    found.push(`the board is ${board.model} ${board.imei} ${board.revision}, boots: ${board.boots}`);
  return found;
}

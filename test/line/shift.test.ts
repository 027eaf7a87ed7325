import { it } from 'vitest';
import { workShift } from './shift-run.ts';
it('x', async () => {
  const rig = await workShift();
  const records = await rig.records();
  console.log(rig.clock.now(), records.length, JSON.stringify(rig.view().session), JSON.stringify(rig.view().counts));
  for (const r of records) console.log(r.slot.number, r.kind, r.shift, r.verdict, r.failure?.code ?? '', r.attempt, r.unit.imeiBefore, r.steps.map((s) => s.name).join(' '));
});

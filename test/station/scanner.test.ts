// Bursts of a scanner at a working station: what is understood reaches the session and the slot, everything else changes nothing.
import { describe, expect, it } from 'vitest';
import { createScanner } from './scanner.ts';
import { pathOf, startedRig } from './station-rig.ts';

const nobody = { operator: null, shift: null, workOrder: null, lot: null };

async function scanning() {
  const rig = await startedRig({
    production: { requireOperator: true, jobs: new Map([['E', ['demo-ec800e']]]) },
    changed: { work: () => nobody },
  });
  return { rig, scanner: createScanner(rig.station.console) };
}

describe('a scanner', () => {
  it('sets operator, order, quantity, lot and job by one chunk of several codes with CR and LF', async () => {
    const { rig, scanner } = await scanning();
    scanner.sends('OP:li\r\nWO:W1/40\rLOT:L7\n\r\nJOB:E\r');
    await rig.clock.advance(10);
    expect(rig.view().session).toMatchObject({
      operator: 'li',
      workOrder: 'W1',
      lot: 'L7',
      job: 'E',
      order: { passed: 0, quantity: 40 },
      needs: [],
    });
    expect(rig.told('scan.taken').map(({ scan }) => scan.kind)).toEqual(['operator', 'workOrder', 'lot', 'job']);
  });

  it('changes nothing with garbage, an unknown prefix or control characters', async () => {
    const { rig, scanner } = await scanning();
    for (const garbage of ['QW:li\r', '4006381333931\r', 'OP:\r', 'OP:a\u0000b\r', 'OP:li\u202e\r']) scanner.sends(garbage);
    await rig.clock.advance(10);
    expect(rig.view().session).toMatchObject({ ...nobody, needs: ['operator'] });
    expect([rig.told('scan.taken'), rig.told('scan.refused')]).toEqual([[], []]);
  });

  it('labels the board of the slot that was scanned; a slot that is not there, or an IMEI with a wrong digit, labels none', async () => {
    const { rig, scanner } = await scanning();
    scanner.sends('OP:li\r');
    rig.insertNormal(2, [], pathOf(2), 'a');
    await rig.until('identifying', 2);
    const imei = rig.imeiOf('a');
    scanner.sends(`SLOT:9\rSN:${rig.snOf('b')}\r`);
    expect(scanner.notice()).toMatch(/no slot 9/);
    const wrongDigit = imei.slice(0, -1) + ((Number(imei.at(-1)) + 1) % 10);
    scanner.sends(`SLOT:2\rSN:${wrongDigit}\r`);
    expect(scanner.notice()).toMatch(/Not a valid IMEI/);
    scanner.sends(`SLOT:2\rSN:${imei}\rOC:EC800ECNLC-DEMO\r`);
    await rig.until('passed', 2);
    expect((await rig.records())[0]?.unit).toMatchObject({ imeiBefore: imei, orderingCode: 'EC800ECNLC-DEMO', labelSn: null });
  });

  it('for the wrong slot stops that board before entry: its label is of another one', async () => {
    const { rig, scanner } = await scanning();
    scanner.sends('OP:li\r');
    rig.insertNormal(1, [], pathOf(1), 'a');
    await rig.until('identifying', 1);
    scanner.sends(`SLOT:1\rSN:${rig.imeiOf('b')}\r`);
    await rig.until('aborted', 1);
    expect((await rig.records())[0]).toMatchObject({ written: 'none', failure: { code: 'swapped', expected: rig.imeiOf('b') } });
  });
});

// Scans: each prefix means one thing, and what cannot be read is refused whole.
import { describe, expect, it } from 'vitest';
import { hasScanPrefix, readScan } from '../../src/domain/scan.ts';

describe('a scanned line', () => {
  it.each([
    ['OP:li.wei', { kind: 'operator', text: 'li.wei' }],
    ['WO:WO-2026-118', { kind: 'workOrder', text: 'WO-2026-118' }],
    [' LOT: L7 ', { kind: 'lot', text: 'L7' }],
    ['job:EC800E-A', { kind: 'job', text: 'EC800E-A' }],
    ['SLOT:07', { kind: 'slot', slot: 7 }],
    ['SN:D1Q23A', { kind: 'label', fields: { sn: 'D1Q23A' } }],
    ['SN:490154203237518', { kind: 'label', fields: { imei: '490154203237518' } }],
    ['OC:EC800ECNLC-N06-SNNSA', { kind: 'label', fields: { orderingCode: 'EC800ECNLC-N06-SNNSA' } }],
    ['OP:李伟', { kind: 'operator', text: '李伟' }],
    ['WO:A:B', { kind: 'workOrder', text: 'A:B' }],
  ])('%s', (line, scan) => {
    expect(readScan(line)).toEqual(scan);
  });

  it.each([
    ['490154203237518', 'noPrefix'],
    ['SLOTS:3', 'noPrefix'],
    ['OP: ', 'noText'],
    [`WO:${'1'.repeat(81)}`, 'tooLong'],
    ['OP:li\u001b[2J', 'unreadable'],
    ['OP:li\u202ewei', 'unreadable'],
    ['SLOT:0', 'badSlot'],
    ['SLOT:-3', 'badSlot'],
    ['SLOT:٣', 'badSlot'],
    ['SN:490154203237519', 'badImei'],
    ['SN:000000000000000', 'badImei'],
    ['OC:EC 800', 'badOrderingCode'],
  ])('%j is refused: %s', (line, refused) => {
    expect(readScan(line)).toEqual({ refused });
  });

  it('has a prefix or not, whatever follows', () => {
    expect(['OP:', 'sn:1', 'SN 1', 'XSN:1'].map(hasScanPrefix)).toEqual([true, true, false, false]);
  });
});

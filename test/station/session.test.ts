// What a scan makes of the session.
import { describe, expect, it } from 'vitest';
import { readScan, type SessionScan } from '../../src/domain/scan.ts';
import { quantityOf, readOrder, type Session, takeScan } from '../../src/station/session.ts';

const nobody: Session = {
  operator: null,
  shift: null,
  workOrder: null,
  lot: null,
  job: null,
  quantities: new Map(),
  proposed: null,
};
const moment = { jobs: new Map([['EC800E', []]]), day: '2026-11-22' };

/** As the scanner sends them; a refused one leaves what was proposed. */
function scanned(session: Session, ...lines: readonly string[]): Session {
  return lines.reduce((before, line) => {
    const answer = takeScan(before, read(line), moment);
    return answer.kind === 'same' ? before : answer.session;
  }, session);
}

function read(line: string): SessionScan {
  const scan = readScan(line);
  if ('refused' in scan || scan.kind === 'slot' || scan.kind === 'label') throw new Error(`${line} is of no session`);
  return scan;
}
const refusalOf = (session: Session, line: string): string | null => {
  const answer = takeScan(session, read(line), moment);
  return answer.kind === 'refused' ? answer.reason : null;
};

describe('a session', () => {
  it('is made of a badge, an order with its quantity, a lot and a job', () => {
    const session = scanned(nobody, 'OP:li', 'WO:W1/40', 'LOT:L7', 'JOB:EC800E');
    expect(session).toMatchObject({ operator: 'li', shift: '2026-11-22 li', workOrder: 'W1', lot: 'L7', job: 'EC800E' });
    expect(quantityOf(session)).toBe(40);
  });

  it('begins another shift with another operator, and with SHIFT:; the first badge leaves the shift that was given', () => {
    const given = scanned({ ...nobody, shift: 'early' }, 'OP:li');
    expect(given.shift).toBe('early');
    expect(scanned(given, 'OP:wang')).toMatchObject({ operator: 'wang', shift: '2026-11-22 wang' });
    expect(scanned(given, 'SHIFT:late')).toMatchObject({ operator: 'li', shift: 'late' });
    expect(takeScan(given, read('OP:li'), moment)).toEqual({ kind: 'same' });
  });

  it('ends the lot with the order it was of, and keeps the job', () => {
    const session = scanned(nobody, 'LOT:L7', 'WO:W1', 'JOB:EC800E');
    expect(session.lot).toBe('L7');
    expect(scanned(session, 'WO:W2')).toMatchObject({ workOrder: 'W2', lot: null, job: 'EC800E' });
  });

  it('takes a smaller quantity of an order at once, and a greater one only by a release', () => {
    const session = scanned(nobody, 'WO:W1/40');
    expect(quantityOf(scanned(session, 'WO:W1/30'))).toBe(30);
    expect(refusalOf(session, 'WO:W1/50')).toBe('quantityNeedsRelease');
    const asked = scanned(session, 'WO:W1/50');
    expect(quantityOf(asked)).toBe(40);
    expect(asked.proposed).toEqual({ number: 'W1', quantity: 50 });
    expect(scanned(asked, 'WO:W2').proposed).toBeNull();
    expect(refusalOf(scanned(session, 'WO:W2'), 'WO:W1/50')).toBe('quantityNeedsRelease');
    expect(quantityOf(scanned(session, 'WO:W2', 'WO:W1'))).toBe(40);
  });

  it('reads the quantity after the last slash, so that a number with slashes ends with one', () => {
    expect(readOrder('W1')).toEqual({ number: 'W1', quantity: null });
    expect(readOrder('2026/117/40')).toEqual({ number: '2026/117', quantity: 40 });
    expect(readOrder('2026/117/')).toEqual({ number: '2026/117', quantity: null });
    for (const wrong of ['W1/0', 'W1/4x', 'W1/-1', '/40', 'W1/99999999']) expect(readOrder(wrong)).toBeNull();
    expect(refusalOf(nobody, 'WO:W1/0')).toBe('badQuantity');
  });

  it('knows only the jobs of the station file', () => {
    expect(refusalOf(nobody, 'JOB:EC200U')).toBe('unknownJob');
    expect(takeScan(nobody, read('JOB:EC800E'), { ...moment, jobs: new Map() })).toMatchObject({ reason: 'notUsed' });
  });
});

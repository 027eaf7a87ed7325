import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeLine, firstPrevHash, readLine } from '../../src/trace/line.ts';

const at = '2026-11-22T07:30:18.123+08:00';
const released = JSON.stringify({ type: 'slot.released', slot: 3, recordId: '01ARYZ6S41ZZZZZZZZZZZZZZZZ', operator: '李' });
/** Computed by another program (Python's hashlib) from the bytes below. */
const goldenHash = '969a60bf52f4eec95df229234cab321e6729159026f627bf4a967337d78c73e5';
const first = encodeLine(released, at, { seq: 1, durableSeq: 0, prevHash: firstPrevHash });

describe('a line of the journal', () => {
  it('may be read without the steps of its record, whatever its texts say; everything else is the same', () => {
    const tricky = '],"written":"all","steps":[{"name":';
    const body = {
      type: 'record',
      operator: tricky,
      steps: [{ name: tricky }, { name: 'write-ap' }],
      written: 'all',
      lot: tricky,
    };
    const { text } = encodeLine(JSON.stringify(body), at, { seq: 7, durableSeq: 6, prevHash: firstPrevHash });
    const whole = readLine(Buffer.from(text));
    expect(whole).toMatchObject(body);
    expect(readLine(Buffer.from(text), 'withoutSteps')).toEqual({ ...(whole as object), steps: [] });
  });

  it('has these bytes and no others', () => {
    const hashed =
      '{"type":"slot.released","slot":3,"recordId":"01ARYZ6S41ZZZZZZZZZZZZZZZZ","operator":"李","seq":1,"durableSeq":0,' +
      '"at":"2026-11-22T07:30:18.123+08:00","prevHash":"0000000000000000000000000000000000000000000000000000000000000000"';
    expect(first.text).toBe(`${hashed},"hash":"${goldenHash}"}`);
  });

  it('reads back as what was written, with where it stands', () => {
    expect(readLine(Buffer.from(first.text))).toEqual({ ...JSON.parse(released), ...first.stamp });
  });

  it('keeps its own place whatever field names the body brings along', () => {
    const body = JSON.stringify({ type: 'slot.released', seq: 99, hash: 'x', prevHash: 'y', at: 'z', note: ',"hash":"' });
    const line = encodeLine(body, at, { seq: 7, durableSeq: 6, prevHash: firstPrevHash });
    expect(readLine(Buffer.from(line.text))).toMatchObject({ seq: 7, prevHash: firstPrevHash, at, hash: line.stamp.hash });
  });

  it('is refused after any change of any byte', () => {
    const bytes = Buffer.from(first.text);
    for (let index = 0; index < bytes.length; index++) {
      for (const flip of [0x01, 0x20, 0x80]) {
        const changed = Buffer.from(bytes);
        changed[index] = (changed[index] ?? 0) ^ flip;
        expect(readLine(changed), `byte ${index}`).toBeTypeOf('string');
      }
    }
  });

  it('is refused when cut short at any byte', () => {
    const bytes = Buffer.from(first.text);
    for (let length = 0; length < bytes.length; length++) expect(readLine(bytes.subarray(0, length))).toBe('bad-json');
  });

  it('is refused when its hash holds and it is no line at all', () => {
    const hashed = '{"a":1';
    const hash = createHash('sha256').update(hashed).digest('hex');
    expect(readLine(Buffer.from(`${hashed},"hash":"${hash}"}`))).toBe('changed-byte');
  });

  it('carries any text a device or a label may hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (operator) => {
        const line = encodeLine(JSON.stringify({ type: 'slot.released', slot: 1, recordId: 'r', operator }), at, {
          seq: 1,
          durableSeq: 0,
          prevHash: firstPrevHash,
        });
        expect(line.text).not.toContain('\n');
        expect(readLine(Buffer.from(line.text))).toMatchObject({ operator });
      }),
    );
  });
});

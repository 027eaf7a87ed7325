// The checksums that Eigencomm frames need, against their check values and the golden table.
import { describe, expect, it } from 'vitest';
import { crc8Maxim } from '../../src/framing/crc8.ts';
import { crc32 } from '../../src/framing/crc32.ts';
import { sum32 } from '../../src/framing/sum32.ts';
import { bytesOf, vectors } from '../flashers/eigencomm/fixtures.ts';

const digits = Buffer.from('123456789');

describe('the checksums of Eigencomm frames', () => {
  it('give the check values of their catalogue entries', () => {
    expect(crc32(digits)).toBe(0xcbf43926);
    expect(crc8Maxim(digits)).toBe(0xa1);
  });

  it('give the check byte of every length in the golden table', () => {
    const table = vectors.crc8.table;
    expect(table.length).toBeGreaterThan(10);
    expect(table.map(({ bytes }) => crc8Maxim(bytesOf(bytes)))).toEqual(table.map(({ crc8 }) => Number(crc8)));
  });

  it('can be continued over parts of a frame', () => {
    const [head, tail] = [digits.subarray(0, 4), digits.subarray(4)];
    expect(crc32(tail, crc32(head))).toBe(crc32(digits));
    expect(sum32(tail, sum32(head))).toBe(477);
  });

  it('sum modulo 2^32 and stay unsigned', () => {
    expect(sum32(Uint8Array.of(1), 0xffffffff)).toBe(0);
    expect(sum32(Uint8Array.of(1), 0x7fffffff)).toBe(0x80000000);
  });
});

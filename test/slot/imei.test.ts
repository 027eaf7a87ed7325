// An IMEI that identifies a module: digits, check digit, and not the zeros of a module that lost it.
import { describe, expect, it } from 'vitest';
import { isValidImei } from '../../src/domain/unit.ts';

describe('an IMEI', () => {
  it.each([
    ['490154203237518', true],
    ['490154203237517', false],
    ['000000000000000', false],
    ['49015420323751', false],
    ['4901542032375180', false],
    ['49015420323751A', false],
  ])('%s identifies a module: %s', (imei, expected) => {
    expect(isValidImei(imei)).toBe(expected);
  });
});

// Seeded randomness: the same seed gives the same rack, and one position never shifts another.
import { describe, expect, it } from 'vitest';
import { drawFault } from '../../../src/bench/simulator/faults.ts';
import { createRandom, drawIdentity, drawImei } from '../../../src/bench/simulator/random.ts';
import { isValidImei } from '../../../src/domain/unit.ts';

describe('seeded randomness', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const draw = (seed: number): number[] => Array.from({ length: 8 }, createRandom(seed).uint32);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('goes on from a state that was kept', () => {
    const random = createRandom(9);
    random.uint32();
    const again = createRandom(random.seed, random.state());
    expect(again.uint32()).toBe(random.uint32());
  });

  it('forks by name, whatever was drawn before', () => {
    const [one, two] = [createRandom(3), createRandom(3)];
    two.uint32();
    expect(one.fork('slot 4').uint32()).toBe(two.fork('slot 4').uint32());
    expect(one.fork('slot 4').uint32()).not.toBe(one.fork('slot 5').uint32());
  });

  it('draws IMEIs whose Luhn digit holds', () => {
    const random = createRandom(5);
    const imeis = Array.from({ length: 200 }, () => drawImei(random));
    expect(imeis.every(isValidImei)).toBe(true);
    expect(new Set(imeis).size).toBe(200);
  });

  it('draws within its bounds', () => {
    const random = createRandom(6);
    const drawn = Array.from({ length: 500 }, () => random.between(3, 5));
    expect(new Set(drawn)).toEqual(new Set([3, 4, 5]));
  });

  it('draws the same unit and the same fault for the same seed', () => {
    const both = (): unknown[] => [drawIdentity(createRandom(7), 'EC600E', 'R'), drawFault(createRandom(7), 40)];
    expect(both()).toEqual(both());
  });
});

// Which unit is in which slot now, so that the same one is not taken for two. Knows no rule.
import type { UnitKeys } from '../../slot/clearance.ts';
import type { OtherUnit } from './rule.ts';
import { keysOf } from './unit-past.ts';

export interface UnitClaims {
  /** What a slot has learnt of its unit, beside what it knew. */
  learn(slot: number, unit: UnitKeys): void;
  /** The slot is empty. */
  forget(slot: number): void;
  othersOf(slot: number): readonly OtherUnit[];
}

/** `isThere`: whether a slot's board is in it now, or its job is not over. A board on its way to another slot claims nothing. */
export function createUnitClaims(isThere: (slot: number) => boolean): UnitClaims {
  const claims = new Map<number, ReadonlySet<string>>();
  return {
    learn(slot, unit) {
      claims.set(slot, new Set([...(claims.get(slot) ?? []), ...keysOf(unit)]));
    },
    forget: (slot) => void claims.delete(slot),
    othersOf: (slot) =>
      [...claims].flatMap(([other, keys]) => (other !== slot && isThere(other) ? [{ slot: other, keys: [...keys] }] : [])),
  };
}

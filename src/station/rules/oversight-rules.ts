// What the station's conclusions say of one unit: golden unit first, no rejected board. Pure but for the questions they are given.
import type { GoldenSettings } from '../../config/oversight-fields.ts';
import type { GoldenState, RejectedBoard } from '../../domain/finding.ts';
import { isGolden } from './golden.ts';
import type { ClearanceRule } from './rule.ts';

const step = 'clearing';

/** A golden unit is flashed as one at any time; any other unit waits until one has passed. */
export function goldenFirst(settings: GoldenSettings | null, state: () => GoldenState): ClearanceRule {
  return ({ keys }) => {
    if (settings === null) return null;
    if (isGolden(settings, keys)) return { kind: 'clear', as: 'golden' };
    const now = state();
    if (now === 'passed') return null;
    const actual = now === 'failed' ? 'the golden unit failed' : 'no golden unit has passed yet';
    return { kind: 'refuse', reason: { code: 'golden-unit-first', step, actual } };
  };
}

/** It failed in several slots: the board is to blame, and another slot would only wear it out. */
export function notRejected(rejectionOf: (unit: string) => RejectedBoard | null): ClearanceRule {
  return ({ keys }) => {
    const [found] = keys.flatMap((key) => rejectionOf(key) ?? []);
    if (found === undefined) return null;
    const actual = `failed in slots ${found.slots.join(', ')}, the last time with ${found.code}`;
    return { kind: 'refuse', reason: { code: 'board-rejected', step, actual } };
  };
}

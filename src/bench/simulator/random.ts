// Seeded random numbers for identities, jitter and drawn faults. Knows nothing of what they are for.
// The state is one number: a report that names the seed can be replayed.
import type { BoardIdentity } from './board.ts';

export interface Random {
  readonly seed: number;
  /** What `createRandom(seed, state)` goes on from. */
  state(): number;
  /** 0 to 0xFFFFFFFF. */
  uint32(): number;
  /** An integer from 0 to `limit` − 1. */
  below(limit: number): number;
  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number;
  digits(count: number): string;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** An independent generator: drawing from it never shifts what others draw. */
  fork(name: string): Random;
}

export function createRandom(seed: number, state = seed >>> 0): Random {
  let current = state >>> 0;
  /** mulberry32. */
  const uint32 = (): number => {
    current = (current + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(current ^ (current >>> 15), current | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number): number => Math.floor((uint32() / 0x1_0000_0000) * limit);
  return {
    seed,
    state: () => current,
    uint32,
    below,
    between: (low, high) => low + below(high - low + 1),
    digits: (count) => Array.from({ length: count }, () => String(below(10))).join(''),
    pick: (items) => items[below(items.length)] ?? items[0],
    fork: (name) => createRandom(hashOf(`${seed}/${name}`)),
  };
}

/** A 15-digit IMEI with a valid Luhn digit, below a made-up type allocation code. */
export function drawImei(random: Random): string {
  const body = `86${random.digits(12)}`;
  return body + luhnDigit(body);
}

function luhnDigit(body: string): string {
  let sum = 0;
  for (let i = 0; i < body.length; i++) {
    const digit = body.charCodeAt(i) - 48;
    const weighted = i % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return String((10 - (sum % 10)) % 10);
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A unit of this model as it left its factory. */
export function drawIdentity(random: Random, model: string, revisionBefore: string): BoardIdentity {
  return { model, revisionBefore, imei: drawImei(random), sn: `D1Q24${random.digits(10)}` };
}

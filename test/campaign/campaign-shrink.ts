// Makes a failing campaign small: leaves out boards, incidents and single troubles as long as the same finder still finds something.
// Each try is a whole run; tries and time are bounded.

import { type Kept, narrowed, troublesOf } from './campaign-narrow.ts';
import type { CampaignScript } from './campaign-script.ts';

export interface ShrinkOptions {
  readonly script: CampaignScript;
  readonly kept: Kept;
  /** Runs a script and gives what is wrong with it. */
  readonly find: (script: CampaignScript) => Promise<readonly string[]>;
  readonly mostRuns: number;
  /** Asked before each run: the smallest script so far is given when there is no more time. */
  readonly hasTime: () => boolean;
}

export interface Shrunk {
  readonly kept: Kept;
  readonly found: readonly string[];
  readonly runs: number;
}

/** What can be left out of what is kept, in one of three kinds, and what is kept then. */
interface Parts {
  readonly of: (script: CampaignScript, kept: Kept) => readonly (string | number)[];
  readonly without: (kept: Kept, all: readonly (string | number)[], left: ReadonlySet<string | number>) => Kept;
}

const rest = (all: readonly (string | number)[], left: ReadonlySet<string | number>): readonly number[] =>
  all.filter((part) => !left.has(part)).map(Number);

const kinds: readonly Parts[] = [
  {
    of: ({ incidents }, kept) => kept.incidents ?? incidents.map(({ number }) => number),
    without: (kept, all, left) => ({ ...kept, incidents: rest(all, left) }),
  },
  {
    of: ({ boards }, kept) => kept.boards ?? boards.map(({ number }) => number),
    without: (kept, all, left) => ({ ...kept, boards: rest(all, left) }),
  },
  {
    of: troublesOf,
    without: (kept, _all, left) => ({ ...kept, without: [...kept.without, ...[...left].map(String)] }),
  },
];

/** `found` is empty when the whole script does not show it, which a script that reproduces to the byte always does. */
export async function shrink({ script, kept, find, mostRuns, hasTime }: ShrinkOptions): Promise<Shrunk> {
  let best: Shrunk = { kept, found: [], runs: 0 };
  let runs = 0;
  const stillFails = async (smaller: Kept): Promise<boolean> => {
    if (runs >= mostRuns || !hasTime()) return false;
    runs += 1;
    const found = await find(narrowed(script, smaller));
    if (found.length > 0) best = { kept: smaller, found, runs };
    return found.length > 0;
  };
  for (const { of, without } of kinds) {
    for (let size = of(script, best.kept).length; size >= 1; ) {
      const all = of(script, best.kept);
      const wasCut = await cutOne(all, size, (left) => stillFails(without(best.kept, all, left)));
      if (!wasCut && size === 1) break;
      size = wasCut ? Math.min(size, of(script, best.kept).length) : Math.ceil(size / 2);
    }
  }
  if (best.found.length === 0 && hasTime()) best = { ...best, found: await find(narrowed(script, best.kept)) };
  return { ...best, runs };
}

/** Leaves out one run of `size` parts after the other until it still fails without one. */
async function cutOne(
  all: readonly (string | number)[],
  size: number,
  stillFails: (left: ReadonlySet<string | number>) => Promise<boolean>,
): Promise<boolean> {
  for (let first = 0; first < all.length; first += size) {
    if (await stillFails(new Set(all.slice(first, first + size)))) return true;
  }
  return false;
}

// The supervisor of a campaign's shift: looks what the station has stopped, quarantined or rejected, and releases it after a while, now and
// then with a wrong code; keeps the box with the golden unit. Sees what the screen shows, and nothing else.
import type { Clock } from '../../src/bench/clock.ts';
import type { Random } from '../../src/bench/simulator/random.ts';
import type { ReleaseTarget } from '../../src/domain/finding.ts';
import type { StationConsole } from '../../src/station/read-model.ts';
import type { CodeMatches } from '../../src/station/rules/code-lock.ts';

const rightCode = '2580';
const wrongCode = '1234';
const lookMs = 2_000;
const longestDelayMs = 40_000;

export const codeMatches: CodeMatches = (code) => Promise.resolve(code === rightCode);

export interface Supervisor {
  /** A board was refused because it had failed in several slots. */
  toldOfRejected(unit: string): void;
  /** Takes the golden unit out of its box; false when it is not asked for, or is in a slot already. */
  takeGolden(): boolean;
  putGoldenBack(): void;
  /** No other unit is flashed now. */
  isGoldenNeeded(): boolean;
}

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly console: StationConsole;
}

/** Comes for the first time when the station has started. */
export function createSupervisor({ clock, random, console }: SupervisorOptions): Supervisor {
  const onTheWay = new Set<string>();
  let isGoldenOut = false;
  let isNeeded = true;

  const release = (target: ReleaseTarget): void => {
    const name = JSON.stringify(target);
    if (onTheWay.has(name)) return;
    onTheWay.add(name);
    clock.after(random.between(1_000, longestDelayMs), () => {
      onTheWay.delete(name);
      console.commands.release(target, random.below(4) === 0 ? wrongCode : rightCode);
    });
  };
  const look = (): void => {
    const { oversight } = console.view();
    isNeeded = oversight.golden === 'needed' || oversight.golden === 'failed';
    if (oversight.stop !== null) release({ kind: 'stop' });
    for (const { slot } of oversight.quarantines) release({ kind: 'slot', slot });
    clock.after(lookMs, look);
  };
  look();

  return {
    toldOfRejected(unit) {
      if (random.below(2) === 0) release({ kind: 'board', unit });
    },
    takeGolden() {
      if (!isNeeded || isGoldenOut) return false;
      isGoldenOut = true;
      return true;
    },
    putGoldenBack() {
      isGoldenOut = false;
    },
    isGoldenNeeded: () => isNeeded,
  };
}

/** Of a station that concludes nothing. */
export const noSupervisor: Supervisor = {
  toldOfRejected: () => undefined,
  takeGolden: () => false,
  putGoldenBack: () => undefined,
  isGoldenNeeded: () => false,
};

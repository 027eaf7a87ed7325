// A shift as a script: 8 slots, a person who scans, feeds boards, does what the prompts ask and takes boards out. On simulated time.

import { factoryRevisionOf } from '../../src/bench/simulator/board-kinds.ts';
import { EigencommBoard } from '../../src/bench/simulator/eigencomm/eigencomm-board.ts';
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import { createRandom, drawIdentity } from '../../src/bench/simulator/random.ts';
import { noOversight } from '../../src/config/oversight-fields.ts';
import type { RecordBody } from '../../src/domain/record.ts';
import { createScanner } from '../station/scanner.ts';
import { identityOf, pathOf, type StationRig, startedRig } from '../station/station-rig.ts';

export const slotCount = 8;
export const boardCount = 40;

interface Script {
  readonly faults?: readonly BoardFault[];
  readonly model?: string;
  /** The same unit as that of another board. */
  readonly unitOf?: number;
  /** Put in again after its verdict. */
  readonly retest?: boolean;
}

const data = (count: number) => ({ command: 'AGBOOT DOWNLOAD_DATA', count });
const refused: Script = { faults: [{ kind: 'nak', when: data(3), errorCode: 0x82 }], retest: true };

/** By board; the others are good. */
const scripts: Readonly<Record<number, Script>> = {
  4: refused,
  7: { faults: [{ kind: 'pull', when: data(5) }] },
  11: { model: 'EC801E' },
  13: refused,
  17: { faults: [{ kind: 'stall', when: { command: 'DLBOOT sync' } }], retest: true },
  22: refused,
  25: { faults: [{ kind: 'pull', when: data(2) }], retest: true },
  29: { model: 'EC801E' },
  31: refused,
  33: { unitOf: 3 },
  36: { faults: [{ kind: 'stall', when: data(6) }] },
  40: { faults: [{ kind: 'nak', when: data(2), errorCode: 0x82 }] },
};

interface Fed {
  readonly board: EigencommBoard;
  readonly isGolden: boolean;
  readonly retest: boolean;
  /** What was written to it half may not start: it comes strapped. */
  readonly isStrapped: boolean;
  /** Nothing was done to it: it came before the golden unit had passed. */
  readonly comesBack?: boolean;
}

export async function workShift(): Promise<StationRig> {
  const recordsSoFar = (): Promise<readonly RecordBody[]> => rig.records();
  const rig: StationRig = await startedRig({
    slots: slotCount,
    production: { requireOperator: true, requireWorkOrder: true },
    oversight: { ...noOversight, golden: { units: [identityOf('golden').imei], each: 'shift', validHours: 12 } },
    changed: {
      work: () => ({ operator: null, shift: null, workOrder: null, lot: null }),
      history: {
        recordsOf: async (keys) =>
          (await recordsSoFar()).filter(({ unit }) =>
            [unit.imeiBefore, unit.imeiAfter, unit.sn].some((key) => isOneOf(keys, key)),
          ),
      },
    },
  });
  const { clock, rack } = rig;
  const scanner = createScanner(rig.station.console);
  const boardOf = (name: string, { faults = [], model }: Script): EigencommBoard => {
    const identity =
      model === undefined ? identityOf(name) : drawIdentity(createRandom(1).fork(name), model, factoryRevisionOf(model));
    return new EigencommBoard({ clock, identity, seed: 1, faults });
  };
  const golden: Fed = { board: boardOf('golden', {}), isGolden: true, retest: false, isStrapped: false };
  const queue = Array.from({ length: boardCount }, (_, index): Fed => {
    const script = scripts[index + 1] ?? {};
    const board = boardOf(`board ${script.unitOf ?? index + 1}`, script);
    return { board, isGolden: false, retest: script.retest === true, isStrapped: false };
  });
  /** By place. */
  const inSlot = new Map<number, Fed>();
  let isGoldenNext = false;
  let fed = 0;

  /** Whoever feeds does not wait for the golden unit once: that is refused, and costs nothing. */
  const nextFor = (place: number): Fed | undefined => {
    if (isGoldenNext) {
      isGoldenNext = false;
      return golden;
    }
    const mayFeed = rig.view().oversight.golden === 'passed' || (fed === 0 && place === 2);
    return mayFeed ? queue.shift() : undefined;
  };
  const beginShift = async (burst: string): Promise<void> => {
    scanner.sends(burst);
    isGoldenNext = true;
    await clock.advance(100);
  };

  const stop = rig.station.console.subscribe(({ slot, event }) => {
    if (slot === null || event.type !== 'state.changed' || event.prompt === null) return;
    const path = pathOf(slot);
    const { board } = inSlot.get(slot) ?? {};
    const then = (delayMs: number, act: () => void): void =>
      void clock.after(delayMs, () => {
        if (board !== undefined && rack.board(path) === board) act();
      });
    if (event.prompt.kind === 'closeStrap') {
      then(1_000, () => {
        rack.closeStrap(path);
        void rack.powerCycle(path).then(() => then(1_500, () => rack.openStrap(path)));
      });
    }
    if (event.prompt.kind === 'removeBoard') {
      const fedHere = inSlot.get(slot);
      if (fedHere && rig.row(slot).failure?.code === 'golden-unit-first') inSlot.set(slot, { ...fedHere, comesBack: true });
      then(2_000, () => void rack.remove(path));
    }
  });

  const feed = (): void => {
    for (let place = 1; place <= slotCount; place++) {
      if (rig.row(place).state !== 'empty' || rack.board(pathOf(place)) !== null) continue;
      const before = inSlot.get(place);
      inSlot.delete(place);
      if (before?.comesBack === true) queue.push({ ...before, comesBack: false });
      else if (before?.retest === true) queue.push({ ...before, retest: false, isStrapped: true });
      const next = nextFor(place);
      if (next === undefined) continue;
      if (!next.isGolden) fed += 1;
      inSlot.set(place, next);
      next.board.setStrap(next.isStrapped);
      rack.insert(pathOf(place), next.board);
      if (next.isStrapped) clock.after(1_500, () => next.board.setStrap(false));
    }
  };

  await beginShift('OP:li\r\nWO:WO-7/60\r\nLOT:L1\r\n');
  let isSecond = false;
  while (queue.length > 0 || inSlot.size > 0) {
    if (clock.now() > 3_600_000) throw new Error('the shift does not end');
    if (!isSecond && fed >= boardCount / 2) {
      isSecond = true;
      await beginShift('OP:zhao\r');
    }
    feed();
    await clock.advance(500);
  }
  stop();
  rig.stop();
  await rig.untilEnded();
  return rig;
}

const isOneOf = (keys: readonly string[], key: string | null): boolean => key !== null && keys.includes(key);

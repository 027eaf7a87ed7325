// What a simulated board keeps without power, as two digests: all of it, and what makes the unit this unit (IMEI, RF calibration).
import { createHash } from 'node:crypto';
import { AsrBoard } from '../../src/bench/simulator/asr/asr-board.ts';
import { factoryTable } from '../../src/bench/simulator/asr/boot.ts';
import type { SimulatedBoard } from '../../src/bench/simulator/board.ts';
import { cpDataStart } from '../../src/bench/simulator/eigencomm/boot.ts';
import { EigencommBoard } from '../../src/bench/simulator/eigencomm/eigencomm-board.ts';
import { factoryItems, readNvItem } from '../../src/bench/simulator/unisoc/nv-store.ts';
import { UnisocBoard } from '../../src/bench/simulator/unisoc/unisoc-board.ts';

export interface Storage {
  readonly all: string;
  readonly ownData: string;
}

/** The EC618's RF calibration lies here (DESIGN.md, Never). */
const cpCalibration = 0xe7000;
const ownPartitions: readonly string[] = ['nvm', 'factory_a', 'factory_b'];

/** A board out of the box has calibration, which the simulator leaves out where no command reads it. */
export function calibrate(board: SimulatedBoard): void {
  if (board instanceof EigencommBoard) board.cp.program(cpCalibration, Buffer.from(`calibration of ${board.identity.imei}`));
}

export function storageOf(board: SimulatedBoard): Storage {
  if (board instanceof EigencommBoard) {
    const { ap, cp } = board;
    return { all: `${ap.fingerprint()} ${cp.fingerprint()}`, ownData: cp.fingerprint(cpDataStart, cp.size - cpDataStart) };
  }
  if (board instanceof UnisocBoard) {
    const { banks, fileSystems, phaseCheck } = board.storage;
    const parts = [...banks.map(({ flash }) => flash.fingerprint()), ...Object.values(fileSystems).map((one) => one.digest())];
    const items = factoryItems.map((id) => Buffer.from(readNvItem(fileSystems, id) ?? `no ${id}`));
    return { all: [...parts, sha256([phaseCheck])].join(' '), ownData: sha256(items) };
  }
  if (board instanceof AsrBoard) {
    const { nor } = board.flash;
    const own = factoryTable(nor.size).filter(({ name }) => ownPartitions.includes(name));
    return { all: nor.fingerprint(), ownData: own.map(({ start, size }) => nor.fingerprint(start, size)).join(' ') };
  }
  throw new Error(`no storage known of ${board.identity.model}`);
}

/** A dead cell of its flash has kept what it held when something else was programmed. */
export function hasKeptOldValue(board: SimulatedBoard): boolean {
  if (board instanceof EigencommBoard) return board.ap.hasKeptOldValue;
  if (board instanceof UnisocBoard) return board.storage.banks.some(({ flash }) => flash.hasKeptOldValue);
  return board instanceof AsrBoard && board.flash.nor.hasKeptOldValue;
}

function sha256(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

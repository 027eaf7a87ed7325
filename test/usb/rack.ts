// The rack outside the guest: places with simulated boards on the emulated bus, and a person who does what the station's prompts ask.
// Knows the prompts by name; nothing of the slot machine and no protocol.
import { join } from 'node:path';
import type { Timer } from '../../src/bench/clock.ts';
import { realClock } from '../../src/bench/hardware/real-clock.ts';
import type { SimulatedBoard } from '../../src/bench/simulator/board.ts';
import { buildBoard } from '../../src/bench/simulator/board-kinds.ts';
import { realistic } from '../../src/bench/simulator/time-model.ts';
import { UsbPlace } from './usb-board.ts';

export const controller = 'pci-0000:00:14.0';
export const usbPathOf = (chain: string): string => `${controller}/${chain}`;

/** Two nested hubs for the rack of eight, four more for the other 24 boards. */
export const hubChains: readonly string[] = ['1', '1.8', '2', '2.8', '3', '3.8'];
const below = (hub: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${hub}.${index + 1}`);
/** Slot n is the n-th. */
export const eightChains: readonly string[] = [...below('1', 4), ...below('1.8', 4)];
export const allChains: readonly string[] = [...eightChains, ...['2', '2.8', '3', '3.8'].flatMap((hub) => below(hub, 6))];
/** In no station of eight. */
export const strayChain = '2.1';

export const usbPlaces = (runFolder: string): readonly UsbPlace[] =>
  allChains.map((chain, index) => new UsbPlace(chain, join(runFolder, `place${index}`)));

let seeds = 100;
/** In the middle of a frame the guest may stand still for longer than a module waits for the rest of it. */
const time = { ...realistic, partialFrameMs: 8_000 };
export const newBoard = (model: string): SimulatedBoard =>
  buildBoard(model, { clock: realClock, seed: seeds++, lapseMs: 60_000, time });

const powerOffMs = 500;
/** Long enough for a chip to look at its strap, and shorter than any download takes. */
const strapHeldMs = 1500;
const reactMs = 300;

/** Follows the prompts of one place; a later prompt replaces an earlier one that was not yet followed. */
export class Person {
  readonly #place: UsbPlace;
  /** What this person does not do, whatever is asked. */
  readonly #refuses: ReadonlySet<string>;
  #planned: Timer | null = null;

  constructor(place: UsbPlace, refuses: readonly string[] = []) {
    this.#place = place;
    this.#refuses = new Set(refuses);
  }

  follow(prompt: string): void {
    this.#planned?.cancel();
    if (this.#refuses.has(prompt)) return;
    this.#planned = realClock.after(reactMs, () => this.#act(prompt));
  }

  leave(): void {
    this.#planned?.cancel();
  }

  #act(prompt: string): void {
    const { board } = this.#place;
    if (prompt === 'closeStrap') {
      board?.setStrap(true);
      this.#powerCycle(() => realClock.after(strapHeldMs, () => board?.setStrap(false)));
    }
    if (prompt === 'releaseStrap') board?.setStrap(false);
    if (prompt === 'releaseStrap' || prompt === 'powerOn' || prompt === 'powerCycle') this.#powerCycle(() => undefined);
    if (prompt === 'removeBoard') this.#place.remove();
  }

  #powerCycle(then: () => void): void {
    const { board } = this.#place;
    board?.setPower(false);
    realClock.after(powerOffMs, () => {
      if (this.#place.board === board) board?.setPower(true);
      then();
    });
  }
}

// Does to one slot, or to the whole station, what the script says: with the rack, the disk, the clock and the persons' hands.
import type { MemoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import type { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import type { VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import type { OperatorCommand } from '../../src/domain/slot.ts';
import type { Struck } from './campaign-coverage.ts';
import type { Person } from './campaign-person.ts';
import { type Effect, slotsPerHub } from './campaign-script.ts';
import { usbPathOf } from './campaign-station.ts';
import type { Wires } from './campaign-wire.ts';

export interface EffectBench {
  readonly clock: SimulatedClock;
  readonly rack: VirtualRack;
  readonly medium: MemoryDisk;
  readonly wires: Wires;
  readonly slots: number;
  /** Of a sync on a good day. */
  readonly syncMs: number;
  readonly persons: ReadonlyMap<number, Person>;
  readonly press: (slot: number, command: OperatorCommand) => void;
  readonly struck: Struck;
}

/** `slot`: the one that it is for; what strikes the whole station does not look at it. */
export function act(effect: Effect, slot: number, bench: EffectBench): void {
  const { clock, rack, medium, wires, persons, press, struck } = bench;
  const usbPath = usbPathOf(slot);
  const person = persons.get(slot);
  const everySlot = (kind: Effect['kind']): void => {
    for (const number of persons.keys()) struck(kind, number);
  };
  switch (effect.kind) {
    case 'pull':
      struck('pull', slot);
      person?.pull();
      break;
    case 'reseat':
      struck('pull', slot);
      person?.exchange(null, effect.backMs);
      break;
    case 'swap':
      struck('swap', slot);
      person?.exchange(effect.other, effect.backMs);
      break;
    case 'brownOut':
      for (let time = 0; time < effect.times; time++) {
        const atMs = time * (effect.offMs + effect.onMs);
        clock.after(atMs, () => {
          if (time === 1) struck('brownOut', slot);
          rack.setPower(usbPath, false);
        });
        clock.after(atMs + effect.offMs, () => rack.setPower(usbPath, true));
      }
      break;
    case 'occupy':
      rack.occupy(usbPath, true);
      clock.after(effect.forMs, () => rack.occupy(usbPath, false));
      break;
    case 'press':
      struck('press', slot);
      press(slot, effect.command);
      break;
    case 'hubDrop': {
      const first = (effect.hub - 1) * slotsPerHub + 1;
      for (let hit = first; hit < first + slotsPerHub && hit <= bench.slots; hit++) {
        struck('hubDrop', hit);
        rack.setPower(usbPathOf(hit), false);
        clock.after(effect.forMs, () => rack.setPower(usbPathOf(hit), true));
      }
      break;
    }
    case 'exchange':
      exchange(effect.slots, bench);
      break;
    case 'slowDisk':
      everySlot('slowDisk');
      medium.setSyncMs(effect.syncMs);
      clock.after(effect.forMs, () => medium.setSyncMs(bench.syncMs));
      break;
    case 'fullDisk':
      medium.setFreeBytes(effect.bytes);
      clock.after(effect.forMs, () => medium.setFreeBytes(null));
      break;
    case 'failingSync':
      medium.failSyncs(effect.count);
      break;
    case 'clockJump':
      everySlot('clockJump');
      clock.setWallMs(clock.wallMs() + effect.byMs);
      break;
    case 'dropReply':
    case 'duplicateReply':
    case 'corruptReply':
    case 'corruptRequest':
    case 'refusal':
    case 'stall':
      wires.arm(slot, effect);
  }
}

function exchange(slots: readonly [number, number], { clock, persons, struck }: EffectBench): void {
  const [one, other] = slots.map((slot) => persons.get(slot));
  if (!one || !other || one === other || !one.current || !other.current) return;
  for (const slot of slots) struck('exchange', slot);
  const [fromOne, fromOther] = [one.give(), other.give()];
  clock.after(1_500, () => {
    if (fromOther) one.take(fromOther);
    if (fromOne) other.take(fromOne);
  });
}

// What strikes more than one slot of a campaign: hubs, the disk, the wall clock, and a person who mixes up two boards.
import type { MemoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import type { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import type { VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import type { Person } from './campaign-person.ts';
import { type Incident, slotsPerHub } from './campaign-script.ts';
import { usbPathOf } from './campaign-station.ts';

export interface IncidentBench {
  readonly clock: SimulatedClock;
  readonly rack: VirtualRack;
  readonly medium: MemoryDisk;
  readonly slots: number;
  readonly persons: ReadonlyMap<number, Person>;
}

export function happen(incident: Incident, bench: IncidentBench): void {
  bench.clock.after(incident.atMs, () => strike(incident, bench));
}

function strike(incident: Incident, { clock, rack, medium, slots, persons }: IncidentBench): void {
  switch (incident.kind) {
    case 'hubDrop': {
      const first = (incident.hub - 1) * slotsPerHub + 1;
      for (let slot = first; slot < first + slotsPerHub && slot <= slots; slot++) {
        rack.setPower(usbPathOf(slot), false);
        clock.after(incident.forMs, () => rack.setPower(usbPathOf(slot), true));
      }
      break;
    }
    case 'exchange': {
      const [one, other] = incident.slots.map((slot) => persons.get(slot));
      if (!one || !other || one === other || !one.current || !other.current) return;
      const [fromOne, fromOther] = [one.give(), other.give()];
      clock.after(1_500, () => {
        if (fromOther) one.take(fromOther);
        if (fromOne) other.take(fromOne);
      });
      break;
    }
    case 'slowDisk':
      medium.setSyncMs(incident.syncMs);
      clock.after(incident.forMs, () => medium.setSyncMs(0));
      break;
    case 'fullDisk':
      medium.setFreeBytes(incident.bytes);
      clock.after(incident.forMs, () => medium.setFreeBytes(null));
      break;
    case 'failingSync':
      medium.failSyncs(incident.count);
      break;
    case 'clockJump':
      clock.setWallMs(clock.wallMs() + incident.byMs);
      break;
  }
}

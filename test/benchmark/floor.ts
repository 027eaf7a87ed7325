// The least time a job can take: the same station, package, profile and board on simulated time, where the station's own work costs nothing.
// What is left is the wire, the flash, the pacing and the protocol's silences. Knows no pty and no process.
import { createPacer } from '../../src/bench/pacer.ts';
import { promptPowerSwitch } from '../../src/bench/power-switch.ts';
import { buildBoard } from '../../src/bench/simulator/board-kinds.ts';
import { memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { realistic, type TimeModel } from '../../src/bench/simulator/time-model.ts';
import { VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import { loadRack } from '../../src/commands/load-rack.ts';
import { flasherFor } from '../../src/platforms.ts';
import { createStation } from '../../src/station/station.ts';
import { openJournal } from '../../src/trace/journal.ts';
import { localTime } from '../../src/trace/local-time.ts';
import { ulidSource } from '../../src/trace/ulid.ts';

/** Milliseconds from the slot's first state `connecting` to its record. Throws when the job does not pass. */
export async function floorMs(stationFile: string, model: string, time: Partial<TimeModel>): Promise<number> {
  const { station: settings, profiles, kits } = await loadRack(stationFile);
  const [slot] = settings.slots;
  if (slot === undefined) throw new Error('a station without slots');
  const clock = new SimulatedClock();
  const own = { ...realistic, ...time };
  const rack = new VirtualRack({ clock, time: own, usbPaths: [slot.usbPath], powerSwitch: 'prompt' });
  const identity = { ...settings.station, host: 'benchmark', softwareVersion: '0', commit: 'benchmark' };
  const newId = ulidSource(clock, (count) => new Uint8Array(count));
  const disk = memoryDisk(clock).startProcess();
  const utcOffset = (): number => 0;
  const opening = openJournal({ disk, clock, folder: 'journal', station: identity, newId, utcOffset });
  const journal = await clock.runUntil(opening);
  const station = createStation({
    settings,
    profiles,
    source: rack,
    journal,
    clock,
    pacer: createPacer(clock),
    flasherFor,
    kitFor: (id) => kits.get(id) ?? missing(id),
    powerSwitchFor: () => promptPowerSwitch,
    keepEvidence: () => Promise.resolve(),
    work: () => ({ operator: null, workOrder: null, lot: null, shift: null }),
    station: identity,
    newRecordId: newId,
    localTime: (wallMs) => localTime(wallMs, utcOffset),
    runId: newId(),
    end: { kind: 'whenDone', quietMs: 60_000 },
  });
  const board = buildBoard(model, { clock, seed: 1, lapseMs: null, time: own });
  const times = { from: 0, to: 0, verdict: '' };
  station.console.subscribe(({ event }) => {
    if (event.type === 'station.started') {
      board.setStrap(true);
      rack.insert(slot.usbPath, board);
      board.setStrap(false);
    }
    if (event.type === 'state.changed' && event.state === 'connecting') times.from = clock.now();
    if (event.type === 'record.written') Object.assign(times, { to: clock.now(), verdict: event.verdict });
  });
  await clock.runUntil(station.start().then(() => station.ended));
  if (times.verdict !== 'PASS') throw new Error(`the simulated job of ${model} ended ${times.verdict}`);
  return times.to - times.from;
}

function missing(id: string): never {
  throw new Error(`no kit ${id}`);
}

// Everything that goes wrong on one rack in one run: pulls in every state, a swap, a stray, and a hub with four boards in mid-flash.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, inGuest, insertAll, placesAt, removeAll, type Scenario } from './bench.ts';
import { eightChains, newBoard, strayChain, usbPathOf } from './rack.ts';
import { peopleAt, type StationLine, type StationRun, startStationRun } from './station-run.ts';
import type { UsbPlace } from './usb-board.ts';

/** Which slot is pulled in which state, and how long after it was told. */
const pulls: Readonly<Record<string, { readonly slot: number; readonly afterMs: number }>> = {
  identifying: { slot: 1, afterMs: 50 },
  connecting: { slot: 2, afterMs: 50 },
  programming: { slot: 3, afterMs: 1500 },
  restarting: { slot: 4, afterMs: 50 },
};
const swappedSlots = [5, 6];
const hubSlots = [5, 6, 7, 8];
/** A station frees a slot within 1 s; the emulated processor is at least ten times slower. */
const freedWithinMs = 10_000;

interface Rack {
  readonly eight: readonly UsbPlace[];
  readonly run: StationRun;
}

export const trouble: Scenario = async (bench) => {
  const rack = startTrouble(bench);
  const { run } = rack;
  await run.until('start of the station', (line) => line.type === 'station.started', 180_000);
  await sleep(3000);
  const before = await run.program.use();
  await pullsAndSwap(bench, rack);
  await hubInMidFlash(bench, rack);
  await run.until('record of slot 4', isRecord(4), 300_000);
  bench.check('pulled while restarted: UNKNOWN', verdicts(run, 4).startsWith('UNKNOWN'), verdicts(run, 4));
  removeAll(bench);
  await idleAgain(bench, run, before.descriptors);
  run.program.signal('SIGTERM');
  await run.program.ended;
};

const isRecord = (slot: number) => (line: StationLine) => line.slot === slot && line.type === 'record.written';

const verdicts = (run: StationRun, slot: number): string =>
  run
    .records(slot)
    .map(({ verdict, code }) => `${verdict} ${code ?? ''}`.trim())
    .join('+');

function startTrouble(bench: Bench): Rack {
  const eight = placesAt(bench, eightChains);
  const people = new Map(peopleAt(eight, ['removeBoard']));
  const pulled = new Set<number>();
  const identified = new Set<number>();

  const pullLater = (slot: number, afterMs: number): void => {
    people.get(slot)?.leave();
    people.delete(slot);
    pulled.add(slot);
    setTimeout(() => eight[slot - 1]?.remove(), afterMs);
  };

  /** Nobody closes a strap before both are identified; then the boards change places. */
  const swapOnce = (slot: number): void => {
    if (identified.size === swappedSlots.length) return;
    people.get(slot)?.leave();
    identified.add(slot);
    if (identified.size < swappedSlots.length) return;
    const [one, other] = swappedSlots.map((swapped) => eight[swapped - 1]);
    const [fromOne, fromOther] = [one?.remove(), other?.remove()];
    setTimeout(() => {
      if (fromOther) one?.insert(fromOther);
      if (fromOne) other?.insert(fromOne);
    }, 400);
  };

  const run = startStationRun({
    guest: bench.guest,
    name: 'trouble',
    stationFile: inGuest('stations/eight.json'),
    more: ['--keep-running'],
    people,
    log: bench.log,
    onLine: ({ slot, state, prompt }) => {
      if (slot === null) return;
      const pull = state === undefined ? undefined : pulls[state];
      if (pull?.slot === slot && !pulled.has(slot)) pullLater(slot, pull.afterMs);
      if (swappedSlots.includes(slot) && prompt?.kind === 'closeStrap') swapOnce(slot);
    },
  });
  return { eight, run };
}

async function pullsAndSwap(bench: Bench, { eight, run }: Rack): Promise<void> {
  const { check } = bench;
  const [stray] = placesAt(bench, [strayChain]);
  stray?.insert(newBoard('EC800E'));
  insertAll({ models: ['EC600E', 'EC800E'] }, eight.slice(0, 6));
  for (const slot of [1, 2, 3, 5, 6]) await run.until(`record of slot ${slot}`, isRecord(slot), 240_000);
  check('pulled while identified: ABORTED, nothing written', verdicts(run, 1) === 'ABORTED removed-early', verdicts(run, 1));
  check(
    'pulled while connected: ABORTED, nothing written',
    /^ABORTED (removed-early|serial-path-missing)$/.test(verdicts(run, 2)),
    verdicts(run, 2),
  );
  check('pulled while programmed: UNKNOWN', verdicts(run, 3).startsWith('UNKNOWN'), verdicts(run, 3));
  const swapped = swappedSlots.map((slot) => verdicts(run, slot).split('+')[0]);
  const isTold = swapped.every((verdict) => verdict === 'ABORTED swapped');
  check('two swapped boards with the same USB serial number: each slot says so, neither is written', isTold, swapped);
  const left = await disconnects(bench);
  const times = [1, 2, 3].map((slot) => {
    const recordedAt = Date.parse(String(run.records(slot)[0]?.['time']));
    const leftAt = left
      .get(eightChains[slot - 1] ?? '')
      ?.filter((at) => at <= recordedAt)
      .at(-1);
    return leftAt === undefined ? Number.POSITIVE_INFINITY : recordedAt - leftAt;
  });
  bench.log(`from the kernel's word of the pull to the record: ${times.map((time) => `${time.toFixed(0)} ms`).join(', ')}`);
  check('each pulled slot has its record soon', Math.max(...times) < freedWithinMs, times);
  const isSkipped = run.lines.some((line) => line.type === 'device.skipped' && line['usbPath'] === usbPathOf(strayChain));
  check('a stray at an unknown path is told', isSkipped);
  const seen = stray?.board?.report().commands ?? {};
  check('and not touched', Object.keys(seen).length === 0, seen);
  stray?.remove();
  for (const slot of swappedSlots) eight[slot - 1]?.remove();
}

async function hubInMidFlash(bench: Bench, { eight, run }: Rack): Promise<void> {
  const below = hubSlots.flatMap((slot) => eight[slot - 1] ?? []);
  await sleep(5000);
  const before = new Map(hubSlots.map((slot) => [slot, run.records(slot).length]));
  const startedAt = run.lines.length;
  insertAll({ models: ['EC600E', 'EC800E'] }, below);
  for (const slot of hubSlots) {
    const isWriting = (line: StationLine): boolean =>
      line.slot === slot && line.state === 'programming' && run.lines.indexOf(line) >= startedAt;
    await run.until(`slot ${slot} in programming`, isWriting, 180_000);
  }
  await bench.guest.pullHub('1.8');
  for (const slot of hubSlots) {
    const isNew = (line: StationLine): boolean => isRecord(slot)(line) && run.records(slot).length > (before.get(slot) ?? 0);
    await run.until(`record of slot ${slot} after the hub`, isNew, 60_000);
  }
  const found = hubSlots.map((slot) => verdicts(run, slot).split('+').at(-1) ?? '');
  bench.check(
    'a hub pulled with four boards in mid-flash: four UNKNOWN',
    found.every((verdict) => verdict.startsWith('UNKNOWN')),
    found,
  );
}

async function idleAgain({ check, log }: Bench, { program, lines }: StationRun, before: readonly string[]): Promise<void> {
  // The guest's kernel tells the last unplug late; from the station's last word on it must be idle.
  for (let told = -1; told !== lines.length; ) {
    told = lines.length;
    await sleep(3000);
  }
  const from = await program.use();
  await sleep(3000);
  const to = await program.use();
  const busy = (to.cpuMs - from.cpuMs) / (to.atMs - from.atMs);
  log(
    `after the last board: ${(busy * 100).toFixed(1)} % of a core, ${to.descriptors.length} descriptors (${before.length} at the start)`,
  );
  check('the processor is idle again', busy < 0.05, busy);
  const left = to.descriptors.filter((target) => /tty|bus\/usb/.test(target));
  check('no descriptor of a board is left open', left.length === 0, left);
  log(`new descriptors: ${to.descriptors.filter((target) => !before.includes(target)).join(', ')}`);
}

/** Wall time at which the guest's kernel saw each device leave, by hub port chain, oldest first. */
async function disconnects({ guest }: Bench): Promise<ReadonlyMap<string, readonly number[]>> {
  const [uptime = '', ...lines] = await guest.shell(
    'echo "$(cut -d" " -f1 /proc/uptime) $(date +%s.%N)"; dmesg | grep "USB disconnect"',
  );
  const [upS = 0, wallS = 0] = uptime.split(' ').map(Number);
  const found = new Map<string, number[]>();
  for (const line of lines) {
    const [, atS, chain = ''] = /^\[\s*([\d.]+)\] usb \d+-([\d.]+): USB disconnect/.exec(line) ?? [];
    if (atS !== undefined) found.set(chain, [...(found.get(chain) ?? []), (wallS - upS + Number(atS)) * 1000]);
  }
  return found;
}

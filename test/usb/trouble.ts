// Everything that goes wrong on one rack in one run: pulls in every state, a swap, a stray, and a hub with four boards in mid-flash.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, inGuest, insertAll, placesAt, removeAll, type Scenario } from './bench.ts';
import { eightChains, newBoard, Person, strayChain, usbPathOf } from './rack.ts';
import { contract } from './setting-up.ts';
import { peopleAt, type StationLine, type StationRun, startStationRun } from './station-run.ts';
import type { UsbPlace } from './usb-board.ts';

/** Which slot is pulled when, and how long after that was told. */
const pulls: readonly { readonly slot: number; readonly when: (line: StationLine) => boolean; readonly afterMs: number }[] = [
  { slot: 1, when: ({ state }) => state === 'identifying', afterMs: 50 },
  { slot: 2, when: ({ state }) => state === 'connecting', afterMs: 50 },
  { slot: 3, when: ({ state }) => state === 'programming', afterMs: 1500 },
  { slot: 4, when: ({ state }) => state === 'restarting', afterMs: 50 },
  { slot: 7, when: ({ type, step }) => type === 'step.started' && step === 'load-agentboot', afterMs: 50 },
];
const swappedSlots = [5, 6];
const hubSlots = [5, 6, 7, 8];
/** A pull before the ROM was heard may be a ROM that comes and goes: it is waited for so long. The stations' default. */
const removalMs = 2000;
/**
 * A slot is free within 1 s of a pull (test/bench/hardware/pulled-board.test.ts, on real ttys). Here a board that is pulled while its serial
 * path is being opened was seen to cost 5 to 8 s more. The likely reason, not proven: QEMU drops what the kernel has asked a device that
 * leaves, and an open makes up to four such requests, each of which the kernel gives up after 5 s only.
 */
const freedWithinMs = 1000 + 4 * 5000;
const idleWithinMs = 2000;

interface Rack {
  readonly eight: readonly UsbPlace[];
  readonly run: StationRun;
}

/** Pulls in every state but the restart, a swap, a stray. */
export const pullsOnly: Scenario = async (bench) => {
  const rack = startTrouble(bench);
  const before = await settledUse(bench, rack);
  await pullsAndSwap(bench, rack, [1, 2, 3, 5, 6, 7]);
  await idleAgain(bench, rack, before);
};

export const trouble: Scenario = async (bench) => {
  const rack = startTrouble(bench);
  const before = await settledUse(bench, rack);
  await pullsAndSwap(bench, rack, [1, 2, 3, 4, 5, 6, 7]);
  await hubInMidFlash(bench, rack);
  const { run } = rack;
  // The board of slot 4 is waited for, for a minute and more; the suite has the bus meanwhile, at the place that no slot owns.
  await contract(bench);
  await run.until('record of slot 4', isRecord(4), 300_000);
  bench.check('pulled while restarted: UNKNOWN', verdicts(run, 4).startsWith('UNKNOWN'), verdicts(run, 4));
  await idleAgain(bench, rack, before);
};

const isStraysWord = (line: StationLine): boolean => line.type === 'device.skipped' && line['usbPath'] === usbPathOf(strayChain);

/** What is open once the station hears the bus: in a slow guest the library of its events was loaded seconds after the station's own start. */
async function settledUse(bench: Bench, { run }: Rack): Promise<readonly string[]> {
  for (const place of placesAt(bench, [strayChain])) place.insert(newBoard('EC800E'));
  await run.until('word of the stray', isStraysWord, 300_000);
  await sleep(3000);
  return (await run.program.use()).descriptors;
}

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
    setTimeout(() => {
      const place = eight[slot - 1];
      place?.remove();
      if (place !== undefined) people.set(slot, new Person(place, ['removeBoard']));
    }, afterMs);
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
    onLine: (line) => {
      const { slot, prompt } = line;
      if (slot === null) return;
      const pull = pulls.find((one) => one.slot === slot && one.when(line));
      if (pull !== undefined && !pulled.has(slot)) pullLater(slot, pull.afterMs);
      if (swappedSlots.includes(slot) && prompt?.kind === 'closeStrap') swapOnce(slot);
    },
  });
  return { eight, run };
}

async function pullsAndSwap(bench: Bench, { eight, run }: Rack, slots: readonly number[]): Promise<void> {
  const { check } = bench;
  const [stray] = placesAt(bench, [strayChain]);
  for (const slot of slots) eight[slot - 1]?.insert(newBoard(slot % 2 === 0 ? 'EC800E' : 'EC600E'));
  for (const slot of [1, 2, 3, 5, 6, 7]) await run.until(`record of slot ${slot}`, isRecord(slot), 300_000);
  for (const [slot, what] of [
    [1, 'identified'],
    [2, 'connected, before its ROM was heard'],
    [7, 'connected, its loader on the way'],
  ] as const) {
    const verdict = verdicts(run, slot);
    check(`pulled while ${what}: ABORTED, nothing written`, verdict === 'ABORTED removed-early', verdict);
  }
  check('pulled while programmed: UNKNOWN', verdicts(run, 3) === 'UNKNOWN unplugged', verdicts(run, 3));
  const swapped = swappedSlots.map((slot) => verdicts(run, slot).split('+')[0]);
  const isTold = swapped.every((verdict) => verdict === 'ABORTED swapped');
  check('two swapped boards with the same USB serial number: each slot says so, neither is written', isTold, swapped);
  await freedSoon(bench, run);
  check('a stray at an unknown path is told', run.lines.some(isStraysWord));
  const seen = stray?.board?.report().commands ?? {};
  check('and not touched', Object.keys(seen).length === 0, seen);
  stray?.remove();
  for (const slot of swappedSlots) eight[slot - 1]?.remove();
}

/** From the kernel's word that a board left to its durable record, when nothing of it is open any more. */
async function freedSoon(bench: Bench, run: StationRun): Promise<void> {
  const left = await disconnects(bench);
  const { lateP99Ms, lateMaxMs } = await bench.guest.pace();
  const times = [1, 2, 3, 7].map((slot) => {
    const recordedAt = Date.parse(String(run.records(slot)[0]?.['time']));
    const leavings = left.get(eightChains[slot - 1] ?? '')?.filter((at) => at <= recordedAt) ?? [];
    return { slot, ms: Math.round(recordedAt - (leavings.at(-1) ?? Number.NEGATIVE_INFINITY)) };
  });
  bench.log(
    `from the kernel's word of a pull to the record: ${times.map(({ slot, ms }) => `slot ${slot} ${ms} ms`).join(', ')}; ` +
      `timers in the guest were late by ${lateP99Ms.toFixed(0)} ms (p99), ${lateMaxMs.toFixed(0)} ms at most`,
  );
  const isSoon = times.every(({ slot, ms }) => ms < freedWithinMs + (slot === 2 ? removalMs : 0));
  bench.check(`each pulled slot is free within ${freedWithinMs / 1000} s`, isSoon, times);
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

/** When the last slot has told that it is empty, nothing is left to do, and nothing is left open but the journal. */
async function idleAgain(bench: Bench, { run }: Rack, before: readonly string[]): Promise<void> {
  const { check, log } = bench;
  removeAll(bench);
  const stateOf = (slot: number): string | undefined =>
    run.lines.findLast((line) => line.slot === slot && line.type === 'state.changed')?.state;
  for (const untilMs = performance.now() + 120_000; performance.now() < untilMs; await sleep(100))
    if (eightChains.every((_, index) => stateOf(index + 1) === 'empty')) break;
  await sleep(idleWithinMs);
  const from = await run.program.use();
  await sleep(3000);
  const to = await run.program.use();
  const busy = (to.cpuMs - from.cpuMs) / (to.atMs - from.atMs);
  log(
    `${idleWithinMs / 1000} s after the last word: ${(busy * 100).toFixed(1)} % of a core, ${to.wakeups - from.wakeups} wakeups in 3 s`,
  );
  check('the processor is idle again', busy < 0.05, busy);
  // The journal's file of the day is opened by its first line and stays open.
  const opened = to.descriptors.filter((target) => !before.includes(target) && !/logs\/journal\/.*\.jsonl$/.test(target));
  log(`${before.length} descriptors at the start, ${to.descriptors.length} at the end`);
  check('every descriptor that was opened is closed again', opened.length === 0, opened);
  run.program.signal('SIGTERM');
  await run.program.ended;
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

// What the issue asks to be shown, each as one scenario on a running guest. A check that does not hold is told and the run goes on.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inGuest, insertAll, journalRecords, placesAt, profileOf, removeAll, type Scenario, stationOf } from './bench.ts';
import { allChains, eightChains, newBoard, usbPathOf } from './rack.ts';
import { contract, liveTree, rules } from './setting-up.ts';
import { nodeProgram, peopleAt, type StationLine, type StationRun, startStationRun } from './station-run.ts';
import { pullsOnly, trouble } from './trouble.ts';

/** Teach mode: the places one after the other; leaves `stations/eight.json`. */
export const mapRack: Scenario = async (bench) => {
  const { guest, check, log, models } = bench;
  const eight = placesAt(bench, eightChains);
  rmSync(join(bench.workFolder, 'stations/eight.json'));
  const profiles = [...new Set(models)].flatMap((model) => ['--profile', profileOf(model)]);
  const program = guest.start('map', nodeProgram('map', inGuest('stations/eight.json'), '--slots', '8', ...profiles), (text) => {
    log(`map: ${text}`);
    const asked = /^plug a board into slot (\d+)/.exec(text)?.[1];
    const place = asked === undefined ? undefined : eight[Number(asked) - 1];
    if (place?.board === null) place.insert(newBoard(models[0] ?? 'EC800E'));
  });
  const code = await program.ended;
  check('map ends with exit code 0', code === 0, code);
  const station = JSON.parse(readFileSync(join(bench.workFolder, 'stations/eight.json'), 'utf8')) as {
    slots: { number: number; usbPath: string }[];
    hubs: { usbPath: string }[];
  };
  const paths = station.slots.map(({ usbPath }) => usbPath);
  check('map writes the USB path of each slot', paths.join() === eightChains.map(usbPathOf).join(), paths);
  check(
    'map writes the two nested hubs',
    station.hubs.map(({ usbPath }) => usbPath).join() === ['1', '1.8'].map(usbPathOf).join(),
  );
  removeAll(bench);
};

/** Eight boards: detected, entered, flashed, restarted, read back, eight PASS records. */
export const eightPass: Scenario = async (bench) => {
  const { guest, check, log } = bench;
  const eight = placesAt(bench, eightChains);
  let run: StationRun | null = null;
  run = startStationRun({
    guest,
    name: 'eight',
    stationFile: inGuest('stations/eight.json'),
    more: ['--quiet-ms', '120000', '--operator', 'usb-bench'],
    people: peopleAt(eight, ['removeBoard']),
    log,
    onLine: (line) => {
      if (line.type === 'station.started') insertAll(bench, eight);
    },
  });
  const code = await run.program.ended;
  const verdicts = eight.map((_, index) =>
    run
      .records(index + 1)
      .map(({ verdict, code: reason }) => `${verdict} ${reason ?? ''}`.trim())
      .join('+'),
  );
  check(
    'eight boards get eight PASS records',
    verdicts.every((verdict) => verdict === 'PASS'),
    verdicts,
  );
  check('the run ends with exit code 0', code === 0, code);
  const records = (await journalRecords(guest)).filter(({ verdict }) => verdict === 'PASS');
  check(
    'the journal holds each of them at its path',
    new Set(records.map(({ slot }) => slot.usbPath)).size === 8,
    records.length,
  );
  check(
    'no board saw anything a correct host never does',
    eight.every(({ board }) => board?.report().clean === true),
    eight.map(({ board }) => board?.report().violations),
  );
  removeAll(bench);
};

/** 32 boards enumerate, re-enumerate and connect; one at a time may program, so the others hold until the station is asked to stop. */
export const thirtyTwo: Scenario = async (bench) => {
  const { guest, check, log, workFolder } = bench;
  const all = placesAt(bench, allChains);
  const station = {
    ...stationOf(bench.models),
    slots: allChains.map((chain, index) => ({ number: index + 1, usbPath: usbPathOf(chain) })),
    limits: { station: 1 },
    logsFolder: '../logs/thirty-two',
  };
  writeFileSync(join(workFolder, 'stations/thirty-two.json'), JSON.stringify(station));
  const closed = new Map<number, StationLine>();
  const ages = new Map<number, number>();
  const run = startStationRun({
    guest,
    name: 'thirty-two',
    stationFile: inGuest('stations/thirty-two.json'),
    more: ['--keep-running'],
    people: peopleAt(all, ['removeBoard']),
    log: () => undefined,
    onLine: (line) => {
      if (line.type === 'station.started') insertAll(bench, all);
      if (line.slot !== null && line.type === 'window.closed') closed.set(line.slot, line);
      if (line.slot !== null && line.type === 'window.opened') ages.set(line.slot, Number(line['ageMs']));
    },
  });
  const decided = (): number => allChains.filter((_, index) => closed.has(index + 1) || run.records(index + 1).length > 0).length;
  for (const untilMs = performance.now() + 240_000; decided() < 32 && performance.now() < untilMs; ) await sleep(500);
  run.program.signal('SIGTERM');
  const rows = all.map(({ chain, enumerations, board }, index) => {
    const download = enumerations.filter(({ shown }) => shown.mode === 'download').at(-1);
    const line = closed.get(index + 1);
    const ms = (value: unknown): string => (typeof value === 'number' ? value.toFixed(0) : '-');
    return [
      String(index + 1),
      chain,
      board?.identity.model ?? '',
      ms(ages.get(index + 1)),
      ms(download?.firstByteMs),
      ms(line?.['handshakeMs']),
      ms(line?.['marginMs']),
    ];
  });
  log(['slot', 'path', 'model', 'age at window', 'first byte', 'handshake', 'margin'].join('\t'));
  for (const row of rows) log(row.join('\t'));
  const missed = allChains.flatMap((_, index) =>
    run
      .records(index + 1)
      .filter(({ code }) => code === 'window-missed')
      .map(() => index + 1),
  );
  check(
    '32 boards connect within their window',
    closed.size === 32,
    `${closed.size} connected, missed: ${missed.join(', ') || 'none'}`,
  );
  await Promise.race([run.program.ended, sleep(30_000)]);
  removeAll(bench);
  await Promise.race([run.program.ended, sleep(60_000)]);
};

/** A mapped rack whose hub is elsewhere is refused with both paths named. */
export const movedHub: Scenario = async (bench) => {
  const { guest, check, workFolder, log } = bench;
  const station = JSON.parse(readFileSync(join(workFolder, 'stations/eight.json'), 'utf8')) as {
    hubs: { usbPath: string; id: string }[];
  };
  const hubs = station.hubs.map(({ usbPath, id }) => ({ usbPath: usbPath.replace('/1', '/7'), id }));
  writeFileSync(join(workFolder, 'stations/moved.json'), JSON.stringify({ ...station, hubs }));
  const lines: string[] = [];
  const program = guest.start('moved', nodeProgram('run', inGuest('stations/moved.json')), (text) => lines.push(text));
  const code = await program.ended;
  for (const line of lines) log(`moved: ${line}`);
  const text = lines.join('\n');
  check('a rack whose hub has moved is refused (exit 2)', code === 2, code);
  check('with both paths named', text.includes(usbPathOf('7')) && text.includes(usbPathOf('1')), text);
};

export const scenarios: Readonly<Record<string, Scenario>> = {
  map: mapRack,
  eight: eightPass,
  moved: movedHub,
  rules,
  liveTree,
  contract,
  thirtyTwo,
  pulls: pullsOnly,
  // The last of all: the hub that it pulls does not come back.
  trouble,
};

// `flashrack map STATION`: plug a board into slot 1, 2, 3 …, and the station file gets their USB paths. Opens no board.
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { DeviceEvent } from '../bench/device-source.ts';
import { realClock } from '../bench/hardware/real-clock.ts';
import { hasUsb, hubOf, listHubs, listUsbDevices, systemRoot, type UsbHub } from '../bench/hardware/usb-tree.ts';
import { loadStation } from '../config/load-station.ts';
import { fault } from '../domain/failure.ts';
import { exitCodes } from './exit-codes.ts';
import { usbSource } from './hardware-bench.ts';
import { loadProfileFile } from './load-rack.ts';
import { idOf } from './moved-hubs.ts';
import { print } from './print.ts';
import { isTaught, startTeaching, type TaughtSlot, type Teaching, teach, untaught } from './teaching.ts';
import { usbTreeLines } from './usb-tree-text.ts';

export interface MapOptions {
  /** How many slots; default: as many as the station file has. */
  readonly slots?: number;
  /** Profiles of a new station file. */
  readonly profile: readonly string[];
  readonly profilesFolder?: string;
}

type Json = Record<string, unknown>;

export async function map(stationFile: string, options: MapOptions): Promise<number> {
  const before = existsSync(stationFile) ? await readStation(stationFile) : await newStation(stationFile, options);
  const numbers = slotNumbers(before, options.slots);
  if (!hasUsb(systemRoot))
    throw fault('bench-lost', 'map', { detail: 'this machine has no USB subsystem (/sys/bus/usb is missing)' });
  const taught = await letTeach(numbers);
  if (taught === null) {
    print('nothing was written');
    return exitCodes.notPass;
  }
  const text = await stationText(stationFile, before, taught);
  await writeFile(`${stationFile}.new`, text);
  await rename(`${stationFile}.new`, stationFile);
  const notes = {
    slots: new Map(taught.map(({ usbPath, number }) => [usbPath, number])),
    answers: new Map(),
    troubles: new Map(),
  };
  const devices = (await listUsbDevices(systemRoot)).map((device) => ({ ...device, interfaces: [] }));
  for (const line of usbTreeLines(await listHubs(systemRoot), devices, notes)) print(line);
  print(`${stationFile}: ${taught.length} slots written`);
  return exitCodes.pass;
}

async function readStation(file: string): Promise<Json> {
  await loadStation(readFile, file);
  return JSON.parse(await readFile(file, 'utf8')) as Json;
}

async function newStation(file: string, { slots, profile, profilesFolder = '../profiles' }: MapOptions): Promise<Json> {
  if (slots === undefined || profile.length === 0) {
    throw fault('station-file-invalid', file, {
      actual: 'no such file',
      expected: '--slots and --profile for a new station file',
    });
  }
  const profiles: Record<string, string> = {};
  for (const id of profile) {
    const { profile: loaded } = await loadProfileFile(join(resolve(dirname(file), profilesFolder), `${id}.json`));
    for (const model of loaded.models) profiles[model] = id;
  }
  const schema = existsSync(join(dirname(file), 'station.schema.json')) ? { $schema: './station.schema.json' } : {};
  return { ...schema, station: { id: 'station-1', line: 'line 1' }, bench: 'hardware', profilesFolder, defaults: { profiles } };
}

function slotNumbers(station: Json, count: number | undefined): readonly number[] {
  const known = slotsOf(station).flatMap(({ number, serialPath }) =>
    typeof number === 'number' && serialPath === undefined ? number : [],
  );
  if (count === undefined) return known;
  return [...known, ...Array.from({ length: count }, (_, index) => index + 1).filter((number) => !known.includes(number))].slice(
    0,
    count,
  );
}

const slotsOf = (station: Json): readonly Json[] => (Array.isArray(station['slots']) ? (station['slots'] as Json[]) : []);

/** Null when the operator gave up. */
async function letTeach(numbers: readonly number[]): Promise<readonly TaughtSlot[] | null> {
  const source = usbSource(realClock);
  const end = Promise.withResolvers<readonly TaughtSlot[] | null>();
  let teaching: Teaching = startTeaching(numbers);
  const here = new Set((await listUsbDevices(systemRoot)).filter(({ isHub }) => !isHub).map(({ usbPath }) => usbPath));
  for (const usbPath of here) print(`there already, not taken until it is plugged again: ${usbPath}`);
  const ask = (): void => {
    if (isTaught(teaching)) end.resolve(teaching.taught);
    else print(`plug a board into slot ${teaching.waiting[0]}  (u: take the last one back, q: give up)`);
  };
  const onEvent = (event: DeviceEvent): void => {
    if (event.type === 'bench.lost') end.reject(fault('bench-lost', 'map', { detail: event.reason }));
    if (event.type === 'device.detached') here.delete(event.device.usbPath);
    if (event.type !== 'device.attached' && event.type !== 'device.unusable') return;
    const { usbPath } = event.device;
    if (!here.has(usbPath) && !isTaught(teaching)) learn(usbPath);
  };
  const learn = (usbPath: string): void => {
    const lesson = teach(teaching, usbPath);
    if (lesson.kind === 'taught') {
      teaching = lesson.teaching;
      print(`slot ${lesson.slot.number} is ${usbPath}`);
      ask();
    } else {
      print(`${usbPath} ${lesson.isSame ? 'is' : 'cannot be beside'} slot ${lesson.clash.number}: use another place`);
    }
  };
  const keys = createInterface({ input: process.stdin });
  keys.on('line', (line) => {
    if (line.trim() === 'q') end.resolve(null);
    if (line.trim() === 'u') {
      teaching = untaught(teaching);
      ask();
    }
  });
  process.once('SIGINT', () => end.resolve(null));
  await source.start(onEvent);
  ask();
  try {
    return await end.promise;
  } finally {
    keys.close();
    process.stdin.destroy();
    await source.stop();
  }
}

/** The same file with the new paths and the hubs above them. Rejects `station-file-invalid` when that would not be a valid station. */
async function stationText(file: string, before: Json, taught: readonly TaughtSlot[]): Promise<string> {
  const paths = new Map(taught.map(({ number, usbPath }) => [number, usbPath]));
  const old = slotsOf(before);
  const known = new Set(old.map((slot) => slot['number']));
  const slots = [
    ...old.map((slot) => (paths.has(Number(slot['number'])) ? { ...slot, usbPath: paths.get(Number(slot['number'])) } : slot)),
    ...taught.filter(({ number }) => !known.has(number)),
  ];
  const usbPaths = slots.flatMap(({ usbPath }) => (typeof usbPath === 'string' ? usbPath : []));
  const text = `${JSON.stringify({ ...before, slots, hubs: hubsAbove(usbPaths, await listHubs(systemRoot)) }, null, 2)}\n`;
  await loadStation((path) => (path === file ? Promise.resolve(Buffer.from(text)) : readFile(path)), file);
  return text;
}

function hubsAbove(usbPaths: readonly string[], hubs: readonly UsbHub[]): Json[] {
  const above = new Set<string>();
  for (const usbPath of usbPaths) {
    for (let { hub } = hubOf(usbPath); hub !== null; { hub } = hubOf(hub)) above.add(hub);
  }
  return hubs
    .filter(({ usbPath }) => above.has(usbPath))
    .map((hub) => ({
      usbPath: hub.usbPath,
      id: idOf(hub),
      ...(hub.serialNumber !== null && { serialNumber: hub.serialNumber }),
    }));
}

// What every scenario stands on: the guest, the rack, the files both sides see, and how a check is told.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoReleases } from '../../src/bench/simulator/demo-package/demo-releases.ts';
import type { Guest } from './guest.ts';
import { eightChains, newBoard, usbPathOf } from './rack.ts';
import type { UsbPlace } from './usb-board.ts';

export interface Bench {
  readonly guest: Guest;
  readonly places: ReadonlyMap<string, UsbPlace>;
  /** As this side sees it; the guest sees it at `/run/work`, but for its `logs`, which are the guest's own. */
  readonly workFolder: string;
  readonly project: string;
  /** Models to take the boards from, in turn. */
  readonly models: readonly string[];
  /** How much longer the guest takes for a piece of work than this machine: every timing is judged by it. */
  readonly slowness: number;
  readonly log: (text: string) => void;
  readonly check: (what: string, holds: boolean, found?: unknown) => void;
}

export type Scenario = (bench: Bench) => Promise<void>;

export const inGuest = (...parts: readonly string[]): string => join('/run/work', ...parts);
export const profileOf = (model: string): string => `demo-${model.toLowerCase()}`;

/**
 * The emulated processor is ten to fifty times slower than a station's, and the boards are not: the profiles wait longer, and the boards'
 * ROMs too (rack.ts). What the window would have been is in the table of thirtyTwo.
 */
export const patience = {
  downloadWindow: { seconds: 60 },
  timeouts: {
    reenumerateMs: 60_000,
    bootMs: 120_000,
    stallMs: 300_000,
    holdLimitMs: 300_000,
    entryMs: 90_000,
    identifyMs: 60_000,
  },
};

export const stationOf = (models: readonly string[]) => ({
  station: { id: 'usb-bench', line: 'emulated' },
  bench: 'hardware',
  defaults: { profiles: Object.fromEntries(models.map((model) => [model, profileOf(model)])) },
});

/** The demo packages and profiles where the guest's station finds them. */
export function layOutWorkFolder({ workFolder, project, models }: Pick<Bench, 'workFolder' | 'project' | 'models'>): void {
  for (const folder of ['stations', 'profiles', 'logs/demo']) mkdirSync(join(workFolder, folder), { recursive: true });
  for (const name of readdirSync(join(project, 'profiles')).filter((file) => file.startsWith('demo-'))) {
    const profile = JSON.parse(readFileSync(join(project, 'profiles', name), 'utf8')) as object;
    writeFileSync(join(workFolder, 'profiles', name), JSON.stringify({ ...profile, ...patience }));
  }
  const slots = eightChains.map((chain, index) => ({ number: index + 1, usbPath: usbPathOf(chain) }));
  writeFileSync(join(workFolder, 'stations/eight.json'), JSON.stringify({ ...stationOf(models), slots }));
  for (const { fileName, build } of demoReleases) writeFileSync(join(workFolder, 'logs/demo', fileName), build());
}

export const placesAt = ({ places }: Bench, chains: readonly string[]): UsbPlace[] =>
  chains.map((chain) => {
    const place = places.get(chain);
    if (place === undefined) throw new Error(`no place ${chain}`);
    return place;
  });

export function insertAll({ models }: Pick<Bench, 'models'>, places: readonly UsbPlace[]): void {
  for (const [index, place] of places.entries()) place.insert(newBoard(models[index % models.length] ?? 'EC800E'));
}

export function removeAll({ places }: Bench): void {
  for (const place of places.values()) place.remove();
}

export interface JournalRecord {
  readonly type?: string;
  readonly verdict: string;
  readonly slot: { readonly number: number; readonly usbPath: string };
  readonly entry: { readonly windowMs: number | null; readonly handshakeMs: number | null; readonly marginMs: number | null };
}

/** Of `stations/eight.json`; its logs are in the guest. */
export async function journalRecords(guest: Guest): Promise<readonly JournalRecord[]> {
  const lines = await guest.shell(`cat ${inGuest('logs/journal')}/*.jsonl`);
  return lines.filter((line) => line.includes('"verdict"')).map((line) => JSON.parse(line) as JournalRecord);
}

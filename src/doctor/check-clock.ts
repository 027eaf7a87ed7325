// The clock that dates the records: plausible, not behind the journal, not jumping while it is looked at, kept by NTP.
import { join } from 'node:path';
import type { Diagnosis } from '../domain/diagnosis.ts';
import type { Check } from './check.ts';
import type { Machine } from './machine.ts';

/** This program is younger: an earlier year is a clock without its battery. A later one would outlive the modules. */
const plausibleYears = { from: 2026, to: 2060 };
const dayMs = 86_400_000;
const jumpMs = 500;

export const checkClock: Check = async (machine, { logsFolder }) => {
  const { clock } = machine;
  const before = clock.wallMs() - clock.now();
  const found: Diagnosis[] = [...(await plausibility(machine, logsFolder)), ...(await synchronisation(machine))];
  const jump = Math.round(clock.wallMs() - clock.now() - before);
  if (Math.abs(jump) > jumpMs) found.push({ code: 'clock-jumps', facts: { jumpMs: jump } });
  return found;
};

async function plausibility({ clock, list }: Machine, logsFolder: string): Promise<readonly Diagnosis[]> {
  const wallMs = clock.wallMs();
  const time = new Date(wallMs).toISOString();
  const year = Number(time.slice(0, 4));
  if (!(year >= plausibleYears.from && year <= plausibleYears.to)) return [{ code: 'clock-implausible', facts: { time } }];
  const newest = (await list(join(logsFolder, 'journal')))
    .flatMap((name) => /^\d{6}-(\d{4}-\d{2}-\d{2})-/.exec(name)?.[1] ?? [])
    .sort();
  const journal = newest.at(-1);
  // A journal file is named by the local day: one day of difference is a time zone.
  if (journal === undefined || Date.parse(journal) <= wallMs + dayMs) return [];
  return [{ code: 'clock-behind-journal', facts: { time, journal } }];
}

async function synchronisation(machine: Machine): Promise<readonly Diagnosis[]> {
  const answer = await machine.run('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
  if (answer?.exitCode === 0 && answer.stdout.trim() === 'yes') return [];
  const chrony = await machine.run('chronyc', ['-n', 'tracking']);
  if (chrony?.exitCode === 0) {
    return /Leap status\s*:\s*Normal/.test(chrony.stdout) ? [] : [{ code: 'clock-not-synchronised', facts: {} }];
  }
  return [{ code: answer?.exitCode === 0 ? 'clock-not-synchronised' : 'clock-sync-unknown', facts: {} }];
}

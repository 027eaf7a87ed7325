// `flashrack nv restore BACKUP --station S --slot N`: puts the NV backup of one module back onto that very module. Asks first; then
// it is a job like any other, in one slot of the station, with a plan of its own. Composes the bench; decides nothing about the unit.
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { realClock } from '../bench/hardware/real-clock.ts';
import type { SlotSettings } from '../config/station-file.ts';
import { Fault, fault } from '../domain/failure.ts';
import type { Platform } from '../domain/platform.ts';
import type { UnisocChip } from '../firmware/unisoc-package.ts';
import type { Flasher } from '../flashers/flasher.ts';
import { unisocRestoreFlasher } from '../flashers/unisoc/restore.ts';
import type { FlashJobKit } from '../slot/slot-services.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { printable } from '../views/words/escape.ts';
import { exitCodes } from './exit-codes.ts';
import { hardwareBench } from './hardware-bench.ts';
import { type LoadedRack, loadRack } from './load-rack.ts';
import { type BackupOfUnit, describeBackup, readBackup } from './nv-restore-backup.ts';
import { print } from './print.ts';
import { runRack } from './run-rack.ts';
import { hasTerminal, type ViewOptions } from './start-view.ts';

export interface NvRestoreOptions extends ViewOptions {
  readonly station: string;
  readonly slot: number;
  /** Answers the question that a terminal would be asked. */
  readonly yes: boolean;
  readonly operator?: string;
}

/** How long no board may come before the command gives up. */
const quietMs = 60_000;

const chips: Readonly<Partial<Record<Platform, UnisocChip>>> = { unisoc8910: '8910', unisoc8850: '8850' };

export async function nvRestore(backupFile: string, options: NvRestoreOptions): Promise<number> {
  const rack = await loadRack(options.station);
  const { station } = rack;
  if (station.bench !== 'hardware') throw fault('station-file-invalid', 'bench', { expected: 'hardware', actual: station.bench });
  if (station.production.requireOperator && options.operator === undefined)
    throw fault('station-file-invalid', 'production', { expected: '--operator', actual: 'not given' });
  const slot = slotOf(rack, options.slot);
  const backup = await readBackup(nodeDisk, resolve(backupFile), join(station.logsFolder, 'journal'));
  const restoring = restoringRack(rack, slot, backup);
  if (!options.yes && !(await isConfirmed(backup, slot, options.json))) {
    print('nothing was written');
    return exitCodes.notPass;
  }
  const { source, powerSwitchFor } = await hardwareBench(restoring.settings, realClock);
  return runRack(
    { ...restoring, source, powerSwitchFor },
    {
      clock: realClock,
      work: { operator: options.operator ?? null, workOrder: null, lot: null, shift: null },
      end: { kind: 'whenDone', quietMs },
      lang: options.lang,
      json: options.json,
    },
  );
}

function slotOf({ station }: LoadedRack, number: number): SlotSettings {
  const slot = station.slots.find((candidate) => candidate.number === number);
  if (slot === undefined) {
    const expected = station.slots.map((candidate) => candidate.number).join(' or ');
    throw fault('station-file-invalid', '--slot', { expected, actual: number });
  }
  if (slot.fixed?.startsIn !== 'download') return slot;
  const detail = 'only AT tells which module it is';
  throw fault('station-file-invalid', `slot ${number}`, { expected: 'startsIn "normal"', actual: 'download', detail });
}

export interface RestoringRack extends Pick<LoadedRack, 'profiles' | 'kits'> {
  readonly settings: LoadedRack['station'];
  readonly purpose: { readonly kind: 'nvRestore'; readonly unit: BackupOfUnit['unit'] };
  readonly flasherFor: (platform: Platform) => Flasher;
}

/**
 * The station with this one slot, and its UNISOC profiles with a plan that restores. Throws `package-platform-mismatch` for a slot
 * without such a profile, and the refusal of the plan when the backup fits none of them.
 */
export function restoringRack(
  { station, profiles, kits }: Omit<LoadedRack, 'links'>,
  slot: SlotSettings,
  backup: BackupOfUnit,
): RestoringRack {
  const flasherFor = (platform: Platform): Flasher => {
    const chip = chips[platform];
    if (chip === undefined)
      throw fault('package-platform-mismatch', 'plan', { expected: Object.keys(chips).join(' or '), actual: platform });
    return unisocRestoreFlasher(chip, backup.nv, backup.unit.imei);
  };
  const planned = new Map<string, FlashJobKit>();
  let refused: Fault | null = null;
  for (const id of new Set(slot.profiles.values())) {
    const kit = kits.get(id);
    if (kit === undefined) continue;
    try {
      const { platform } = kit.loaded.profile;
      planned.set(id, { ...kit, plan: flasherFor(platform).plan(kit.firmware, kit.loaded.profile) });
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      refused ??= thrown;
    }
  }
  if (planned.size === 0) throw refused ?? fault('station-file-invalid', `slot ${slot.number}`, { expected: 'a profile' });
  const only: SlotSettings = {
    ...slot,
    profiles: new Map([...slot.profiles].filter(([, id]) => planned.has(id))),
    unidentified: { policy: 'refuse' },
  };
  return {
    settings: { ...station, slots: [only] },
    profiles,
    kits: planned,
    purpose: { kind: 'nvRestore', unit: backup.unit },
    flasherFor,
  };
}

/** The operator types the IMEI: whoever does has looked at the module. Rejects `operator-cancelled` without a terminal. */
async function isConfirmed(backup: BackupOfUnit, { number }: SlotSettings, json: boolean): Promise<boolean> {
  if (!hasTerminal(json))
    throw fault('operator-cancelled', 'confirm', { expected: 'a terminal to ask on, or --yes', actual: 'neither' });
  const { unit, nv, takenAt, jobId } = backup;
  print(`NV backup of IMEI ${unit.imei}, SN ${printable(unit.sn ?? 'unknown')}: ${describeBackup(nv)}`);
  print(`taken ${printable(takenAt ?? 'at an unknown time')} by job ${jobId}`);
  print(`It replaces the NV of the module in slot ${number}, and only if that is the same module.`);
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const asked = lines.question('Type the IMEI of the module to go on: ').catch(() => '');
    // Ctrl-D and Ctrl-C close the line without an answer.
    const closed = new Promise<string>((settle) => lines.once('close', () => settle('')));
    return (await Promise.race([asked, closed])).trim() === unit.imei;
  } finally {
    lines.close();
  }
}

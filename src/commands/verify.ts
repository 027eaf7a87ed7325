// `flashrack verify STATION`: QA. Looks at every board over AT, holds it against profile and record, and writes a record of kind
// `verify`; with --reflash it flashes what has not the right revision. Composes the bench; decides nothing about a unit.
import { realClock } from '../bench/hardware/real-clock.ts';
import { noOversight } from '../config/oversight-fields.ts';
import type { SlotSettings } from '../config/station-file.ts';
import { fault } from '../domain/failure.ts';
import type { SlotServices } from '../slot/slot-services.ts';
import { hardwareBench } from './hardware-bench.ts';
import { type LoadedRack, loadRack } from './load-rack.ts';
import type { WorkOptions } from './run.ts';
import { runRack } from './run-rack.ts';
import { hasTerminal, type ViewOptions } from './start-view.ts';

export interface VerifyCommandOptions extends ViewOptions, WorkOptions {
  readonly profile: readonly string[];
  readonly reflash: boolean;
  readonly quietMs: number;
}

export async function verify(stationFile: string, options: VerifyCommandOptions): Promise<number> {
  const rack = await loadRack(stationFile, options.profile);
  const { station } = rack;
  if (station.bench !== 'hardware') throw fault('station-file-invalid', 'bench', { expected: 'hardware', actual: station.bench });
  if (station.production.requireOperator && options.operator === undefined)
    throw fault('station-file-invalid', 'production', { expected: '--operator', actual: 'not given' });
  const settings = verifyingSettings(station, options.reflash);
  const { source, powerSwitchFor } = await hardwareBench(settings, realClock);
  const { operator = null, order = null, lot = null, shift = null } = options;
  return runRack(
    {
      ...rack,
      settings,
      source,
      powerSwitchFor,
      purpose: { kind: 'verify', reflash: options.reflash },
      ...(!options.reflash && { flasherFor: noFlasher }),
    },
    {
      clock: realClock,
      work: { operator, workOrder: order, lot, shift },
      end: hasTerminal(options.json) ? { kind: 'never' } : { kind: 'whenDone', quietMs: options.quietMs },
      lang: options.lang,
      json: options.json,
    },
  );
}

/**
 * What stops production does not stop a look. Throws `station-file-invalid` for a slot whose boards start in download mode: they tell
 * nothing there.
 */
export function verifyingSettings(station: LoadedRack['station'], reflash: boolean): LoadedRack['station'] {
  const deaf = station.slots.find(({ fixed }) => fixed?.startsIn === 'download');
  if (deaf !== undefined) {
    const detail = 'a board in download mode does not tell who it is';
    throw fault('station-file-invalid', `slot ${deaf.number}`, { expected: 'startsIn "normal"', actual: 'download', detail });
  }
  const slots = station.slots.map((slot): SlotSettings => ({ ...slot, unidentified: { policy: 'refuse' } }));
  return { ...station, slots, ...(!reflash && { oversight: noOversight }) };
}

/** The second bolt on the door: a slot that only looks has nothing to write with. */
const noFlasher: SlotServices['flasherFor'] = (platform) => {
  throw fault('station-defect', 'verifying', { detail: `a ${platform} flasher was asked for by a run that only looks` });
};

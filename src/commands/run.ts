// `flashrack run STATION`: the production line on a hardware bench. Composes the bench; the rest is run-rack's.

import { realClock } from '../bench/hardware/real-clock.ts';
import { fault } from '../domain/failure.ts';
import { hardwareBench } from './hardware-bench.ts';
import { loadRack } from './load-rack.ts';
import { runRack } from './run-rack.ts';
import { hasTerminal, screenOptions, type ViewOptions } from './start-view.ts';

export interface WorkOptions {
  readonly operator?: string;
  readonly order?: string;
  readonly lot?: string;
  readonly shift?: string;
}

export interface RunCommandOptions extends ViewOptions, WorkOptions {
  readonly profile: readonly string[];
  /** Without a terminal: how long no board may come before the run ends. */
  readonly quietMs: number;
  /** Without a terminal too the run ends only when it is asked to: a service. */
  readonly keepRunning: boolean;
}

export async function run(stationFile: string, options: RunCommandOptions): Promise<number> {
  const rack = await loadRack(stationFile, options.profile);
  const { station: settings } = rack;
  if (settings.bench !== 'hardware') {
    throw fault('station-file-invalid', 'bench', {
      expected: 'hardware',
      actual: settings.bench,
      detail: 'a simulated rack runs with `flashrack demo`',
    });
  }
  // On a terminal they may be scanned, and no board is entered before.
  const canScan = hasTerminal(options.json);
  if (!canScan && settings.production.requireOperator && options.operator === undefined) throw missing('--operator');
  if (!canScan && settings.production.requireWorkOrder && options.order === undefined) throw missing('--order');
  const { source, powerSwitchFor } = await hardwareBench(settings, realClock);
  return runRack(
    {
      settings,
      links: rack.links,
      profiles: rack.profiles,
      kits: rack.kits,
      source,
      powerSwitchFor,
    },
    {
      clock: realClock,
      work: {
        operator: options.operator ?? null,
        workOrder: options.order ?? null,
        lot: options.lot ?? null,
        shift: options.shift ?? null,
      },
      end: hasTerminal(options.json) || options.keepRunning ? { kind: 'never' } : { kind: 'whenDone', quietMs: options.quietMs },
      lang: options.lang,
      json: options.json,
      ...screenOptions(options),
    },
  );
}

const missing = (option: string) =>
  fault('station-file-invalid', 'production', { expected: option, actual: 'not given', detail: 'this station requires it' });

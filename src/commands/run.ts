// `flashrack run STATION`: the production line on a hardware bench. Composes the bench; the rest is run-rack's.

import { fixedPathSource } from '../bench/hardware/fixed-path-source.ts';
import { realClock } from '../bench/hardware/real-clock.ts';
import { promptPowerSwitch } from '../bench/power-switch.ts';
import { fault } from '../domain/failure.ts';
import { loadRack } from './load-rack.ts';
import { runRack } from './run-rack.ts';
import { hasTerminal, type ViewOptions } from './start-view.ts';

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
  if (settings.production.requireOperator && options.operator === undefined) throw missing('--operator');
  if (settings.production.requireWorkOrder && options.order === undefined) throw missing('--order');
  const serialPaths = settings.slots.flatMap(({ fixed }) => fixed?.serialPath ?? []);
  return runRack(
    {
      settings,
      profiles: rack.profiles,
      kits: rack.kits,
      source: fixedPathSource(serialPaths, realClock),
      powerSwitchFor: () => promptPowerSwitch,
    },
    {
      clock: realClock,
      work: {
        operator: options.operator ?? null,
        workOrder: options.order ?? null,
        lot: options.lot ?? null,
        shift: options.shift ?? null,
      },
      end: hasTerminal(options.json) ? { kind: 'never' } : { kind: 'whenDone', quietMs: options.quietMs },
      lang: options.lang,
      json: options.json,
    },
  );
}

const missing = (option: string) =>
  fault('station-file-invalid', 'production', { expected: option, actual: 'not given', detail: 'this station requires it' });

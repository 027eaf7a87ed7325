// `flashrack demo`, the main job of `npm start`: the simulated rack, its boards and the person at it. Composes the simulator bench.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock } from '../bench/hardware/real-clock.ts';
import { demoReleases } from '../bench/simulator/demo-package/demo-releases.ts';
import { createDemoRack, type DemoRack, type DemoScenario } from '../bench/simulator/demo-rack.ts';
import type { StationConsole } from '../station/read-model.ts';
import { loadRack } from './load-rack.ts';
import { runRack } from './run-rack.ts';
import { hasTerminal, screenOptions, type ViewOptions } from './start-view.ts';
import { projectFolder } from './version.ts';

export interface DemoOptions extends ViewOptions {
  readonly scenario: DemoScenario;
  readonly seed: number;
}

/** A rough board waits longest for its missed window: nothing more comes after this. */
const quietMs = 60_000;

export async function demo(options: DemoOptions): Promise<number> {
  await writeDemoPackages();
  const { station: settings, links, profiles, kits } = await loadRack(join(projectFolder, 'stations', 'demo.json'));
  const positions = settings.slots.map(({ number, usbPath }) => ({ slot: number, usbPath }));
  const demoRack = createDemoRack({ clock: realClock, scenario: options.scenario, seed: options.seed, positions });
  const work = { operator: 'demo', workOrder: 'DEMO', lot: null, shift: null };
  const exitCode = await runRack(
    { settings, links, profiles, kits, source: demoRack.rack, powerSwitchFor: () => demoRack.rack },
    {
      clock: realClock,
      work,
      end: hasTerminal(options.json) ? { kind: 'never' } : { kind: 'whenDone', quietMs },
      watch: (console) => letPersonWork(console, demoRack),
      lang: options.lang,
      json: options.json,
      ...screenOptions(options),
    },
  );
  demoRack.end();
  return exitCode;
}

/** The simulated person sees the same prompts as an operator would, and nothing else. */
export function letPersonWork(console: StationConsole, demoRack: DemoRack): void {
  console.subscribe(({ slot, event }) => {
    if (event.type === 'station.started') demoRack.begin();
    if (event.type === 'state.changed' && slot !== null && event.prompt !== null) demoRack.onPrompt(slot, event.prompt.kind);
  });
}

async function writeDemoPackages(): Promise<void> {
  const folder = join(projectFolder, 'logs', 'demo');
  await mkdir(folder, { recursive: true });
  for (const { fileName, build } of demoReleases) await writeFile(join(folder, fileName), build());
}

// What a start would refuse, as it was gathered, and programs that the station file names. Opens nothing.
import { join } from 'node:path';
import type { PowerSwitchSettings } from '../config/station-file.ts';
import type { Diagnosis } from '../domain/diagnosis.ts';
import { bySubject } from './by-subject.ts';
import type { Check } from './check.ts';
import type { Machine } from './machine.ts';

export const checkSetup: Check = async (machine, { failures, station }) => {
  const refused = failures.map((failure): Diagnosis => ({ code: 'setup-refused', facts: { failure } }));
  const wanted = (station?.bench === 'hardware' ? station.slots : []).flatMap(({ number, powerSwitch }) => {
    const program = programOf(powerSwitch);
    return program === null ? [] : [{ subject: program, slot: number }];
  });
  const missing: Diagnosis[] = [];
  for (const [program, slots] of bySubject(wanted)) {
    if (!(await isThere(machine, program))) missing.push({ code: 'power-program-missing', facts: { program, slots } });
  }
  return [...refused, ...missing];
};

function programOf(powerSwitch: PowerSwitchSettings): string | null {
  switch (powerSwitch.kind) {
    case 'prompt':
      return null;
    case 'uhubctl':
      return powerSwitch.program;
    case 'command':
      return powerSwitch.command[0];
  }
}

async function isThere(machine: Machine, program: string): Promise<boolean> {
  const folders = program.includes('/') ? [''] : (machine.env('PATH') ?? '').split(':');
  for (const folder of folders) if ((await machine.resolved(join(folder, program))) !== null) return true;
  return false;
}

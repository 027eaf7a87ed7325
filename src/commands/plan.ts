// `flashrack plan FILE --profile P`: what would be done to a module, in order, without opening anything. Knows no bench.
import { hex } from '../domain/failure.ts';
import { connectSteps, type Plan, type PlanStep, programSteps } from '../domain/plan.ts';
import { withAgentboot } from '../firmware/eigencomm-package.ts';
import { readPackage } from '../firmware/read-package.ts';
import { flasherFor } from '../platforms.ts';
import { printable } from '../views/words/escape.ts';
import { exitCodes } from './exit-codes.ts';
import { operatorsAgentboot, readBytes } from './kits.ts';
import { loadProfileFile } from './load-rack.ts';
import { print, printJson } from './print.ts';
import { table } from './table.ts';

export async function plan(file: string, options: { readonly profile: string; readonly json: boolean }): Promise<number> {
  const loaded = await loadProfileFile(options.profile);
  const read = await readPackage(await readBytes(file, 'plan'), file);
  const agentboot = await operatorsAgentboot(loaded);
  const firmware = agentboot === null ? read : withAgentboot(read, agentboot);
  const made = flasherFor(loaded.profile.platform).plan(firmware, loaded.profile);
  const pinned = loaded.profile.package.sha256;
  if (options.json)
    printJson({ ...made, profile: loaded.profile.id, pinnedSha256: pinned, isPinned: pinned === made.package.sha256 });
  else for (const line of planLines(made, pinned)) print(line);
  return exitCodes.pass;
}

export function planLines(made: Plan, pinnedSha256: string): string[] {
  const rows = (steps: readonly PlanStep[]): string[][] => steps.map(stepRow);
  const isPinned = made.package.sha256 === pinnedSha256;
  return [
    `${printable(made.package.name)}  ${printable(made.package.version)}  sha256 ${made.package.sha256}`,
    isPinned
      ? 'this is the package that the profile pins'
      : `NOT the package that the profile pins (${pinnedSha256}): a station would refuse it`,
    '',
    ...table(
      ['step', 'kind', 'target', 'address', 'bytes'],
      [...rows(connectSteps(made)), ['--- first write ---'], ...rows(programSteps(made))],
    ),
    '',
    `${made.totalBytes} bytes to load and write; the first write is ${made.firstWrite}`,
    ...made.notes.map((note) => `note: ${printable(note)}`),
  ];
}

function stepRow(step: PlanStep): string[] {
  const address = step.address === undefined ? '-' : hex(step.address);
  return [step.name, step.kind, printable(step.target ?? '-'), address, String(step.bytes)];
}

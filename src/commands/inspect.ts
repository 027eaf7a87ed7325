// `flashrack inspect FILE`: what is inside a package and whether each digest holds. Knows no profile.
import { describeFailure, hex } from '../domain/failure.ts';
import { type Inspection, inspectPackage } from '../firmware/read-package.ts';
import { printable } from '../views/words/escape.ts';
import { exitCodes } from './exit-codes.ts';
import { readBytes } from './kits.ts';
import { print, printJson } from './print.ts';
import { table } from './table.ts';

export async function inspect(file: string, { json }: { readonly json: boolean }): Promise<number> {
  const inspection = await inspectPackage(await readBytes(file, 'inspect'), file);
  if (json) printJson(inspection);
  else for (const line of inspectionLines(inspection)) print(line);
  return inspection.failures.length === 0 ? exitCodes.pass : exitCodes.refused;
}

export function inspectionLines(inspection: Inspection): string[] {
  const { name, size, sha256, version, platforms, revisionsFound, facts, members, failures } = inspection;
  return [
    `${printable(name)}  ${size} bytes  sha256 ${sha256}`,
    `platform ${platforms.join(', ') || 'unknown'}  version ${printable(version ?? 'unknown')}`,
    ...facts.map((fact) => `${fact.name}: ${printable(String(fact.value))}`),
    ...revisionsFound.map((revision) => `revision found: ${printable(revision)}`),
    '',
    ...table(
      ['kind', 'name', 'address', 'bytes', 'sha256', 'digest'],
      members.map((member) => [
        member.kind,
        printable(member.name),
        member.address === undefined ? '-' : hex(member.address),
        String(member.size),
        member.sha256,
        digestWord(member.digestHolds),
      ]),
    ),
    '',
    ...(failures.length === 0
      ? ['every digest that the package states holds']
      : failures.map((failure) => `REFUSED ${printable(describeFailure(failure))}`)),
  ];
}

function digestWord(holds: boolean | null): string {
  if (holds === null) return 'none stated';
  return holds ? 'holds' : 'DOES NOT HOLD';
}

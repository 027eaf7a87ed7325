// `flashrack supervisor hash`: reads a code and prints what the station file keeps of it. The code itself is shown and kept nowhere.
import { exitCodes } from './exit-codes.ts';
import { readHiddenLine } from './hidden-line.ts';
import { print } from './print.ts';
import { hashCode, leastCodeLength } from './supervisor-code.ts';

export async function supervisorHash({ name }: { readonly name: string }): Promise<number> {
  const code = await readHiddenLine(`Code of ${name}: `);
  if (code === null || [...code].length < leastCodeLength)
    return refused(`a code of at least ${leastCodeLength} characters is expected`);
  if (process.stdin.isTTY && (await readHiddenLine('Again: ')) !== code) return refused('the two are not the same');
  print(JSON.stringify(await hashCode(name, code), null, 2));
  process.stderr.write('Put this into "supervisors" of the station file.\n');
  return exitCodes.pass;
}

function refused(why: string): number {
  process.stderr.write(`flashrack: ${why}\n`);
  return exitCodes.refused;
}

// The edge of every command: a refusal becomes words and exit code 2, anything unexpected exit code 3. Knows no command.
import { describeFailure, type FailureCode, Fault } from '../domain/failure.ts';
import { printable } from '../views/words/escape.ts';
import { failureWords } from '../views/words/failure-words.ts';
import type { Language } from '../views/words/language.ts';
import { exitCodes } from './exit-codes.ts';

const stationFaults: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'record-not-writable',
  'journal-in-use',
  'journal-damaged',
  'bench-lost',
  'station-defect',
]);

/** Runs a command and sets the process's exit code; what it throws is explained on standard error. */
export async function settleExit(run: () => Promise<number>, lang: Language = 'en'): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (thrown) {
    process.exitCode = explain(thrown, lang);
  }
}

function explain(thrown: unknown, lang: Language): number {
  if (!(thrown instanceof Fault)) {
    process.stderr.write(
      `flashrack: station-defect: ${printable(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown), 4000)}\n`,
    );
    return exitCodes.stationFault;
  }
  const { says, action } = failureWords[thrown.failure.code][lang];
  const lines = describeFailure(thrown.failure)
    .split('\n')
    .map((line) => printable(line, 1000));
  process.stderr.write(`flashrack: ${lines.join('\n  ')}\n${says} ${action}\n`);
  return stationFaults.has(thrown.failure.code) ? exitCodes.stationFault : exitCodes.refused;
}

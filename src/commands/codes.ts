// `flashrack codes`: every failure code with its meaning and the one thing to do. Knows only the closed list.
import { type FailureCode, failureCodes } from '../domain/failure.ts';
import { failureWords } from '../views/words/failure-words.ts';
import { exitCodes } from './exit-codes.ts';
import { print, printJson } from './print.ts';

export function codes({ json }: { readonly json: boolean }): Promise<number> {
  for (const code of Object.keys(failureCodes) as FailureCode[]) {
    const { blame, retryable } = failureCodes[code];
    const words = failureWords[code];
    if (json) printJson({ code, blame, retryable, ...words });
    else {
      print(`${code}  (blame ${blame}${retryable ? ', may be retried' : ''})`);
      print(`  ${words.en.says} -> ${words.en.action}`);
      print(`  ${words.zh.says} -> ${words.zh.action}`);
    }
  }
  return Promise.resolve(exitCodes.pass);
}

// `flashrack codes`: every failure code with its meaning and the one thing to do. Knows only the closed list.
import { type Blame, type FailureCode, failureCodes } from '../domain/failure.ts';
import { failureWords } from '../views/words/failure-words.ts';
import { blameWords } from '../views/words/state-words.ts';
import { exitCodes } from './exit-codes.ts';
import { print, printJson } from './print.ts';

export function codes({ json }: { readonly json: boolean }): Promise<number> {
  for (const facts of allCodes()) {
    if (json) printJson(facts);
    else for (const line of codeLines(facts)) print(line);
  }
  return Promise.resolve(exitCodes.pass);
}

export interface CodeFacts {
  readonly code: FailureCode;
  readonly blame: Blame;
  readonly retryable: boolean;
  /** In each language: why it happens, and the one thing to do. */
  readonly en: CodeSpeech;
  readonly zh: CodeSpeech;
}

interface CodeSpeech {
  readonly cause: string;
  readonly action: string;
}

/** The whole closed list, in its order. */
export function allCodes(): readonly CodeFacts[] {
  return (Object.keys(failureCodes) as FailureCode[]).map((code) => {
    const { en, zh } = failureWords[code];
    return {
      code,
      ...failureCodes[code],
      en: { cause: en.says, action: en.action },
      zh: { cause: zh.says, action: zh.action },
    };
  });
}

export function codeLines({ code, blame, retryable, en, zh }: CodeFacts): readonly string[] {
  return [
    code,
    `  blame ${blame} (${blameWords.zh[blame]}), ${retryable ? 'may be retried (可重试)' : 'not retried (不重试)'}`,
    `  ${en.cause} -> ${en.action}`,
    `  ${zh.cause} -> ${zh.action}`,
  ];
}

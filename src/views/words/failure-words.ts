// What each failure means to an operator and the one thing to do, in each language. Exhaustive by type: a new code without words
// does not compile. Knows no failure's facts; those are shown beside the words.
import type { FailureCode } from '../../domain/failure.ts';
import { benchFailureWords } from './failure-words-bench.ts';
import { boardFailureWords } from './failure-words-board.ts';
import { clearanceFailureWords } from './failure-words-clearance.ts';
import { downloadFailureWords } from './failure-words-download.ts';
import { nightFailureWords } from './failure-words-night.ts';
import { packageFailureWords } from './failure-words-package.ts';
import type { InEach, Language } from './language.ts';

export interface FailureSpeech {
  /** What it means, in one plain sentence. */
  readonly says: string;
  /** The one thing to do. */
  readonly action: string;
}

export type FailureWords = InEach<FailureSpeech>;

export const failureWords: Readonly<Record<FailureCode, FailureWords>> = {
  ...packageFailureWords,
  ...boardFailureWords,
  ...clearanceFailureWords,
  ...benchFailureWords,
  ...downloadFailureWords,
  ...nightFailureWords,
};

/** The one thing to do with the board of a failed job. */
export const actionFor = (code: FailureCode, forRework: boolean, lang: Language): string =>
  failureWords[forRework ? 'rework-needed' : code][lang].action;

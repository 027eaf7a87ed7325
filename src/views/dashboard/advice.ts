// The one thing to do about a failure: the code's own action, and for a board that keeps failing the next rung of the ladder.
// Knows no layout.
import type { SlotView } from '../../station/read-model.ts';
import { actionFor } from '../words/failure-words.ts';
import type { Language } from '../words/language.ts';
import { ladder } from '../words/task-words.ts';

export interface Advice {
  readonly text: string;
  /** 1 is the first; null while the failure's own action stands. */
  readonly rung: number | null;
}

export function adviceFor({ failure, failuresInARow, forRework }: SlotView, lang: Language): Advice | null {
  if (!failure) return null;
  const rungs = ladder[lang];
  const rung = Math.min(failuresInARow - 1, rungs.length);
  const climbed = forRework ? undefined : rungs[rung - 1];
  return climbed === undefined ? { text: actionFor(failure.code, forRework, lang), rung: null } : { text: climbed, rung };
}

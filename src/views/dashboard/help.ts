// The help screen: every key and every state in words. Knows no slot.

import type { Language } from '../words/language.ts';
import { screenWords } from '../words/screen-words.ts';
import { stateWords } from '../words/state-words.ts';
import { cell, clip, type Line, span } from './line.ts';
import { keysLine } from './station-lines.ts';

export function helpLines(lang: Language, columns: number): Line[] {
  const words = screenWords[lang];
  const states = Object.values(stateWords[lang]).map(
    ({ name, means }): Line => clip([...cell([span(name, 'bold')], 16), span(means)], columns),
  );
  return [clip([span(words.helpTitle, 'bold')], columns), keysLine(lang, columns), [], ...states];
}

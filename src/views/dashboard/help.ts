// The help screen: every key, state, sign and scan in words, on as many pages as it takes. Knows no slot.
import type { Language } from '../words/language.ts';
import { screenWords } from '../words/screen-words.ts';
import { phaseMeans, phaseWords, promptWords, stateWords, verdictMeans } from '../words/state-words.ts';
import type { Size } from './layout.ts';
import { cell, clip, type Line, span, wrapText } from './line.ts';
import { verdictLook } from './verdict-look.ts';

const termColumns = 18;

/** `page` counts on round and round. */
export function helpLines(lang: Language, { columns, rows }: Size, page: number): Line[] {
  const words = screenWords[lang];
  const lines = allLines(lang, columns);
  const perPage = Math.max(rows - 3, 1);
  const pages = Math.ceil(lines.length / perPage);
  const shown = page % pages;
  const more = pages > 1 ? `  ${words.page} ${shown + 1}/${pages} (${words.pageKey})` : '';
  const title: Line = clip([span(words.helpTitle, 'bold'), span(more, 'call')], columns);
  return [title, [], ...lines.slice(shown * perPage, (shown + 1) * perPage)];
}

function allLines(lang: Language, columns: number): Line[] {
  const words = screenWords[lang];
  const verdicts = entriesOf(verdictMeans[lang]).map(
    ([verdict, means]) => [`${verdictLook[verdict].symbol} ${verdict}`, means] as const,
  );
  const states = Object.values(stateWords[lang]).map(({ name, means }) => [name, means] as const);
  const prompts = Object.values(promptWords[lang]).map(({ name, step }) => [name, step] as const);
  const phases = entriesOf(phaseMeans[lang]).map(([phase, means]) => [phaseWords[lang][phase], means] as const);
  const sections = [
    [words.helpKeys, words.keys.map(([key, , means]) => [key, means] as const)],
    [words.helpVerdicts, verdicts],
    [words.helpSigns, words.signs],
    [words.helpStates, states],
    [words.helpPrompts, prompts],
    [words.helpScans, words.scans],
    [words.helpPhases, phases],
  ] as const;
  return sections.flatMap(([title, terms]) => [
    clip([span(title, 'call')], columns),
    ...terms.flatMap(([term, means]) => explained(term, means, columns)),
  ]);
}

const entriesOf = <Key extends string>(words: Readonly<Record<Key, string>>): readonly (readonly [Key, string])[] =>
  Object.entries(words) as [Key, string][];

function explained(term: string, means: string, columns: number): Line[] {
  const rows = wrapText(means, Math.max(columns - termColumns, 1), 3);
  return rows.map((text, row) => clip([...cell([span(row === 0 ? `  ${term}` : '', 'bold')], termColumns), span(text)], columns));
}

// The report for a terminal: facts, then tables, with bars of plain characters. Wide characters count two columns. Knows no terminal.
import type { Report } from './report.ts';
import type { ReportSpeech, ReportWords } from './report-words.ts';
import { factsOf, headingOf, type Section, sectionsOf } from './sections.ts';

export function reportText(report: Report, subject: string, words: ReportWords, speech: ReportSpeech): readonly string[] {
  const facts = factsOf(report, words);
  const nameWidth = Math.max(...facts.map(({ name }) => widthOf(name)));
  return [
    words.title,
    ...headingOf(report, subject, words),
    '',
    ...facts.map(({ name, value }) => `${padEnd(name, nameWidth)}  ${value}`),
    '',
    ...sectionsOf(report, words, speech).flatMap((section) => [...sectionLines(section, words), '']),
    words.page,
  ];
}

const barWidth = 24;
/** Which column of a section its bar shows. */
const barOf: Partial<Record<Section['key'], number>> = { hours: 1, pareto: 1, margins: 1 };

function sectionLines({ key, title, head, rows }: Section, words: ReportWords): string[] {
  if (rows.length === 0) return [title, `  ${key === 'unknown' ? words.noUnknown : words.nothing}`];
  const barColumn = barOf[key];
  const most = barColumn === undefined ? 0 : Math.max(1, ...rows.map((row) => Number(row[barColumn])));
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]): string => row.map((cell, column) => padEnd(cell, widths[column] ?? 0)).join('  ');
  const bar = (row: readonly string[]): string =>
    barColumn === undefined ? '' : `${'#'.repeat(Math.round((Number(row[barColumn]) / most) * barWidth)).padEnd(barWidth)}  `;
  const space = barColumn === undefined ? '' : ' '.repeat(barWidth + 2);
  return [title, `  ${space}${line(head)}`.trimEnd(), ...rows.map((row) => `  ${bar(row)}${line(row)}`.trimEnd())];
}

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const widthOf = (text: string): number => [...text].reduce((width, character) => width + (wide.test(character) ? 2 : 1), 0);
const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

// What `flashrack doctor` says: findings as lines for people, or as values for programs. Knows no machine.

import { type AreaFindings, severityOf } from '../doctor/examine.ts';
import type { Diagnosis } from '../domain/diagnosis.ts';
import { diagnosisSpeech, doctorWords } from '../views/words/doctor-words.ts';
import { printable } from '../views/words/escape.ts';
import type { Language } from '../views/words/language.ts';

export interface DoctorTextOptions {
  readonly lang: Language;
  readonly hasStation: boolean;
  /** Shown where they are missing. */
  readonly rules: string | null;
}

export function doctorLines(
  findings: readonly AreaFindings[],
  { lang, hasStation, rules }: DoctorTextOptions,
): readonly string[] {
  const words = doctorWords[lang];
  const all = findings.flatMap(({ found }) => found);
  const count = (severity: string): number => all.filter(({ code }) => severityOf(code) === severity).length;
  const isRuleless = all.some(({ code }) => code === 'udev-rule-missing' || code === 'udev-rule-differs');
  return [
    ...findings.flatMap(({ area, found }) => [
      areaLine(found, words.areas[area], words.inOrder),
      ...found.flatMap((diagnosis) => findingLines(diagnosis, lang)),
    ]),
    ...(hasStation ? [] : [words.withoutStation]),
    words.sums(count('blocking'), count('warning')),
    ...(isRuleless && rules !== null ? ['', words.rules, ...rules.trimEnd().split('\n')] : []),
  ];
}

function areaLine(found: readonly Diagnosis[], name: string, inOrder: string): string {
  if (found.length === 0) return `[ok] ${name}${inOrder}`;
  return found.some(({ code }) => severityOf(code) === 'blocking') ? `[!!] ${name}` : `[! ] ${name}`;
}

function findingLines(diagnosis: Diagnosis, lang: Language): readonly string[] {
  const words = doctorWords[lang];
  const { found, cure } = diagnosisSpeech(diagnosis, lang);
  const [first = '', ...more] = found.split('\n').map((line) => printable(line, 1000));
  return [
    `  ${words.severities[severityOf(diagnosis.code)]} ${diagnosis.code}: ${first}`,
    ...more.map((line) => `    ${line}`),
    `    ${words.cure}${printable(cure, 1000)}`,
  ];
}

/** One value per finding, then one with the sums. */
export function doctorJson(findings: readonly AreaFindings[]): readonly object[] {
  const entries = findings.flatMap(({ area, found }) =>
    found.map((diagnosis) => ({
      area,
      ...diagnosis,
      severity: severityOf(diagnosis.code),
      en: diagnosisSpeech(diagnosis, 'en'),
      zh: diagnosisSpeech(diagnosis, 'zh'),
    })),
  );
  const count = (severity: string): number => entries.filter((entry) => entry.severity === severity).length;
  return [...entries, { blocking: count('blocking'), warnings: count('warning') }];
}

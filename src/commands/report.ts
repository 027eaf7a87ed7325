// `flashrack report --shift|--order|--day`: what it came to, as text, CSV or one HTML page. Knows no station; reads the journal.
import { writeFile } from 'node:fs/promises';
import { reportHtml } from '../reports/html.ts';
import { foldReport } from '../reports/report.ts';
import { type ReportSpeech, reportWords } from '../reports/report-words.ts';
import { factsOf, sectionsOf } from '../reports/sections.ts';
import { reportText } from '../reports/text.ts';
import { byteOrderMark, csvLine } from '../sinks/csv.ts';
import type { RecordFilter } from '../sinks/record-filter.ts';
import { localDay, localTime } from '../trace/local-time.ts';
import { printable } from '../views/words/escape.ts';
import { failureWords } from '../views/words/failure-words.ts';
import type { Language } from '../views/words/language.ts';
import { stepWords } from '../views/words/step-words.ts';
import { exitCodes } from './exit-codes.ts';
import { withIndex } from './log-query.ts';
import { print } from './print.ts';
import { utcOffset } from './run-rack.ts';

export interface ReportOptions {
  readonly folder: string;
  readonly lang: Language;
  readonly shift?: string;
  readonly order?: string;
  readonly day?: string;
  readonly format: 'text' | 'csv' | 'html' | 'json';
  readonly out?: string;
}

export async function report(options: ReportOptions): Promise<number> {
  const { lang, format, out } = options;
  const nowMs = Date.now();
  // A shift without a day is today's.
  const day = options.day ?? (options.order === undefined ? localDay(nowMs, utcOffset) : undefined);
  const result = await withIndex(options.folder, async (index) => {
    const fold = foldReport();
    for await (const record of index.select(filterOf(options, day))) fold.add(record);
    return fold.result();
  });
  const words = reportWords[lang];
  const speech: ReportSpeech = {
    meaningOf: (code) => failureWords[code][lang].says,
    stepName: (step) => stepWords(step, lang),
  };
  const subject = [options.order, options.shift, day].filter((part) => part !== undefined).join(' · ');
  const made = localTime(nowMs, utcOffset).slice(0, 16).replace('T', ' ');
  const put = async (text: string): Promise<void> => {
    if (out === undefined) process.stdout.write(text);
    else await writeFile(out, text);
  };
  switch (format) {
    case 'text':
      if (out === undefined) for (const line of reportText(result, subject, words, speech)) print(printable(line));
      else await put(`${reportText(result, subject, words, speech).join('\n')}\n`);
      break;
    case 'csv': {
      const facts = factsOf(result, words).map(({ name, value }) => csvLine([name, value]));
      const sections = sectionsOf(result, words, speech).map(({ title, head, rows }) =>
        [csvLine([]), csvLine([title]), csvLine(head), ...rows.map((row) => csvLine(row))].join(''),
      );
      await put(byteOrderMark + csvLine([words.title, subject, made]) + facts.join('') + sections.join(''));
      break;
    }
    case 'html':
      await put(reportHtml(result, { subject, made }, words, speech));
      break;
    case 'json':
      await put(`${JSON.stringify(result)}\n`);
      break;
  }
  if (out !== undefined) print(`${printable(out)}: ${result.records} records`);
  return result.records > 0 ? exitCodes.pass : exitCodes.notPass;
}

/** No clock on earth is further from UTC: narrows the search; the day itself is the station's. */
const mostOffsetMs = 14 * 3_600_000;
const aroundDay = (day: string): RecordFilter => {
  const start = Date.parse(`${day}T00:00:00Z`);
  return { fromMs: start - mostOffsetMs, toMs: start + 24 * 3_600_000 + mostOffsetMs };
};

function filterOf({ shift, order }: ReportOptions, day: string | undefined): RecordFilter {
  return {
    ...(shift === undefined ? {} : { shift }),
    ...(order === undefined ? {} : { order }),
    ...(day === undefined ? {} : { day, ...aroundDay(day) }),
  };
}

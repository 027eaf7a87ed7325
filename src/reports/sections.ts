// The report as titled tables of text: what the terminal, the CSV and the HTML page all show. Knows no medium.
import type { Report } from './report.ts';
import { percentText, type ReportSpeech, type ReportWords, secondsText, timeText } from './report-words.ts';

export interface Section {
  readonly key: 'pareto' | 'slots' | 'cycle' | 'margins' | 'hours' | 'unknown';
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

export function factsOf(report: Report, words: ReportWords): readonly Fact[] {
  const { units, verdicts } = report;
  return [
    { name: words.attempted, value: String(units.attempted) },
    { name: words.passedUnits, value: String(units.finallyPassed) },
    { name: words.firstPassYield, value: percentText(units.firstPassYield) },
    { name: words.finalYield, value: percentText(units.finalYield) },
    ...(['PASS', 'FAIL', 'UNKNOWN', 'ABORTED'] as const).map((verdict) => ({
      name: words.verdicts[verdict],
      value: String(verdicts[verdict]),
    })),
  ];
}

export function sectionsOf(report: Report, words: ReportWords, speech: ReportSpeech): readonly Section[] {
  return [
    {
      key: 'hours',
      title: words.perHour,
      head: [words.hour, words.passed, words.other],
      rows: report.hours.map(({ hour, passed, other }) => [`${hour.replace('T', ' ')}:00`, String(passed), String(other)]),
    },
    {
      key: 'pareto',
      title: words.pareto,
      head: [words.code, words.count, words.cumulative, words.blame, words.meaning],
      rows: report.pareto.map(({ code, count, cumulative, blame }) => [
        code,
        String(count),
        percentText(cumulative),
        words.blames[blame],
        speech.meaningOf(code),
      ]),
    },
    {
      key: 'slots',
      title: words.slots,
      head: [
        words.slot,
        words.attempts,
        words.passed,
        words.yield,
        words.aborted,
        words.insertions,
        words.medianTime,
        words.worstMargin,
      ],
      rows: report.slots.map((slot) => [
        report.stations.length > 1 ? `${slot.station}/${slot.slot}` : String(slot.slot),
        String(slot.attempts),
        String(slot.passed),
        percentText(slot.yield),
        String(slot.aborted),
        String(slot.insertions),
        secondsText(slot.medianMs),
        secondsText(slot.worstMarginMs),
      ]),
    },
    {
      key: 'cycle',
      title: words.cycle,
      head: [words.phase, words.median, words.p95],
      rows: report.phases.map(({ phase, spread }) => [words.phases[phase], secondsText(spread.median), secondsText(spread.p95)]),
    },
    {
      key: 'margins',
      title: words.margins,
      head: [words.secondsLeft, words.count],
      rows: report.marginSeconds.map(({ second, count }) => [`${second}–${second + 1}`, String(count)]),
    },
    {
      key: 'unknown',
      title: words.unknown,
      head: [words.unit, words.time, words.slot, words.code, words.step, words.record],
      rows: report.unknown.map(({ unit, finishedAt, slot, code, step, recordId }) => [
        unit,
        timeText(finishedAt),
        String(slot),
        code ?? '-',
        step === null ? '-' : speech.stepName(step),
        recordId,
      ]),
    },
  ];
}

/** What the report is of: stations, orders, time. */
export function headingOf(report: Report, subject: string, words: ReportWords): readonly string[] {
  const { stations, orders, firstAt, lastAt, records } = report;
  const shownOrders = orders.length > 8 ? [...orders.slice(0, 8), '…'] : orders;
  return [
    subject,
    `${words.station} ${stations.join(', ') || '-'}`,
    ...(shownOrders.length === 0 ? [] : [`${words.order} ${shownOrders.join(', ')}`]),
    `${words.period} ${timeText(firstAt)} – ${timeText(lastAt)}`,
    `${words.records} ${records}`,
  ];
}

// The report as one HTML page without any other file: no script, no network, prints on A4. Knows no browser.
import { columns, escapeHtml, pareto, parts } from './charts.ts';
import type { Report } from './report.ts';
import { type ReportSpeech, type ReportWords, secondsText } from './report-words.ts';
import { factsOf, headingOf, type Section, sectionsOf } from './sections.ts';

/** `made` is when, as text. Everything from records is escaped. */
export function reportHtml(
  report: Report,
  heading: { readonly subject: string; readonly made: string },
  words: ReportWords,
  speech: ReportSpeech,
): string {
  const facts = factsOf(report, words).map(({ name, value }, index) => {
    const emphasis = index < 4 ? 'fact large' : 'fact';
    return `<div class="${emphasis}"><b>${escapeHtml(value)}</b><span>${escapeHtml(name)}</span></div>`;
  });
  const sections = sectionsOf(report, words, speech).map((section) => sectionHtml(section, report, words));
  const lines = headingOf(report, heading.subject, words).map((line) => `<span>${escapeHtml(line)}</span>`);
  return `<!doctype html>
<html lang="${words.lang === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${words.title} ${heading.subject}`)}</title>
<style>${style}</style>
</head>
<body>
<header><h1>${escapeHtml(words.title)}</h1><p>${lines.join('')}</p></header>
<div class="facts">${facts.join('')}</div>
${sections.join('\n')}
<footer>${escapeHtml(words.page)} <span>${escapeHtml(`${words.made} ${heading.made} · flashrack`)}</span></footer>
</body>
</html>
`;
}

function sectionHtml(section: Section, report: Report, words: ReportWords): string {
  const empty = `<p class="note">${escapeHtml(section.key === 'unknown' ? words.noUnknown : words.nothing)}</p>`;
  const body =
    section.rows.length === 0 ? empty : `${chartOf(section, report, words)}${noteOf(section, report, words)}${tableOf(section)}`;
  return `<section class="${section.key}"><h2>${escapeHtml(section.title)}</h2>${body}</section>`;
}

function chartOf({ key, title }: Section, report: Report, words: ReportWords): string {
  switch (key) {
    case 'hours': {
      const legend = `<p class="legend"><i class="first"></i>${escapeHtml(words.passed)}<i class="second"></i>${escapeHtml(words.other)}</p>`;
      const severalDays = new Set(report.hours.map(({ hour }) => hour.slice(0, 10))).size > 1;
      const label = (hour: string): string => (severalDays ? `${hour.slice(8, 10)}. ${hour.slice(11)}h` : `${hour.slice(11)}:00`);
      return (
        legend +
        columns(
          title,
          report.hours.map(({ hour, passed, other }) => ({ label: label(hour), value: passed, more: other })),
        )
      );
    }
    case 'pareto':
      return pareto(
        title,
        report.pareto.map(({ code, count, cumulative }) => ({ label: code, value: count, cumulative })),
      );
    case 'cycle':
      return parts(
        title,
        report.phases.map(({ phase, spread }) => ({
          label: words.phases[phase],
          value: spread.median,
          text: secondsText(spread.median),
        })),
      );
    case 'margins':
      return columns(
        title,
        report.marginSeconds.map(({ second, count }) => ({ label: `${second}–${second + 1} s`, value: count })),
        170,
      );
    case 'slots':
    case 'unknown':
      return '';
  }
}

function noteOf({ key }: Section, { cycle, margins }: Report, words: ReportWords): string {
  const note = (text: string): string => `<p class="note">${escapeHtml(text)}</p>`;
  if (key === 'cycle' && cycle !== null) {
    return note(`${words.median} ${secondsText(cycle.median)}, ${words.p95} ${secondsText(cycle.p95)}. ${words.cycleNote}`);
  }
  if (key === 'margins' && margins !== null) {
    const { min, p5, median } = margins;
    return note(
      `${words.least} ${secondsText(min)}, 5 % ${secondsText(p5)}, ${words.median} ${secondsText(median)}. ${words.marginNote}`,
    );
  }
  return '';
}

/** The charts of hours and margins say it all; on paper their numbers would only cost pages. */
const withoutTable: ReadonlySet<Section['key']> = new Set<Section['key']>(['hours', 'margins']);

function tableOf({ key, head, rows }: Section): string {
  if (withoutTable.has(key)) return '';
  const yieldColumn = key === 'slots' ? 3 : -1;
  const cells = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const isNumber = /^[\d.,]+( (%|s))?$|^-$/.test(cell) && key !== 'unknown';
        const share =
          column === yieldColumn && cell !== '-' ? `<i class="meter"><i style="width:${Number.parseFloat(cell)}%"></i></i>` : '';
        return `<td${isNumber ? ' class="number"' : ''}>${share}${escapeHtml(cell)}</td>`;
      })
      .join('');
  const headCells = head.map((cell) => `<th>${escapeHtml(cell)}</th>`).join('');
  return `<table><thead><tr>${headCells}</tr></thead><tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('')}</tbody></table>`;
}

const style = `
@page { size: A4; margin: 14mm 12mm; }
:root { --first: #1f6f5c; --second: #c8572b; --line: #d5d9dd; --ink: #1c2126; --soft: #5b656e; }
* { box-sizing: border-box; }
body { font: 13px/1.45 "Segoe UI", "Helvetica Neue", Arial, "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", sans-serif; color: var(--ink); margin: 24px auto; max-width: 800px; padding: 0 20px; background: #fff; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
h1 { font-size: 24px; margin: 0 0 4px; }
header p { margin: 0; color: var(--soft); display: flex; flex-wrap: wrap; gap: 2px 18px; }
header { border-bottom: 3px solid var(--ink); padding-bottom: 10px; }
h2 { font-size: 15px; margin: 0 0 8px; }
section { margin-top: 22px; break-inside: avoid; }
section.slots, section.unknown, section.pareto { break-inside: auto; }
h2 { break-after: avoid; } tr { break-inside: avoid; }
.facts { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; margin-top: 14px; }
.fact { border: 1px solid var(--line); border-radius: 4px; padding: 6px 10px; display: flex; flex-direction: column; }
.fact b { font-size: 16px; font-variant-numeric: tabular-nums; } .fact.large b { font-size: 26px; line-height: 1.2; }
.fact span { color: var(--soft); font-size: 12px; }
table { border-collapse: collapse; width: 100%; margin-top: 8px; font-size: 12px; }
th { text-align: left; font-weight: 600; border-bottom: 1.5px solid var(--ink); padding: 3px 8px 3px 0; vertical-align: bottom; }
td { border-bottom: 1px solid var(--line); padding: 3px 8px 3px 0; vertical-align: top; overflow-wrap: anywhere; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.pareto td:first-child { white-space: nowrap; }
svg { display: block; width: 100%; height: auto; font-size: 11px; }
svg text { fill: var(--ink); } svg .axis { fill: var(--soft); font-size: 10px; } svg .value { font-size: 10px; }
.first, svg .first { fill: var(--first); background: var(--first); } .second, svg .second { fill: var(--second); background: var(--second); }
.grid { stroke: var(--line); stroke-width: 1; } .running { fill: none; stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 4 3; } .dot { fill: var(--ink); }
.part0 { fill: #9aa5ae; } .part1 { fill: #5d8fa8; } .part2 { fill: #2f5f7d; } .part3 { fill: #1f6f5c; } .part4 { fill: #b08a2e; } .part5 { fill: #c8572b; }
.part { stroke: #fff; stroke-width: 1; }
.legend { margin: 0 0 4px; color: var(--soft); } .legend i { display: inline-block; width: 11px; height: 11px; margin: 0 6px 0 14px; vertical-align: -1px; } .legend i:first-child { margin-left: 0; }
.meter { display: inline-block; width: 60px; height: 8px; background: #eceff1; margin-right: 8px; } .meter i { display: block; height: 100%; background: var(--first); }
.note { color: var(--soft); margin: 6px 0 0; font-size: 12px; }
footer { margin-top: 26px; border-top: 1px solid var(--line); padding-top: 8px; color: var(--soft); font-size: 11px; display: flex; justify-content: space-between; gap: 20px; }
@media print { body { margin: 0; max-width: none; padding: 0; } section { margin-top: 16px; } }
`;

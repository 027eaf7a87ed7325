// Draws what is the station's: its line, counts, alerts, gathered prompts, last events, keys. Knows no slot's layout.
import type { Verdict } from '../../domain/verdict.ts';
import { type EventLine, type OutboxView, type SlotView, type StationView, yieldOf } from '../../station/read-model.ts';
import { eventText, failureFacts } from '../words/event-words.ts';
import { failureWords } from '../words/failure-words.ts';
import { goldenText, patternText, stopText } from '../words/finding-words.ts';
import { seconds, share, slotList, stopwatch, timeOfDay } from '../words/format.ts';
import type { Language } from '../words/language.ts';
import { screenWords } from '../words/screen-words.ts';
import { phaseWords, verdictWords } from '../words/state-words.ts';
import type { Style } from './ansi.ts';
import { clip, fitting, type Line, span, spread } from './line.ts';

const phaseStyle: Readonly<Record<StationView['phase'], Style>> = {
  running: 'good',
  draining: 'call',
  faulted: 'hazard',
  ended: 'bold',
};
const countStyle: Readonly<Record<Verdict, Style>> = { PASS: 'good', FAIL: 'bad', UNKNOWN: 'call', ABORTED: 'warn' };

export const slotsWriting = (slots: readonly SlotView[]): number[] =>
  slots.filter((slot) => slot.beingWritten).map(({ number }) => number);

export function stationLine(view: StationView, lang: Language, columns: number): Line {
  const words = screenWords[lang];
  const { workOrder, lot, operator, shift } = view.session;
  const named: Line[] = [
    [span(`flashrack ${view.station.id}`, 'bold')],
    [span(view.station.line)],
    ...(view.station.bench === 'simulator' ? [[span(words.simulator, 'warn')]] : []),
    ...(view.purpose === 'flash' ? [] : [[span(words.purpose[view.purpose], 'call')]]),
    ...(workOrder ? [[span(`${words.order} ${workOrder}`)]] : []),
    ...(operator ? [[span(`${words.operator} ${operator}`)]] : []),
    ...(shift ? [[span(`${words.shift} ${shift}`)]] : []),
    ...(lot ? [[span(`${words.lot} ${lot}`)]] : []),
  ];
  const phase: Line = [span(' '), span(phaseWords[lang][view.phase], phaseStyle[view.phase])];
  return spread(fitting(named, columns - 12), phase, columns);
}

export function countsLine(view: StationView, lang: Language, columns: number): Line {
  const words = screenWords[lang];
  const verdicts: readonly Verdict[] = ['PASS', 'FAIL', 'UNKNOWN', 'ABORTED'];
  const counted = verdicts.map((verdict): Line => {
    const label = lang === 'en' ? verdict : verdictWords[lang][verdict];
    return [span(`${label} ${view.counts[verdict]}`, view.counts[verdict] > 0 ? countStyle[verdict] : 'dim')];
  });
  const parts = [...counted, [span(`${words.yield} ${share(yieldOf(view.counts))}`, 'bold')]];
  const [perHour = [], ...takt] = taktParts(view, lang);
  parts.push(perHour, ...view.outboxes.map((outbox) => outboxPart(outbox, lang)), ...takt);
  const writing = slotsWriting(view.slots).length;
  if (writing > 0) parts.push([span(`${words.beingWritten} ${writing}`, 'bold')]);
  return spread(fitting(parts, columns - 9), [span(stopwatch(view.nowMs - view.startedAtMs), 'dim')], columns);
}

/** Units per hour against the target, the shift's own rate, and when a slot is free again. */
function taktParts({ takt }: StationView, lang: Language): Line[] {
  const words = screenWords[lang];
  const { unitsPerHour, shiftUnitsPerHour, targetUnitsPerHour: target, nextFreeMs } = takt;
  const parts: Line[] = [];
  if (unitsPerHour !== null || target !== null) {
    const reached = target === null || (unitsPerHour ?? 0) >= target;
    const goal = target === null ? '' : `/${target}`;
    parts.push([span(`${whole(unitsPerHour)}${goal} ${words.perHour}`, reached ? 'bold' : 'warn')]);
  }
  if (unitsPerHour !== null && unitsPerHour > 0) parts.push([span(`${words.takt} ${seconds(3_600_000 / unitsPerHour)}`)]);
  if (nextFreeMs !== null && nextFreeMs > 0) parts.push([span(`${words.free} ${Math.ceil(nextFreeMs / 1000)} s`, 'info')]);
  if (shiftUnitsPerHour !== null) parts.push([span(`${words.shift} ${whole(shiftUnitsPerHour)} ${words.perHour}`, 'dim')]);
  return parts;
}

const whole = (perHour: number | null): string => (perHour === null ? '-' : String(Math.floor(perHour)));

/** Its age always; what is in the way is an alert's or an event's affair. */
const outboxPart = ({ name, ageMs, trouble, demand }: OutboxView, lang: Language): Line => {
  const isCalm = trouble === null && demand === 'none';
  return [span(`${screenWords[lang].outbox} ${name} ${stopwatch(ageMs)}`, isCalm ? 'dim' : demand === 'none' ? 'warn' : 'call')];
};

/** A station fault, what the station concluded, late records and a drain, each with what it means for the hands. None while all is well. */
export function alertLines(view: StationView, lang: Language, columns: number): Line[] {
  const words = screenWords[lang];
  const lines: Line[] = [];
  if (view.fault) {
    const { says, action } = failureWords[view.fault.code][lang];
    lines.push(
      clip(
        [span(`${words.fault} ${says}`, 'bad'), span(` ${action} `, 'call'), span(failureFacts(view.fault, lang), 'dim')],
        columns,
      ),
    );
  }
  lines.push(...findingLines(view, lang, columns));
  for (const { name, ageMs, trouble, demand } of view.outboxes) {
    if (demand !== 'warn') continue;
    const said = trouble === null ? [] : [span(` ${trouble}`, 'dim')];
    lines.push(clip([span(`${words.recordsWait} ${name} ${stopwatch(ageMs)}`, 'call'), ...said], columns));
  }
  if (view.phase === 'draining') {
    const writing = slotsWriting(view.slots);
    const hazard: Line = writing.length > 0 ? [span(words.doNotUnplug, 'hazard'), span(' ')] : [];
    lines.push(clip([...hazard, span(`${words.stopping} ${slotList(writing)}`, 'call')], columns));
  }
  return lines;
}

/** What locks production, and where failures of many slots point. */
function findingLines({ oversight }: StationView, lang: Language, columns: number): Line[] {
  const { stop, golden, patterns } = oversight;
  const key = ` ${screenWords[lang].releaseStopKey}`;
  const lines: Line[] = [];
  if (stop !== null) lines.push([span(stopText(stop, lang), 'hazard'), span(key, 'call')]);
  if (golden === 'needed' || golden === 'failed')
    lines.push([span(goldenText(golden, lang), golden === 'failed' ? 'bad' : 'call')]);
  lines.push(...patterns.map((pattern): Line => [span(patternText(pattern, lang), 'warn')]));
  return lines.map((line) => clip(line, columns));
}

/** The newest `count` events that fit, oldest first. Progress is on the slots' own lines. */
export function eventLines(events: readonly EventLine[], count: number, lang: Language, columns: number): Line[] {
  if (count <= 0) return [];
  const told = events.filter(({ event }) => event.type !== 'step.progressed').slice(-count);
  return told.map(({ wallMs, slot, event }) =>
    clip(
      [
        span(`${timeOfDay(wallMs)} ${slot === null ? '--' : String(slot).padStart(2, '0')} `, 'dim'),
        span(eventText(event, lang)),
      ],
      columns,
    ),
  );
}

export function keysLine(lang: Language, columns: number): Line {
  const [first, ...rest] = screenWords[lang].keys.map(([key, does]): Line => [span(key, 'bold'), span(` ${does}`, 'dim')]);
  return first ? fitting([first, ...rest], columns) : [];
}

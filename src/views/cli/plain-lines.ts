// The plain view: one line per event, for pipes, logs and terminals without a dashboard. Knows the read model, no station.
//
// Text line:     `HH:MM:SS  slot NN  <words>` or `HH:MM:SS  station  <words>` (local time, two spaces between the columns)
// Verdict line:  `HH:MM:SS  slot NN  PASS model=EC800E imei=… duration=12.3s record=<ULID>`
//                `HH:MM:SS  slot NN  FAIL code=… blame=… model=… imei=… duration=… record=… step=… … | <meaning> Do: <action>`
//                Exactly one per record; its third column starts with PASS, FAIL, UNKNOWN or ABORTED, and no other line's does
//                but that of a job closed by recovery. An unknown value is `-`, a space within a value `_`.
// Progress line: at most one per 10 % or 2 s of a slot.
// Last line:     `HH:MM:SS  station  summary: 8 boards, 8 passed, 0 failed, 0 unknown, 0 aborted, yield 100.0 %`
// JSON line:     {"time": ISO 8601 UTC, "slot": number|null, "type": event type, …the event's fields}. `record.written` also holds
//                code, blame, says, action, model, imei, sn, revision, durationMs; the last line has type `summary`.
import type { EventLine, SlotView, StationConsole, StationView } from '../../station/read-model.ts';
import { yieldOf } from '../../station/read-model.ts';
import { printable, printableJson } from '../words/escape.ts';
import { eventText } from '../words/event-words.ts';
import { percent, rate, share, sizeOf, timeOfDay } from '../words/format.ts';
import type { Language } from '../words/language.ts';
import { stepWords } from '../words/step-words.ts';
import { verdictJson, verdictText } from './verdict-line.ts';

export interface PlainOptions {
  /** Is given whole lines without their newline. What it throws is taken as a lost output. */
  readonly write: (line: string) => void;
  readonly lang: Language;
  readonly json: boolean;
}

export interface PlainView {
  /** Writes the summary, unless `station.ended` already brought it, and listens no more. */
  stop(): void;
}

/** Tells every event of `station` from now on. Never throws because its output is gone. */
export function runPlainView(station: StationConsole, { write, lang, json }: PlainOptions): PlainView {
  const put = untilLost(write);
  const isTold = tellOnce();
  let lastWallMs = 0;
  let ended = false;

  const finish = (): void => {
    if (ended) return;
    ended = true;
    unsubscribe();
    put(json ? summaryJson(station.view(), lastWallMs) : summaryText(station.view(), lastWallMs, lang));
  };

  const unsubscribe = station.subscribe((line) => {
    const slot = line.slot === null ? undefined : station.slotView(line.slot);
    lastWallMs = line.wallMs;
    if (isTold(line, slot)) put(json ? jsonLine(line, slot, lang) : textLine(line, slot, lang));
    if (line.event.type === 'station.ended') finish();
  });

  return { stop: finish };
}

function untilLost(write: (line: string) => void): (line: string) => void {
  let lost = false;
  return (line) => {
    if (lost) return;
    try {
      write(line);
    } catch {
      lost = true;
    }
  };
}

/** Which events are told: each record once, progress as `progressGate` lets it, everything else. */
function tellOnce(): (line: EventLine, slot: SlotView | undefined) => boolean {
  const tellsProgress = progressGate();
  const recordsTold = new Set<string>();
  return (line, slot) => {
    if (line.event.type === 'step.progressed') return tellsProgress(line, slot);
    if (line.event.type !== 'record.written') return true;
    const isNew = !recordsTold.has(line.event.recordId);
    recordsTold.add(line.event.recordId);
    return isNew;
  };
}

const progressStepPercent = 10;
const progressStepMs = 2_000;

/** The first progress of a job, then one per 10 % or 2 s of its slot. */
function progressGate(): (line: EventLine, slot: SlotView | undefined) => boolean {
  const told = new Map<number, { jobId: string | null; percent: number; wallMs: number }>();
  return ({ wallMs }, slot) => {
    if (!slot) return false;
    const now = { jobId: slot.jobId, percent: percent(slot.bytesDone, slot.bytesTotal), wallMs };
    const last = told.get(slot.number);
    // A wall clock that was set back must not silence a slot: any distance counts.
    const isDue =
      last?.jobId !== now.jobId ||
      now.percent >= last.percent + progressStepPercent ||
      Math.abs(wallMs - last.wallMs) >= progressStepMs;
    if (isDue) told.set(slot.number, now);
    return isDue;
  };
}

function placed(wallMs: number, slot: number | null, text: string): string {
  const place = slot === null ? 'station' : `slot ${String(slot).padStart(2, '0')}`;
  return `${timeOfDay(wallMs)}  ${place}  ${printable(text, 2_000)}`;
}

function textLine({ event, slot: number, wallMs }: EventLine, slot: SlotView | undefined, lang: Language): string {
  if (event.type === 'record.written') return placed(wallMs, number, verdictText(event, slot, lang));
  if (event.type === 'step.progressed' && slot) return placed(wallMs, number, progressText(event.step, slot, lang));
  return placed(wallMs, number, eventText(event, lang));
}

function progressText(step: string, { bytesDone, bytesTotal, bytesPerSecond }: SlotView, lang: Language): string {
  return `${stepWords(step, lang)}: ${percent(bytesDone, bytesTotal)} %, ${sizeOf(bytesDone, bytesTotal)}, ${rate(bytesPerSecond)}`;
}

function jsonLine({ event, slot: number, wallMs }: EventLine, slot: SlotView | undefined, lang: Language): string {
  const { type, ...fields } = event;
  const line = { time: new Date(wallMs).toISOString(), slot: number, type };
  if (event.type === 'record.written') return printableJson({ ...line, ...verdictJson(event, slot, lang) });
  if (event.type !== 'step.progressed' || !slot) return printableJson({ ...line, ...fields });
  return printableJson({ ...line, ...fields, bytesDone: slot.bytesDone, bytesTotal: slot.bytesTotal });
}

function summaryText({ counts }: StationView, wallMs: number, lang: Language): string {
  const { PASS, FAIL, UNKNOWN, ABORTED } = counts;
  const boards = PASS + FAIL + UNKNOWN + ABORTED;
  const goodShare = share(yieldOf(counts));
  const text = {
    en: `summary: ${boards} boards, ${PASS} passed, ${FAIL} failed, ${UNKNOWN} unknown, ${ABORTED} aborted, yield ${goodShare}`,
    zh: `汇总：共 ${boards} 块，合格 ${PASS}，不合格 ${FAIL}，未知 ${UNKNOWN}，中止 ${ABORTED}，良率 ${goodShare}`,
  };
  return placed(wallMs, null, text[lang]);
}

const summaryJson = ({ counts }: StationView, wallMs: number): string =>
  printableJson({ time: new Date(wallMs).toISOString(), slot: null, type: 'summary', counts, yield: yieldOf(counts) });

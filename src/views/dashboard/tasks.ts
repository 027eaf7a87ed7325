// What to do now, and what after it: the slots' needs gathered, the most pressing first. A pure function of the read model; knows
// no layout.
import type { PromptKind } from '../../domain/slot.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { SlotView, StationView } from '../../station/read-model.ts';
import { failureWords } from '../words/failure-words.ts';
import { slotList } from '../words/format.ts';
import type { Language } from '../words/language.ts';
import { promptWords } from '../words/state-words.ts';
import { taskWords } from '../words/task-words.ts';
import { adviceFor } from './advice.ts';
import { shownVerdict, verdictLook } from './verdict-look.ts';

export interface Task {
  readonly slots: readonly number[];
  readonly title: string;
  readonly step: string;
  /** When the slot gives up, or one is free again: the countdown. */
  readonly endsAtMs: number | null;
  readonly tone: 'good' | 'bad' | 'call' | 'info' | 'dim';
}

interface Ranked extends Task {
  readonly rank: number;
}

/** Hands at a board that waits with its time running come first, then boards that block a slot, then empty slots. */
const promptRank: Readonly<Record<PromptKind, number>> = {
  releaseStrap: 1,
  powerCycle: 1,
  powerOn: 1,
  closeStrap: 2,
  scanLabel: 2,
  allowRetest: 3,
  removeBoard: 3,
  checkBoard: 6,
  checkSlot: 6,
};
const rankOf = { fault: 0, session: 2.5, PASS: 3, FAIL: 4, UNKNOWN: 4, ABORTED: 5, load: 7 } as const;

/** Never empty: where nothing is to be done the one task says so. */
export function tasksOf(view: StationView, lang: Language): readonly [Task, ...Task[]] {
  const found = [
    ...faultTask(view, lang),
    ...sessionTask(view, lang),
    ...view.slots.flatMap((slot) => slotTask(slot, view, lang)),
  ];
  const [first, ...rest] = gathered(found).sort(byUrgency);
  return first ? [first, ...rest] : [waiting(view, lang)];
}

function faultTask({ fault }: StationView, lang: Language): Ranked[] {
  if (!fault) return [];
  const step = failureWords[fault.code][lang].action;
  return [{ slots: [], title: taskWords[lang].fault, step, endsAtMs: null, tone: 'bad', rank: rankOf.fault }];
}

/** In the way of every empty slot. Hands at a board whose time runs come before it. */
function sessionTask({ phase, session: { needs, proposedQuantity } }: StationView, lang: Language): Ranked[] {
  if (phase !== 'running') return [];
  const words = taskWords[lang];
  const asked = proposedQuantity === null ? needs.slice(0, 1).map((need) => words.session[need]) : [words.release];
  return asked.map((speech) => ({ slots: [], ...speech, endsAtMs: null, tone: 'call', rank: rankOf.session }));
}

function slotTask(slot: SlotView, view: StationView, lang: Language): Ranked[] {
  const { prompt } = slot;
  const slots = [slot.number];
  if (prompt && prompt.kind !== 'removeBoard') {
    const words = promptWords[lang][prompt.kind];
    const why = prompt.reason ? `${failureWords[prompt.reason.code][lang].says} ` : '';
    const step = `${why}${prompt.carrierStep?.[lang] ?? words.step}`;
    const [title, rank] = [words.name.toUpperCase(), promptRank[prompt.kind]];
    return [{ slots, title, step, endsAtMs: slot.promptEndsAtMs, tone: 'call', rank }];
  }
  const verdict = shownVerdict(slot);
  if (prompt && verdict) return [{ slots, endsAtMs: null, rank: rankOf[verdict], ...takeOut(slot, verdict, lang) }];
  if (slot.state !== 'empty' || !takesBoards(view)) return [];
  return [{ slots, ...taskWords[lang].load, endsAtMs: null, tone: 'info', rank: rankOf.load }];
}

/** A stop of production and late records close the intake without a fault. */
const takesBoards = ({ phase, outboxes, oversight, session }: StationView): boolean =>
  phase === 'running' &&
  oversight.stop === null &&
  session.needs.length === 0 &&
  outboxes.every(({ demand }) => demand !== 'block');

function takeOut(slot: SlotView, verdict: Verdict, lang: Language): Pick<Task, 'title' | 'step' | 'tone'> {
  const words = taskWords[lang];
  const { symbol } = verdictLook[verdict];
  if (verdict === 'PASS')
    return { title: `${words.takeOutPassed.title} ${symbol} PASS`, step: words.takeOutPassed.step, tone: 'good' };
  const title = `${words.takeOutFailed.title} ${symbol} ${verdict}`;
  const step = `${words.takeOutFailed.step}${lang === 'en' ? ' ' : ''}${adviceFor(slot, lang)?.text ?? ''}`;
  return { title, step, tone: verdict === 'FAIL' ? 'bad' : 'call' };
}

/** The same thing at several slots is one task; where a time runs each slot is its own. */
function gathered(tasks: readonly Ranked[]): Ranked[] {
  const byText = new Map<string, Ranked>();
  for (const task of tasks) {
    const key = `${task.title}|${task.step}|${task.endsAtMs ?? ''}`;
    const before = byText.get(key);
    byText.set(key, before ? { ...before, slots: [...before.slots, ...task.slots] } : task);
  }
  return [...byText.values()];
}

const never = Number.POSITIVE_INFINITY;
const byUrgency = (a: Ranked, b: Ranked): number =>
  a.rank - b.rank || (a.endsAtMs ?? never) - (b.endsAtMs ?? never) || (a.slots[0] ?? 0) - (b.slots[0] ?? 0);

function waiting(view: StationView, lang: Language): Task {
  const { slots, takt, nowMs } = view;
  const words = taskWords[lang];
  const gap = lang === 'en' ? ' ' : '';
  const { title, step } = takesBoards(view) ? words.wait : words.stopped;
  const writing = slots.filter(({ beingWritten }) => beingWritten).map(({ number }) => number);
  const handsOff = writing.length > 0 ? `${gap}${words.handsOff} ${slotList(writing)}${lang === 'en' ? '.' : '。'}` : '';
  const endsAtMs = takesBoards(view) && takt.nextFreeMs !== null ? nowMs + takt.nextFreeMs : null;
  const free = endsAtMs === null ? '' : `${gap}${words.nextFree}`;
  return { slots: [], title, step: `${step}${handsOff}${free}`, endsAtMs, tone: 'dim' };
}

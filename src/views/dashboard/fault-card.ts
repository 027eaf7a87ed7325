// Draws a failure as a card: code, how often today, what it means, and the one thing to do. Knows a `SlotView`, no screen.
import { failureCodes } from '../../domain/failure.ts';
import type { SlotView, StationView } from '../../station/read-model.ts';
import { failureFacts } from '../words/event-words.ts';
import { failureWords } from '../words/failure-words.ts';
import { slotList } from '../words/format.ts';
import type { Language } from '../words/language.ts';
import { screenWords } from '../words/screen-words.ts';
import { blameWords } from '../words/state-words.ts';
import { ladder } from '../words/task-words.ts';
import { adviceFor } from './advice.ts';
import { clip, fitting, type Line, span } from './line.ts';
import { verdictPart } from './slot-lines.ts';
import { shownVerdict } from './verdict-look.ts';

interface CardOptions {
  readonly lang: Language;
  readonly columns: number;
}

const cardLines = 3;

/** The chosen slot's card first, then the newest: as many whole ones as `count` lines hold. The same advice is given once. */
export function faultCards(view: StationView, chosen: SlotView | undefined, count: number, options: CardOptions): Line[] {
  const others = view.slots.filter((slot) => slot.failure && slot !== chosen);
  const newest = others.sort((a, b) => (b.jobFinishedAtMs ?? 0) - (a.jobFinishedAtMs ?? 0));
  const byAdvice = new Map<string, [SlotView, ...SlotView[]]>();
  for (const slot of chosen?.failure ? [chosen, ...newest] : newest) {
    const key = [slot.verdict, slot.failure?.code, adviceFor(slot, options.lang)?.text].join('|');
    const before = byAdvice.get(key);
    byAdvice.set(key, before ? [...before, slot] : [slot]);
  }
  return [...byAdvice.values()].slice(0, Math.floor(count / cardLines)).flatMap((slots) => faultCard(slots, view, options));
}

/** Of slots with the same failure and advice, the facts of the first. Three lines: head, meaning, action; in fewer the action stays. */
export function faultCard(
  [slot, ...same]: readonly [SlotView, ...SlotView[]],
  view: StationView,
  { lang, columns }: CardOptions,
  count = cardLines,
): Line[] {
  const { failure } = slot;
  if (!failure || count <= 0) return [];
  const words = screenWords[lang];
  const verdict = shownVerdict(slot);
  const numbers = slotList([slot, ...same].map(({ number }) => number));
  const head: Line[] = [
    [span(`${words.slot} ${numbers} `, 'bold'), ...(verdict ? verdictPart(verdict, lang) : [])],
    [span(failure.code, 'call')],
    [span(words.today(view.failuresToday[failure.code] ?? 0))],
    [span(`${words.blame} ${blameWords[lang][failureCodes[failure.code].blame]}`, 'warn')],
    [span(failureFacts(failure, lang), 'dim')],
  ];
  const says: Line = [span('   '), span(failureWords[failure.code][lang].says)];
  const action = actionParts(slot, lang);
  if (count === 1) return [fitting([...head.slice(0, 2), ...action, ...head.slice(2)], columns)];
  const doing: Line = [span('   '), ...fitting(action, columns - 3)];
  // Clipped, not left out: half of the facts is more than none.
  const first = clip(
    head.flatMap((part, index) => (index === 0 ? part : [span('  '), ...part])),
    columns,
  );
  return count === 2 ? [first, doing] : [first, says, doing];
}

function actionParts(slot: SlotView, lang: Language): Line[] {
  const advice = adviceFor(slot, lang);
  if (!advice) return [];
  const words = screenWords[lang];
  const climbed: Line[] =
    advice.rung === null ? [] : [[span(words.failedTimes(slot.failuresInARow, advice.rung, ladder[lang].length), 'warn')]];
  return [[span(`${words.toDo} `, 'bold'), span(advice.text, 'call')], ...climbed];
}

// What each key does: a pure function from what the operator chose so far and one chunk of input to the next choice and what is
// asked of the station. Knows no Ink. A chunk of several characters is a scan or a paste, never keys; keys are lower case only, so
// that a label scanned by accident (upper case and digits) commands nothing.
import type { OperatorCommand } from '../../domain/slot.ts';
import type { StationCommands, StationView } from '../../station/read-model.ts';
import { scanWords } from '../words/scan-words.ts';
import { screenWords } from '../words/screen-words.ts';
import { type Asked, type Choice, type Key, only, type Pressed } from './choice.ts';
import { type Layout, pageOf } from './layout.ts';
import { askRelease, releasable, typeCode } from './releasing.ts';
import { beginScan, beginsScan, isStale, typeEntry } from './scanning.ts';

export function press(choice: Choice, input: string, key: Key, view: StationView, layout: Layout): Pressed {
  if ((key.ctrl && input === 'c') || input.includes('\u0003')) return { choice, asked: [{ type: 'stop' }] };
  if (key.ctrl || key.meta) return only(choice);
  const quiet = { ...choice, notice: null, refused: false, ...(isStale(choice, view) && { entry: null }) };
  if (quiet.entry) return typeEntry(quiet, input, key, view);
  if (quiet.code) return typeCode(quiet, input, key);
  const moved = moveOf(key, layout);
  if (moved === 0 && beginsScan(input)) return beginScan(quiet, input, view);
  if (choice.screen === 'help') return inHelp(quiet, input, view, layout);
  if (moved !== 0) return only(moveBy(quiet, moved, view));
  return pressKey(quiet, input, view, layout);
}

/** Space turns the page; every other key goes back, and q stops there too. */
function inHelp(choice: Choice, input: string, view: StationView, layout: Layout): Pressed {
  if (input === ' ') return only({ ...choice, helpPage: choice.helpPage + 1 });
  const back: Choice = { ...choice, screen: 'rack' };
  return input === 'q' ? pressKey(back, input, view, layout) : only(back);
}

export function carryOut(asked: readonly Asked[], commands: StationCommands): void {
  for (const one of asked) {
    if (one.type === 'stop') commands.requestStop();
    else if (one.type === 'station') commands.toStation(one.command);
    else if (one.type === 'release') commands.release(one.target, one.code);
    else commands.toSlot(one.slot, one.command);
  }
}

/** What stands in place of the keys. */
export function bottomOf({ entry, code, notice, lang }: Choice): string | null {
  const words = screenWords[lang];
  if (code) return `${words.supervisorCode}: ${'*'.repeat([...code.text].length)}_  (${words.labelKeys})`;
  if (!entry) return notice;
  const what = entry.slot === null ? scanWords[lang].entry : `${words.labelFor} ${entry.slot}`;
  return `${what}: ${entry.text}_  (${words.labelKeys})${notice ? `  ${notice}` : ''}`;
}

const slotCommands: Readonly<Record<string, OperatorCommand>> = {
  c: { type: 'operator.confirm' },
  x: { type: 'operator.cancel' },
  r: { type: 'operator.retry' },
  u: { type: 'operator.release' },
};

function pressKey(choice: Choice, input: string, view: StationView, layout: Layout): Pressed {
  const command = Object.hasOwn(slotCommands, input) ? slotCommands[input] : undefined;
  const slot = choice.selectedSlot;
  if (input === 's' && view.oversight.stop !== null) return askRelease(choice, { kind: 'stop' }, view);
  if (input === 's' && view.session.proposedQuantity !== null) return askRelease(choice, { kind: 'order' }, view);
  const target = input === 'u' ? releasable(slot, view) : null;
  if (target !== null) return askRelease(choice, target, view);
  if ((command || input === 'l') && slot === null) return only({ ...choice, notice: screenWords[choice.lang].noSlot });
  if (command && slot !== null) return { choice, asked: [{ type: 'slot', slot, command }] };
  if (input === 'l' && slot !== null) return only({ ...choice, entry: { slot, text: '', atMs: view.nowMs } });
  if (input === 'q') return { choice, asked: [{ type: 'stop' }] };
  if (input === 'g') return only({ ...choice, lang: choice.lang === 'en' ? 'zh' : 'en' });
  if (input === 'b') return only(switchBell(choice));
  if (input === '?') return only({ ...choice, screen: 'help', helpPage: 0 });
  if (input === ' ') return only(nextPage(choice, view, layout));
  return only(/^\d$/.test(input) ? typeDigit(choice, input, view) : choice);
}

function switchBell(choice: Choice): Choice {
  const words = screenWords[choice.lang];
  return { ...choice, bell: !choice.bell, notice: choice.bell ? words.bellOff : words.bellOn };
}

/** Within this time a further digit extends the number, if such a slot exists. */
const digitGapMs = 1_000;

function typeDigit(choice: Choice, digit: string, view: StationView): Choice {
  const { nowMs: atMs, slots } = view;
  const longer = choice.digits && atMs - choice.digits.atMs < digitGapMs ? choice.digits.text + digit : digit;
  const text = [longer, digit].find((digits) => slots.some(({ number }) => number === Number(digits)));
  // `0` of `07` names no slot yet.
  return text === undefined
    ? { ...choice, digits: { text: digit, atMs } }
    : { ...choice, selectedSlot: Number(text), digits: { text, atMs } };
}

function moveOf(key: Key, layout: Layout): number {
  if (key.upArrow) return -1;
  if (key.downArrow) return 1;
  const side = layout.kind === 'grid' ? layout.perColumn : 1;
  if (key.leftArrow) return -side;
  if (key.rightArrow) return side;
  if (key.pageUp) return -layout.perPage;
  return key.pageDown ? layout.perPage : 0;
}

function moveBy(choice: Choice, distance: number, { slots }: StationView): Choice {
  const now = slots.findIndex(({ number }) => number === choice.selectedSlot);
  const next = slots[Math.min(Math.max(now + distance, 0), slots.length - 1)];
  return next ? { ...choice, selectedSlot: next.number } : choice;
}

function nextPage(choice: Choice, { slots }: StationView, layout: Layout): Choice {
  const now = slots.findIndex(({ number }) => number === choice.selectedSlot);
  const page = (pageOf(now, layout) + 1) % layout.pages;
  const first = slots[page * layout.perPage];
  return layout.pages > 1 && first ? { ...choice, selectedSlot: first.number } : choice;
}

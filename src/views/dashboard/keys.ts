// What each key does: a pure function from what the operator chose so far and one chunk of input to the next choice and what is
// asked of the station. Knows no Ink. A chunk of several characters is a scan or a paste, never keys; keys are lower case only, so
// that a label scanned by accident (upper case and digits) commands nothing.
import type { ReleaseTarget } from '../../domain/finding.ts';
import type { OperatorCommand } from '../../domain/slot.ts';
import type { StationCommands, StationView } from '../../station/read-model.ts';
import type { Language } from '../words/language.ts';
import { screenWords } from '../words/screen-words.ts';
import { type LabelFields, readLabel } from './label.ts';
import { type Layout, pageOf } from './layout.ts';

export interface Choice {
  readonly lang: Language;
  readonly selectedSlot: number | null;
  readonly screen: 'rack' | 'help';
  /** The label being typed. */
  readonly entry: { readonly slot: number; readonly text: string } | null;
  /** The supervisor's code being typed, for what it is to release. */
  readonly code: { readonly target: ReleaseTarget; readonly text: string } | null;
  /** What the last label's slot was sent for its board: a second barcode of the same board adds to it. */
  readonly sent: { readonly slot: number; readonly insertion: number; readonly fields: LabelFields } | null;
  /** Digits typed for a slot number of several digits. */
  readonly digits: { readonly text: string; readonly atMs: number } | null;
  readonly notice: string | null;
}

export type Asked =
  | { readonly type: 'stop' }
  | { readonly type: 'release'; readonly target: ReleaseTarget; readonly code: string | null }
  | { readonly type: 'slot'; readonly slot: number; readonly command: OperatorCommand };

/** What Ink's `useInput` tells of a key, as far as it matters here. */
export interface Key {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
}

export interface Pressed {
  readonly choice: Choice;
  readonly asked: readonly Asked[];
}

export function firstChoice(view: StationView, lang: Language): Choice {
  const selectedSlot = view.slots[0]?.number ?? null;
  return { lang, selectedSlot, screen: 'rack', entry: null, code: null, sent: null, digits: null, notice: null };
}

export function press(choice: Choice, input: string, key: Key, view: StationView, layout: Layout): Pressed {
  if ((key.ctrl && input === 'c') || input.includes('\u0003')) return { choice, asked: [{ type: 'stop' }] };
  if (key.ctrl || key.meta) return only(choice);
  const quiet = { ...choice, notice: null };
  if (choice.entry) return typeLabel(quiet, choice.entry, input, key, view);
  if (choice.code) return typeCode(quiet, choice.code, input, key);
  if (choice.screen === 'help')
    return input === 'q' ? pressKey({ ...quiet, screen: 'rack' }, input, view, layout) : only({ ...quiet, screen: 'rack' });
  const moved = moveOf(key, layout);
  if (moved !== 0) return only(moveBy(quiet, moved, view));
  if ([...input].length > 1) return only({ ...quiet, notice: screenWords[choice.lang].scanIgnored });
  return pressKey(quiet, input, view, layout);
}

export function carryOut(asked: readonly Asked[], commands: StationCommands): void {
  for (const one of asked) {
    if (one.type === 'stop') commands.requestStop();
    else if (one.type === 'release') commands.release(one.target, one.code);
    else commands.toSlot(one.slot, one.command);
  }
}

/** What stands in place of the keys. */
export function bottomOf({ entry, code, notice, lang }: Choice): string | null {
  const words = screenWords[lang];
  if (code) return `${words.supervisorCode}: ${'*'.repeat([...code.text].length)}_  (${words.labelKeys})`;
  if (entry) return `${words.labelFor} ${entry.slot}: ${entry.text}_  (${words.labelKeys})${notice ? `  ${notice}` : ''}`;
  return notice;
}

const only = (choice: Choice): Pressed => ({ choice, asked: [] });

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
  const target = input === 'u' ? releasable(slot, view) : null;
  if (target !== null) return askRelease(choice, target, view);
  if ((command || input === 'l') && slot === null) return only({ ...choice, notice: screenWords[choice.lang].noSlot });
  if (command && slot !== null) return { choice, asked: [{ type: 'slot', slot, command }] };
  if (input === 'l' && slot !== null) return only({ ...choice, entry: { slot, text: '' } });
  if (input === 'q') return { choice, asked: [{ type: 'stop' }] };
  if (input === 'g') return only({ ...choice, lang: choice.lang === 'en' ? 'zh' : 'en' });
  if (input === '?') return only({ ...choice, screen: 'help' });
  if (input === ' ') return only(nextPage(choice, view, layout));
  return only(/^\d$/.test(input) ? typeDigit(choice, input, view) : choice);
}

/** What `u` releases by the station's rules; a slot that recovery locked is the slot's own affair. */
function releasable(slot: number | null, view: StationView): ReleaseTarget | null {
  const row = view.slots.find(({ number }) => number === slot);
  if (row?.state === 'quarantined') return { kind: 'slot', slot: row.number };
  const unit = row?.failure?.code === 'board-rejected' ? (row.imei ?? row.sn) : null;
  return unit === null ? null : { kind: 'board', unit };
}

function askRelease(choice: Choice, target: ReleaseTarget, { oversight }: StationView): Pressed {
  if (oversight.releasedBy === 'operator') return { choice, asked: [{ type: 'release', target, code: null }] };
  return only({ ...choice, code: { target, text: '' } });
}

/** Typed, or scanned from a badge: text and line end arrive as one chunk then. */
function typeCode(choice: Choice, entry: { target: ReleaseTarget; text: string }, input: string, key: Key): Pressed {
  if (key.escape) return only({ ...choice, code: null });
  if (key.backspace || key.delete) return only({ ...choice, code: { ...entry, text: [...entry.text].slice(0, -1).join('') } });
  const [typed = '', ...rest] = (key.return ? '\r' : input).split(/[\r\n]/);
  const text = (entry.text + typed).slice(0, longestLabel);
  if (rest.length === 0) return only({ ...choice, code: { ...entry, text } });
  const asked: Asked[] = text === '' ? [] : [{ type: 'release', target: entry.target, code: text }];
  return { choice: { ...choice, code: null }, asked };
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

const longestLabel = 200;

/** Types, or takes a scanner's burst: text and line ends arrive as one chunk. Each line end sends what was read so far. */
function typeLabel(choice: Choice, entry: { slot: number; text: string }, input: string, key: Key, view: StationView): Pressed {
  if (key.escape) return only({ ...choice, entry: null });
  if (key.backspace || key.delete) return only({ ...choice, entry: { ...entry, text: [...entry.text].slice(0, -1).join('') } });
  const chunk = key.return ? '\r' : input;
  const text = (entry.text + chunk).slice(0, longestLabel);
  if (!/[\r\n]/.test(chunk)) return only({ ...choice, entry: { ...entry, text } });
  return sendLabel({ ...choice, entry: null }, entry.slot, text.split(/[\r\n]+/), view);
}

function sendLabel(choice: Choice, slot: number, lines: readonly string[], view: StationView): Pressed {
  const label = readLabel(lines);
  if (label === 'badImei') return only({ ...choice, notice: screenWords[choice.lang].badImei });
  if (Object.keys(label).length === 0) return only(choice);
  const insertion = view.slots.find(({ number }) => number === slot)?.insertion ?? 0;
  const before = choice.sent?.slot === slot && choice.sent.insertion === insertion ? choice.sent.fields : {};
  const fields = { ...before, ...label };
  return {
    choice: { ...choice, sent: { slot, insertion, fields } },
    asked: [{ type: 'slot', slot, command: { type: 'operator.label', ...fields } }],
  };
}

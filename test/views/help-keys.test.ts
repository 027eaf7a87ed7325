// The help names every key that does something, and none that does nothing.
import { describe, expect, it } from 'vitest';
import { firstChoice, type Key } from '../../src/views/dashboard/choice.ts';
import { layoutFor } from '../../src/views/dashboard/frame.ts';
import { press } from '../../src/views/dashboard/keys.ts';
import { screenWords } from '../../src/views/words/screen-words.ts';
import { aRack, aView } from './station-view.ts';

const noKey: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageUp: false,
  pageDown: false,
  return: false,
  escape: false,
  backspace: false,
  delete: false,
  ctrl: false,
  meta: false,
};

/** Pages to turn, slots of every number, and a stop to lift. */
const rack = aView(aRack(64));
const stop = { rule: 'failuresInRow', failures: 10, lastCode: 'stalled', at: '2026-11-20T06:00:00.000Z' } as const;
const view = { ...rack, oversight: { ...rack.oversight, stop } };
const layout = layoutFor(view, { columns: 80, rows: 24 }, 'en');

/** Every character that a keyboard gives without Shift being a scan: capitals open the input line. */
const characters = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index)).filter(
  (character) => !/[A-Z]/.test(character),
);

const doesSomething = (character: string): boolean => {
  const choice = firstChoice(view, 'en');
  const pressed = press(choice, character, noKey, view, layout);
  return pressed.asked.length > 0 || JSON.stringify(pressed.choice) !== JSON.stringify(choice);
};

describe('the keys', () => {
  it.each(['en', 'zh'] as const)('that do something are those of the help, in %s', (lang) => {
    const told = screenWords[lang].keys.flatMap(([key]) => {
      if (key === '0-9') return [...'0123456789'];
      return key === screenWords[lang].pageKey ? [' '] : [key];
    });
    expect(characters.filter(doesSomething).sort()).toEqual(told.sort());
  });
});

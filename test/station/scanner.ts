// A fake scanner at the dashboard of a real station: what it sends arrives as chunks of text, and the dashboard makes commands of them.
import type { StationConsole } from '../../src/station/read-model.ts';
import { type Choice, firstChoice, type Key } from '../../src/views/dashboard/choice.ts';
import { carryOut, press } from '../../src/views/dashboard/keys.ts';
import { layoutOf } from '../../src/views/dashboard/layout.ts';

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

export function createScanner(station: StationConsole) {
  let choice: Choice = firstChoice(station.view(), 'en');
  return {
    /** One chunk. */
    sends(text: string): void {
      const view = station.view();
      const pressed = press(choice, text, noKey, view, layoutOf(view.slots.length, { columns: 120, rows: 40 }, 0));
      choice = pressed.choice;
      carryOut(pressed.asked, station.commands);
    },
    /** What the screen says of it. */
    notice: (): string | null => choice.notice,
  };
}

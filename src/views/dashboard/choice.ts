// What the operator chose and typed so far, and what a key or a scan asks for: the dashboard's own state as a value. Knows no key.
import type { ReleaseTarget } from '../../domain/finding.ts';
import type { LabelFields } from '../../domain/scan.ts';
import type { OperatorCommand } from '../../domain/slot.ts';
import type { StationCommand, StationView } from '../../station/read-model.ts';
import type { Language } from '../words/language.ts';

export interface Choice {
  readonly lang: Language;
  readonly selectedSlot: number | null;
  readonly screen: 'rack' | 'help';
  readonly helpPage: number;
  readonly bell: boolean;
  /** The input line: a slot's label (`l`), or a scan that says itself what it is. */
  readonly entry: { readonly slot: number | null; readonly text: string; readonly atMs: number } | null;
  /** The supervisor's code being typed, for what it is to release. */
  readonly code: { readonly target: ReleaseTarget; readonly text: string } | null;
  /** The slot last scanned by `SLOT:`: labels are for it. */
  readonly target: { readonly slot: number; readonly atMs: number } | null;
  /** What the last label's slot was sent for its board: a second barcode of the same board adds to it. */
  readonly sent: { readonly slot: number; readonly insertion: number; readonly fields: LabelFields } | null;
  /** Digits typed for a slot number of several digits. */
  readonly digits: { readonly text: string; readonly atMs: number } | null;
  readonly notice: string | null;
  /** The last line of the burst was refused. */
  readonly refused: boolean;
}

export type Asked =
  | { readonly type: 'stop' }
  | { readonly type: 'slot'; readonly slot: number; readonly command: OperatorCommand }
  | { readonly type: 'release'; readonly target: ReleaseTarget; readonly code: string | null }
  | { readonly type: 'station'; readonly command: StationCommand };

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

export const only = (choice: Choice): Pressed => ({ choice, asked: [] });

export function firstChoice(view: StationView, lang: Language, bell = true): Choice {
  return {
    lang,
    selectedSlot: view.slots[0]?.number ?? null,
    screen: 'rack',
    helpPage: 0,
    bell,
    entry: null,
    code: null,
    target: null,
    sent: null,
    digits: null,
    notice: null,
    refused: false,
  };
}

// The places of the rack by USB path: each with its row of the read model and the slot that works there. Knows no rule and no event.
import type { SlotSettings as ConfiguredSlot } from '../config/station-file.ts';
import type { Slot } from '../slot/create-slot.ts';
import { createSlotRow, type SlotRow } from './slot-view.ts';

export interface Place {
  readonly configured: ConfiguredSlot;
  readonly row: SlotRow;
  slot: Slot | null;
  verdicts: number;
  /** What the slot was last told. */
  isQuarantined: boolean;
}

/** By USB path, in the order of the station file. */
export type Places = ReadonlyMap<string, Place>;

export function placesOf(slots: readonly ConfiguredSlot[]): Places {
  const places = new Map<string, Place>();
  for (const configured of slots) {
    const { number, usbPath } = configured;
    places.set(usbPath, { configured, row: createSlotRow(number, usbPath), slot: null, verdicts: 0, isQuarantined: false });
  }
  return places;
}

export const slotsOf = (places: Places): Slot[] => [...places.values()].flatMap(({ slot }) => slot ?? []);

export const placeOf = (places: Places, number: number): Place | undefined =>
  [...places.values()].find(({ configured }) => configured.number === number);

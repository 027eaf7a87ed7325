// Teach mode as a value: which slot gets the next path. Pure; knows no device and no file.

export interface Teaching {
  /** Slot numbers that have no path yet, in the order they are asked for. */
  readonly waiting: readonly number[];
  readonly taught: readonly TaughtSlot[];
}

export interface TaughtSlot {
  readonly number: number;
  readonly usbPath: string;
}

export type Lesson =
  | { readonly kind: 'taught'; readonly slot: TaughtSlot; readonly teaching: Teaching }
  /** The path belongs to a slot already, or would lie below or above one: a hub where a board sits. */
  | { readonly kind: 'refused'; readonly clash: TaughtSlot; readonly isSame: boolean };

export const startTeaching = (numbers: readonly number[]): Teaching => ({ waiting: numbers, taught: [] });

export const isTaught = ({ waiting }: Teaching): boolean => waiting.length === 0;

/** A board has appeared at a path: the next slot is there. */
export function teach(teaching: Teaching, usbPath: string): Lesson {
  const { waiting, taught } = teaching;
  const clash = taught.find((slot) => overlap(slot.usbPath, usbPath));
  if (clash !== undefined) return { kind: 'refused', clash, isSame: clash.usbPath === usbPath };
  const [number, ...rest] = waiting;
  if (number === undefined) throw new Error('every slot has its path');
  const slot = { number, usbPath };
  return { kind: 'taught', slot, teaching: { waiting: rest, taught: [...taught, slot] } };
}

/** The last slot is asked for again. */
export function untaught({ waiting, taught }: Teaching): Teaching {
  const last = taught.at(-1);
  return last === undefined ? { waiting, taught } : { waiting: [last.number, ...waiting], taught: taught.slice(0, -1) };
}

const overlap = (one: string, other: string): boolean =>
  one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);

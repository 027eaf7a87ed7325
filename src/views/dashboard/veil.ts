// Hides identities on a screen that strangers can see. Knows only text: 15 digits are an IMEI wherever they stand.
import type { StationView } from '../../station/read-model.ts';

const imei = /(?<!\d)\d{11}(?=\d{4}(?!\d))/g;

/** The last four digits stay: enough to find the board, and the width stays the same. */
export const veiled = (text: string): string => text.replace(imei, '*'.repeat(11));

/** The same view without whole IMEIs in any of its texts; only the last `events` events. */
export function veiledView(view: StationView, events: number): StationView {
  const kept = { ...view, events: view.events.slice(-events) };
  const text = JSON.stringify(kept, (_, value: unknown) => (typeof value === 'string' ? veiled(value) : value));
  return JSON.parse(text) as StationView;
}

// One run of the real `flashrack run` in the guest, seen through its JSON lines: the person acts on prompts, a scenario on states.
import type { Guest, GuestProgram } from './guest.ts';
import { Person } from './rack.ts';
import type { UsbPlace } from './usb-board.ts';

/** A line of `flashrack run --json`. */
export interface StationLine {
  readonly slot: number | null;
  readonly type: string;
  readonly state?: string;
  readonly prompt?: { readonly kind: string } | null;
  readonly verdict?: string;
  readonly code?: string;
  readonly [field: string]: unknown;
}

export interface StationRunOptions {
  readonly guest: Guest;
  readonly name: string;
  /** As the guest sees it. */
  readonly stationFile: string;
  readonly more: readonly string[];
  /** By slot number. */
  readonly people: ReadonlyMap<number, Person>;
  readonly onLine?: (line: StationLine) => void;
  readonly log: (text: string) => void;
}

export interface StationRun {
  readonly program: GuestProgram;
  readonly lines: readonly StationLine[];
  /** Resolves with the first line that fits, of those that came already too. */
  until(what: string, fits: (line: StationLine) => boolean, timeoutMs: number): Promise<StationLine>;
  records(slot: number): readonly StationLine[];
}

export const nodeProgram = (...args: readonly string[]): readonly string[] => ['node_modules/.bin/node', 'dist/main.js', ...args];

export function startStationRun({ guest, name, stationFile, more, people, onLine, log }: StationRunOptions): StationRun {
  const lines: StationLine[] = [];
  const waiting = new Set<(line: StationLine) => void>();
  const program = guest.start(name, nodeProgram('run', stationFile, '--json', ...more), (text) => {
    const line = lineOf(text);
    if (line === null) {
      log(`${name}: ${text}`);
      return;
    }
    lines.push(line);
    if (line.type !== 'step.progressed') log(`${name}: ${shortOf(line)}`);
    if (line.type === 'state.changed' && line.slot !== null && line.prompt) people.get(line.slot)?.follow(line.prompt.kind);
    onLine?.(line);
    for (const look of waiting) look(line);
  });
  return {
    program,
    lines,
    until: (what, fits, timeoutMs) =>
      new Promise((resolve, reject) => {
        const found = lines.find(fits);
        if (found !== undefined) {
          resolve(found);
          return;
        }
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`${name}: no ${what} within ${timeoutMs / 1000} s`));
        }, timeoutMs);
        const look = (line: StationLine): void => {
          if (!fits(line)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(line);
        };
        waiting.add(look);
      }),
    records: (slot) => lines.filter((line) => line.slot === slot && line.type === 'record.written'),
  };
}

/** Also ends what a person had still planned. */
export const peopleAt = (places: readonly UsbPlace[], refuses: readonly string[] = []): ReadonlyMap<number, Person> =>
  new Map(places.map((place, index) => [index + 1, new Person(place, refuses)]));

function lineOf(text: string): StationLine | null {
  try {
    const value = JSON.parse(text) as StationLine;
    return typeof value === 'object' && value !== null && 'type' in value ? value : null;
  } catch {
    return null;
  }
}

function shortOf({ slot, type, ...fields }: StationLine): string {
  const shown = [
    'state',
    'prompt',
    'verdict',
    'code',
    'step',
    'reason',
    'cure',
    'usbPath',
    'ids',
    'marginMs',
    'handshakeMs',
    'ageMs',
  ];
  const facts = shown.flatMap((field) => (fields[field] == null ? [] : `${field}=${JSON.stringify(fields[field])}`));
  return `slot ${slot ?? '-'} ${type} ${facts.join(' ')}`;
}

// The input line: what is typed or scanned into it, and what the scans ask for. A scanner's burst is one chunk of text and line
// ends; scanners that send key by key fill the same line. Pure; knows no Ink and no meaning of an order.
import { hasScanPrefix, type LabelFields, readScan, type SessionScan } from '../../domain/scan.ts';
import type { StationView } from '../../station/read-model.ts';
import { scanWords } from '../words/scan-words.ts';
import { screenWords } from '../words/screen-words.ts';
import { type Asked, type Choice, type Key, only, type Pressed } from './choice.ts';
import { readLabel } from './label.ts';

const longestEntry = 500;
/** An input line that a stray capital opened must not swallow keys for good. */
const staleMs = 5_000;
/** A `SLOT:` scanned so long ago is of another board. */
const targetMs = 30_000;

/** A chunk that is a scan and no key. A capital opens the line: commands are lower case, codes are not. */
export const beginsScan = (input: string): boolean => [...input].length > 1 || /^\p{Lu}$/u.test(input);

export const isStale = ({ entry }: Choice, { nowMs }: StationView): boolean =>
  entry !== null && entry.slot === null && nowMs - entry.atMs > staleMs;

export function beginScan(choice: Choice, input: string, view: StationView): Pressed {
  const isBurst = [...input].length > 1;
  if (isBurst && !input.split(/[\r\n]+/).some((line) => hasScanPrefix(line.trim())))
    return only({ ...choice, notice: scanWords[choice.lang].refused.noPrefix });
  return typed({ ...choice, entry: { slot: null, text: '', atMs: view.nowMs } }, input, view);
}

/** `entry` must be open. */
export function typeEntry(choice: Choice, input: string, key: Key, view: StationView): Pressed {
  const { entry } = choice;
  if (!entry || key.escape) return only({ ...choice, entry: null });
  if (key.backspace || key.delete)
    return only({ ...choice, entry: { ...entry, text: [...entry.text].slice(0, -1).join(''), atMs: view.nowMs } });
  return typed(choice, key.return ? '\r' : input, view);
}

/** Each line end sends what was read so far; what follows the last one stays in the line. */
function typed(choice: Choice, chunk: string, view: StationView): Pressed {
  const { entry } = choice;
  if (!entry) return only(choice);
  const text = (entry.text + chunk).slice(0, longestEntry);
  if (!/[\r\n]/.test(chunk)) return only({ ...choice, entry: { ...entry, text, atMs: view.nowMs } });
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return takeLines({ ...choice, entry: null }, entry.slot, lines, view);
}

/** Lines of one burst; nothing after a refused line is used, since it may be of another board. */
function takeLines(choice: Choice, slot: number | null, lines: readonly string[], view: StationView): Pressed {
  const isLabel = slot !== null && !lines.some((line) => hasScanPrefix(line.trim()));
  if (isLabel) return sendLabel(choice, slot, readLabel(lines), view);
  let now: Pressed = only(slot === null ? choice : { ...choice, target: { slot, atMs: view.nowMs } });
  for (const line of lines) {
    const { choice: next, asked } = takeScan(now.choice, line, view);
    now = { choice: next, asked: [...now.asked, ...asked] };
    if (next.refused) break;
  }
  return now;
}

function takeScan(choice: Choice, line: string, view: StationView): Pressed {
  const words = scanWords[choice.lang];
  const scan = readScan(line);
  const refuse = (notice: string): Pressed => only({ ...choice, notice, refused: true });
  if ('refused' in scan) return refuse(words.refused[scan.refused]);
  switch (scan.kind) {
    case 'slot':
      return view.slots.some(({ number }) => number === scan.slot)
        ? only({
            ...choice,
            selectedSlot: scan.slot,
            target: { slot: scan.slot, atMs: view.nowMs },
            notice: `${words.slotTaken} ${scan.slot}`,
          })
        : refuse(`${words.noSuchSlot} ${scan.slot}`);
    case 'label': {
      const { target } = choice;
      if (!target || view.nowMs - target.atMs > targetMs) return refuse(words.slotFirst);
      return sendLabel(choice, target.slot, scan.fields, view);
    }
    case 'operator':
    case 'shift':
    case 'workOrder':
    case 'lot':
    case 'job':
      return { choice, asked: [sessionScan(scan)] };
  }
}

const sessionScan = (scan: SessionScan): Asked => ({ type: 'station', command: { type: 'operator.scan', scan } });

function sendLabel(choice: Choice, slot: number, label: LabelFields | 'badImei', view: StationView): Pressed {
  if (label === 'badImei') return only({ ...choice, notice: screenWords[choice.lang].badImei });
  if (Object.keys(label).length === 0) return only(choice);
  const insertion = view.slots.find(({ number }) => number === slot)?.insertion ?? 0;
  const before = choice.sent?.slot === slot && choice.sent.insertion === insertion ? choice.sent.fields : {};
  const fields = { ...before, ...label };
  return {
    choice: { ...choice, sent: { slot, insertion, fields }, notice: `${scanWords[choice.lang].labelTaken} ${slot}` },
    asked: [{ type: 'slot', slot, command: { type: 'operator.label', ...fields } }],
  };
}

// Slot against board: a slot in which different boards fail, a board that fails in different slots. Folded from records in their order.
// Knows no clock and no state of a slot.
import type { BlameSettings } from '../../config/oversight-fields.ts';
import type { FailureCode } from '../../domain/failure.ts';
import type { RejectedBoard, SlotQuarantine } from '../../domain/finding.ts';
import type { RecordBody } from '../../domain/record.ts';
import type { HistoryLine } from '../../trace/line.ts';
import { boardOf, isAttempt, speaksAgainstBoard, speaksAgainstSlot, unitOf } from './counted.ts';

/** Since the slot's last PASS or release, the oldest first: board to code. */
type FailedBoards = Map<string, FailureCode>;

interface BoardFailures {
  readonly code: FailureCode;
  /** Since the board's last PASS or release: USB path to slot number. */
  readonly slots: ReadonlyMap<string, number>;
}

/** Grows line by line with `followBlame`. Slots are known by their USB path: that is the place, whatever number it has. */
export interface Blame {
  readonly slots: Map<string, FailedBoards>;
  readonly quarantined: Map<string, SlotQuarantine>;
  /** By the unit's one name. */
  readonly boards: Map<string, BoardFailures>;
}

export const noBlame = (): Blame => ({ slots: new Map(), quarantined: new Map(), boards: new Map() });

export function followBlame(blame: Blame, line: HistoryLine, settings: BlameSettings): void {
  if (line.type === 'record') {
    followBoard(blame, line);
    followSlot(blame, line, settings);
  } else if (line.type !== 'override') {
    return;
  } else if (line.rule === 'board-rejected' && line.unit !== null) {
    blame.boards.delete(line.unit);
  } else if (line.rule === 'slot-quarantined' && line.slot !== null) {
    blame.slots.delete(line.slot.usbPath);
    blame.quarantined.delete(line.slot.usbPath);
  }
}

/** Null for a unit that may be tried. */
export function rejectionOf({ boards }: Blame, unit: string, { rejectSlots }: BlameSettings): RejectedBoard | null {
  const failures = boards.get(unit);
  if (failures === undefined || rejectSlots === 0 || failures.slots.size < rejectSlots) return null;
  return { unit, slots: [...failures.slots.values()], code: failures.code };
}

function followBoard({ boards }: Blame, record: RecordBody): void {
  const unit = unitOf(record);
  if (unit === null) return;
  if (isAttempt(record) && record.verdict === 'PASS') boards.delete(unit);
  if (!speaksAgainstBoard(record)) return;
  const slots = new Map(boards.get(unit)?.slots).set(record.slot.usbPath, record.slot.number);
  boards.set(unit, { code: record.failure.code, slots });
}

function followSlot(blame: Blame, record: RecordBody, settings: BlameSettings): void {
  const { usbPath, number } = record.slot;
  if (isAttempt(record) && record.verdict === 'PASS') blame.slots.delete(usbPath);
  if (!speaksAgainstSlot(record)) return;
  const board = boardOf(record);
  const { code } = record.failure;
  const failed: FailedBoards = new Map(blame.slots.get(usbPath)).set(board, code);
  blame.slots.set(usbPath, failed);
  if (rejectionOf(blame, board, settings) !== null) acquitSlots(blame, board);
  const boards = failed.size;
  if (settings.quarantineBoards > 0 && boards >= settings.quarantineBoards) {
    blame.quarantined.set(usbPath, { slot: number, usbPath, boards, code });
  }
}

/** A board that is itself to blame no longer speaks against its slots. A quarantine that stands is a person's to lift. */
function acquitSlots({ slots }: Blame, board: string): void {
  for (const failed of slots.values()) failed.delete(board);
}

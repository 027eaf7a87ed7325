// Builds read models for the views' tests: a rack of slots in telling states, and a console that a test can drive.
import type { Failure } from '../../src/domain/failure.ts';
import type { ReleaseTarget } from '../../src/domain/finding.ts';
import type { OperatorCommand } from '../../src/domain/slot.ts';
import type { EventLine, SlotView, StationCommand, StationConsole, StationView } from '../../src/station/read-model.ts';
import type { OversightView } from '../../src/station/rules/oversight.ts';

/** Six in the morning, local time: what the screen shows is then the same in every time zone. */
export const startedWallMs = new Date(2026, 10, 20, 6, 0, 0).getTime();

export function aSlot(number: number, facts: Partial<SlotView> = {}): SlotView {
  return {
    number,
    usbPath: `pci-0000:00:14.0/1.${number}`,
    state: 'empty',
    prompt: null,
    promptEndsAtMs: null,
    jobId: null,
    insertion: 0,
    model: null,
    imei: null,
    sn: null,
    revision: null,
    profileId: null,
    jobStartedAtMs: null,
    jobFinishedAtMs: null,
    window: null,
    step: null,
    bytesDone: 0,
    bytesTotal: 0,
    bytesPerSecond: 0,
    beingWritten: false,
    verdict: null,
    failure: null,
    forRework: false,
    recordId: null,
    failuresInARow: 0,
    ...facts,
  };
}

const aBoard = (number: number): Partial<SlotView> => ({
  jobId: `job-${number}`,
  insertion: 1,
  model: 'EC800E',
  imei: '861234567890127',
  sn: `SN${number}`,
  revision: 'EC800ECNLCR01A03M04',
  profileId: 'ec800e',
  jobStartedAtMs: 1_000,
});

export const aFailure: Failure = { code: 'model-not-allowed', step: 'identifying', expected: 'EC800E', actual: 'EC200U' };

export const slotThat = {
  isEmpty: (number: number) => aSlot(number),
  waitsForBoot: (number: number) =>
    aSlot(number, {
      ...aBoard(number),
      state: 'waitingForBoot',
      promptEndsAtMs: 60_000 + 42_000,
      prompt: { kind: 'closeStrap', carrierStep: { en: 'Bridge IO19 to GND, then power on', zh: '将 IO19 短接到 GND 后上电' } },
    }),
  isInWindow: (number: number) =>
    aSlot(number, { ...aBoard(number), state: 'connecting', window: { endsAtMs: 67_200, windowMs: 10_000, marginMs: null } }),
  isWritten: (number: number) =>
    aSlot(number, {
      ...aBoard(number),
      state: 'programming',
      beingWritten: true,
      step: 'write-ap',
      bytesDone: 1_204_000,
      bytesTotal: 2_800_000,
      bytesPerSecond: 64_000,
    }),
  passed: (number: number) =>
    aSlot(number, {
      ...aBoard(number),
      state: 'passed',
      verdict: 'PASS',
      recordId: `01JD0000000000000000000${String(number).padStart(3, '0')}`,
      prompt: { kind: 'removeBoard' },
      jobFinishedAtMs: 43_000,
      bytesDone: 2_800_000,
      bytesTotal: 2_800_000,
    }),
  failed: (number: number) =>
    aSlot(number, {
      ...aBoard(number),
      state: 'failed',
      verdict: 'FAIL',
      failure: aFailure,
      recordId: `01JD0000000000000000000${String(number).padStart(3, '0')}`,
      prompt: { kind: 'removeBoard' },
      jobFinishedAtMs: 4_000,
    }),
  isUnknown: (number: number) =>
    aSlot(number, {
      ...aBoard(number),
      state: 'unknown',
      verdict: 'UNKNOWN',
      prompt: { kind: 'removeBoard' },
      failure: { code: 'unplugged', step: 'write-ap', address: '0x24000' },
      recordId: `01JD0000000000000000000${String(number).padStart(3, '0')}`,
      jobFinishedAtMs: 20_000,
    }),
  aborted: (number: number) =>
    aSlot(number, {
      ...aBoard(number),
      state: 'aborted',
      verdict: 'ABORTED',
      prompt: { kind: 'removeBoard' },
      failuresInARow: 3,
      failure: { code: 'window-missed', step: 'connecting' },
      recordId: `01JD0000000000000000000${String(number).padStart(3, '0')}`,
      jobFinishedAtMs: 12_000,
    }),
} as const;

/** Slots 1 to `count`, one telling state after the other. */
export function aRack(count: number): SlotView[] {
  const kinds = Object.values(slotThat);
  return Array.from({ length: count }, (_, index) => (kinds[(index + 3) % kinds.length] ?? slotThat.isEmpty)(index + 1));
}

export const nothingFound: OversightView = {
  stop: null,
  quarantines: [],
  patterns: [],
  golden: 'off',
  margins: [],
  releasedBy: 'operator',
};

export function aView(slots: readonly SlotView[], facts: Partial<StationView> = {}): StationView {
  return {
    station: { id: 'S1', line: 'line-2', bench: 'simulator' },
    session: { operator: '李伟', shift: '早班', workOrder: 'WO-2026-118', lot: 'L7' },
    purpose: 'flash',
    phase: 'running',
    nowMs: 60_000,
    startedAtMs: 0,
    counts: { PASS: 12, FAIL: 1, UNKNOWN: 1, ABORTED: 2 },
    failuresToday: { 'model-not-allowed': 3, unplugged: 1, 'window-missed': 2 },
    takt: { unitsPerHour: 412, shiftUnitsPerHour: 398, targetUnitsPerHour: 480, nextFreeMs: 12_400 },
    fault: null,
    oversight: nothingFound,
    outboxes: [],
    slots,
    events: [
      anEvent(null, { type: 'station.started', slots: slots.length }, 0),
      anEvent(1, { type: 'job.opened', jobId: 'job-1', insertion: 1 }, 1_000),
      anEvent(
        1,
        { type: 'board.identified', identification: { model: 'EC800E', revision: 'R01', imei: '861234567890127' } },
        2_000,
      ),
      anEvent(2, { type: 'window.closed', marginMs: 7_000, handshakeMs: 3_000 }, 3_000),
    ],
    ...facts,
  };
}

export const anEvent = (slot: number | null, event: EventLine['event'], afterMs = 0): EventLine => ({
  wallMs: startedWallMs + afterMs,
  slot,
  event,
});

export interface DrivenConsole extends StationConsole {
  readonly sent: (
    | { slot: number; command: OperatorCommand }
    | { station: StationCommand }
    | { target: ReleaseTarget; code: string | null }
    | 'stop'
  )[];
  listeners(): number;
  show(view: StationView): void;
  tell(line: EventLine): void;
  /** From now on `view` throws. */
  fail(error: Error): void;
}

export function aConsole(view: StationView): DrivenConsole {
  const listeners = new Set<(line: EventLine) => void>();
  const sent: DrivenConsole['sent'] = [];
  let shown = view;
  let failure: Error | null = null;
  return {
    slotView: (number) => shown.slots.find((slot) => slot.number === number),
    sent,
    view() {
      if (failure) throw failure;
      return shown;
    },
    listeners: () => listeners.size,
    show(next) {
      shown = next;
    },
    fail(error) {
      failure = error;
    },
    tell(line) {
      for (const listener of [...listeners]) listener(line);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    commands: {
      toSlot: (slot, command) => sent.push({ slot, command }),
      toStation: (command) => sent.push({ station: command }),
      release: (target, code) => sent.push({ target, code }),
      requestStop: () => sent.push('stop'),
    },
  };
}

// Folds the facts of one slot into its row of the read model. Knows times only as they are given.
import type { SlotEvent, SlotState } from '../domain/slot.ts';
import { createMeter, type Meter } from './meter.ts';
import type { SlotView } from './read-model.ts';

export interface SlotRow {
  apply(event: SlotEvent, nowMs: number): void;
  /** The board that an interrupted job left here, to be looked at before anything else. */
  locked(unit: string | null, step: string): void;
  view(nowMs: number): SlotView;
}

const noBoard = {
  prompt: null,
  promptEndsAtMs: null,
  jobId: null,
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
} as const satisfies Partial<SlotView>;

export function createSlotRow(number: number, usbPath: string): SlotRow {
  let row: SlotView = { number, usbPath, state: 'empty', insertion: 0, ...noBoard };
  let meter: Meter | null = null;
  let deadlineMs: number | null = null;

  const moved = (step: string, bytes: number, nowMs: number): void => {
    meter?.moved(step, bytes, nowMs);
    row = { ...row, step };
  };

  return {
    locked(unit, step) {
      const isImei = unit !== null && /^\d{15}$/.test(unit);
      row = { ...row, step, failure: { code: 'process-killed', step }, ...(isImei ? { imei: unit } : { sn: unit }) };
    },
    apply(event, nowMs) {
      switch (event.type) {
        case 'state.changed':
          deadlineMs = deadlineOf(event, row.state, deadlineMs, nowMs);
          row = {
            ...row,
            state: event.state,
            prompt: event.prompt,
            promptEndsAtMs: event.prompt ? deadlineMs : null,
            beingWritten: event.state === 'programming',
          };
          if (event.state === 'empty' || event.state === 'replaced') {
            meter = null;
            row = { ...row, ...noBoard, prompt: event.prompt, promptEndsAtMs: row.promptEndsAtMs };
          }
          break;
        case 'job.opened':
          meter = null;
          row = {
            ...row,
            ...noBoard,
            state: row.state,
            prompt: row.prompt,
            promptEndsAtMs: row.promptEndsAtMs,
            jobId: event.jobId,
            insertion: event.insertion,
            jobStartedAtMs: nowMs,
          };
          break;
        case 'board.identified': {
          const { model, revision, imei, sn } = event.identification;
          row = { ...row, model, revision, imei: imei ?? null, sn: sn ?? null };
          break;
        }
        case 'profile.chosen':
          meter = createMeter(event.plan);
          row = { ...row, profileId: event.profileId, bytesTotal: event.plan.totalBytes };
          break;
        case 'window.opened':
          row = { ...row, window: { endsAtMs: nowMs - event.ageMs + event.windowMs, windowMs: event.windowMs, marginMs: null } };
          break;
        case 'window.closed':
          row = { ...row, window: row.window && { ...row.window, marginMs: event.marginMs } };
          break;
        case 'step.started':
          moved(event.step, 0, nowMs);
          break;
        case 'step.progressed':
        case 'step.finished':
          moved(event.step, event.bytes, nowMs);
          break;
        case 'record.written':
          row = {
            ...row,
            jobFinishedAtMs: nowMs,
            step: null,
            verdict: event.verdict,
            failure: event.failure,
            forRework: event.forRework,
            recordId: event.recordId,
          };
          break;
        case 'defect.found':
          row = { ...row, failure: event.failure, beingWritten: false };
          break;
        case 'note.added':
        case 'power.cycled':
        case 'power.failed':
          break;
      }
    },
    view: (nowMs) => ({
      ...row,
      bytesDone: meter?.bytesDone() ?? 0,
      bytesPerSecond: row.step === null ? 0 : (meter?.bytesPerSecond(nowMs) ?? 0),
    }),
  };
}

/** One timer runs over all of `waitingForBoot`: a prompt that comes back there, after a power cycle, has no new time. */
function deadlineOf(
  { state, prompt }: Extract<SlotEvent, { type: 'state.changed' }>,
  before: SlotState,
  deadlineMs: number | null,
  nowMs: number,
): number | null {
  if (state === 'waitingForBoot' && before === state && deadlineMs !== null) return deadlineMs;
  return prompt?.withinMs === undefined ? null : nowMs + prompt.withinMs;
}

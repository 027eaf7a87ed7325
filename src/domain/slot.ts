// What a slot tells the station and what an operator may ask of it. Knows the machine's states by name, nothing of how they work.
import type { Failure } from './failure.ts';
import type { Plan } from './plan.ts';
import type { Bilingual } from './profile.ts';
import type { Identification } from './unit.ts';
import type { RecordKind, Verdict } from './verdict.ts';

export type SlotState =
  | 'empty'
  | 'identifying'
  | 'waitingForBoot'
  | 'entering'
  | 'connecting'
  | 'holding'
  | 'programming'
  | 'restarting'
  | 'verifying'
  | 'recording'
  /** The verdict stands, and the station is about to try again by itself. */
  | 'retrying'
  | 'passed'
  | 'failed'
  | 'unknown'
  | 'aborted'
  /** An UNKNOWN left by a killed process: nothing runs here until an operator releases it. */
  | 'locked'
  | 'skipped'
  /** A PASS was given here, and what is in the slot now is not the device that was read back for it. */
  | 'replaced'
  | 'quarantined'
  | 'outOfService';

/** What the operator must do at the slot now; the view has the words, the carrier's own steps come along. */
export type PromptKind =
  | 'closeStrap'
  | 'powerOn'
  | 'powerCycle'
  | 'releaseStrap'
  | 'scanLabel'
  | 'removeBoard'
  | 'checkBoard'
  | 'checkSlot'
  | 'allowRetest';

export interface SlotPrompt {
  readonly kind: PromptKind;
  /** Why it is asked. */
  readonly reason?: Failure;
  readonly carrierStep?: Bilingual;
  /** How long the slot waits for it, from now. Absent: for as long as it takes. */
  readonly withinMs?: number;
}

/** `unseen`: no board was on the bus that could have left it. */
export type PowerProof = 'vanished' | 'unseen';

export type SlotEvent =
  | { readonly type: 'state.changed'; readonly state: SlotState; readonly prompt: SlotPrompt | null }
  | { readonly type: 'job.opened'; readonly jobId: string; readonly insertion: number }
  | { readonly type: 'board.identified'; readonly identification: Identification }
  | { readonly type: 'profile.chosen'; readonly profileId: string; readonly plan: Plan }
  | { readonly type: 'window.opened'; readonly windowMs: number; readonly ageMs: number }
  | { readonly type: 'window.closed'; readonly marginMs: number; readonly handshakeMs: number }
  | { readonly type: 'step.started'; readonly step: string }
  | { readonly type: 'step.progressed'; readonly step: string; readonly bytes: number }
  | { readonly type: 'step.finished'; readonly step: string; readonly bytes: number }
  | { readonly type: 'note.added'; readonly text: string }
  /** A switch may say yes and switch nothing: only a board that left the bus meanwhile proves it. */
  | { readonly type: 'power.cycled'; readonly proof: PowerProof }
  | { readonly type: 'power.failed'; readonly failure: Failure }
  | {
      readonly type: 'record.written';
      readonly recordId: string;
      readonly kind: RecordKind;
      readonly verdict: Verdict;
      readonly failure: Failure | null;
      /** Neither a person nor the station is to try this unit again: a code's own advice gives way to that. */
      readonly forRework: boolean;
    }
  | { readonly type: 'defect.found'; readonly failure: Failure };

export type OperatorCommand =
  | { readonly type: 'operator.cancel' }
  /** The operator has done what the prompt asked. */
  | { readonly type: 'operator.confirm' }
  /** Another job on the same insertion, after a verdict. */
  | { readonly type: 'operator.retry' }
  /** Releases a locked slot. */
  | { readonly type: 'operator.release' }
  | { readonly type: 'operator.label'; readonly sn?: string; readonly imei?: string; readonly orderingCode?: string };

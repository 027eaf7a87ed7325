// What every stage of a download is to the dialogue: bytes in, steps out, each with its answer. Knows no command.
import { type Checksum, replies, replyFrame } from './wire.ts';

/**
 * What happens once the replies are out. `panic`: the stage is dead until the power goes. `startLoader`: what was loaded runs.
 */
export type Next = 'nothing' | 'panic' | 'startLoader' | 'reset' | 'powerOff';

export interface Answer {
  /** In order, each one write; none: silence. */
  readonly replies: readonly Uint8Array[];
  /** Flash work before them. */
  readonly workMs: number;
  readonly next: Next;
}

/** One command that arrived, not carried out yet. */
export interface Step {
  /** As reports and faults name it, e.g. `FDL2 START_DATA`. */
  readonly name: string;
  run(): Answer;
  /** A scripted refusal: answered with this code and not carried out. */
  refuse(errorCode: number): Answer;
}

export interface LoaderStage {
  /** What the stage says by itself when it starts. */
  readonly greeting: Uint8Array | null;
  /** Bytes that may wait while it works; one more and it panics (unisoc.md §9.1). */
  readonly fifoBytes: number;
  push(bytes: Uint8Array): readonly Step[];
}

export const silence: Answer = { replies: [], workMs: 0, next: 'nothing' };

/** BSL replies under one check. */
export interface Replier {
  /** One reply; `next` is `nothing` unless told. */
  say(code: number, rest?: { readonly data?: Uint8Array; readonly workMs?: number; readonly next?: Next }): Answer;
  ack(workMs?: number): Answer;
}

export function replierWith(checksum: Checksum): Replier {
  const say: Replier['say'] = (code, { data, workMs = 0, next = 'nothing' } = {}) => ({
    replies: [replyFrame(checksum, code, data)],
    workMs,
    next,
  });
  return { say, ack: (workMs = 0) => say(replies.ACK, { workMs }) };
}

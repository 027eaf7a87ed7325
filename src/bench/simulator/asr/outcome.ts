// What the device makes of one command: what it sends, how long it works, what happens then. Knows no command.
import { logFrame } from './wire.ts';

export interface Outcome {
  /** Frames ahead of the work: log text, INFO, PROG. */
  readonly first: readonly Uint8Array[];
  readonly workMs: number;
  /** Not even a heartbeat comes during the work. */
  readonly isSilent: boolean;
  /** Frames between the work and the reply. */
  readonly last: readonly Uint8Array[];
  /** The text of the final reply, or of DATA. */
  readonly reply: string;
  readonly next: 'nothing' | 'reset';
}

/** Nothing but this text; `more` says otherwise. */
export const answer = (reply: string, more: Partial<Outcome> = {}): Outcome => ({
  first: [],
  workMs: 0,
  isSilent: false,
  last: [],
  reply,
  next: 'nothing',
  ...more,
});
export const okay = (text = ''): Outcome => answer(`OKAY${text}`);
export const fail = (text: string, log?: string): Outcome =>
  answer(`FAIL${text}`, { first: log === undefined ? [] : [logFrame(log)] });

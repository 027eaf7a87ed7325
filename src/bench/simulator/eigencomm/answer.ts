// What a stage of the device makes of one message: the common result of mask ROM and agent.
import { type Framing, nakFrame, type ReplyHeader, replyFrame } from './wire.ts';

export interface Answer {
  /** Null: silence. */
  readonly reply: Uint8Array | null;
  /** Flash work before the reply. Bytes that arrive meanwhile wait. */
  readonly workMs: number;
  /** What happens once the reply is out. */
  readonly next: 'nothing' | 'startAgent' | 'reset';
}

export const silence: Answer = { reply: null, workMs: 0, next: 'nothing' };

export const say = (reply: Uint8Array, workMs = 0): Answer => ({ reply, workMs, next: 'nothing' });

interface Addressed {
  readonly command: number;
  readonly index: number;
  readonly framing: Framing;
}

const headerOf = ({ command, index, framing }: Addressed): ReplyHeader => ({ command, index, framing });

/** ACK and NAK as one side of the wire sends them. */
export const replies = (from: 'rom' | 'agent') => ({
  ack: (request: Addressed, data?: Uint8Array, workMs = 0): Answer => say(replyFrame(from, headerOf(request), 0, data), workMs),
  nak: (request: Addressed, errorCode: number): Answer => say(nakFrame(from, headerOf(request), errorCode)),
});

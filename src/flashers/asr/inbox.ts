// What a module has said so far, sorted by kind of frame (asr.md §6 to §8). Knows no command: what a reply answers is the link's to say.
import type { Clock } from '../../bench/clock.ts';
import { fault } from '../../domain/failure.ts';
import { SmuxDecoder, type SmuxFrame } from '../../framing/smux.ts';
import { hostMtuBytes, uabt } from './opcodes.ts';
import { parseReply, type Reply } from './replies.ts';

export class Inbox {
  /** Final replies that nobody has taken yet. */
  readonly replies: Reply[] = [];
  /** UABT frames since it was last set to 0. */
  uabts = 0;
  helloReply: Uint8Array | null = null;
  /** When the last frame of any kind came. */
  heardAtMs = 0;
  /** Whether the program that runs now has sent a heartbeat. */
  beats = false;
  /** Whether a PROG came since it was last set to false. */
  progressed = false;
  /** Hears each INFO and PROG: the device tells that it is at work. */
  onWork: () => void = () => {};
  readonly #decoder = new SmuxDecoder(hostMtuBytes);
  readonly #clock: Clock;
  readonly #note: (text: string) => void;

  constructor(clock: Clock, note: (text: string) => void) {
    this.#clock = clock;
    this.#note = note;
  }

  /** Throws `reply-malformed` for a command frame that is no reply. Damaged frames are noted and dropped. */
  take(bytes: Uint8Array, step: string): void {
    for (const event of this.#decoder.push(bytes)) {
      if (event.kind === 'frame') this.#takeFrame(event, step);
      else this.#note(`damaged frame: ${event.reason}, byte ${event.byte.toString(16).padStart(2, '0')}`);
    }
  }

  #takeFrame({ type, payload }: SmuxFrame, step: string): void {
    this.heardAtMs = this.#clock.now();
    switch (type) {
      case 'STDIO': {
        const text = Buffer.from(payload).toString('latin1');
        if (text === uabt) this.uabts += 1;
        else this.#note(text);
        break;
      }
      case 'HELLO_REPLY':
        this.helloReply = payload;
        break;
      case 'HEART_BEAT':
        this.beats = true;
        break;
      case 'ABOOT_CMD':
        this.#takeReply(payload, step);
        break;
      case 'HELLO':
      case 'ABOOT_DATA':
        this.#note(`a ${type} frame from the device`);
    }
  }

  #takeReply(payload: Uint8Array, step: string): void {
    const reply = parseReply(payload);
    if (reply === null)
      throw fault('reply-malformed', step, {
        expected: 'OKAY, FAIL, DATA, INFO or PROG',
        actual: Buffer.from(payload.subarray(0, 32)).toString('hex'),
      });
    if (reply.word !== 'INFO' && reply.word !== 'PROG') {
      this.replies.push(reply);
      return;
    }
    this.#note(reply.word === 'INFO' ? reply.text : `progress ${reply.text} %`);
    if (reply.word === 'PROG') this.progressed = true;
    this.onWork();
  }
}

// A stage that speaks BSL: the flags it waits for, its frames, its version, and what a bad frame does to it. Knows no command.
// Source: unisoc.md §3, §8.4.

import type { SessionLog } from '../session-log.ts';
import { FlagGate, FrameReader, type FrameReaderOptions, type Received } from './frame-reader.ts';
import { type Answer, type LoaderStage, replierWith, type Step, silence } from './stage.ts';
import { commandName, replies, replyFrame } from './wire.ts';

export interface BslHandler {
  command(type: number, data: Uint8Array): Answer;
  /** More replies than the scripted refusal itself; the command was not carried out. */
  afterRefusal?(type: number): readonly number[];
}

export interface BslStageOptions extends FrameReaderOptions {
  readonly name: string;
  readonly handler: BslHandler;
  readonly log: SessionLog;
  /** Bare flags in a row before the version is sent and frames are read; 0: frames at once, with an ACK as the greeting. */
  readonly flagsNeeded: number;
  readonly version: string;
  /** `panic`: a frame that is not sound kills the stage; else it is answered with VERIFY_ERROR. */
  readonly onUnsound: 'panic' | 'refuse';
  readonly fifoBytes: number;
}

const checkBaud = 'CHECK_BAUD';

export class BslStage implements LoaderStage {
  readonly greeting: Uint8Array | null;
  readonly fifoBytes: number;
  private readonly options: BslStageOptions;
  private readonly gate: FlagGate;
  private readonly reader: FrameReader;

  constructor(options: BslStageOptions) {
    this.options = options;
    this.fifoBytes = options.fifoBytes;
    this.gate = new FlagGate(options.flagsNeeded);
    this.reader = new FrameReader(options);
    this.greeting = options.flagsNeeded === 0 ? replyFrame(options.checksum, replies.ACK) : null;
  }

  push(bytes: Uint8Array): readonly Step[] {
    if (this.gate.isOpen) return this.framesIn(bytes);
    const { flags, rest } = this.gate.take(bytes);
    const isOpen = this.gate.isOpen;
    const counted = Array.from({ length: flags }, (_, index) => this.flagStep(isOpen && index === flags - 1));
    return isOpen ? [...counted, ...this.framesIn(rest)] : counted;
  }

  private flagStep(opens: boolean): Step {
    const { name, checksum, version } = this.options;
    const data = Buffer.from(`${version}\0`, 'latin1');
    const answer = opens ? replierWith(checksum).say(replies.VER, { data }) : silence;
    return { name: `${name} ${checkBaud}`, run: () => answer, refuse: () => silence };
  }

  private framesIn(bytes: Uint8Array): readonly Step[] {
    return this.reader.push(bytes).flatMap((received) => this.stepOf(received) ?? []);
  }

  private stepOf(received: Received): Step | null {
    const { name, log, handler, onUnsound, checksum } = this.options;
    const { say } = replierWith(checksum);
    if (received.kind === 'dropped') {
      log.violation(`${name}: ${received.reason}`);
      return null;
    }
    const { type, data } = received;
    const unsound = (): Answer => {
      log.violation(`${name}: a wrong check or size`);
      return onUnsound === 'panic' ? { ...silence, next: 'panic' } : say(replies.VERIFY_ERROR);
    };
    return {
      name: received.isSound ? `${name} ${commandName(type)}` : `${name} bad frame`,
      run: () => (received.isSound ? handler.command(type, data) : unsound()),
      refuse: (errorCode) => {
        const codes = [errorCode, ...(handler.afterRefusal?.(type) ?? [])];
        return { ...silence, replies: codes.map((code) => replyFrame(checksum, code)) };
      },
    };
  }
}

// Between the wire and a stage of the loader: reads frames, lets the scripted faults strike, times the replies, and gives up
// frames that never become whole. Knows no command's meaning.
import type { Clock, Timer } from '../../clock.ts';
import type { FaultScript } from '../faults.ts';
import type { SessionLog } from '../session-log.ts';
import type { TimerGroup } from '../timer-group.ts';
import { type Answer, replies, say } from './answer.ts';
import { FrameReader, type Incoming, isLoneSyncWord } from './frame-reader.ts';
import { commandName, resetWord } from './wire.ts';

export interface LoaderDialogueOptions {
  readonly stage: 'rom' | 'agent';
  readonly handler: { handle(message: Incoming): Answer };
  readonly log: SessionLog;
  readonly faults: FaultScript;
  readonly timers: TimerGroup;
  readonly clock: Clock;
  readonly turnaroundMs: number;
  readonly partialFrameMs: number;
  readonly send: (bytes: Uint8Array) => void;
  readonly onStartAgent: () => void;
  readonly onReset: () => void;
  readonly onPull: () => void;
  readonly onStall: () => void;
  readonly onStopReading: () => void;
}

/** A lone sync word is given up after this silence, shorter than the hosts' read time-out of 800 ms. The simulator's choice. */
const loneWordMs = 700;
/** The line counts as quiet again, after a header that could not be trusted. The simulator's choice. */
const quietMs = 20;

export class LoaderDialogue {
  private readonly options: LoaderDialogueOptions;
  private readonly reader: FrameReader;
  private isBusy = false;
  /** This stage has ended: what still arrives for it is lost. */
  private isOver = false;
  private lastByteAtMs = 0;
  private watch: Timer | null = null;

  constructor(options: LoaderDialogueOptions) {
    this.options = options;
    this.reader = new FrameReader(options.stage);
  }

  receive(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.lastByteAtMs = this.options.clock.now();
    this.reader.push(bytes);
    this.serveWhatIsThere();
    this.watchPartialFrame();
  }

  private serveWhatIsThere(): void {
    while (!this.isBusy && !this.isOver) {
      const message = this.reader.next();
      if (!message) return;
      this.serve(message);
    }
  }

  private serve(message: Incoming): void {
    const { log, faults, handler, timers, turnaroundMs } = this.options;
    const name = this.nameOf(message);
    log.command(name);
    const action = faults.onCommand(name);
    if (action.kind === 'pull' || action.kind === 'stall') {
      this.isOver = true;
      if (action.kind === 'pull') this.options.onPull();
      else this.options.onStall();
      return;
    }
    if (action.kind === 'stopReading') this.options.onStopReading();
    const answer = action.kind === 'nak' ? this.refusal(message, action.errorCode) : handler.handle(message);
    this.isBusy = true;
    timers.afterOrNow(answer.workMs + turnaroundMs, () => this.finish(name, answer));
  }

  private finish(name: string, answer: Answer): void {
    this.isBusy = false;
    if (answer.reply) {
      for (const reply of this.options.faults.onReply(name, answer.reply)) this.options.send(reply);
    }
    if (answer.next !== 'nothing') {
      this.isOver = true;
      this.watch?.cancel();
      if (answer.next === 'reset') this.options.onReset();
      else this.options.onStartAgent();
      return;
    }
    this.serveWhatIsThere();
  }

  private refusal(message: Incoming, errorCode: number): Answer {
    return message.kind === 'sync' ? say(resetWord) : replies(this.options.stage).nak(message, errorCode);
  }

  private nameOf(message: Incoming): string {
    if (message.kind === 'sync') return `${message.stage} sync`;
    const stage = this.options.stage === 'rom' ? 'DLBOOT' : message.framing === 'data' ? 'AGBOOT' : 'LPC';
    return message.kind === 'bad' ? `${stage} bad frame` : commandName(stage, message.framing, message.command);
  }

  /** One timer watches however many bytes arrive: it looks again when the line was not quiet meanwhile. */
  private watchPartialFrame(): void {
    if (this.watch || this.isOver || this.reader.state === 'empty') return;
    const { clock, timers, partialFrameMs } = this.options;
    const quietSinceMs = this.lastByteAtMs;
    const waitMs = { skipping: quietMs, begun: loneWordMs, partial: partialFrameMs }[this.reader.state];
    const decide = (): void => {
      this.watch = null;
      if (this.isBusy) this.lastByteAtMs = clock.now();
      else if (this.lastByteAtMs === quietSinceMs) this.giveUp();
      this.watchPartialFrame();
    };
    // After a standstill of its process a timer fires before what came meanwhile is read: a second look hears it.
    this.watch = timers.after(quietSinceMs + waitMs - clock.now(), () => {
      this.watch = timers.after(0, decide);
    });
  }

  private giveUp(): void {
    const left = this.reader.giveUp();
    if (left.length > 0 && !isLoneSyncWord(left)) this.options.log.violation(`${left.length} bytes that complete no frame`);
  }
}

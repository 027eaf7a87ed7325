// Between the wire and one stage of a download: lets the scripted faults strike, times the replies, one write each. Knows no command.

import type { FaultScript } from '../faults.ts';
import type { SessionLog } from '../session-log.ts';
import type { TimerGroup } from '../timer-group.ts';
import type { Answer, LoaderStage, Next, Step } from './stage.ts';

export interface LoaderDialogueOptions {
  readonly stage: LoaderStage;
  readonly log: SessionLog;
  readonly faults: FaultScript;
  readonly timers: TimerGroup;
  readonly turnaroundMs: number;
  readonly send: (bytes: Uint8Array) => void;
  /** Every step but `nothing`, `panic` among them: the stage is over. Told the name of the command. */
  readonly onNext: (next: Exclude<Next, 'nothing'>, command: string) => void;
  readonly onPull: () => void;
  readonly onStall: () => void;
  readonly onStopReading: () => void;
}

export class LoaderDialogue {
  private readonly options: LoaderDialogueOptions;
  private readonly steps: Step[] = [];
  private isBusy = false;
  private isOver = false;
  private waitingBytes = 0;

  constructor(options: LoaderDialogueOptions) {
    this.options = options;
  }

  receive(bytes: Uint8Array): void {
    if (this.isOver) return;
    if (this.isBusy) this.waitingBytes += bytes.length;
    if (this.waitingBytes > this.options.stage.fifoBytes) {
      this.options.log.violation(`${this.waitingBytes} bytes before the reply to the last command`);
      this.end('panic', 'overflow');
      return;
    }
    this.steps.push(...this.options.stage.push(bytes));
    this.serveWhatIsThere();
  }

  private serveWhatIsThere(): void {
    while (!this.isBusy && !this.isOver) {
      const step = this.steps.shift();
      if (!step) return;
      this.serve(step);
    }
  }

  private serve(step: Step): void {
    const { log, faults, timers, turnaroundMs } = this.options;
    log.command(step.name);
    const action = faults.onCommand(step.name);
    if (action.kind === 'pull' || action.kind === 'stall') {
      this.isOver = true;
      if (action.kind === 'pull') this.options.onPull();
      else this.options.onStall();
      return;
    }
    if (action.kind === 'stopReading') this.options.onStopReading();
    const answer = action.kind === 'nak' ? step.refuse(action.errorCode) : step.run();
    this.isBusy = true;
    timers.afterOrNow(answer.workMs + turnaroundMs, () => this.finish(step.name, answer));
  }

  private finish(command: string, { replies, next }: Answer): void {
    this.isBusy = false;
    this.waitingBytes = 0;
    for (const reply of replies) for (const sent of this.options.faults.onReply(command, reply)) this.options.send(sent);
    if (next !== 'nothing') this.end(next, command);
    else this.serveWhatIsThere();
  }

  private end(next: Exclude<Next, 'nothing'>, command: string): void {
    this.isOver = true;
    this.options.onNext(next, command);
  }
}

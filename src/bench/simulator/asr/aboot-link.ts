// The SMUX session of one stay in download mode: preamble, UABT, HELLO, heartbeats, one command at a time, and where the scripted
// faults strike. Knows no command's meaning. Source: asr.md §5 to §8.
import type { Timer } from '../../clock.ts';
import type { FaultScript } from '../faults.ts';
import type { SessionLog } from '../session-log.ts';
import type { TimerGroup } from '../timer-group.ts';
import type { Aboot } from './aboot.ts';
import { FrameReader, type Incoming } from './frame-reader.ts';
import type { AsrHabits } from './habits.ts';
import { answer, type Outcome } from './outcome.ts';
import { Outlet } from './outlet.ts';
import { ethosAnswer, frameTypes, greeting, greetingFrame, heartbeatFrame, helloReply, replyFrame } from './wire.ts';

export interface AbootLinkOptions {
  readonly habits: AsrHabits;
  readonly aboot: Aboot;
  readonly log: SessionLog;
  readonly faults: FaultScript;
  readonly timers: TimerGroup;
  readonly turnaroundMs: number;
  readonly write: (bytes: Uint8Array) => void;
  /** The host has said something: a session begins. */
  readonly onFirstMessage: () => void;
  readonly onReset: () => void;
  readonly onPull: () => void;
  readonly onStall: () => void;
  readonly onStopReading: () => void;
}

type Phase = 'waiting' | 'greeted' | 'echoed' | 'open' | 'ethos' | 'over';

/** The host's and the largest of the device before HELLO. */
const usualMtu = 1024;
/** A host that says `reboot` and no `disconnect` sees the chip go all the same. The simulator's choice. */
const rebootPatienceMs = 3_000;
/** A FAIL to one of these does not end the job (asr.md §8.2, §13). */
const mayFail = /^(nop|reboot|complete|disconnect)$/;

export class AbootLink {
  private readonly options: AbootLinkOptions;
  private readonly reader: FrameReader;
  private readonly outlet: Outlet;
  private phase: Phase = 'waiting';
  private hasHeard = false;
  /** The command whose final reply has not gone out. */
  private outstanding: string | null = null;
  private isSilent = false;
  /** What ended the job for a correct host: it sends no command after that. */
  private failedBy: string | null = null;
  /** The OKAY of the running download is out already. */
  private hasAnsweredEarly = false;
  private heartbeat: Timer | null = null;
  private patience: Timer | null = null;

  constructor(options: AbootLinkOptions) {
    const { timers, write, habits } = options;
    this.options = options;
    this.reader = new FrameReader(usualMtu, (message) => this.serve(message));
    this.outlet = new Outlet({ timers, write, split: habits.splitWrites });
  }

  /** A preamble was answered: the boot ROM stays for it. */
  get wasGreeted(): boolean {
    return this.phase !== 'waiting';
  }

  receive(bytes: Uint8Array): void {
    this.reader.push(bytes);
  }

  private serve(message: Incoming): void {
    if (this.phase === 'over') return;
    if (!this.hasHeard) this.options.onFirstMessage();
    this.hasHeard = true;
    const name = nameOf(message);
    const { log, faults } = this.options;
    log.command(name);
    const action = faults.onCommand(name);
    switch (action.kind) {
      case 'pull':
      case 'stall':
        this.phase = 'over';
        if (action.kind === 'pull') this.options.onPull();
        else this.options.onStall();
        return;
      case 'nak':
        if (this.phase === 'open' && this.outstanding === null) this.reject(name, action.errorCode);
        return;
      case 'stopReading':
        this.options.onStopReading();
        break;
      case 'none':
        break;
    }
    this.handle(message, name);
  }

  private handle(message: Incoming, name: string): void {
    if (this.phase === 'ethos' && message.kind !== 'preamble') this.violation(`${name} after the ETHOS answer`);
    else if (message.kind === 'bad') this.violation(message.reason);
    else if (message.kind === 'preamble') this.takePreamble();
    else this.takeFrame(message, name);
  }

  private takePreamble(): void {
    const { habits } = this.options;
    if (this.phase === 'open') this.violation('a preamble in a running session');
    else if (habits.link === 'ethos') {
      this.phase = 'ethos';
      this.outlet.send(ethosAnswer);
    } else {
      if (this.phase === 'waiting') this.phase = 'greeted';
      for (let count = 0; count <= habits.extraGreetings; count++) this.outlet.send(greetingFrame);
    }
  }

  private takeFrame({ type, payload }: Extract<Incoming, { kind: 'frame' }>, name: string): void {
    switch (type) {
      case frameTypes.STDIO:
        if (name === greeting) this.echoGreeting();
        else this.violation(name);
        return;
      case frameTypes.HELLO:
        this.takeHello(payload);
        return;
      case frameTypes.ABOOT_CMD:
        this.takeCommand(textOf(payload), name);
        return;
      case frameTypes.ABOOT_DATA:
        this.takeData(payload);
        return;
      case frameTypes.HELLO_REPLY:
        this.violation('a HELLO_REPLY from the host');
        return;
      case frameTypes.HEART_BEAT:
        return;
    }
  }

  /** Also in a running session, where it does no harm (asr.md §9). */
  private echoGreeting(): void {
    if (this.phase === 'waiting') this.violation('UABT before the preamble');
    else if (this.outstanding !== null) this.violation(`UABT while ${this.outstanding} is outstanding`);
    else {
      if (this.phase === 'greeted') this.phase = 'echoed';
      this.reply(greeting, greetingFrame);
    }
  }

  private takeHello(payload: Uint8Array): void {
    const { habits } = this.options;
    const hostMtu = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
    if (this.phase !== 'echoed' && this.phase !== 'open') this.violation('HELLO before UABT');
    else if (payload.length !== 2 || hostMtu === 0) this.violation('a HELLO without an MTU');
    else if (this.outstanding !== null) this.violation(`HELLO while ${this.outstanding} is outstanding`);
    else {
      this.phase = 'open';
      this.reader.setLimit(Math.min(habits.mtu, hostMtu));
      this.reply('HELLO', helloReply(habits.mtu));
      this.heartbeat ??= this.beatLater();
    }
  }

  private takeCommand(text: string, name: string): void {
    if (this.phase !== 'open') this.violation(`${name} before HELLO`);
    else if (this.outstanding !== null) this.violation(`${name} while ${this.outstanding} is outstanding`);
    else {
      if (this.failedBy !== null) this.violation(`${name} after the FAIL to ${this.failedBy}`);
      if (this.options.aboot.awaitsData) {
        this.violation(`${name} in the middle of a download`);
        this.options.aboot.abandonDownload();
      }
      this.hasAnsweredEarly = false;
      this.work(name, this.options.aboot.command(text));
    }
  }

  private takeData(payload: Uint8Array): void {
    const { aboot, habits } = this.options;
    if (this.phase !== 'open') this.violation('data before HELLO');
    else if (!aboot.awaitsData) {
      // What was on its way when a FAIL broke off the download is nobody's mistake.
      if (this.failedBy !== 'data') this.violation('data outside a download');
    } else if (this.outstanding === 'download') this.violation('data before the answer to download');
    else {
      const outcome = aboot.takeData(payload);
      if (this.hasAnsweredEarly) return;
      this.hasAnsweredEarly = outcome === null && habits.earlyOkay && aboot.missing <= usualMtu;
      if (outcome) this.work('data', outcome);
      else if (this.hasAnsweredEarly) this.work('data', answer('OKAY'));
    }
  }

  /** A scripted refusal; the command is not carried out. */
  private reject(name: string, errorCode: number): void {
    this.options.aboot.abandonDownload();
    // Before the FAIL is out already: the host cannot know yet that its next frame is of no use.
    if (name === 'data') this.failedBy = name;
    this.work(name, answer(`FAILerror 0x${errorCode.toString(16)}`));
  }

  private work(name: string, outcome: Outcome): void {
    this.outstanding = name;
    this.isSilent = outcome.isSilent;
    for (const frame of outcome.first) this.outlet.send(frame);
    this.options.timers.afterOrNow(outcome.workMs + this.options.turnaroundMs, () => this.finish(name, outcome));
  }

  private finish(name: string, { last, reply, next }: Outcome): void {
    this.outstanding = null;
    this.isSilent = false;
    for (const frame of last) this.outlet.send(frame);
    this.reply(name, replyFrame(reply));
    if (reply.startsWith('FAIL') && !mayFail.test(name)) this.failedBy = name;
    if (name === 'download' && !this.options.aboot.awaitsData) this.failedBy ??= name;
    if (name === 'reboot' && reply === 'OKAY') this.patience = this.options.timers.after(rebootPatienceMs, () => this.reset());
    if (name === 'disconnect') this.disconnect(next === 'reset');
  }

  private disconnect(resets: boolean): void {
    this.phase = 'over';
    this.heartbeat?.cancel();
    if (resets) this.reset();
  }

  private reset(): void {
    this.phase = 'over';
    this.patience?.cancel();
    this.options.onReset();
  }

  private reply(name: string, frame: Uint8Array): void {
    for (const sent of this.options.faults.onReply(name, frame)) this.outlet.send(sent);
  }

  private beatLater(): Timer | null {
    const { heartbeatMs } = this.options.habits;
    if (heartbeatMs === null) return null;
    return this.options.timers.after(heartbeatMs, () => {
      if (!this.isSilent) this.outlet.send(heartbeatFrame);
      this.heartbeat = this.beatLater();
    });
  }

  private violation(text: string): void {
    this.options.log.violation(text);
  }
}

const textOf = (payload: Uint8Array): string => Buffer.from(payload).toString('latin1');

const frameNames = { [frameTypes.HELLO]: 'HELLO', [frameTypes.HELLO_REPLY]: 'HELLO_REPLY', [frameTypes.HEART_BEAT]: 'heartbeat' };

/** As reports and faults name a message: a command by its text, a download and its data without their sizes. */
function nameOf(message: Incoming): string {
  if (message.kind === 'preamble') return 'preamble';
  if (message.kind === 'bad') return 'bad frame';
  const { type, payload } = message;
  switch (type) {
    case frameTypes.ABOOT_DATA:
      return 'data';
    case frameTypes.ABOOT_CMD:
      return textOf(payload).replace(/^(download|progress):.*$/s, '$1');
    case frameTypes.STDIO:
      return textOf(payload) === greeting ? greeting : 'untyped frame';
    case frameTypes.HELLO:
    case frameTypes.HELLO_REPLY:
    case frameTypes.HEART_BEAT:
      return frameNames[type];
  }
}

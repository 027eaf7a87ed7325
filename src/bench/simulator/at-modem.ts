// The AT dialogue of a booted module on one interface, for every platform's boards. Knows no USB and no flash.
// Source: eigencomm.md §16 (reply shapes marked [G] there are the simulator's too) and unisoc.md §9.2.
import type { TimerGroup } from './timer-group.ts';

export interface AtOptions {
  readonly echo: boolean;
  /** Between a command and its answer; the echo comes at once. */
  readonly answerDelayMs: number;
  /** Never answers, as a module whose application holds the interface. */
  readonly silent: boolean;
  /** Lines that come in the middle of the answers, in turn, e.g. `+QIND: SMS DONE`. */
  readonly unsolicited: readonly string[];
  /** Commands answered with this line in place of their answer, e.g. `{ 'AT+CGMM': 'ERROR' }`. */
  readonly errors: Readonly<Record<string, string>>;
  /** Whether AT+QDOWNLOAD=1 enters download mode; else it is answered `+CME ERROR: 4`. */
  readonly allowsDownload: boolean;
  /** `busy`: a script runs and the REPL says nothing. */
  readonly repl: 'prompt' | 'busy';
}

export const defaultAtOptions: AtOptions = {
  echo: true,
  answerDelayMs: 0,
  silent: false,
  unsolicited: [],
  errors: {},
  allowsDownload: false,
  repl: 'prompt',
};

export interface ModemFacts {
  readonly model: string;
  readonly imei: string;
  readonly sn: string;
  /** Null: the firmware answers ERROR to the revision queries. */
  readonly revision: string | null;
}

interface AtDialogue {
  readonly facts: ModemFacts;
  readonly options: AtOptions;
  readonly timers: TimerGroup;
  readonly send: (bytes: Uint8Array) => void;
  readonly enterDownload: () => void;
}

/** Lines before the final one, or one final line that says no. */
type AtResult = readonly string[] | { readonly error: string };

const encoder = new TextEncoder();
const noSim = '+CME ERROR: 10';
const longestLine = 512;

export class AtModem {
  private readonly dialogue: AtDialogue;
  private echo: boolean;
  private line = '';
  private unsolicitedSent = 0;

  constructor(dialogue: AtDialogue) {
    this.dialogue = dialogue;
    this.echo = dialogue.options.echo;
  }

  receive(bytes: Uint8Array): void {
    for (const character of Buffer.from(bytes).toString('latin1')) {
      if (character === '\r') this.take();
      else if (character !== '\n') this.line = (this.line + character).slice(-longestLine);
    }
  }

  private take(): void {
    const typed = this.line;
    this.line = '';
    const { options, timers, send } = this.dialogue;
    if (options.silent) return;
    const echoed = this.echo ? `${typed}\r` : '';
    const command = typed.trim().toUpperCase();
    const answer = command.startsWith('AT') ? this.answer(command) : '';
    if (options.answerDelayMs === 0) send(encoder.encode(echoed + answer));
    else {
      if (echoed) send(encoder.encode(echoed));
      timers.after(options.answerDelayMs, () => send(encoder.encode(answer)));
    }
    if (command === 'AT+QDOWNLOAD=1' && options.allowsDownload)
      timers.afterOrNow(options.answerDelayMs, this.dialogue.enterDownload);
  }

  private answer(command: string): string {
    const scripted = this.dialogue.options.errors[command];
    const result = scripted === undefined ? this.resultOf(command) : { error: scripted };
    const unsolicited = this.nextUnsolicited();
    if ('error' in result) return `${unsolicited}\r\n${result.error}\r\n`;
    const lines = result.map((line) => `${line}\r\n`).join('');
    return `${lines ? `\r\n${lines}` : ''}${unsolicited}\r\nOK\r\n`;
  }

  private resultOf(command: string): AtResult {
    const { model, imei, sn, revision } = this.dialogue.facts;
    switch (command) {
      case 'AT':
        return [];
      case 'ATE0':
      case 'ATE1':
        this.echo = command === 'ATE1';
        return [];
      case 'ATI':
        return ['Quectel', model, `Revision: ${revision ?? ''}`];
      case 'AT+CGMR':
      case 'AT+GMR':
      case 'AT+QGMR':
        return revision === null ? { error: 'ERROR' } : [revision];
      case 'AT+CGMM':
        return [model];
      case 'AT+CGSN':
      case 'AT+GSN':
      case 'AT+CGSN=1':
      case 'AT+QGSN':
        return [imei];
      case 'AT+EGMR=0,7':
        return [`+EGMR: "${imei}"`];
      case 'AT+EGMR=0,5':
        return [`+EGMR: "${sn}"`];
      case 'AT+QCCID':
        return { error: noSim };
      case 'AT+QDOWNLOAD=1':
        return this.dialogue.options.allowsDownload ? [] : { error: '+CME ERROR: 4' };
      default:
        return { error: 'ERROR' };
    }
  }

  private nextUnsolicited(): string {
    const { unsolicited } = this.dialogue.options;
    if (unsolicited.length === 0) return '';
    const line = unsolicited[this.unsolicitedSent++ % unsolicited.length];
    return `\r\n${line}\r\n`;
  }
}

// A line-based AT dialogue over one transport: one command at a time, each with its deadline.
// Knows what an answer is; knows no meaning of any command.
import type { Clock } from '../bench/clock.ts';
import type { Transport } from '../bench/transport.ts';
import { createLineSplitter, type DeviceLine, printable } from './line-splitter.ts';

export interface AtOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export type AtAnswer =
  | { readonly result: 'ok'; readonly lines: readonly string[] }
  /** `text` is the final result itself: `ERROR`, `+CME ERROR: 4`. */
  | { readonly result: 'error'; readonly text: string }
  /** No final result before the deadline. `heard` is the end of what came instead, printable; empty for true silence. */
  | { readonly result: 'silent'; readonly heard: string };

export interface AtDialogue {
  /**
   * Sends one command and waits for its final result. Lines of the answer come without echo, unsolicited lines and noise.
   * Rejects `transport-closed`, `write-timed-out`; with the signal's reason on abort. Asking while another command is
   * pending is a defect of the caller.
   */
  ask(command: string, options: AtOptions): Promise<AtAnswer>;

  /** Reads away late lines until nothing came for `quietMs`, at most for `timeoutMs`. */
  settle(quietMs: number, options: AtOptions): Promise<void>;
}

const maxAnswerLines = 32;
const maxHeard = 80;
const unsolicitedWords =
  /^(?:RDY|APP RDY|RING|NO CARRIER|CALL READY|SMS (?:DONE|READY)|PB DONE|(?:NORMAL |UNDER_VOLTAGE |OVER_VOLTAGE )?POWER(?:ED)? DOWN)$/i;
const finalError = /^(?:ERROR|\+CM[ES] ERROR:.*)$/;

/** The transport stays the caller's: the dialogue neither opens nor closes it. */
export function createAtDialogue(transport: Transport, clock: Clock): AtDialogue {
  const splitter = createLineSplitter();
  let asking = false;
  // Once a module is known to echo, nothing before the echo of this very command can be its answer.
  let echoes = false;

  const converse = async (command: string, { timeoutMs, signal }: AtOptions): Promise<AtAnswer> => {
    const deadline = clock.now() + timeoutMs;
    const io = (): { timeoutMs: number; signal?: AbortSignal } => ({
      timeoutMs: deadline - clock.now(),
      ...(signal && { signal }),
    });
    signal?.throwIfAborted();
    splitter.push(transport.take());
    await transport.write(Buffer.from(`${command}\r\n`, 'latin1'), io());
    const answer = collectAnswer(command, echoes);
    let heard = '';
    while (clock.now() < deadline) {
      const bytes = await transport.read(io());
      if (bytes.length === 0) break;
      heard = (heard + Buffer.from(bytes).toString('latin1')).slice(-maxHeard);
      const final = firstFinal(splitter.push(bytes), answer);
      echoes ||= answer.echoSeen();
      if (final) return final;
    }
    return { result: 'silent', heard: printable(heard) };
  };

  return {
    async ask(command, options) {
      if (asking) throw new Error(`${command} was asked while another AT command is pending`);
      asking = true;
      try {
        return await converse(command, options);
      } finally {
        asking = false;
      }
    },

    async settle(quietMs, { timeoutMs, signal }) {
      const deadline = clock.now() + timeoutMs;
      while (clock.now() < deadline) {
        const remaining = Math.min(quietMs, deadline - clock.now());
        const bytes = await transport.read({ timeoutMs: remaining, ...(signal && { signal }) });
        if (bytes.length === 0) return;
        splitter.push(bytes);
      }
    },
  };
}

interface AnswerCollector {
  /** The answer, when this line is its final result. */
  take(line: DeviceLine): AtAnswer | null;
  /** Whether the module has echoed anything, its own command or a foreign one. */
  echoSeen(): boolean;
}

function collectAnswer(command: string, mustEcho: boolean): AnswerCollector {
  const lines: string[] = [];
  const ownName = /^AT(\+\w+)/i.exec(command)?.[1]?.toUpperCase();
  let waitingForEcho = mustEcho;
  let echoSeen = false;

  return {
    take(line) {
      if (isEcho(line, command)) {
        // What came before was late or unsolicited.
        lines.length = 0;
        waitingForEcho = false;
        echoSeen = true;
        return null;
      }
      if (!line.clean) return null;
      if (looksLikeCommand(line.text)) {
        waitingForEcho = true;
        echoSeen = true;
      }
      if (waitingForEcho) return null;
      if (line.text === 'OK') return { result: 'ok', lines };
      if (finalError.test(line.text)) return { result: 'error', text: line.text };
      if (!isUnsolicited(line.text, ownName) && lines.length < maxAnswerLines) lines.push(line.text);
      return null;
    },
    echoSeen: () => echoSeen,
  };
}

function firstFinal(lines: readonly DeviceLine[], answer: AnswerCollector): AtAnswer | null {
  let final: AtAnswer | null = null;
  for (const line of lines) final ??= answer.take(line);
  return final;
}

/** Noise before an echo does not hide it; a clean line must be the command alone. */
function isEcho({ text, clean }: DeviceLine, command: string): boolean {
  const [said, asked] = [text.toUpperCase(), command.toUpperCase()];
  return clean ? said === asked : said.endsWith(asked);
}

/** The echo of a command that is not ours: somebody else's dialogue, or a late one of ours. */
const looksLikeCommand = (text: string): boolean => /^AT(?:$|[+&^$#%*]|[A-Z]\d?$)/i.test(text);

/** `+CREG: 1` is an answer to AT+CREG only; to any other command it came on its own. */
function isUnsolicited(text: string, ownName: string | undefined): boolean {
  const name = /^([+^]\w+)(?::|$)/.exec(text)?.[1]?.toUpperCase();
  return name === undefined ? unsolicitedWords.test(text) : name !== ownName;
}

// Reads one line from standard input; on a terminal without showing it. Knows nothing of what it is for.
import { once } from 'node:events';
import type { ReadStream } from 'node:tty';

export interface HiddenLineOptions {
  readonly stdin?: ReadStream;
  /** Given the question where a person sees it. */
  readonly ask?: (text: string) => void;
}

/** Null when the input ended, or the person left with Ctrl-C or Ctrl-D. */
export async function readHiddenLine(question: string, options: HiddenLineOptions = {}): Promise<string | null> {
  const { stdin = process.stdin, ask = (text) => process.stderr.write(text) } = options;
  const isTerminal = stdin.isTTY === true;
  if (isTerminal) {
    ask(question);
    stdin.setRawMode(true);
  }
  stdin.setEncoding('utf8');
  try {
    return await untilEnter(stdin);
  } finally {
    if (isTerminal) {
      stdin.setRawMode(false);
      ask('\n');
    }
    stdin.pause();
  }
}

async function untilEnter(stdin: ReadStream): Promise<string | null> {
  let line = '';
  const ended = once(stdin, 'end').then(() => null);
  for (;;) {
    const event: unknown = await Promise.race([once(stdin, 'data'), ended]);
    if (!Array.isArray(event)) return line === '' ? null : line;
    for (const character of String(event[0])) {
      if (character === '\r' || character === '\n') return line;
      if (character === '\u0003' || character === '\u0004') return null;
      line = character === '\u007f' || character === '\b' ? [...line].slice(0, -1).join('') : line + character;
    }
  }
}

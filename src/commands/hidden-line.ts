// Reads one line from standard input; on a terminal without showing it. Knows nothing of what it is for.
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

const enter: readonly string[] = ['\r', '\n'];
/** Ctrl-C and Ctrl-D of a terminal in raw mode. */
const leave: readonly string[] = ['\u0003', '\u0004'];

function untilEnter(stdin: ReadStream): Promise<string | null> {
  return new Promise((resolve) => {
    let line = '';
    const end = (result: string | null): void => {
      stdin.off('data', take);
      stdin.off('end', finish);
      resolve(result);
    };
    const finish = (): void => end(line === '' ? null : line);
    const take = (chunk: string): void => {
      for (const character of chunk) {
        if (enter.includes(character) || leave.includes(character)) {
          end(enter.includes(character) ? line : null);
          return;
        }
        line = character === '\u007f' || character === '\b' ? [...line].slice(0, -1).join('') : line + character;
      }
    };
    stdin.on('data', take);
    stdin.on('end', finish);
  });
}

// Where the answers about a new profile come from: options first, then questions on a terminal; what is missing is named. Knows no profile.
import { createInterface } from 'node:readline';
import { type Fault, fault } from '../domain/failure.ts';
import { printable } from '../views/words/escape.ts';

export interface Question {
  /** The option that answers it, e.g. `--model`. */
  readonly option: string;
  readonly text: string;
  /** Taken on a terminal when nothing is typed; never without one, where it is `assumed` that is taken. */
  readonly proposal: string;
  /** Without a terminal and option; null where an answer must be given. */
  readonly assumed: string | null;
}

export interface Answers {
  /** The option's value if one was given, else an answer. Null when it is missing; `refuseMissing` then throws. */
  answer(question: Question, given: string | undefined): Promise<string | null>;
  /** Throws `answer-missing` naming every option that was missed until now. */
  refuseMissing(): void;
  close(): void;
}

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

export function answersFrom(terminal: Terminal | null): Answers {
  const missing: string[] = [];
  const dialogue = terminal === null ? null : openDialogue(terminal);
  return {
    answer: async (question, given) => {
      if (given !== undefined) return given;
      const answer = dialogue === null ? question.assumed : await dialogue.ask(question);
      if (answer === null || answer === '') missing.push(question.option);
      return answer === '' ? null : answer;
    },
    refuseMissing: () => {
      if (missing.length > 0) throw missingFault(missing);
    },
    close: () => dialogue?.close(),
  };
}

interface Dialogue {
  /** Rejects `answer-missing` when the input ends. */
  ask(question: Question): Promise<string>;
  close(): void;
}

/** Keeps lines that come before their question: a pasted block must not lose any (readline's own question drops them). */
function openDialogue({ input, output }: Terminal): Dialogue {
  const reader = createInterface({ input, output });
  const lines = reader[Symbol.asyncIterator]();
  return {
    ask: async ({ text, proposal, option }) => {
      output.write(proposal === '' ? `${text}: ` : `${text} [${printable(proposal)}]: `);
      const line = await lines.next();
      if (line.done === true) throw missingFault([option]);
      return line.value.trim() || proposal;
    },
    close: () => reader.close(),
  };
}

const missingFault = (options: readonly string[]): Fault =>
  fault('answer-missing', 'profile add', { expected: options.join(', '), actual: 'not given' });

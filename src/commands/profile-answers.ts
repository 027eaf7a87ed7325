// Where the answers about a new profile come from: options first, then questions on a terminal; what is missing is named. Knows no profile.
import { createInterface } from 'node:readline/promises';
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
  /** Throws `profile-invalid` naming every option that was missed until now. */
  refuseMissing(): void;
  close(): void;
}

export function answersFrom(
  terminal: { readonly input: NodeJS.ReadStream; readonly output: NodeJS.WriteStream } | null,
): Answers {
  const missing: string[] = [];
  const lines = terminal === null ? null : createInterface(terminal);
  const gaveUp = new AbortController();
  lines?.on('close', () => gaveUp.abort(missingFault(['an answer'])));
  const ask = async ({ text, proposal }: Question): Promise<string> => {
    if (lines === null) return '';
    const shown = proposal === '' ? '' : ` [${printable(proposal)}]`;
    const typed = await lines.question(`${text}${shown}: `, { signal: gaveUp.signal }).catch((thrown: unknown) => {
      throw gaveUp.signal.aborted ? (gaveUp.signal.reason as Fault) : thrown;
    });
    return typed.trim() || proposal;
  };
  return {
    answer: async (question, given) => {
      if (given !== undefined) return given;
      const answer = lines === null ? question.assumed : await ask(question);
      if (answer === null || answer === '') missing.push(question.option);
      return answer === '' ? null : answer;
    },
    refuseMissing: () => {
      if (missing.length > 0) throw missingFault(missing);
    },
    close: () => lines?.close(),
  };
}

const missingFault = (options: readonly string[]): Fault =>
  fault('profile-invalid', 'profile add', { expected: options.join(', '), actual: 'not given' });

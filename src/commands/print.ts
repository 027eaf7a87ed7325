// Standard output of the commands that answer a question. Knows no command.
import { lineWriter } from '../views/cli/output.ts';
import { printableJson } from '../views/words/escape.ts';

export const print: (line: string) => void = lineWriter(process.stdout);

/** One JSON line; device-supplied text cannot reach the terminal through it. */
export const printJson = (value: unknown): void => print(printableJson(value));

// The `!CRANE!` script firmware.bin (asr.md §13): parsed whole, held to the commands that are allowed, and split into its pieces of
// work. Compares nothing with the other members and sends nothing.
import { type Fault, fault } from '../domain/failure.ts';

export interface ScriptStep {
  readonly command: string;
  /** The whole expected reply, e.g. `OKAY` or `DATA00006c8c`. */
  readonly expect: string;
  /** Only of a `download:`: what is sent, after which `OKAY` is expected. */
  readonly data?: Uint8Array;
}

/** A run of steps that do one thing: ask or tell, load a program, give a table, write a partition, erase one. */
export interface ScriptGroup {
  readonly kind: 'talk' | 'load' | 'table' | 'flash' | 'erase';
  /** The partition of `flash` and `erase`. */
  readonly partition?: string;
  readonly steps: readonly ScriptStep[];
}

const headBytes = 17;
/** Lines are shorter than 128 bytes. */
const maxLine = 127;
const dataCommand = /^download:([0-9a-fA-F]{8})$/;
const allowedCommand =
  /^(getvar:[\w.:-]+|(progress|download):[0-9a-fA-F]{8}|verify|call|nop|partition|enable|(flash|erase):[\w.-]+)$/;

export const isScript = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, 8)).toString('latin1') === '!CRANE! ';

/** Throws `package-truncated`, `package-size-forged` (the length in its first line), `package-structure-invalid`. */
export function parseScript(bytes: Uint8Array, path: string): readonly ScriptStep[] {
  const head = /^!CRANE! ([0-9a-f]{8})\n$/i.exec(Buffer.from(bytes.subarray(0, headBytes)).toString('latin1'));
  if (head === null) throw invalid(path, { expected: '!CRANE! and 8 hex digits' });
  const declared = Number.parseInt(head[1] ?? '', 16);
  if (declared > bytes.length) throw fault('package-truncated', path, { expected: `${declared} bytes`, actual: bytes.length });
  if (declared < bytes.length) throw fault('package-size-forged', path, { expected: declared, actual: bytes.length });
  const reader = new LineReader(bytes, headBytes, path);
  const steps: ScriptStep[] = [];
  for (let command = reader.next(); command !== null; command = reader.next()) steps.push(readStep(command, reader, path));
  return steps;
}

function readStep(command: string, reader: LineReader, path: string): ScriptStep {
  if (!allowedCommand.test(command)) throw invalid(path, { expected: 'a command that may be sent', actual: command });
  const expect = reader.demand(`the reply to ${command}`);
  const size = dataCommand.exec(command)?.[1];
  if (size === undefined) {
    if (!expect.startsWith('OKAY')) throw invalid(path, { expected: `OKAY to ${command}`, actual: expect });
    return { command, expect };
  }
  if (expect.toLowerCase() !== `data${size.toLowerCase()}`) throw invalid(path, { expected: `DATA${size}`, actual: expect });
  const data = reader.take(Number.parseInt(size, 16));
  const after = reader.demand(`the OKAY after ${command}`);
  if (after !== 'OKAY') throw invalid(path, { expected: `OKAY after ${command}`, actual: after });
  return { command, expect, data };
}

/** Where the script stands between two commands: nothing waits, a download waits to be used, a verified one waits for `call`. */
type Waiting = 'nothing' | 'download' | 'verified';

/**
 * The groups of a script in the order they run. Throws `package-structure-invalid` for a script that could not be meant: a command
 * without the download it works on, a download that nothing uses, a write before the two tables, a loader after the first write.
 */
export function groupScript(steps: readonly ScriptStep[], path: string): readonly ScriptGroup[] {
  const groups: ScriptGroup[] = [];
  let waiting: Waiting = 'nothing';
  let open: ScriptStep[] = [];
  const demand = (is: boolean, { command }: ScriptStep, detail: string): void => {
    if (!is) throw invalid(path, { actual: command, detail });
  };
  const close = (kind: ScriptGroup['kind'], partition?: string): void => {
    const last = groups.at(-1);
    if (kind === 'flash' && last?.kind === 'flash' && last.partition === partition) {
      groups[groups.length - 1] = { ...last, steps: [...last.steps, ...open] };
    } else groups.push({ kind, steps: open, ...(partition !== undefined && { partition }) });
    open = [];
    waiting = 'nothing';
  };
  const count = (kind: ScriptGroup['kind']): number => groups.filter((group) => group.kind === kind).length;
  const hasWritten = (): boolean => count('flash') + count('erase') > 0;
  const isTabled = (): boolean => count('table') >= 2;

  for (const step of steps) {
    open.push(step);
    const [verb = '', partition] = step.command.split(':', 2);
    switch (verb) {
      case 'download':
        demand(waiting === 'nothing', step, 'the download before it is not used');
        waiting = 'download';
        break;
      case 'verify':
        demand(waiting === 'download' && !hasWritten(), step, 'there is nothing to verify');
        waiting = 'verified';
        break;
      case 'call':
        demand(waiting === 'verified', step, 'there is nothing to call');
        close('load');
        break;
      case 'nop':
        demand(waiting !== 'download', step, 'the download before it is not used');
        close(waiting === 'verified' ? 'load' : 'talk');
        break;
      case 'partition':
        demand(waiting === 'download' && count('load') > 0 && !hasWritten(), step, 'there is no table to take');
        close('table');
        break;
      case 'flash':
        demand(waiting === 'download' && isTabled(), step, 'there is nothing to write, or no partition table yet');
        close('flash', partition);
        break;
      case 'erase':
        demand(waiting === 'nothing' && isTabled(), step, 'there is no partition table yet');
        close('erase', partition);
        break;
      default:
        if (waiting === 'nothing') close('talk');
    }
  }
  if (open.length > 0) throw invalid(path, { detail: 'the last download is not used' });
  if (!hasWritten()) throw invalid(path, { detail: 'the script writes nothing' });
  return groups;
}

class LineReader {
  readonly #bytes: Uint8Array;
  readonly #path: string;
  #at: number;

  constructor(bytes: Uint8Array, start: number, path: string) {
    this.#bytes = bytes;
    this.#path = path;
    this.#at = start;
  }

  /** The next line that is not blank; null at the end. */
  next(): string | null {
    while (this.#at < this.#bytes.length) {
      const line = this.#line();
      if (line !== '') return line;
    }
    return null;
  }

  demand(what: string): string {
    const line = this.next();
    if (line === null) throw fault('package-truncated', this.#path, { expected: what, actual: 'the end of the script' });
    return line;
  }

  take(count: number): Uint8Array {
    const data = this.#bytes.subarray(this.#at, this.#at + count);
    if (data.length < count) throw fault('package-truncated', this.#path, { expected: `${count} bytes`, actual: data.length });
    this.#at += count;
    return data;
  }

  #line(): string {
    const window = this.#bytes.subarray(this.#at, this.#at + maxLine + 1);
    const length = window.indexOf(0x0a);
    if (length < 0 && window.length <= maxLine)
      throw fault('package-truncated', this.#path, { expected: 'the end of a line', actual: 'the end of the script' });
    const line = Buffer.from(window.subarray(0, length)).toString('latin1');
    if (length < 0 || !/^[\x20-\x7e]*$/.test(line))
      throw invalid(this.#path, { expected: `text of at most ${maxLine} characters`, actual: `line at byte ${this.#at}` });
    this.#at += length + 1;
    return line;
  }
}

const invalid = (path: string, facts: { expected?: string; actual?: string; detail?: string }): Fault =>
  fault('package-structure-invalid', path, facts);

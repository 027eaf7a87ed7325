// Replies of the aboot protocol (asr.md §8, §13, §17): what may answer a command, and what each wrong one is called. Pure.
import { type FailureCode, type Fault, fault, hex } from '../../domain/failure.ts';
import { bootRomVariable, maxDownloadVariable, type ReplyWord, replyWords } from './opcodes.ts';

export interface Reply {
  readonly word: ReplyWord;
  /** What follows the word. */
  readonly text: string;
}

const maxFact = 120;

/** Null for anything that does not begin with a reply's word. */
export function parseReply(payload: Uint8Array): Reply | null {
  const text = Buffer.from(payload).toString('latin1');
  const word = replyWords.find((candidate) => text.startsWith(candidate));
  return word === undefined ? null : { word, text: text.slice(word.length) };
}

/** A flipped bit may be all that is wrong: what cannot be seen is written out. */
const visible = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`).slice(0, maxFact);

export const replyText = ({ word, text }: Reply): string => visible(`${word}${text}`);

/** What the value of a variable must be. */
export type VariableRule =
  | { readonly kind: 'oneOf' | 'noneOf'; readonly values: readonly string[] }
  | { readonly kind: 'atLeast'; readonly value: number };

/** The rule for the expected reply of a script's `getvar` (§13). Null: the expectation itself makes no sense. */
export function ruleOfScript(variable: string, expect: string): VariableRule | null {
  const text = expect.slice('OKAY'.length);
  if (variable === maxDownloadVariable) {
    const value = hexValue(text);
    return value === null ? null : { kind: 'atLeast', value };
  }
  return { kind: 'oneOf', values: variable === bootRomVariable ? [text] : text.split('|') };
}

/** `0000f000`, `f000`, `0xf000`; null for anything else. */
export function hexValue(text: string): number | null {
  return /^(0x)?[0-9a-f]{1,8}$/i.test(text) ? Number.parseInt(text, 16) : null;
}

/** Null when the OKAY with this value keeps the rule. */
export function faultOfVariable(variable: string, rule: VariableRule, value: string, step: string): Fault | null {
  if (keepsRule(rule, value)) return null;
  const code = variable === bootRomVariable ? 'boot-rom-mismatch' : 'package-for-other-model';
  return fault(code, step, { expected: ruleText(rule), actual: visible(value), detail: `getvar:${variable}` });
}

function keepsRule(rule: VariableRule, value: string): boolean {
  switch (rule.kind) {
    case 'oneOf':
      return rule.values.includes(value);
    case 'noneOf':
      return !rule.values.includes(value);
    case 'atLeast':
      return (hexValue(value) ?? -1) >= rule.value;
  }
}

export function ruleText(rule: VariableRule): string {
  switch (rule.kind) {
    case 'oneOf':
      return rule.values.join(' or ');
    case 'noneOf':
      return `not ${rule.values.join(' or ')}`;
    case 'atLeast':
      return `at least ${hex(rule.value)}`;
  }
}

/** A FAIL, named by what it says of module and package. `isFirstTable`: the answer to flashinfo.bin. */
export function faultOfFail(command: string, text: string, step: string, isFirstTable: boolean): Fault {
  const detail = `the answer to ${command}`;
  const facts = { expected: 'OKAY', actual: visible(`FAIL${text}`), detail };
  if (isFirstTable || /flash information table/i.test(text))
    return fault('package-for-other-model', step, { ...facts, detail: `${detail}: the module has another flash chip` });
  return fault(failCode(command), step, facts);
}

function failCode(command: string): FailureCode {
  if (command === 'verify') return 'signature-refused';
  return /^(flash|erase):/.test(command) ? 'burn-failed' : 'device-refused';
}

// What is wrong with a configuration file, told so that a person can mend it: file, place, JSON path, found, expected.
// Knows no schema of its own.
import type { z } from 'zod';
import { type FailureCode, type Fault, fault } from '../domain/failure.ts';
import { type JsonPath, JsonSyntaxError, type JsonText, readJsonText, type TextPlace } from './json-text.ts';

/** One thing wrong inside a file whose text could be read. `found` is ready to print. */
export interface Finding {
  readonly path: JsonPath;
  readonly found: string;
  readonly expected: string;
}

/** A finding with its file and place. */
export interface Problem {
  readonly file: string;
  readonly place?: TextPlace;
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

type Outcome<T> =
  | { readonly value: T; readonly problems: readonly [] }
  | { readonly value: null; readonly problems: readonly Problem[] };

export interface ReadFileOutcome<T> {
  readonly outcome: Outcome<T>;
  /** Places findings of later checks in the same file. */
  place(findings: readonly Finding[]): readonly Problem[];
}

/** Bytes of a file to a value of the schema, or every problem found. `check` runs only on a value of the right shape. */
export function readAs<Schema extends z.ZodType>(
  schema: Schema,
  bytes: Uint8Array,
  file: string,
  check: (value: z.output<Schema>) => readonly Finding[],
): ReadFileOutcome<z.output<Schema>> {
  const json = readText(bytes, file);
  if ('problem' in json) return { outcome: { value: null, problems: [json.problem] }, place: () => [] };
  const place = (findings: readonly Finding[]): readonly Problem[] => findings.map((finding) => placed(finding, file, json));
  const parsed = schema.safeParse(json.value);
  const findings = parsed.success ? check(parsed.data) : parsed.error.issues.flatMap((issue) => findingsOf(issue, json.value));
  if (!parsed.success || findings.length > 0) return { outcome: { value: null, problems: place(findings) }, place };
  return { outcome: { value: parsed.data, problems: [] }, place };
}

/** One line: `stations/a.json:4:12 slots[2].usbPath: found "x", expected …`. */
export function describeProblem({ file, place, path, found, expected }: Problem): string {
  const where = place ? `${file}:${place.line}:${place.column}` : file;
  return `${where} ${path}: found ${found}, expected ${expected}`;
}

const fileOf = {
  'station-file-invalid': 'station file',
  'profile-invalid': 'profile',
  'batch-file-invalid': 'job file',
} as const satisfies Partial<Record<FailureCode, string>>;

/** The `Fault` of all problems, one line each in its detail. */
export function faultOf(code: keyof typeof fileOf, problems: readonly Problem[]): Fault {
  return fault(code, fileOf[code], { detail: problems.map(describeProblem).join('\n') });
}

/** A value as messages show it: JSON, at most 80 characters, no character that could steer a terminal. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  const short = text.length > 80 ? `${text.slice(0, 77)}…` : text;
  return short.replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

export function pathText(path: JsonPath): string {
  if (path.length === 0) return '(whole file)';
  return path.map(stepText).join('').replace(/^\./, '');
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  return /^[\w$-]+$/.test(step) ? `.${step}` : `[${shown(step)}]`;
}

function placed(finding: Finding, file: string, json: JsonText): Problem {
  return {
    file,
    place: json.placeOf(finding.path),
    path: pathText(finding.path),
    found: finding.found,
    expected: finding.expected,
  };
}

function readText(bytes: Uint8Array, file: string): JsonText | { readonly problem: Problem } {
  const text = decode(bytes);
  if (text === null)
    return { problem: { file, path: '(whole file)', found: 'bytes that are not UTF-8', expected: 'UTF-8 text' } };
  try {
    return readJsonText(text);
  } catch (thrown) {
    if (!(thrown instanceof JsonSyntaxError)) throw thrown;
    const { place, found, expected } = thrown;
    return { problem: { file, place, path: `line ${place.line}, column ${place.column}`, found, expected } };
  }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function findingsOf(issue: z.core.$ZodIssue, root: unknown): Finding[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], found: 'an unknown field', expected: 'only fields of the schema' }));
  }
  return [{ path, found: shown(valueAt(root, path)), expected: expectation(issue) }];
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return nouns[issue.expected] ?? issue.expected;
    case 'too_small':
      return `at least ${issue.minimum}${unitOf(issue.origin, Number(issue.minimum))}`;
    case 'too_big':
      return `at most ${issue.maximum}${unitOf(issue.origin, Number(issue.maximum))}`;
    case 'invalid_value':
      return issue.values.length === 1 ? shown(issue.values[0]) : `one of ${issue.values.map(shown).join(', ')}`;
    case 'invalid_key':
      return `a key that is ${issue.issues.map((inner) => inner.message).join(', ')}`;
    case 'invalid_format':
    case 'invalid_union':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'custom':
      return issue.message;
  }
}

const nouns: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function unitOf(origin: string, count: number): string {
  if (origin === 'string') return count === 1 ? ' character' : ' characters';
  if (origin === 'array') return count === 1 ? ' entry' : ' entries';
  return '';
}

function valueAt(root: unknown, path: JsonPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

// Reads JSON text strictly: where each value stands, line and column of a syntax error, no key twice in one object.
// Knows JSON only. (JSON.parse names no place for some errors and lets the last of two equal keys win in silence.)

export type JsonPath = readonly (string | number)[];

export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

export interface JsonText {
  readonly value: unknown;
  /** Where the value at a path starts; of an absent one, where its nearest present parent starts. */
  placeOf(path: JsonPath): TextPlace;
}

/** Thrown by `readJsonText`; `expected` continues the sentence "expected …". */
export class JsonSyntaxError extends Error {
  readonly place: TextPlace;
  readonly found: string;
  readonly expected: string;

  constructor(place: TextPlace, found: string, expected: string) {
    super(`line ${place.line}, column ${place.column}: found ${found}, expected ${expected}`);
    this.name = 'JsonSyntaxError';
    this.place = place;
    this.found = found;
    this.expected = expected;
  }
}

const maxDepth = 32;
const blank = /[ \t\r\n]*/y;
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside a string
const quoted = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;

/** Parses one JSON document. Throws `JsonSyntaxError`. A byte order mark must be taken off before. */
export function readJsonText(text: string): JsonText {
  const starts = new Map<string, number>();
  let at = 0;

  const fail = (expected: string, offset = at): never => {
    throw new JsonSyntaxError(placeAt(text, offset), foundAt(text, offset), expected);
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    if (match !== undefined) at += match.length;
    return match;
  };
  const takeSign = (sign: string): boolean => {
    take(blank);
    if (text[at] !== sign) return false;
    at++;
    return true;
  };

  const readValue = (path: JsonPath): unknown => {
    take(blank);
    starts.set(keyOf(path), at);
    if (path.length > maxDepth) fail(`at most ${maxDepth} levels`);
    if (takeSign('{')) return readObject(path);
    if (takeSign('[')) return readArray(path);
    const token = take(quoted) ?? take(scalar) ?? fail('a JSON value');
    return JSON.parse(token) as unknown;
  };

  const readArray = (path: JsonPath): unknown[] => {
    const values: unknown[] = [];
    if (takeSign(']')) return values;
    do values.push(readValue([...path, values.length]));
    while (takeSign(','));
    if (!takeSign(']')) fail('"," or "]"');
    return values;
  };

  const readObject = (path: JsonPath): unknown => {
    const entries = new Map<string, unknown>();
    if (takeSign('}')) return {};
    do {
      take(blank);
      const start = at;
      const key = JSON.parse(take(quoted) ?? fail('a key in double quotes')) as string;
      if (entries.has(key)) fail('each key once in an object', start);
      if (!takeSign(':')) fail('":"');
      entries.set(key, readValue([...path, key]));
    } while (takeSign(','));
    if (!takeSign('}')) fail('"," or "}"');
    return Object.fromEntries(entries);
  };

  const value = readValue([]);
  take(blank);
  if (at < text.length) fail('the end of the file');
  return { value, placeOf: (path) => placeAt(text, nearestStart(starts, path)) };
}

const keyOf = (path: JsonPath): string => JSON.stringify(path);

function nearestStart(starts: ReadonlyMap<string, number>, path: JsonPath): number {
  for (let length = path.length; length > 0; length--) {
    const start = starts.get(keyOf(path.slice(0, length)));
    if (start !== undefined) return start;
  }
  return starts.get(keyOf([])) ?? 0;
}

function placeAt(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

function foundAt(text: string, offset: number): string {
  if (offset >= text.length) return 'the end of the file';
  const rest = text.slice(offset, offset + 20).split('\n')[0] ?? '';
  return rest === '' ? 'the end of the line' : JSON.stringify(rest.trimEnd());
}

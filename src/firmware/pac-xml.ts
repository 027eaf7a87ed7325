// A strict parser for the XML inside a `.pac`: elements, attributes and text. Knows no element by name. No DTD, no CDATA, no
// processing instruction, no entity beyond the five, and limits on size, depth and count: the file comes from outside.
import { fault } from '../domain/failure.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Trimmed; empty for an element with children. */
  readonly text: string;
}

const limits = { characters: 0x100000, depth: 16, elements: 20_000, tagCharacters: 1024 };

const declaration = /<\?xml[^<>?]*\?>/y;
const blank = /[ \t\r\n]+/y;
const tag = /<(\/?)([A-Za-z_][\w.-]*)([^<>]*)>/y;
const attribute = /\s+([A-Za-z_][\w.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const characters = /[^<]+/y;
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

interface OpenElement {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** The root element. Throws `package-structure-invalid`, `package-too-large` under `step`. */
export function parseXml(source: string, step: string): XmlElement {
  if (source.length > limits.characters) {
    throw fault('package-too-large', step, { expected: `at most ${limits.characters} characters`, actual: source.length });
  }
  let at = 0;
  let elements = 0;
  const stack: OpenElement[] = [];
  let root: XmlElement | null = null;

  const refuse = (detail: string): never => {
    throw fault('package-structure-invalid', step, { address: `character ${at}`, detail });
  };
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  const skipComment = (): boolean => {
    if (!source.startsWith('<!--', at)) return false;
    const end = source.indexOf('-->', at + 4);
    if (end < 0) refuse('a comment without end');
    at = end + 3;
    return true;
  };
  const close = (element: OpenElement): void => {
    const text = element.text.trim();
    if (text !== '' && element.children.length > 0) refuse(`text beside the children of ${element.name}`);
    const closed = { name: element.name, attributes: element.attributes, children: element.children, text };
    const parent = stack.at(-1);
    if (parent) parent.children.push(closed);
    else root = closed;
  };
  const open = (name: string, rest: string): void => {
    if (root !== null) refuse('a second root element');
    elements += 1;
    if (elements > limits.elements) refuse('too many elements');
    const empty = rest.endsWith('/');
    if (rest.length > limits.tagCharacters) refuse(`attributes of ${name} too long`);
    const attributes = attributesOf(empty ? rest.slice(0, -1) : rest) ?? refuse(`attributes of ${name}`);
    const element = { name, attributes, children: [], text: '' };
    if (empty) close(element);
    else stack.push(element);
    if (stack.length > limits.depth) refuse('elements nested too deep');
  };

  if (source.startsWith('\uFEFF')) at = 1;
  match(declaration);
  while (at < source.length) {
    const current = stack.at(-1);
    if (skipComment()) continue;
    const found = match(tag);
    if (found !== null) {
      const [, slash = '', name = '', rest = ''] = found;
      if (slash === '') open(name, rest);
      else if (current?.name !== name || rest.trim() !== '') refuse(`end tag of ${name}`);
      else {
        stack.pop();
        close(current);
      }
    } else if (current === undefined) {
      if (!match(blank)) refuse('text outside the root element, or markup that is not an element');
    } else {
      const text = match(characters)?.[0] ?? refuse('markup that is not an element');
      current.text += decode(text) ?? refuse('an unknown entity or a control character');
    }
  }
  if (stack.length > 0) refuse(`no end of ${stack.at(-1)?.name ?? ''}`);
  return root ?? refuse('no root element');
}

function attributesOf(rest: string): Map<string, string> | null {
  const attributes = new Map<string, string>();
  let at = 0;
  while (rest.slice(at).trim() !== '') {
    attribute.lastIndex = at;
    const found = attribute.exec(rest);
    const [name, value] = [found?.[1], decode(found?.[2] ?? found?.[3] ?? '')];
    if (name === undefined || value === null || attributes.has(name)) return null;
    attributes.set(name, value);
    at = attribute.lastIndex;
  }
  return attributes;
}

function decode(text: string): string | null {
  let known = !/[^\P{Cc}\t\r\n]/u.test(text);
  const decoded = text.replace(/&([^;&]{0,8};)?/g, (_, name: string | undefined) => {
    const character = name === undefined ? undefined : entities[name.slice(0, -1)];
    if (character === undefined) known = false;
    return character ?? '';
  });
  return known ? decoded : null;
}

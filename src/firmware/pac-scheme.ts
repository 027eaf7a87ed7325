// The download scheme in a `.pac`'s XML (unisoc.md §12.4): which File is downloaded where, in order, and which NV items the package
// asks to keep. Knows no chip and none of the rules of a flow.
import { fault } from '../domain/failure.ts';
import type { XmlElement } from './pac-xml.ts';

/** One File element. `blockSize` exists only here: the pac entry has only the address. */
export interface SchemeFile {
  readonly id: string;
  readonly alias: string;
  readonly type: string;
  readonly base: number;
  readonly blockSize: number;
  readonly checkFlag: 0 | 1;
  readonly description: string;
}

export interface PacScheme {
  readonly name: string;
  /** In download order. */
  readonly files: readonly SchemeFile[];
  /** Of the schemes not chosen: their entries may lie in the pac unused. */
  readonly idsOfOtherSchemes: readonly string[];
  readonly isNvBackup: boolean;
  /** Ids below 0xFFFE; 0xFFFFFFFF means "by name" and is left out. */
  readonly nvItemsToKeep: readonly number[];
}

const firstListEnd = 0xfffe;

/** Throws `package-structure-invalid`, `package-member-missing`, `package-duplicate-entry` under `step`. */
export function readScheme(root: XmlElement, productName: string, step: string): PacScheme {
  if (root.name !== 'BMAConfig') throw invalid(step, 'BMAConfig', root.name);
  const products = all(one(root, 'ProductList', step), 'Product');
  const product = products.find(({ attributes }) => attributes.get('name') === productName) ?? products[0];
  if (product === undefined) throw fault('package-member-missing', step, { expected: 'a Product' });
  const schemes = all(one(root, 'SchemeList', step), 'Scheme');
  const scheme = chooseScheme(schemes, product, step);
  const files = all(scheme, 'File').map((file) => readFile(file, step));
  if (files.length === 0) throw fault('package-member-missing', step, { expected: 'a File in the scheme' });
  refuseDuplicates(files, step);
  const backup = product.children.find(({ name }) => name === 'NVBackup');
  return {
    name: scheme.attributes.get('name') ?? '',
    files,
    idsOfOtherSchemes: schemes
      .filter((other) => other !== scheme)
      .flatMap((other) => all(other, 'File').map((file) => nameOf(file, 'ID', step))),
    isNvBackup: backup?.attributes.get('backup') === '1',
    nvItemsToKeep: backup === undefined ? [] : keptItems(backup, step),
  };
}

/** With one scheme there is no choice; else the product names it. */
function chooseScheme(schemes: readonly XmlElement[], product: XmlElement, step: string): XmlElement {
  const [first] = schemes;
  if (first !== undefined && schemes.length === 1) return first;
  const name = textOf(product, 'SchemeName', step);
  const named = schemes.filter(({ attributes }) => attributes.get('name') === name);
  if (named.length > 1) throw fault('package-duplicate-entry', step, { actual: `scheme ${name}` });
  const [chosen] = named;
  if (chosen === undefined) throw fault('package-member-missing', step, { expected: `scheme ${name}` });
  return chosen;
}

function readFile(file: XmlElement, step: string): SchemeFile {
  const id = nameOf(file, 'ID', step);
  const inFile = `${step}, File ${id}`;
  const block = one(file, 'Block', inFile);
  const checkFlag = optionalText(file, 'CheckFlag', inFile) ?? '0';
  if (checkFlag !== '0' && checkFlag !== '1') throw invalid(inFile, 'a CheckFlag 0 or 1', checkFlag);
  return {
    id,
    alias: optionalText(file, 'IDAlias', inFile) || id,
    type: nameOf(file, 'Type', inFile),
    base: numberOf(block, 'Base', inFile),
    blockSize: numberOf(block, 'Size', inFile),
    checkFlag: checkFlag === '1' ? 1 : 0,
    description: optionalText(file, 'Description', inFile) ?? '',
  };
}

function refuseDuplicates(files: readonly SchemeFile[], step: string): void {
  const seen = new Set<string>();
  for (const { id } of files) {
    const key = id.toUpperCase();
    if (seen.has(key)) throw fault('package-duplicate-entry', step, { actual: `File ${id}` });
    seen.add(key);
  }
}

function keptItems(backup: XmlElement, step: string): number[] {
  const ids = all(backup, 'NVItem').map((item) => numberOf(item, 'ID', `${step}, NVItem`));
  return [...new Set(ids.filter((id) => id < firstListEnd))];
}

const all = (parent: XmlElement, name: string): readonly XmlElement[] => parent.children.filter((child) => child.name === name);

function one(parent: XmlElement, name: string, step: string): XmlElement {
  const found = all(parent, name);
  const [element] = found;
  if (element === undefined || found.length > 1) throw invalid(step, `one ${name} in ${parent.name}`, found.length);
  return element;
}

const textOf = (parent: XmlElement, name: string, step: string): string => one(parent, name, step).text;

function nameOf(parent: XmlElement, name: string, step: string): string {
  const text = textOf(parent, name, step);
  if (!/^[ -~]{1,64}$/.test(text)) throw invalid(step, `${name} of 1 to 64 printable characters`, text.length);
  return text;
}

const optionalText = (parent: XmlElement, name: string, step: string): string | undefined =>
  all(parent, name).length === 0 ? undefined : textOf(parent, name, step);

/** Hex with `0x`, or decimal; at most 32 bits. */
function numberOf(parent: XmlElement, name: string, step: string): number {
  const text = textOf(parent, name, step);
  const value = /^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 0xffffffff)) throw invalid(step, `a 32-bit number in ${name}`, text);
  return value;
}

const invalid = (step: string, expected: string, actual: string | number): Error =>
  fault('package-structure-invalid', step, { expected, actual });

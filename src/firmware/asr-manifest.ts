// The manifest download.json of an aboot package (asr.md §14): every entry understood or the package refused. Opens no image.
import { type Fault, fault } from '../domain/failure.ts';

/** A `getvar` check: `require` names what the device must answer, `reject` what it must not. */
export interface CheckEntry {
  readonly command: 'require' | 'reject';
  readonly name: string;
  readonly values: readonly string[];
}

export interface CallEntry {
  readonly command: 'call';
  readonly image: string;
  /** Set in packages for several chips: only for a device with this boot ROM. */
  readonly bootRom: string | null;
}

export type ManifestEntry =
  | CheckEntry
  | { readonly command: 'progress'; readonly weight: number }
  | CallEntry
  | { readonly command: 'partition'; readonly image: string }
  | { readonly command: 'flash'; readonly image: string; readonly partition: string }
  | { readonly command: 'erase'; readonly partition: string }
  | { readonly command: 'nop' };

export interface Manifest {
  /** In file order, which is the order they run in. */
  readonly entries: readonly ManifestEntry[];
  /** Productive-line entries (`productionOnly`), in words: never executed, only shown. */
  readonly withheld: readonly string[];
}

const bootRomName = 'version-bootrom';
const checkedNames: readonly string[] = ['product', 'version', bootRomName];
const maxEntries = 256;

/**
 * Throws `package-structure-invalid` for anything that is not understood: unknown and unsupported commands (`upload`, `boot`,
 * `upgrade`, `cust-flash`), a `fuse` that is not `productionOnly`, an order in which a check comes after the first download or a
 * write before both tables. Throws `package-duplicate-entry` for two images of one partition.
 */
export function parseManifest(bytes: Uint8Array, path: string): Manifest {
  const entries: ManifestEntry[] = [];
  const withheld: string[] = [];
  for (const [index, value] of listOf(bytes, path).entries()) {
    const fields = new Fields(value, `${path}, entry ${index + 1}`);
    const entry = readEntry(fields);
    if (fields.flag('productionOnly')) withheld.push(fields.summary());
    else if (entry === 'fuse') throw fields.invalid({ actual: 'fuse', detail: 'a fuse burns the chip for good: never sent' });
    else entries.push(entry);
  }
  checkOrder(entries, path);
  refuseSecondImage(entries, path);
  return { entries, withheld };
}

function readEntry(fields: Fields): ManifestEntry | 'fuse' {
  const command = fields.text('command');
  const bootRom = fields.optional(bootRomName);
  if (bootRom !== null && command !== 'call')
    throw fields.invalid({ actual: bootRom, detail: `${bootRomName} is only understood on call` });
  switch (command) {
    case 'require':
    case 'reject':
      return readCheck(command, fields);
    case 'progress':
      return { command, weight: fields.weight('value') };
    case 'call':
      if (bootRom !== null && !/^\d{4}\.\d{2}\.\d{2}$/.test(bootRom)) throw fields.invalid({ actual: bootRom });
      return { command, image: fields.name('image'), bootRom };
    case 'partition':
      return { command, image: fields.name('image') };
    case 'flash':
      return { command, image: fields.name('image'), partition: fields.name('partition') };
    case 'erase':
      return { command, partition: fields.name('partition') };
    case 'nop':
    case 'fuse':
      return command === 'fuse' ? command : { command };
    default:
      throw fields.invalid({ expected: 'a command that is supported', actual: command.slice(0, 40) });
  }
}

function readCheck(command: CheckEntry['command'], fields: Fields): CheckEntry {
  const name = fields.text('name');
  if (!checkedNames.includes(name)) throw fields.invalid({ expected: checkedNames.join(', '), actual: name.slice(0, 40) });
  return { command, name, values: fields.text('value').split('|') };
}

/** Checks, then loaders, then the two tables, then writes: what comes too late would protect nothing. */
function checkOrder(entries: readonly ManifestEntry[], path: string): void {
  const stages = { check: 0, load: 1, table: 2, write: 3 } as const;
  const stageOf = ({ command }: ManifestEntry): number | null => {
    switch (command) {
      case 'require':
      case 'reject':
        return stages.check;
      case 'call':
        return stages.load;
      case 'partition':
        return stages.table;
      case 'flash':
      case 'erase':
        return stages.write;
      case 'progress':
      case 'nop':
        return null;
    }
  };
  let stage = 0;
  for (const entry of entries) {
    const next = stageOf(entry) ?? stage;
    if (next < stage)
      throw fault('package-structure-invalid', path, { actual: entry.command, detail: 'an entry comes too late' });
    stage = next;
  }
  const count = (command: ManifestEntry['command']): number => entries.filter((entry) => entry.command === command).length;
  if (count('call') === 0 || count('partition') !== 2 || stage !== stages.write)
    throw fault('package-structure-invalid', path, {
      expected: 'loaders, two tables and something to write',
      actual: `${count('call')} call, ${count('partition')} partition, ${count('flash') + count('erase')} flash or erase`,
    });
}

function refuseSecondImage(entries: readonly ManifestEntry[], path: string): void {
  const written = entries.flatMap((entry) => (entry.command === 'flash' ? [entry.partition] : []));
  const twice = written.find((partition, index) => written.indexOf(partition) < index);
  if (twice !== undefined) throw fault('package-duplicate-entry', path, { expected: 'one image for a partition', actual: twice });
}

function listOf(bytes: Uint8Array, path: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw fault('package-structure-invalid', path, { expected: 'JSON' }, cause);
  }
  if (!Array.isArray(value)) throw fault('package-structure-invalid', path, { expected: 'a JSON array' });
  if (value.length > maxEntries)
    throw fault('package-structure-invalid', path, { expected: `at most ${maxEntries} entries`, actual: value.length });
  return value;
}

/** The fields of one entry, each demanded in the form it must have. */
class Fields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #step: string;

  constructor(value: unknown, step: string) {
    this.#step = step;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.invalid({ expected: 'an object' });
    this.#values = new Map(Object.entries(value));
  }

  text(name: string): string {
    const text = this.optional(name);
    if (text === null || text === '') throw this.invalid({ expected: name });
    return text;
  }

  optional(name: string): string | null {
    const value = this.#values.get(name) ?? null;
    if (value !== null && (typeof value !== 'string' || !/^[\x20-\x7e]{0,100}$/.test(value)))
      throw this.invalid({ expected: `${name} as plain text` });
    return value;
  }

  /** A plain file or partition name: nothing that leads elsewhere, nothing that would end a command. */
  name(name: string): string {
    const text = this.text(name);
    if (!/^\w[\w.-]{0,63}$/.test(text)) throw this.invalid({ expected: `${name} as a plain name`, actual: text.slice(0, 40) });
    return text;
  }

  weight(name: string): number {
    const value = this.#values.get(name);
    const weight = typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : value;
    if (typeof weight !== 'number' || !Number.isInteger(weight) || weight < 0 || weight > 0xffffffff)
      throw this.invalid({ expected: `${name} as a number` });
    return weight;
  }

  flag(name: string): boolean {
    const value = this.#values.get(name) ?? false;
    if (typeof value !== 'boolean') throw this.invalid({ expected: `${name} true or false` });
    return value;
  }

  summary(): string {
    return ['command', 'image', 'partition', 'name']
      .map((name) => this.#values.get(name))
      .filter((value) => typeof value === 'string')
      .join(' ')
      .slice(0, 80);
  }

  invalid(facts: { expected?: string; actual?: string; detail?: string }): Fault {
    return fault('package-structure-invalid', this.#step, facts);
  }
}

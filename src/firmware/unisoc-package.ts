// Packages for UNISOC modules: a `.pac`, bare or in a QuecPython zip (unisoc.md §2.1, §12, §13). Knows the entries and where they
// go; the rules of each flow are the flasher's.
import { fault, hex } from '../domain/failure.ts';
import { sha256Hex } from './digest.ts';
import type { Findings, PackageFact } from './findings.ts';
import { isPac, type PacEntry, type PacHeader, readPacEntries, readPacHeader } from './pac.ts';
import { type PacScheme, readScheme, type SchemeFile } from './pac-scheme.ts';
import { parseXml } from './pac-xml.ts';
import type { FirmwarePackage, InspectedMember } from './package.ts';
import type { PackageFile } from './package-files.ts';
import type { PackageProbe, PackageReader } from './package-reader.ts';
import { declaredPlatform, platformConfigs } from './platform-config.ts';
import { findRevisions } from './revisions.ts';

export type UnisocChip = '8910' | '8850';

/** A File of the scheme with the pac entry it names. */
export interface PlacedFile extends SchemeFile {
  readonly entry: PacEntry;
}

export interface UnisocPackage extends FirmwarePackage {
  readonly container: 'pac' | 'quecpython';
  readonly chip: UnisocChip;
  readonly pac: PacHeader & { readonly fileName: string; readonly sha256: string };
  readonly entries: readonly PacEntry[];
  /** In download order, loaders included. */
  readonly files: readonly PlacedFile[];
  /** The NV blob as the package brings it: never written as it is. Null where it brings none. */
  readonly nvTemplate: Uint8Array | null;
  /** NV item ids the XML asks to keep. */
  readonly nvItemsToKeep: readonly number[];
}

export const isUnisocPackage = (image: FirmwarePackage): image is UnisocPackage => 'chip' in image && 'pac' in image;

/** The largest RAM loaders their stages take (unisoc.md §12.3.9). */
const loaderLimits: Readonly<Record<string, number>> = { HOST_FDL: 0xff40, FDL2: 0x30000, FDL: 0x14000 };

const chipPlatforms = { '8910': 'unisoc8910', '8850': 'unisoc8850' } as const;

export const unisocReader: PackageReader = {
  recognises: (probe) => probe.files.some(({ bytes }) => isPac(bytes)),
  read: (probe, findings) => {
    const file = findPac(probe);
    const image = readPac(probe, file, findings);
    if (image.container === 'quecpython') checkPlatformConfig(probe, file, image.chip);
    return image;
  },
};

/** The one `.pac` of the file. More than one is refused: the vendor's tool would take the first it finds. */
function findPac(probe: PackageProbe): PackageFile {
  const found = probe.files.filter(({ path, bytes }) => isPac(bytes) || /\.pac$/i.test(path));
  const [first, second] = found;
  if (first === undefined) throw fault('package-member-missing', probe.fileName, { expected: 'a .pac' });
  if (second !== undefined) throw fault('package-duplicate-entry', probe.fileName, { expected: first.path, actual: second.path });
  return first;
}

function readPac(probe: PackageProbe, file: PackageFile, findings: Findings): UnisocPackage {
  const { path, bytes } = file;
  const header = readPacHeader(bytes, path, findings.refuse);
  const entries = readPacEntries(bytes, header, path);
  findings.members.push(...entries.map((entry) => memberOf(entry, undefined)));
  const scheme = readSchemeOf(header, entries, path);
  const files = placeFiles(scheme, entries, path);
  const chip = chipOf(files, path);
  checkSizes(files, path);
  findings.members.splice(0, findings.members.length, ...entries.map((entry) => memberOf(entry, fileOf(files, entry))));
  const nv = files.find(({ type, entry }) => type === 'NV' && entry.bytes.length > 0);
  const sha256 = sha256Hex(bytes);
  const revisionsFound = files.flatMap(({ entry }) => findRevisions(entry.bytes)).slice(0, 16);
  findings.facts.push(...factsOf(header, chip));
  return Object.freeze({
    container: sha256 === probe.sha256 ? 'pac' : 'quecpython',
    platforms: [chipPlatforms[chip]],
    identity: { name: probe.fileName, version: revisionsFound[0] ?? header.productVersion, sha256: probe.sha256 },
    revisionsFound,
    members: [...findings.members],
    chip,
    pac: { ...header, fileName: path, sha256 },
    entries,
    files,
    nvTemplate: nv?.entry.bytes ?? null,
    nvItemsToKeep: scheme.nvItemsToKeep,
  });
}

/** The XML is `<product>.xml`, else the entry without id; its file flag is 2 and no other entry has that. */
function readSchemeOf(header: PacHeader, entries: readonly PacEntry[], path: string): PacScheme {
  const step = `${path}, XML`;
  const named = entries.find(({ fileName }) => fileName.toLowerCase() === `${header.productName}.xml`.toLowerCase());
  const entry = named ?? entries.find(({ id }) => id === '');
  if (entry === undefined) throw fault('package-member-missing', step, { expected: `${header.productName}.xml` });
  const flagged = entries.filter(({ fileFlag }) => fileFlag === 2);
  if (flagged.length !== 1 || flagged[0] !== entry) {
    throw fault('package-structure-invalid', step, { expected: 'one entry with file flag 2, the XML', actual: flagged.length });
  }
  return readScheme(parseXml(xmlText(entry.bytes, step), step), header.productName, step);
}

function xmlText(bytes: Uint8Array, step: string): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end));
  } catch (cause) {
    throw fault('package-structure-invalid', step, { expected: 'UTF-8' }, cause);
  }
}

/** Every File has its entry, and every entry is named by a File: else it would never be written, and nobody would notice. */
function placeFiles(scheme: PacScheme, entries: readonly PacEntry[], path: string): PlacedFile[] {
  const step = `${path}, XML`;
  const files = scheme.files.map((file) => {
    const entry = findEntry(entries, file.alias) ?? findEntry(entries, file.id);
    if (entry === undefined) throw fault('package-member-missing', step, { expected: `an entry ${file.id}` });
    checkAddress(file, entry, step);
    return { ...file, entry };
  });
  const used = new Set(files.map(({ entry }) => entry));
  if (used.size < files.length) throw fault('package-duplicate-entry', step, { detail: 'two Files name one entry' });
  const others = scheme.idsOfOtherSchemes.map((id) => findEntry(entries, id));
  const stray = entries.find((entry) => entry.fileFlag !== 2 && !used.has(entry) && !others.includes(entry));
  if (stray) throw fault('package-structure-invalid', step, { expected: `a File for entry ${stray.id}`, actual: 'none' });
  return files;
}

function checkAddress({ id, base }: SchemeFile, entry: PacEntry, step: string): void {
  const [address] = entry.addresses;
  if (entry.bytes.length === 0 || address === undefined || address === base) return;
  throw fault('package-structure-invalid', `${step}, File ${id}`, {
    expected: `Base ${hex(base)} in the entry`,
    actual: hex(address),
  });
}

const findEntry = (entries: readonly PacEntry[], id: string): PacEntry | undefined =>
  entries.find((entry) => entry.fileFlag !== 2 && entry.id.toUpperCase() === id.toUpperCase());

const fileOf = (files: readonly PlacedFile[], entry: PacEntry): PlacedFile | undefined =>
  files.find((file) => file.entry === entry);

function chipOf(files: readonly PlacedFile[], path: string): UnisocChip {
  const has = (id: string): boolean => files.some((file) => file.id === id && file.entry.bytes.length > 0);
  if (has('HOST_FDL')) {
    if (!has('FDL2')) throw fault('package-member-missing', path, { expected: 'FDL2' });
    return '8910';
  }
  if (has('FDL')) return '8850';
  throw fault('package-member-missing', path, { expected: 'HOST_FDL or FDL' });
}

/** A Block of size 0 has no stated room: the cpio streams of PREPACK and CP. */
function checkSizes(files: readonly PlacedFile[], path: string): void {
  for (const { id, blockSize, entry } of files) {
    const limits = [blockSize === 0 ? undefined : blockSize, loaderLimits[id]].filter((limit) => limit !== undefined);
    // The flasher rounds an odd size up to even before it sends it.
    const size = entry.bytes.length + (entry.bytes.length % 2);
    const limit = Math.min(...limits);
    if (size > limit)
      throw fault('package-image-out-of-range', `${path}, ${id}`, { expected: `at most ${hex(limit)}`, actual: hex(size) });
  }
}

const factsOf = (header: PacHeader, chip: UnisocChip): PackageFact[] => [
  { name: 'chip', value: chip },
  { name: 'pacVersion', value: header.version },
  { name: 'productName', value: header.productName },
  { name: 'productVersion', value: header.productVersion },
  { name: 'crc1', value: hex(header.crc1) },
  { name: 'crc2', value: hex(header.crc2) },
];

function memberOf(entry: PacEntry, file: PlacedFile | undefined): InspectedMember {
  const address = file?.base ?? entry.addresses[0];
  return {
    name: entry.id === '' ? entry.fileName : entry.id,
    kind: entry.fileFlag === 2 ? 'XML' : (file?.type ?? 'entry'),
    ...(address === undefined || entry.fileFlag === 2 ? {} : { address }),
    size: entry.bytes.length,
    sha256: entry.sha256,
    digestHolds: null,
  };
}

/** `platform_config.json` (§13): in the folder of the `.pac` or around it. It must name this chip, or UNISOC as a whole. */
function checkPlatformConfig(probe: PackageProbe, pac: PackageFile, chip: UnisocChip): void {
  const folder = pac.path.split('/').slice(0, -1).join('/');
  const configs = platformConfigs(probe.files, folder);
  if (configs.length === 0) throw fault('package-member-missing', probe.fileName, { expected: 'platform_config.json' });
  for (const config of configs) {
    const platform = declaredPlatform(config)?.trim().toLowerCase();
    if (platform === undefined)
      throw fault('package-structure-invalid', config.path, { expected: 'the name of a platform', actual: 'none' });
    if (platform === 'unisoc' || platform === chipPlatforms[chip]) continue;
    const actual = platform.replace(/\p{Cc}/gu, '?').slice(0, 64);
    throw fault('package-platform-mismatch', config.path, { expected: `unisoc or ${chipPlatforms[chip]}`, actual });
  }
}

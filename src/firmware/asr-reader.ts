// Reads a package for ASR modules: the aboot release zip, bare or inside a QuecPython release (asr.md §12 to §16, §18).
// Knows no wire, no profile, and not how a zip is opened.
import { fault } from '../domain/failure.ts';
import { factsOf } from './asr-facts.ts';
import { isFlashInfo, type Partition, readFip, readFlashInfo, readPartitionTable } from './asr-layouts.ts';
import { type CallEntry, type Manifest, type ManifestEntry, parseManifest } from './asr-manifest.ts';
import type { AsrEntry, AsrImage, AsrPackage, AsrStrategy, LoaderVariant } from './asr-package.ts';
import { type AsrRelease, findAsrRelease, findManifests } from './asr-release.ts';
import { groupScript, isScript, parseScript, type ScriptGroup } from './asr-script.ts';
import { judgeScript } from './asr-script-trust.ts';
import { checkTargets, type Target } from './asr-targets.ts';
import { sha256Hex } from './digest.ts';
import type { Findings } from './findings.ts';
import type { FirmwarePackage, InspectedMember } from './package.ts';
import type { PackageProbe, PackageReader } from './package-reader.ts';
import { declaredPlatform, platformConfigs } from './platform-config.ts';
import { findRevisions } from './revisions.ts';

/** Labels of the wrapper: which of the chips it is, only the boot ROM proves. */
const platformNames: readonly string[] = ['ASR', 'ASR1601', 'ASR1606'];
/** What the ROM of a chip with the ETHOS link calls itself; `arom-tiny` is the one with SMUX. */
const ethosProduct = 'arom';
const bootRomName = 'version-bootrom';

/**
 * Recognises an aboot release, a `!CRANE!` script, or a release that says it is for this platform. Refuses with `package-truncated`,
 * `package-structure-invalid`, `package-member-missing`, `package-duplicate-entry`, `package-size-forged`, `package-crc-mismatch`,
 * `package-platform-mismatch` (another platform, or a chip with the ETHOS link), `package-image-out-of-range`.
 */
export const asrReader: PackageReader = {
  recognises: ({ files }) =>
    findManifests(files).length > 0 ||
    files.some(({ bytes }) => isScript(bytes)) ||
    platformConfigs(files, null).some((config) => platformNames.includes(platformOf(config) ?? '')),
  read: readAsrPackage,
};

function readAsrPackage(probe: PackageProbe, findings: Findings): FirmwarePackage {
  const release = findAsrRelease(probe);
  const { manifest: file, pathOf, folder } = release;
  requireAsrPlatform(probe, folder);
  findings.members.push(memberOf(file.path, 'manifest', file.bytes));
  const manifest = parseManifest(file.bytes, file.path);
  refuseEthos(manifest, file.path);
  const bootRoms = bootRomsOf(manifest, file.path);
  const entries = resolve(manifest.entries, release, file.path);

  for (const { part } of entries.flatMap((entry) => (entry.command === 'call' ? entry.variants : []))) {
    findings.members.push(memberOf(pathOf(part.name), 'loader', part.bytes, part.sha256));
    readFip(part.bytes, pathOf(part.name));
  }
  const [info, table] = tablesOf(entries);
  findings.members.push(memberOf(pathOf(info.name), 'flash-info', info.bytes, info.sha256));
  const flashInfo = readFlashInfo(info.bytes, pathOf(info.name));
  const partitions = readTable(table, pathOf(table.name), findings);
  const images = entries.flatMap((entry) => (entry.command === 'flash' ? [entry] : []));
  for (const { part, partition } of images) {
    const address = partitions.find(({ name }) => name === partition)?.start;
    const member = memberOf(pathOf(part.name), 'image', part.bytes, part.sha256);
    if (part !== table) findings.members.push({ ...member, ...(address !== undefined && { address }) });
  }
  const script = readScript(release, findings);
  checkTargets([...targetsOfEntries(entries), ...targetsOfScript(script)], partitions, flashInfo, file.path, findings.refuse);

  const strategy = strategyOf(release, script, entries, bootRoms);
  const revisionsFound = [...new Set(images.flatMap(({ part }) => findRevisions(part.bytes)))];
  const container = folder === '' ? 'aboot' : 'quecpython';
  const image: AsrPackage = {
    platforms: ['asr'],
    container,
    identity: { name: probe.fileName, version: folder.split('/').at(-1) || revisionsFound[0] || 'unknown', sha256: probe.sha256 },
    revisionsFound,
    members: findings.members,
    entries,
    withheld: manifest.withheld,
    script,
    strategy,
    bootRoms,
    partitions,
    flashInfo,
  };
  findings.facts.push(...factsOf(image));
  return image;
}

/** Trimmed and without case, as the vendor's tools compare it. */
const platformOf = (config: Parameters<typeof declaredPlatform>[0]): string | null => declaredPlatform(config)?.trim() ?? null;

function requireAsrPlatform({ files }: PackageProbe, folder: string): void {
  for (const config of platformConfigs(files, folder)) {
    const actual = platformOf(config);
    if (actual === null || !platformNames.includes(actual))
      throw fault('package-platform-mismatch', config.path, {
        expected: platformNames.join(' or '),
        actual: actual?.replace(/\p{Cc}/gu, '?').slice(0, 40) ?? 'none',
      });
  }
}

function refuseEthos({ entries }: Manifest, path: string): void {
  const product = entries.find((entry) => entry.command === 'require' && entry.name === 'product');
  if (product?.command !== 'require' || product.values.some((value) => value !== ethosProduct)) return;
  throw fault('package-platform-mismatch', path, {
    expected: 'arom-tiny, the boot ROM with the SMUX link',
    actual: ethosProduct,
    detail: 'the package is for chips with the ETHOS link (ASR1601, ASR3601), which is not supported',
  });
}

/** Without one, nothing would stop the package on another chip. */
function bootRomsOf({ entries }: Manifest, path: string): readonly string[] {
  const required = entries.flatMap((entry) => (entry.command === 'require' && entry.name === bootRomName ? [entry.values] : []));
  const variants = entries.flatMap((entry) => (entry.command === 'call' && entry.bootRom !== null ? [entry.bootRom] : []));
  const [first, second] = required;
  const bootRoms = first ?? [...new Set(variants)];
  if (second !== undefined || bootRoms.length === 0)
    throw fault('package-structure-invalid', path, {
      expected: `one require ${bootRomName}`,
      actual: required.length,
      detail: 'the check against a wrong chip',
    });
  return bootRoms;
}

/** The entries with their images; the loaders of several chips become one entry, at the place of the first. */
function resolve(entries: readonly ManifestEntry[], { demand }: AsrRelease, path: string): readonly AsrEntry[] {
  const calls = entries.filter((entry) => entry.command === 'call');
  const isRepeated = (entry: ManifestEntry): boolean =>
    entry.command === 'call' && calls.find(({ image }) => image === entry.image) !== entry;
  const withImages = (entry: ManifestEntry): AsrEntry => {
    switch (entry.command) {
      case 'call':
        return { command: 'call', image: entry.image, variants: variantsOf(calls, entry.image, demand, path) };
      case 'partition':
        return { command: 'partition', part: demand(entry.image) };
      case 'flash':
        return { command: 'flash', part: demand(entry.image), partition: entry.partition };
      case 'require':
      case 'reject':
      case 'progress':
      case 'erase':
      case 'nop':
        return entry;
    }
  };
  return entries.filter((entry) => !isRepeated(entry)).map(withImages);
}

function variantsOf(
  calls: readonly CallEntry[],
  image: string,
  demand: AsrRelease['demand'],
  path: string,
): readonly LoaderVariant[] {
  const own = calls.filter((call) => call.image === image);
  const roms = new Set(own.map(({ bootRom }) => bootRom));
  if (roms.size < own.length || (roms.has(null) && roms.size > 1))
    throw fault('package-duplicate-entry', path, { actual: image, detail: 'two call entries for one device' });
  return own.map(({ bootRom }) => ({ bootRom, part: demand(bootRom === null ? image : `${bootRom}/${image}`) }));
}

/** flashinfo.bin is given first, partition.bin second; the manifest has exactly two. */
function tablesOf(entries: readonly AsrEntry[]): readonly [AsrImage, AsrImage] {
  const [info, table] = entries.flatMap((entry) => (entry.command === 'partition' ? [entry.part] : []));
  if (info === undefined || table === undefined || !isFlashInfo(info.bytes))
    throw fault('package-structure-invalid', info?.name ?? 'partition', {
      expected: 'flash information, then a partition table',
    });
  return [info, table];
}

function readTable(table: AsrImage, path: string, { members, refuse }: Findings): readonly Partition[] {
  let digestHolds = true;
  const partitions = readPartitionTable(table.bytes, path, (found) => {
    digestHolds = false;
    refuse(found);
  });
  members.push({ ...memberOf(path, 'partition-table', table.bytes, table.sha256), digestHolds });
  return partitions;
}

function readScript({ script }: AsrRelease, { members }: Findings): readonly ScriptGroup[] {
  if (script === null) return [];
  members.push(memberOf(script.path, 'script', script.bytes));
  return groupScript(parseScript(script.bytes, script.path), script.path);
}

const targetsOfEntries = (entries: readonly AsrEntry[]): readonly Target[] =>
  entries.flatMap((entry): Target[] => {
    if (entry.command === 'flash') return [{ partition: entry.partition, images: [entry.part.bytes] }];
    return entry.command === 'erase' ? [{ partition: entry.partition, images: [] }] : [];
  });

const targetsOfScript = (groups: readonly ScriptGroup[]): readonly Target[] =>
  groups.flatMap(({ partition, steps }): Target[] => {
    if (partition === undefined) return [];
    // What is not sparse is compressed: its size says nothing.
    return [{ partition, images: steps.flatMap(({ data }) => (data === undefined ? [] : [data])), opaque: true }];
  });

function strategyOf(
  { script }: AsrRelease,
  groups: readonly ScriptGroup[],
  entries: readonly AsrEntry[],
  bootRoms: readonly string[],
): AsrStrategy {
  if (script === null) return { kind: 'manifest', reason: 'the package has no firmware.bin' };
  return judgeScript({ groups, modified: script.modified ?? null, entries, bootRoms });
}

const memberOf = (name: string, kind: string, bytes: Uint8Array, sha256 = sha256Hex(bytes)): InspectedMember => ({
  name,
  kind,
  size: bytes.length,
  sha256,
  digestHolds: null,
});

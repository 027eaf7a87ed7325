// Reads a package for Eigencomm modules: a bare binpkg, or the QuecPython release around one (eigencomm.md §10 and §11).
// Knows no wire, no profile, and not how a zip is opened.
import { fault } from '../domain/failure.ts';
import { type BinpkgEntry, chipFamilyOf, isBinpkg, readBinpkgEntries, readBinpkgHeader } from './binpkg.ts';
import { sha256Hex } from './digest.ts';
import { checkFlexRanges, checkImageRanges } from './eigencomm-map.ts';
import type { EigencommImage, EigencommImageKind, EigencommPackage, FlexFile } from './eigencomm-package.ts';
import { type FindPart, findRelease, type Release } from './eigencomm-release.ts';
import type { Findings } from './findings.ts';
import { readFlexFiles } from './flex-files.ts';
import { parseIni } from './ini.ts';
import type { ImagePart, InspectedMember } from './package.ts';
import type { PackageProbe, PackageReader } from './package-reader.ts';
import { declaredPlatform, platformConfigs, requirePlatform } from './platform-config.ts';
import { findRevisions } from './revisions.ts';

const platformName = 'EIGEN';
const agentbootName = 'agentboot_usb/agentboot.bin';
const usbIniName = 'quec_download_usb.ini';
const usbBaseIniName = '_usb.baseini';

/**
 * Recognises a binpkg anywhere in the file, or a release that says it is for this platform. Refuses with `package-truncated`,
 * `package-structure-invalid`, `package-hash-mismatch`, `package-member-missing`, `package-duplicate-entry`,
 * `package-platform-mismatch`, `package-image-out-of-range`.
 */
export const eigencommReader: PackageReader = {
  recognises: ({ files }) =>
    files.some((file) => isBinpkg(file.bytes)) ||
    platformConfigs(files, null).some((config) => declaredPlatform(config) === platformName),
  read: readEigencommPackage,
};

function readEigencommPackage(probe: PackageProbe, findings: Findings): EigencommPackage {
  const release = findRelease(probe);
  const { binpkg, bare, findPart, pathOf } = release;
  requirePlatform(platformConfigs(probe.files, release.folder), platformName);
  if (!bare) findings.members.push(memberOf({ ...binpkg, name: binpkg.path, sha256: sha256Hex(binpkg.bytes) }, 'binpkg'));

  const header = readBinpkgHeader(binpkg.bytes, binpkg.path);
  const entries = takeEntries(readBinpkgEntries(binpkg.bytes, header, binpkg.path, findings.refuse), findings);
  const agentboot = readAgentboot(findPart);
  if (agentboot !== null) findings.members.push(memberOf({ ...agentboot, name: pathOf(agentbootName) }, 'agentboot'));
  const flexFiles = readFlexFiles(findPart);
  for (const { part, startAddress } of flexFiles) {
    findings.members.push({ ...memberOf({ ...part, name: pathOf(part.name) }, 'FLEX'), address: startAddress });
  }

  const chipFamily = chipFamilyOf(header.productName, binpkg.path);
  const images = imagesOf(entries, binpkg.path);
  checkRanges(chipFamily, images, flexFiles, findings);
  const agentbootPullupQspi = readPullupQspi(findPart, entries);
  const revisionsFound = images.flatMap(({ kind, part }) => (kind === 'AP' ? findRevisions(part.bytes) : []));
  const container = bare ? 'binpkg' : 'quecpython';
  findings.facts.push(
    { name: 'container', value: container },
    { name: 'chipFamily', value: chipFamily },
    { name: 'productName', value: header.productName ?? 'none' },
    { name: 'agentbootPullupQspi', value: agentbootPullupQspi },
  );
  return {
    platforms: ['eigencomm'],
    container,
    identity: { name: probe.fileName, version: versionOf(release, revisionsFound), sha256: probe.sha256 },
    revisionsFound,
    members: findings.members,
    chipFamily,
    productName: header.productName,
    images,
    flexFiles,
    agentboot,
    agentbootPullupQspi,
  };
}

function takeEntries(found: Iterable<BinpkgEntry>, { members }: Findings): readonly BinpkgEntry[] {
  const entries: BinpkgEntry[] = [];
  for (const entry of found) {
    const { name, type, address, bytes, sha256, hashHolds } = entry;
    entries.push(entry);
    members.push({ name, kind: type, address, size: bytes.length, sha256, digestHolds: hashHolds });
  }
  return entries;
}

const memberOf = ({ name, bytes, sha256 }: ImagePart, kind: string): InspectedMember => ({
  name,
  kind,
  size: bytes.length,
  sha256,
  digestHolds: null,
});

/** A type that is damaged or missing would leave an old image on the module, so all three must be there. */
function imagesOf(entries: readonly BinpkgEntry[], path: string): readonly EigencommImage[] {
  return [imageOf(entries, 'BL', path), imageOf(entries, 'AP', path), imageOf(entries, 'CP', path)];
}

function imageOf(entries: readonly BinpkgEntry[], kind: EigencommImageKind, path: string): EigencommImage {
  const [entry, second] = entries.filter(({ type }) => type === kind);
  if (entry === undefined) {
    const actual = entries.map(({ type }) => type).join(' ');
    throw fault('package-member-missing', path, { expected: `an image of type ${kind}`, actual });
  }
  if (second !== undefined) {
    const actual = `${entry.name} and ${second.name}`;
    throw fault('package-duplicate-entry', path, { expected: `one image of type ${kind}`, actual });
  }
  const { name, bytes, sha256, address, flashSize } = entry;
  return { kind, part: { name, bytes, sha256 }, address, flashSize };
}

function readAgentboot(findPart: FindPart): ImagePart | null {
  const agentboot = findPart(agentbootName);
  if (agentboot?.bytes.length === 0)
    throw fault('package-structure-invalid', agentboot.name, { detail: 'the agentboot is empty' });
  return agentboot;
}

/** From the ini of the release or the settings inside the binpkg, whichever speaks of it; a contradiction is refused. */
function readPullupQspi(findPart: FindPart, entries: readonly BinpkgEntry[]): boolean {
  const inis = [findPart(usbIniName), entries.find(({ name }) => name === usbBaseIniName)];
  const settings = inis.flatMap((ini) => (ini ? parseIni(ini.bytes) : []));
  const values = new Set(settings.filter(({ key }) => key === 'pullup_qspi').map(({ value }) => value));
  const [value = '0', second] = values;
  if (second !== undefined || !/^[01]$/.test(value)) {
    throw fault('package-structure-invalid', 'pullup_qspi', { expected: '0 or 1', actual: [...values].join(' and ') });
  }
  return value === '1';
}

function checkRanges(
  chipFamily: EigencommPackage['chipFamily'],
  images: readonly EigencommImage[],
  flexFiles: readonly FlexFile[],
  { refuse }: Findings,
): void {
  checkImageRanges(chipFamily, images, refuse);
  checkFlexRanges(chipFamily, flexFiles, images, refuse);
}

const versionOf = ({ folder }: Release, revisions: readonly string[]): string =>
  folder.split('/').at(-1) || revisions[0] || 'unknown';

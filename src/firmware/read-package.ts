// Reads a package file of any known format: unpacked and hashed once, then handed to the reader that recognises its content.
// Adding a format is one line in `readers`. Knows no profile; the file itself is read by the caller.
import { type Failure, Fault, fault } from '../domain/failure.ts';
import type { Platform } from '../domain/platform.ts';
import { asrReader } from './asr-reader.ts';
import { sha256Hex } from './digest.ts';
import { eigencommReader } from './eigencomm-reader.ts';
import { type Findings, type PackageFact, type Refuse, throwAtOnce } from './findings.ts';
import type { FirmwarePackage, ImagePart, InspectedMember } from './package.ts';
import { packageLimits, unpackFiles } from './package-files.ts';
import type { PackageProbe, PackageReader } from './package-reader.ts';
import { unisocReader } from './unisoc-package.ts';

const readers: readonly PackageReader[] = [eigencommReader, unisocReader, asrReader];

/**
 * The image of a package file that may be flashed: every checksum and digest holds, every range is allowed. Refuses at the first
 * thing wrong, with `Fault` and a `package-…` code, naming the entry. Deeply frozen, except the bytes: nobody writes them.
 */
export async function readPackage(bytes: Uint8Array, fileName: string): Promise<FirmwarePackage> {
  const findings: Findings = { members: [], facts: [], refuse: throwAtOnce };
  const probe = await probeOf(bytes, fileName, throwAtOnce);
  const image = await readerFor(probe).read(probe, findings);
  return deepFreeze({ ...image, members: withOtherFiles(probe, image.members) });
}

/** What `flashrack inspect` shows of a package. */
export interface Inspection {
  readonly name: string;
  readonly size: number;
  /** Of the whole file, lower-case hex. */
  readonly sha256: string;
  /** Null, and no revisions and facts, when it could not be read to its end. */
  readonly version: string | null;
  readonly platforms: readonly Platform[];
  readonly revisionsFound: readonly string[];
  readonly facts: readonly PackageFact[];
  readonly members: readonly InspectedMember[];
  /** All that was found wrong; empty exactly when `readPackage` accepts the file. */
  readonly failures: readonly Failure[];
}

/** Goes as far into a damaged file as it can, to show which hash does not hold. Nothing it returns can be flashed. Never rejects with a `Fault`. */
export async function inspectPackage(bytes: Uint8Array, fileName: string): Promise<Inspection> {
  const failures: Failure[] = [];
  const refuse: Refuse = (found) => failures.push(found.failure);
  const findings: Findings = { members: [], facts: [], refuse };
  let probe: PackageProbe | null = null;
  let image: FirmwarePackage | null = null;
  try {
    probe = await probeOf(bytes, fileName, refuse);
    image = await readerFor(probe).read(probe, findings);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    refuse(thrown);
  }
  return {
    name: baseName(fileName),
    size: bytes.length,
    sha256: probe?.sha256 ?? sha256Hex(bytes),
    version: image?.identity.version ?? null,
    platforms: image?.platforms ?? [],
    revisionsFound: image?.revisionsFound ?? [],
    facts: findings.facts,
    members: probe === null ? [] : withOtherFiles(probe, image?.members ?? findings.members),
    failures,
  };
}

/**
 * An agentboot that the operator keeps apart from the package. Throws `package-agentboot-mismatch` when its SHA-256 (hex) is not
 * the expected one.
 */
export function loadAgentboot(bytes: Uint8Array, expectedSha256: string): ImagePart {
  const sha256 = sha256Hex(bytes);
  const expected = expectedSha256.toLowerCase();
  if (sha256 !== expected) throw fault('package-agentboot-mismatch', 'agentboot', { expected, actual: sha256 });
  return Object.freeze({ name: 'agentboot', bytes, sha256 });
}

async function probeOf(bytes: Uint8Array, fileName: string, refuse: Refuse): Promise<PackageProbe> {
  const name = baseName(fileName);
  if (bytes.length > packageLimits.totalBytes) {
    throw fault('package-too-large', name, { expected: `at most ${packageLimits.totalBytes} bytes`, actual: bytes.length });
  }
  // A plain view, so that parts are the same type whether the caller gave a Buffer or not.
  const content = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { fileName: name, size: content.length, sha256: sha256Hex(content), files: await unpackFiles(content, name, refuse) };
}

function readerFor(probe: PackageProbe): PackageReader {
  const reader = readers.find((candidate) => candidate.recognises(probe));
  if (reader !== undefined) return reader;
  throw fault('package-format-unknown', probe.fileName, { actual: `${probe.files.length} files, none of a known format` });
}

/** The members the reader named, then every other file of a zip. */
function withOtherFiles({ files, fileName }: PackageProbe, members: readonly InspectedMember[]): readonly InspectedMember[] {
  const named = new Set(members.map(({ name }) => name));
  const others = files.filter(({ path }) => path !== fileName && !named.has(path));
  return [
    ...members,
    ...others.map(({ path, bytes }) => ({
      name: path,
      kind: 'file',
      size: bytes.length,
      sha256: sha256Hex(bytes),
      digestHolds: null,
    })),
  ];
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

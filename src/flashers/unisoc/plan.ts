// The plan of a UNISOC package (unisoc.md §10): the ordered steps of its flow and which of them is the first write. Pure.
import { type Fault, fault, hex } from '../../domain/failure.ts';
import type { Plan, PlanStep } from '../../domain/plan.ts';
import type { Profile, UsbId } from '../../domain/profile.ts';
import type { FirmwarePackage } from '../../firmware/package.ts';
import { isUnisocPackage, type PlacedFile, type UnisocChip, type UnisocPackage } from '../../firmware/unisoc-package.ts';
import { flashRange, overlaps } from './address-rules.ts';
import { parseNv } from './nv.ts';
import { blockDevices, loadAddresses, logicalAddresses } from './opcodes.ts';
import { type Operation, operationsOf, sizeOf } from './operations.ts';

export const stepNames = {
  handshake: 'handshake',
  loadFdl1: 'load-fdl1',
  loadFdl2: 'load-fdl2',
  loadNorfdl: 'load-norfdl',
  startNorfdl: 'start-norfdl',
  backup: 'backup-nv',
  compare: 'compare-nv',
  reset: 'reset',
} as const;

export const platforms = { '8910': 'unisoc8910', '8850': 'unisoc8850' } as const;

/** What each chip is in download mode (§9.1). */
const downloadIds: Readonly<Record<UnisocChip, UsbId>> = {
  '8910': { vendorId: 0x0525, productId: 0xa4a7 },
  '8850': { vendorId: 0x1782, productId: 0x4d16 },
};

/** What connect and program work from: derived from the package alone, the same way for the plan and for the session. */
export interface Work {
  readonly image: UnisocPackage;
  readonly operations: readonly Operation[];
  /** Left out, so that the user's file system stays. */
  readonly kept: readonly Operation[];
  readonly steps: readonly PlanStep[];
}

/**
 * Throws `package-platform-mismatch`, `package-member-missing`, `package-structure-invalid`, `package-image-out-of-range`,
 * `package-duplicate-entry`, `package-consent-missing`.
 */
export function planOf(chip: UnisocChip, image: FirmwarePackage, profile: Profile): Plan {
  checkDownloadIds(chip, profile);
  const { skipped } = operationsOf(expectPackage(chip, image));
  const { keepUserData } = profile.consents;
  const work = workOf(chip, image, keepUserData);
  for (const operation of work.operations) refuseWithoutConsent(operation, profile);
  const { steps } = work;
  return {
    platform: platforms[chip],
    package: image.identity,
    steps,
    firstWrite: firstWriteOf(chip, work.operations),
    totalBytes: steps.reduce((sum, { kind, bytes }) => (kind === 'load' || kind === 'write' ? sum + bytes : sum), 0),
    userData: work.kept.length > 0 ? 'kept' : work.operations.some(wipesUserData) ? 'replaced' : 'untouched',
    notes: [
      ...skipped.map((file) => `skipped ${file}`),
      ...work.kept.map(({ id }) => `${id} is left out: the profile keeps the user's file system (keepUserData)`),
    ],
  };
}

/** The work of a plan that `planOf` made of this very package. Throws `package-digest-mismatch` for any other plan. */
export function workOfPlan(chip: UnisocChip, plan: Plan, image: FirmwarePackage): Work {
  const work = workOf(chip, image, plan.userData === 'kept');
  const isSame = plan.package.sha256 === image.identity.sha256 && JSON.stringify(plan.steps) === JSON.stringify(work.steps);
  if (isSame) return work;
  const detail = 'the plan was made of another package';
  throw fault('package-digest-mismatch', 'plan', { expected: plan.package.sha256, actual: image.identity.sha256, detail });
}

function workOf(chip: UnisocChip, image: FirmwarePackage, keepsUserData: boolean): Work {
  const unisoc = expectPackage(chip, image);
  checkTemplate(unisoc);
  const all = operationsOf(unisoc).operations;
  const isKept = (operation: Operation): boolean => keepsUserData && wipesUserData(operation);
  const [kept, operations] = [all.filter(isKept), all.filter((operation) => !isKept(operation))];
  refuseReachInto(kept, operations);
  const connect = chip === '8910' ? connect8910(unisoc) : connect8850(unisoc);
  const steps = [...connect, ...operations.map(stepOf), ...closing];
  const twice = steps.find(({ name }, index) => steps.findIndex((step) => step.name === name) < index);
  if (twice) throw fault('package-duplicate-entry', 'plan', { actual: twice.name });
  return { image: unisoc, operations, kept, steps };
}

/** On 8910 all that can format a file system is an erase or a START of the scheme (§11.2); on 8850 the start of NORFDL is first. */
function firstWriteOf(chip: UnisocChip, [first]: readonly Operation[]): string {
  if (chip === '8850') return stepNames.startNorfdl;
  if (first === undefined) throw fault('package-structure-invalid', 'plan', { expected: 'an image or an erase' });
  return first.step;
}

function refuseWithoutConsent(operation: Operation, { consents }: Profile): void {
  if (consents.wipeUserData || !wipesUserData(operation)) return;
  const detail = `${operation.id} replaces the user's file system`;
  throw fault('package-consent-missing', operation.step, { expected: 'consents.wipeUserData', actual: false, detail });
}

/** What is left out keeps nothing where something else is written or erased over it. */
function refuseReachInto(kept: readonly Operation[], operations: readonly Operation[]): void {
  for (const userData of kept) {
    const { id, address } = userData;
    const range = flashRange(address, sizeOf(userData));
    const other = operations.find((operation) => {
      const reached = flashRange(operation.address, sizeOf(operation));
      return range !== null && reached !== null && overlaps(range, reached);
    });
    if (other === undefined) continue;
    const detail = `${other.id} at ${hex(other.address)} reaches into ${id}`;
    throw fault('user-data-not-kept', other.step, { address: hex(address), detail });
  }
}

/** The QuecPython user partitions, and the formats of the system and external file systems. FLASH is none: NV is merged. */
function wipesUserData(operation: Operation): boolean {
  const userDevices: readonly number[] = [blockDevices.FSYS, blockDevices.FEXT];
  const isFormat = operation.kind === 'erase' && operation.address === logicalAddresses.FORMAT_FILE_SYSTEM;
  return /PY_FS/i.test(operation.id) || (isFormat && userDevices.includes(operation.size));
}

/** Throws `package-platform-mismatch` for a package of another platform or chip. */
export function expectPackage(chip: UnisocChip, image: FirmwarePackage): UnisocPackage {
  if (isUnisocPackage(image) && image.chip === chip) return image;
  throw mismatch(platforms[chip], image.platforms.join(' or '));
}

/** A loader of the package. Throws `package-member-missing`, and `package-image-out-of-range` at an address its stage refuses. */
export function loaderOf(image: UnisocPackage, id: keyof typeof loadAddresses): PlacedFile {
  const file = image.files.find((candidate) => candidate.id === id);
  if (file === undefined) throw fault('package-member-missing', 'plan', { expected: id });
  if (file.base === loadAddresses[id]) return file;
  throw fault('package-image-out-of-range', `plan, ${id}`, { expected: hex(loadAddresses[id]), actual: hex(file.base) });
}

export function checkDownloadIds(chip: UnisocChip, { modes }: Profile): void {
  const { vendorId, productId } = downloadIds[chip];
  const other = modes.download.ids.find((id) => id.vendorId !== vendorId || id.productId !== productId);
  if (other === undefined) return;
  throw mismatch(
    `download mode ${hex(vendorId)}:${hex(productId)}`,
    `${hex(other.vendorId)}:${hex(other.productId)} in the profile`,
  );
}

function checkTemplate({ nvTemplate }: UnisocPackage): void {
  if (nvTemplate === null || (nvTemplate.length % 2 === 0 && parseNv(nvTemplate) !== null)) return;
  throw fault('package-structure-invalid', 'plan, NV', {
    expected: 'an NV blob of even size',
    actual: `${nvTemplate.length} bytes`,
  });
}

export const connect8910 = (image: UnisocPackage): PlanStep[] => [
  dialogue(stepNames.handshake, 'handshake'),
  loadStep(stepNames.loadFdl1, loaderOf(image, 'HOST_FDL')),
  loadStep(stepNames.loadFdl2, loaderOf(image, 'FDL2')),
  backupStep,
];

/** The start of NORFDL deletes files, so it is the first write, and the backup comes after it. */
export const connect8850 = (image: UnisocPackage): PlanStep[] => [
  dialogue(stepNames.handshake, 'handshake'),
  loadStep(stepNames.loadNorfdl, loaderOf(image, 'FDL')),
  dialogue(stepNames.startNorfdl, 'handshake'),
  backupStep,
];

const dialogue = (name: string, kind: 'handshake' | 'verify' | 'reset'): PlanStep => ({ name, kind, bytes: 0 });

const backupStep: PlanStep = {
  name: stepNames.backup,
  kind: 'backup',
  target: 'NV',
  address: logicalAddresses.FIXED_NV,
  bytes: 0,
};

export const closing: readonly PlanStep[] = [dialogue(stepNames.compare, 'verify'), dialogue(stepNames.reset, 'reset')];

const loadStep = (name: string, { id, base, entry }: PlacedFile): PlanStep => ({
  name,
  kind: 'load',
  target: id,
  address: base,
  bytes: entry.bytes.length,
  sha256: entry.sha256,
});

function stepOf(operation: Operation): PlanStep {
  const { step, id, address } = operation;
  const place = { name: step, target: id, address };
  switch (operation.kind) {
    case 'erase':
      return { ...place, kind: 'erase', bytes: address === logicalAddresses.FORMAT_FILE_SYSTEM ? 0 : operation.size };
    case 'write':
      return { ...place, kind: 'write', bytes: operation.bytes.length, sha256: operation.sha256 };
    case 'writeNv':
      return { ...place, kind: 'write', bytes: operation.template.length };
  }
}

const mismatch = (expected: string, actual: string): Fault => fault('package-platform-mismatch', 'plan', { expected, actual });

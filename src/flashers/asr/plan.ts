// The pure plan of an aboot package: its ordered steps, the first write, and the consents it needs (asr.md §14, §16).
import { type Fault, fault, hex } from '../../domain/failure.ts';
import type { Plan, PlanStep } from '../../domain/plan.ts';
import type { ConsentProfile, Profile } from '../../domain/profile.ts';
import { craneA0BootRom } from '../../firmware/asr-boot-roms.ts';
import { type AsrPackage, touches } from '../../firmware/asr-package.ts';
import type { FirmwarePackage } from '../../firmware/package.ts';
import { isWrite, type PlannedStep, type Work, workOf } from './work.ts';

export const handshakeStep = 'handshake';
export const resetStep = 'reset';

/** 2ECC:3001 and 3002 share the vendor id and speak another protocol (§3.3). */
const downloadVendorId = 0x2ecc;
const downloadProductIds: readonly number[] = [0x3017, 0x3004];

/** Calibration and user state: what a write or erase of them needs (§16.4). */
const guarded: readonly { readonly names: RegExp; readonly consent: keyof ConsentProfile; readonly what: string }[] = [
  { names: /^(nvm|rd)$/, consent: 'eraseNvm', what: "the module's own calibration and settings" },
  { names: /^(customer|user)_(backup_)?fs$/, consent: 'wipeUserData', what: "the user's file system" },
];

/**
 * Throws `package-platform-mismatch`, `package-structure-invalid`, and `package-consent-missing` for a write or erase of nvm, of rd or of the
 * user's file system that the profile does not consent to.
 */
export function planOf(image: FirmwarePackage, profile: Profile): Plan {
  const work = workOf(image);
  checkDownloadIds(profile);
  const touched = work.planned.filter(isWrite).flatMap((planned) => guardedBy(planned, work.package));
  const userData = touched.find(({ consent }) => consent === 'wipeUserData');
  if (userData && profile.consents.keepUserData) throw notKept(userData);
  const refused = touched.find(({ consent }) => !profile.consents[consent]);
  if (refused) throw withoutConsent(refused);
  const steps = stepsOf(work);
  return {
    platform: 'asr',
    package: image.identity,
    steps,
    firstWrite: firstWriteOf(work),
    totalBytes: steps.reduce((sum, { kind, bytes }) => (kind === 'load' || kind === 'write' ? sum + bytes : sum), 0),
    userData: userData ? 'replaced' : 'untouched',
    notes: notesOf(work.package, touched),
  };
}

/** The work of a plan that `planOf` made of this very package. Throws `package-digest-mismatch` for any other plan. */
export function workOfPlan(plan: Plan, image: FirmwarePackage): Work {
  const work = workOf(image);
  const isSame = plan.package.sha256 === image.identity.sha256 && JSON.stringify(plan.steps) === JSON.stringify(stepsOf(work));
  if (isSame) return work;
  throw fault('package-digest-mismatch', 'plan', {
    expected: plan.package.sha256,
    actual: image.identity.sha256,
    detail: 'the plan was made of another package',
  });
}

const stepsOf = ({ planned }: Work): readonly PlanStep[] => [
  { name: handshakeStep, kind: 'handshake', bytes: 0 },
  ...planned.map(({ step }) => step),
  { name: resetStep, kind: 'reset', bytes: 0 },
];

function firstWriteOf({ planned }: Work): string {
  const first = planned.find(isWrite);
  if (first === undefined)
    throw fault('package-structure-invalid', 'plan', { expected: 'something to write', actual: 'nothing' });
  return first.step.name;
}

interface Touched {
  readonly step: PlanStep;
  readonly consent: keyof ConsentProfile;
  readonly what: string;
}

/** A wider partition that covers a guarded place counts too. */
function guardedBy({ step, partition = '' }: PlannedStep, { partitions }: AsrPackage): readonly Touched[] {
  return guarded.flatMap(({ names, consent, what }) => (touches(partitions, partition, names) ? [{ step, consent, what }] : []));
}

/** The package brings a partition table of its own: where the user's files would be then, nobody knows before it is written (§18). */
const notKept = ({ step, what }: Touched): Fault =>
  fault('user-data-not-kept', step.name, {
    ...(step.address !== undefined && { address: hex(step.address) }),
    detail: `${step.name} replaces ${what}`,
  });

const withoutConsent = ({ step, consent, what }: Touched): Fault =>
  fault('package-consent-missing', step.name, {
    expected: `consents.${consent}`,
    actual: false,
    ...(step.address !== undefined && { address: hex(step.address) }),
    detail: `${step.name} replaces ${what}`,
  });

function notesOf({ strategy, withheld, bootRoms }: AsrPackage, touched: readonly Touched[]): readonly string[] {
  return [
    `strategy ${strategy.kind}: ${strategy.reason}`,
    ...touched.map(({ step, what, consent }) => `${step.name} replaces ${what}: the profile consents (${consent})`),
    ...withheld.map((entry) => `never run, productionOnly: ${entry}`),
    ...(bootRoms.includes(craneA0BootRom) ? [`boot ROM ${craneA0BootRom} may speak ETHOS, which is refused`] : []),
  ];
}

function checkDownloadIds({ modes }: Profile): void {
  const other = modes.download.ids.find(
    ({ vendorId, productId }) => vendorId !== downloadVendorId || !downloadProductIds.includes(productId),
  );
  if (other === undefined) return;
  throw fault('package-platform-mismatch', 'plan', {
    expected: `download mode ${hex(downloadVendorId)}:${downloadProductIds.map(hex).join(' or ')}`,
    actual: `${hex(other.vendorId)}:${hex(other.productId)} in the profile`,
  });
}

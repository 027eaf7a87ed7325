// The pure plan of an Eigencomm package: its ordered steps, addresses as the device is told, and the consents it needs.
import { fault } from '../../domain/failure.ts';
import type { Plan, PlanStep } from '../../domain/plan.ts';
import type { Profile } from '../../domain/profile.ts';
import { type EigencommPackage, isEigencommPackage } from '../../firmware/eigencomm-package.ts';
import type { FirmwarePackage, ImagePart } from '../../firmware/package.ts';
import { knownAgentboot } from './agentboots.ts';
import { type BurnTarget, deviceDataNamedBy, layoutOf } from './layout.ts';

export const handshakeStep = 'handshake';
export const loadAgentbootStep = 'load-agentboot';
export const resetStep = 'reset';

/** What connect and program work from: derived from the package alone, the same way for the plan and for the session. */
export interface Work {
  readonly package: EigencommPackage;
  readonly agentboot: ImagePart;
  readonly targets: readonly BurnTarget[];
  /** Left out, so that the user's file system stays: no other target reaches into its range, or the layout would have refused. */
  readonly kept: readonly BurnTarget[];
}

/**
 * Throws `package-platform-mismatch`, `package-agentboot-missing`, `package-agentboot-mismatch`, `package-image-out-of-range`,
 * `package-consent-missing`, `package-duplicate-entry`, `package-member-missing`.
 */
export function planOf(image: FirmwarePackage, profile: Profile): Plan {
  const { keepUserData } = profile.consents;
  const work = workOf(image, keepUserData);
  refuseOtherAgentboot(work, profile);
  for (const target of work.targets) refuseWithoutConsent(target, profile);
  const steps = stepsOf(work);
  return {
    platform: 'eigencomm',
    package: image.identity,
    steps,
    firstWrite: firstWriteOf(work),
    totalBytes: sum([work.agentboot, ...work.targets.map(({ part }) => part)].map(({ bytes }) => bytes.length)),
    userData: work.kept.length > 0 ? 'kept' : work.targets.some(holdsUserData) ? 'replaced' : 'untouched',
    notes: notesOf(work),
  };
}

/** Throws as `planOf`, but for the rules that need the profile. */
export function workOf(image: FirmwarePackage, keepsUserData: boolean): Work {
  if (!isEigencommPackage(image))
    throw fault('package-platform-mismatch', 'plan', { expected: 'eigencomm', actual: image.platforms.join(', ') });
  const { agentboot } = image;
  if (!agentboot)
    throw fault('package-agentboot-missing', 'plan', {
      detail: 'give the complete QuecPython package, or name an agentboot file with its SHA-256 in the profile',
    });
  if (agentboot.bytes.length === 0) throw fault('package-agentboot-missing', 'plan', { detail: `${agentboot.name} is empty` });
  const targets = layoutOf(image);
  const isKept = (target: BurnTarget): boolean => keepsUserData && holdsUserData(target);
  return { package: image, agentboot, targets: targets.filter((target) => !isKept(target)), kept: targets.filter(isKept) };
}

/** The work of a plan that `planOf` made of this very package. Throws `package-digest-mismatch` for any other plan. */
export function workOfPlan(plan: Plan, image: FirmwarePackage): Work {
  const work = workOf(image, plan.userData === 'kept');
  const same = plan.package.sha256 === image.identity.sha256 && JSON.stringify(plan.steps) === JSON.stringify(stepsOf(work));
  if (same) return work;
  throw fault('package-digest-mismatch', 'plan', {
    expected: plan.package.sha256,
    actual: image.identity.sha256,
    detail: 'the plan was made of another package',
  });
}

function stepsOf({ agentboot, targets }: Work): readonly PlanStep[] {
  return [
    { name: handshakeStep, kind: 'handshake', bytes: 0 },
    { name: loadAgentbootStep, kind: 'load', target: agentboot.name, bytes: agentboot.bytes.length, sha256: agentboot.sha256 },
    ...targets.flatMap(targetSteps),
    { name: resetStep, kind: 'reset', bytes: 0 },
  ];
}

function targetSteps({ step, part, burnAddress, erase }: BurnTarget): PlanStep[] {
  const write: PlanStep = {
    name: step,
    kind: 'write',
    target: part.name,
    address: burnAddress,
    bytes: part.bytes.length,
    sha256: part.sha256,
  };
  if (!erase) return [write];
  return [{ name: erase.step, kind: 'erase', target: part.name, address: erase.address, bytes: erase.lengthBytes }, write];
}

/** The layout puts images first, so this is the first BURN_ONE. */
function firstWriteOf({ targets }: Work): string {
  const [first] = targets;
  if (!first) throw fault('package-member-missing', 'plan', { expected: 'BL, AP or CP', actual: 'no image' });
  return first.step;
}

function refuseOtherAgentboot({ package: { chipFamily }, agentboot }: Work, profile: Profile): void {
  const pinned = profile.package.agentboot?.sha256;
  if (pinned !== undefined && pinned !== agentboot.sha256)
    throw fault('package-agentboot-mismatch', 'plan', { expected: pinned, actual: agentboot.sha256 });
  const known = knownAgentboot(agentboot.sha256);
  if (known && (known.chipFamily !== chipFamily || known.link !== 'usb'))
    throw fault('package-agentboot-mismatch', 'plan', {
      expected: `agentboot of ${chipFamily} over usb`,
      actual: `agentboot of ${known.chipFamily} over ${known.link}`,
    });
}

function refuseWithoutConsent(target: BurnTarget, { consents }: Profile): void {
  const { step, part } = target;
  const area = deviceDataNamedBy(target);
  if (area && !consents.eraseNvm)
    throw fault('package-consent-missing', step, {
      expected: 'consents.eraseNvm',
      actual: false,
      detail: `${part.name} erases ${area}`,
    });
  if (holdsUserData(target) && !consents.wipeUserData)
    throw fault('package-consent-missing', step, {
      expected: 'consents.wipeUserData',
      actual: false,
      detail: `${part.name} replaces the user's file system`,
    });
}

/** `customer_fs` and `customer_backup_fs` of a QuecPython release (eigencomm.md 11.2). */
const holdsUserData = ({ image, part }: BurnTarget): boolean => image === 'FLEX' && /(^|\/)customer_(backup_)?fs/.test(part.name);

function notesOf({ agentboot: { bytes, sha256 }, kept }: Work): readonly string[] {
  const left = kept.map(({ part }) => `${part.name} is left out: the profile keeps the user's file system (keepUserData)`);
  if (knownAgentboot(sha256)) return left;
  return [...left, `agentboot ${sha256.slice(0, 12)} (${bytes.length} bytes) is not a revision known to this program`];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

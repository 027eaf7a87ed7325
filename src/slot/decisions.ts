// The decisions of a job as pure functions: may this board be flashed, and what does the read-back prove. Knows no state
// machine, no device and no clock.
import { type Failure, type FailureCode, failureCodes } from '../domain/failure.ts';
import type { DeviceMode } from '../domain/platform.ts';
import type { Profile, UsbId } from '../domain/profile.ts';
import { type Identification, isValidImei } from '../domain/unit.ts';
import type { Verdict, Written } from '../domain/verdict.ts';

/** What closes a job. `written: all` is only said after every planned step was acknowledged. */
export interface Decision {
  readonly verdict: Verdict;
  readonly written: Written;
  readonly failure: Failure | null;
}

export interface Label {
  readonly sn?: string;
  readonly imei?: string;
  readonly orderingCode?: string;
}

/** Which profile a slot uses for which model, and for a board it could not identify. The work order has narrowed it already. */
export interface ProfileMap {
  readonly byModel: Readonly<Record<string, Profile>>;
  readonly unidentified: Profile | null;
}

/** What a slot does with its boards in this run: flash them, look at them, or put the NV of one unit back. */
export type Purpose =
  | { readonly kind: 'flash' }
  /** Over AT alone. `reflash`: what has not the profile's revision is flashed in the same insertion. */
  | { readonly kind: 'verify'; readonly reflash: boolean }
  | { readonly kind: 'nvRestore'; readonly unit: RestoredUnit };

/** The unit that an NV backup was taken of. */
export interface RestoredUnit {
  readonly imei: string;
  /** Null where the backup's record does not prove one. */
  readonly sn: string | null;
}

export type Gate = { readonly profile: Profile } | { readonly failure: Failure };

/**
 * The gate before entry (DESIGN.md, Identify): model in the slot's map, IMEI present and valid, sub-model by the revision before or by the
 * ordering code on the label. A refused board is FAIL with nothing written.
 */
export function gateIdentity(identification: Identification, label: Label, profiles: ProfileMap): Gate {
  const gate = gateUnit(identification, label, profiles);
  if ('failure' in gate) return gate;
  const { revision } = identification;
  const { revisionPatterns, orderingCodes } = gate.profile.subModels;
  const allowed =
    revisionPatterns.some((pattern) => new RegExp(pattern).test(revision)) ||
    (label.orderingCode !== undefined && orderingCodes.includes(label.orderingCode));
  if (allowed) return gate;
  const step = 'identifying';
  return { failure: { code: 'sub-model-not-allowed', step, expected: revisionPatterns.join(' or '), actual: revision } };
}

/** The same, without what only matters to a unit that is to be flashed: where its revision may come from. */
export function gateUnit({ model, imei }: Identification, label: Label, profiles: ProfileMap): Gate {
  const step = 'identifying';
  const profile = Object.hasOwn(profiles.byModel, model) ? profiles.byModel[model] : undefined;
  if (!profile)
    return { failure: { code: 'model-not-allowed', step, expected: Object.keys(profiles.byModel).join(' or '), actual: model } };
  if (imei === undefined) return { failure: { code: 'imei-missing', step } };
  if (!isValidImei(imei)) return { failure: { code: 'imei-invalid', step, actual: imei } };
  if (label.imei !== undefined && label.imei !== imei)
    return { failure: { code: 'swapped', step, expected: label.imei, actual: imei } };
  return { profile };
}

/**
 * The gate of an NV restore: the very unit of the backup, by its IMEI; by its SN where the module tells none, or only zeros. Any other
 * IMEI, a wrong one too, is a module that this backup does not prove to be its own.
 * The revision decides nothing: the module keeps the firmware it has.
 */
export function gateRestore({ model, imei, sn }: Identification, unit: RestoredUnit, profiles: ProfileMap): Gate {
  const step = 'identifying';
  const profile = Object.hasOwn(profiles.byModel, model) ? profiles.byModel[model] : undefined;
  if (!profile)
    return { failure: { code: 'model-not-allowed', step, expected: Object.keys(profiles.byModel).join(' or '), actual: model } };
  const tellsImei = imei !== undefined && !/^0+$/.test(imei);
  const [expected, actual] = tellsImei ? [unit.imei, imei] : [unit.sn, sn];
  if (expected !== null && expected === actual) return { profile };
  const detail = tellsImei ? 'by IMEI' : 'the module tells no IMEI; by SN';
  return {
    failure: { code: 'nv-backup-of-other-unit', step, expected: expected ?? 'a known SN', actual: actual ?? 'none', detail },
  };
}

export interface Restored {
  readonly before: Identification | null;
  readonly after: Identification;
  readonly unit: RestoredUnit;
}

/** What the read-back after an NV restore proves: the module tells the backup's IMEI again. */
export function judgeRestored({ before, after, unit }: Restored): Decision {
  const step = 'verifying';
  const decided = (verdict: Verdict, failure: Failure | null): Decision => ({ verdict, written: 'all', failure });
  if (after.imei === undefined) return decided('FAIL', { code: 'imei-missing', step });
  if (after.imei !== unit.imei) return decided('UNKNOWN', { code: 'swapped', step, expected: unit.imei, actual: after.imei });
  if (unit.sn !== null && after.sn !== undefined && after.sn !== unit.sn)
    return decided('UNKNOWN', { code: 'swapped', step, expected: unit.sn, actual: after.sn });
  if (before !== null && before.model !== after.model)
    return decided('FAIL', { code: 'model-changed', step, expected: before.model, actual: after.model });
  return decided('PASS', null);
}

export interface ReadBack {
  readonly before: Identification | null;
  /** An IMEI from before without AT: NV backup or label. */
  readonly imeiBefore: string | null;
  readonly after: Identification;
  readonly profile: Profile;
  /** The answer to the profile's named query; null when it gave none. */
  readonly revision: string | null;
  readonly continuousInsertion: boolean;
}

/** What the read-back proves (DESIGN.md, Verdicts). Every image was acknowledged when this is asked: written is `all`. */
export function judgeReadBack(read: ReadBack): Decision {
  const failure = readBackFailure(read);
  if (failure === null) return { verdict: 'PASS', written: 'all', failure };
  const unproven = failure.code === 'identity-unproven' || failure.code === 'swapped';
  return { verdict: unproven ? 'UNKNOWN' : 'FAIL', written: 'all', failure };
}

function readBackFailure({ before, imeiBefore, after, profile, revision, continuousInsertion }: ReadBack): Failure | null {
  const step = 'verifying';
  const expectedImei = before?.imei ?? imeiBefore;
  if (after.imei === undefined) return { code: 'imei-missing', step };
  if (!isValidImei(after.imei)) return { code: 'imei-invalid', step, actual: after.imei };
  if (expectedImei !== null && expectedImei !== after.imei)
    return { code: 'swapped', step, expected: expectedImei, actual: after.imei };
  if (!profile.models.includes(after.model) || (before !== null && before.model !== after.model)) {
    return { code: 'model-changed', step, expected: before?.model ?? profile.models.join(' or '), actual: after.model };
  }
  if (revision === null) return { code: 'revision-unreadable', step, expected: profile.expectedRevision.value };
  if (revision !== profile.expectedRevision.value) {
    return { code: 'revision-mismatch', step, expected: profile.expectedRevision.value, actual: revision };
  }
  if (expectedImei === null && !continuousInsertion) return { code: 'identity-unproven', step };
  return null;
}

/** Failures in which the device itself proved that the unit does not meet the profile; all others leave a written unit UNKNOWN. */
const proving: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'device-refused',
  'device-error',
  'burn-failed',
  'verify-mismatch',
  'image-id-mismatch',
  'grant-invalid',
  'signature-refused',
  'package-for-other-model',
  'boot-rom-mismatch',
  'download-size-mismatch',
  'link-not-supported',
  'nv-backup-unreadable',
  'nv-backup-corrupt',
  'nv-imei-missing',
  'nv-merge-failed',
  'nv-changed',
  'does-not-boot',
  'revision-unreadable',
]);

/** Before the intent nothing was written: a unit's own fault is FAIL, everything else ABORTED. */
export function judgeBeforeIntent(thrown: Failure): Decision {
  // The same pull is told by the device source or by the transport, whichever is first: one code for both.
  const failure: Failure = thrown.code === 'unplugged' ? { ...thrown, code: 'removed-early' } : thrown;
  const unitsOwn = proving.has(failure.code) || failureCodes[failure.code].blame === 'unit' || refusals.has(failure.code);
  return { verdict: unitsOwn ? 'FAIL' : 'ABORTED', written: 'none', failure };
}

/** Refused at the gate: proven not to meet the profile, though the operator is to blame. */
const refusals: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'model-not-allowed',
  'sub-model-not-allowed',
  'upgrade-path-forbidden',
]);

/** After the intent the flash may hold anything: FAIL only where the device proved it, else UNKNOWN. */
export function judgeAfterIntent(failure: Failure, written: 'maybe' | 'all'): Decision {
  return { verdict: proving.has(failure.code) ? 'FAIL' : 'UNKNOWN', written, failure };
}

/** What a device is to the profiles of a slot, by its ids; null = none of theirs, never touched. */
export function modeOf(
  ids: { vendorId: number | null; productId: number | null },
  profiles: readonly Profile[],
): DeviceMode | null {
  const matches = (id: UsbId): boolean => id.vendorId === ids.vendorId && id.productId === ids.productId;
  if (profiles.some((profile) => profile.modes.download.ids.some(matches))) return 'download';
  if (profiles.some((profile) => profile.modes.normal.ids.some(matches))) return 'normal';
  return null;
}

// The plan: the pure value a flasher makes from package and profile before anything is opened. Knows no protocol.
import type { Platform } from './platform.ts';

export type PlanStepKind = 'handshake' | 'load' | 'backup' | 'erase' | 'write' | 'verify' | 'reset';

export interface PlanStep {
  /** Stable within the plan, e.g. `write-ap`. Also the step name in progress, failure and record. */
  readonly name: string;
  readonly kind: PlanStepKind;
  /** What is written or erased, in the package's own words, e.g. `ap_at_command`. */
  readonly target?: string;
  /** Where it lands, as the device is told. */
  readonly address?: number;
  /** Bytes moved (load, write) or covered (erase). 0 for dialogue only. */
  readonly bytes: number;
  readonly sha256?: string;
}

export interface PackageIdentity {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the package file as the operator gave it, lower-case hex. */
  readonly sha256: string;
}

export type UserDataFate = 'replaced' | 'kept' | 'untouched';

export interface Plan {
  readonly platform: Platform;
  readonly package: PackageIdentity;
  /** In the order they run. Steps before `firstWrite` belong to connecting. */
  readonly steps: readonly PlanStep[];
  /** Name of the first step that can change flash or a file system: the intent is durable before it. */
  readonly firstWrite: string;
  /** Bytes that progress counts: loads and writes. */
  readonly totalBytes: number;
  /** What becomes of the user's file system. `untouched`: the package has none for it. */
  readonly userData: UserDataFate;
  /** Remarks for the operator and the record, e.g. an unknown agentboot digest. */
  readonly notes: readonly string[];
}

export function connectSteps(plan: Plan): readonly PlanStep[] {
  return plan.steps.slice(0, firstWriteIndex(plan));
}

export function programSteps(plan: Plan): readonly PlanStep[] {
  return plan.steps.slice(firstWriteIndex(plan));
}

function firstWriteIndex(plan: Plan): number {
  const index = plan.steps.findIndex((step) => step.name === plan.firstWrite);
  if (index < 0) throw new Error(`plan names no step ${plan.firstWrite}`);
  return index;
}

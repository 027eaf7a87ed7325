// What a failure is: a value with a stable code, the facts, and the cause. Knows every code of the product, and no words for
// operators (those are in views/words) and no place where a failure arises.

export type Blame = 'unit' | 'slot' | 'station' | 'package' | 'operator';

interface CodeFacts {
  readonly blame: Blame;
  /** Whether a bounded automatic retry on a fresh start may be tried (the protocol must allow it too). */
  readonly retryable: boolean;
}

const code = (blame: Blame, retryable = false): CodeFacts => ({ blame, retryable });

/** Every failure code with its blame. The one closed list: the words of each code are exhaustive by type over its keys. */
export const failureCodes = {
  // Before anything is touched: usage, station file, profile, package.
  'station-file-invalid': code('station'),
  'profile-invalid': code('station'),
  'profile-changed': code('station'),
  'profile-exists': code('operator'),
  'answer-missing': code('operator'),
  'package-unreadable': code('package'),
  'package-format-unknown': code('package'),
  'package-truncated': code('package'),
  'package-hash-mismatch': code('package'),
  'package-digest-mismatch': code('package'),
  'package-unsafe-entry': code('package'),
  'package-duplicate-entry': code('package'),
  'package-too-large': code('package'),
  'package-size-forged': code('package'),
  'package-crc-mismatch': code('package'),
  'package-member-missing': code('package'),
  'package-structure-invalid': code('package'),
  'package-image-out-of-range': code('package'),
  'package-agentboot-missing': code('package'),
  'package-agentboot-mismatch': code('package'),
  'package-platform-mismatch': code('package'),
  'package-consent-missing': code('package'),
  'user-data-not-kept': code('package'),

  // Identity of the board, before entry.
  'model-not-allowed': code('operator'),
  'sub-model-not-allowed': code('operator'),
  'board-unidentified': code('operator'),
  'label-missing': code('operator'),
  'imei-missing': code('unit'),
  'imei-invalid': code('unit'),
  'at-dialogue-broken': code('unit', true),
  'module-silent': code('unit'),

  // Entry and window.
  'entry-timed-out': code('operator', true),
  'download-mode-refused': code('unit'),
  'window-missed': code('station', true),
  'device-age-unknown': code('operator'),
  'hold-expired': code('station', true),
  'operator-cancelled': code('operator'),
  'removed-early': code('operator', true),
  unplugged: code('slot'),
  swapped: code('operator'),
  'already-passed': code('operator'),

  // What the line's other systems say of a unit.
  'not-in-order': code('operator'),
  'previous-step-missing': code('operator'),
  'interlock-away': code('station', true),

  // The unit's past, and what else the rules say before it is entered.
  'unit-in-two-slots': code('operator'),
  'passed-before': code('operator'),
  'passed-in-order': code('operator'),
  'rework-needed': code('operator'),
  'golden-unit-first': code('operator'),
  'board-rejected': code('operator'),
  'already-current': code('operator'),
  'upgrade-path-forbidden': code('operator'),
  'history-unavailable': code('station'),

  // A read-only look at a unit, against its record.
  'record-differs': code('unit'),
  'record-not-passed': code('unit'),
  'verify-failed': code('unit'),

  // The night shift.
  'batch-file-invalid': code('operator'),
  'batch-needs-hands': code('operator'),
  'rack-in-use': code('operator'),
  'quantity-reached': code('operator'),

  // Bench: serial paths, USB, power.
  'serial-path-missing': code('slot', true),
  'serial-path-no-rights': code('station'),
  'serial-path-busy': code('station', true),
  'serial-path-not-of-slot': code('station', true),
  'driver-missing': code('station'),
  'transport-closed': code('slot', true),
  'write-timed-out': code('slot', true),
  'write-too-large': code('station'),
  'close-timed-out': code('station'),
  'power-switch-failed': code('station'),

  // Download dialogue.
  'rom-silent': code('unit', true),
  'loader-silent': code('unit', true),
  'reply-timed-out': code('unit', true),
  'reply-malformed': code('unit', true),
  'reply-checksum-wrong': code('slot', true),
  'reply-unexpected': code('unit', true),
  'device-refused': code('unit'),
  'device-error': code('unit'),
  'image-id-mismatch': code('unit', true),
  'grant-invalid': code('unit'),
  'burn-failed': code('unit'),
  'verify-mismatch': code('unit'),
  'loader-reset': code('unit', true),
  'link-lost': code('slot', true),
  stalled: code('slot'),
  'package-for-other-model': code('package'),
  'boot-rom-mismatch': code('package'),
  'download-size-mismatch': code('unit'),
  'signature-refused': code('package'),
  'link-not-supported': code('unit'),

  // NV identity data.
  'nv-backup-unreadable': code('unit'),
  'nv-backup-corrupt': code('unit'),
  'nv-imei-missing': code('unit'),
  'nv-merge-failed': code('package'),
  'nv-changed': code('unit'),
  'nv-backup-unidentified': code('operator'),
  'nv-backup-of-other-unit': code('operator'),

  // Restart and read-back.
  'restart-not-seen': code('slot'),
  'does-not-boot': code('unit'),
  'strap-still-closed': code('operator'),
  'model-changed': code('unit'),
  'revision-mismatch': code('unit'),
  'revision-unreadable': code('unit'),
  'identity-unproven': code('operator'),

  // The station itself.
  'process-killed': code('station'),
  'record-not-writable': code('station'),
  'journal-in-use': code('station'),
  'journal-damaged': code('station'),
  'records-not-delivered': code('station'),
  'bench-lost': code('station'),
  'station-defect': code('station'),

  // A recorded job that is to be run again.
  'transcript-unreadable': code('station'),
  'transcript-of-other-files': code('station'),
} as const satisfies Record<string, CodeFacts>;

export type FailureCode = keyof typeof failureCodes;

export const isFailureCode = (text: string): text is FailureCode => Object.hasOwn(failureCodes, text);

/** Numbers are given as they are; addresses and device words as hex text (`0x24000`). */
export type Fact = string | number | boolean;

export interface Failure {
  readonly code: FailureCode;
  /** The plan step, machine state or file part in which it arose. */
  readonly step: string;
  readonly expected?: Fact;
  readonly actual?: Fact;
  readonly address?: string;
  /** What lies beneath, for an engineer: one sentence, never the operator's text. */
  readonly detail?: string;
}

/** Carries a `Failure` through promises. Whoever catches one keeps the first and attaches later ones. */
export class Fault extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(describeFailure(failure), options);
    this.name = 'Fault';
    this.failure = failure;
  }
}

export function fault(code: FailureCode, step: string, facts: Omit<Failure, 'code' | 'step'> = {}, cause?: unknown): Fault {
  return new Fault({ code, step, ...facts }, cause === undefined ? undefined : { cause });
}

/** The failure that an unknown thrown value stands for: its own, or `station-defect`, never "unknown error". */
export function failureOf(thrown: unknown, step: string): Failure {
  if (thrown instanceof Fault) return thrown.failure;
  const detail = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return { code: 'station-defect', step, detail };
}

export function describeFailure(failure: Failure): string {
  const parts = [`${failure.code} in ${failure.step}`];
  if (failure.expected !== undefined) parts.push(`expected ${String(failure.expected)}`);
  if (failure.actual !== undefined) parts.push(`actual ${String(failure.actual)}`);
  if (failure.address !== undefined) parts.push(`at ${failure.address}`);
  if (failure.detail !== undefined) parts.push(failure.detail);
  return parts.join('; ');
}

/** Hex as every message writes it: `hex(0x24000)` is `0x24000`. */
export const hex = (value: number): string => `0x${value.toString(16).toUpperCase()}`;

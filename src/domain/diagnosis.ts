// What `flashrack doctor` can find wrong with a set-up: a closed list of codes, the facts of each, and how bad it is.
// Knows no machine and no words (those are in views/words, exhaustive by type).
import type { Failure } from './failure.ts';

/** `blocking`: units cannot be flashed, or their records not kept. `warning`: it works, and will spoil a shift. */
export type Severity = 'warning' | 'blocking';

/** The facts of each code. `slots` are slot numbers, in order. */
export interface DiagnosisFacts {
  // The program.
  'node-wrong': { readonly actual: string; readonly expected: string };
  'library-wrong': { readonly libraries: string };
  'thread-pool-small': { readonly actual: string; readonly expected: number };
  // Station file, profiles, packages: what a start would refuse.
  'setup-refused': { readonly failure: Failure };
  // USB, serial paths, drivers.
  'usb-absent': { readonly slots: readonly number[] };
  'node-absent': { readonly path: string; readonly slots: readonly number[] };
  'node-no-rights': { readonly path: string; readonly slots: readonly number[] };
  'node-held': { readonly path: string; readonly slots: readonly number[]; readonly program: string; readonly pid: number };
  'station-running': { readonly slots: readonly number[]; readonly pid: number };
  'group-missing': { readonly user: string; readonly group: string };
  'driver-missing': { readonly id: string; readonly slots: readonly number[] };
  'board-unusable': { readonly slots: readonly number[]; readonly usbPath: string };
  'option-driver-absent': { readonly ids: string };
  'option-ids-missing': { readonly ids: string };
  'udev-rule-missing': { readonly path: string };
  'udev-rule-differs': { readonly path: string };
  'modem-manager-running': { readonly pid: number };
  'autosuspend-on': { readonly slots: readonly number[] };
  'usb-devices-over': { readonly controller: string; readonly needed: number; readonly limit: number };
  'usb-endpoints-over': {
    readonly controller: string;
    readonly needed: number;
    readonly limit: number;
    readonly slotsThatFit: number;
  };
  'power-program-missing': { readonly program: string; readonly slots: readonly number[] };
  // Records.
  'logs-not-writable': { readonly folder: string; readonly error: string };
  'disk-full': { readonly folder: string; readonly freeMegabytes: number; readonly expected: number };
  'disk-nearly-full': { readonly folder: string; readonly freeMegabytes: number; readonly expected: number };
  'sync-slow': { readonly folder: string; readonly medianMs: number; readonly expected: number };
  'index-not-kept': { readonly folder: string; readonly error: string };
  // Clock.
  'clock-implausible': { readonly time: string };
  'clock-behind-journal': { readonly time: string; readonly journal: string };
  'clock-jumps': { readonly jumpMs: number };
  'clock-not-synchronised': Readonly<Record<never, never>>;
  'clock-sync-unknown': Readonly<Record<never, never>>;
  // Screen.
  'terminal-dumb': { readonly term: string };
  'terminal-small': { readonly columns: number; readonly rows: number };
  'locale-not-utf8': { readonly locale: string };
}

export type DiagnosisCode = keyof DiagnosisFacts;

export type Diagnosis = {
  readonly [Code in DiagnosisCode]: { readonly code: Code; readonly facts: DiagnosisFacts[Code] };
}[DiagnosisCode];

export const severities: Readonly<Record<DiagnosisCode, Severity>> = {
  'node-wrong': 'blocking',
  'library-wrong': 'blocking',
  'thread-pool-small': 'warning',
  'setup-refused': 'blocking',
  'usb-absent': 'blocking',
  'node-absent': 'blocking',
  'node-no-rights': 'blocking',
  'node-held': 'blocking',
  'station-running': 'blocking',
  'group-missing': 'warning',
  'driver-missing': 'blocking',
  'board-unusable': 'blocking',
  'option-driver-absent': 'blocking',
  'option-ids-missing': 'warning',
  'udev-rule-missing': 'warning',
  'udev-rule-differs': 'warning',
  'modem-manager-running': 'warning',
  'autosuspend-on': 'warning',
  'usb-devices-over': 'blocking',
  'usb-endpoints-over': 'warning',
  'power-program-missing': 'blocking',
  'logs-not-writable': 'blocking',
  'disk-full': 'blocking',
  'disk-nearly-full': 'warning',
  'sync-slow': 'warning',
  'index-not-kept': 'warning',
  'clock-implausible': 'blocking',
  'clock-behind-journal': 'warning',
  'clock-jumps': 'warning',
  'clock-not-synchronised': 'warning',
  'clock-sync-unknown': 'warning',
  'terminal-dumb': 'warning',
  'terminal-small': 'warning',
  'locale-not-utf8': 'warning',
};

/** The areas a doctor looks at, in the order they are shown. */
export const examinedAreas = ['program', 'setup', 'usb', 'records', 'clock', 'screen'] as const;
export type ExaminedArea = (typeof examinedAreas)[number];

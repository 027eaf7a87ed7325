// All checks, by area, over one machine and one set-up; and what they come to. Knows no words.
import {
  type Diagnosis,
  type DiagnosisCode,
  type ExaminedArea,
  examinedAreas,
  type Severity,
  severities,
} from '../domain/diagnosis.ts';
import type { Check, Subject } from './check.ts';
import { checkBoards } from './check-boards.ts';
import { checkClock } from './check-clock.ts';
import { checkProgram } from './check-program.ts';
import { checkRecords } from './check-records.ts';
import { checkScreen } from './check-screen.ts';
import { checkSetup } from './check-setup.ts';
import { checkUdev } from './check-udev.ts';
import { checkUsbBudget } from './check-usb-budget.ts';
import type { Machine } from './machine.ts';

export interface AreaFindings {
  readonly area: ExaminedArea;
  readonly found: readonly Diagnosis[];
}

const checks: Readonly<Record<ExaminedArea, readonly Check[]>> = {
  program: [checkProgram],
  setup: [checkSetup],
  usb: [checkBoards, checkUdev, checkUsbBudget],
  records: [checkRecords],
  clock: [checkClock],
  screen: [checkScreen],
};

/** Everything that is wrong, area by area; an area without findings is in order. Changes nothing on the machine. */
export async function examine(machine: Machine, subject: Subject): Promise<readonly AreaFindings[]> {
  const findings: AreaFindings[] = [];
  for (const area of examinedAreas) {
    const found = await Promise.all(checks[area].map((check) => check(machine, subject)));
    findings.push({ area, found: found.flat() });
  }
  return findings;
}

export const severityOf = (code: DiagnosisCode): Severity => severities[code];

/** The worst of all findings; null when nothing is wrong. */
export function worstOf(findings: readonly AreaFindings[]): Severity | null {
  const found = new Set(findings.flatMap((area) => area.found.map(({ code }) => severityOf(code))));
  if (found.has('blocking')) return 'blocking';
  return found.has('warning') ? 'warning' : null;
}

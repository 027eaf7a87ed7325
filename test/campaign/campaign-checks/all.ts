// Every checker of one run.
import type { Checker } from '../campaign-trace.ts';
import { everySlotSettles, journalVerifies, noDefect, nothingOpen, oneSession } from './at-rest.ts';
import { missedWindow } from './missed-window.ts';
import { noViolation } from './no-violation.ts';
import { oneRecord } from './one-record.ts';
import { truePass } from './true-pass.ts';
import { ownDataKept, refusedUnchanged } from './unit-data.ts';
import { attemptsCounted, retriesBounded, rulesKept } from './unit-rules.ts';

export const checkers: readonly Checker[] = [
  oneRecord,
  truePass,
  missedWindow,
  oneSession,
  everySlotSettles,
  refusedUnchanged,
  ownDataKept,
  noViolation,
  attemptsCounted,
  rulesKept,
  retriesBounded,
  journalVerifies,
  nothingOpen,
  noDefect,
];

// Every checker of one run.
import type { Checker } from '../campaign-trace.ts';
import { everySlotSettles, journalVerifies, noDefect, nothingOpen, oneSession } from './at-rest.ts';
import { greenIsProven } from './green-light.ts';
import { missedWindow } from './missed-window.ts';
import { noViolation } from './no-violation.ts';
import { oneRecord } from './one-record.ts';
import { goldenFirst, quarantineKept, rejectionKept, stopKept } from './oversight.ts';
import { transcriptsKept } from './transcripts.ts';
import { truePass } from './true-pass.ts';
import { ownDataKept, refusedUnchanged } from './unit-data.ts';
import { attemptsCounted, retriesBounded, rulesKept } from './unit-rules.ts';

export const checkers: readonly Checker[] = [
  oneRecord,
  truePass,
  greenIsProven,
  missedWindow,
  oneSession,
  everySlotSettles,
  refusedUnchanged,
  ownDataKept,
  noViolation,
  attemptsCounted,
  rulesKept,
  retriesBounded,
  quarantineKept,
  rejectionKept,
  stopKept,
  goldenFirst,
  transcriptsKept,
  journalVerifies,
  nothingOpen,
  noDefect,
];

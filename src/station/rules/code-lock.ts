// Whether a typed code is a supervisor's. Wrong codes are counted, and each makes the next try wait longer. Knows no hash and no rule.
import type { Clock } from '../../bench/clock.ts';
import type { SupervisorSettings } from '../../config/oversight-fields.ts';
import type { ReleaseRefusal } from '../../domain/finding.ts';

/** Whether the code is the one whose salted hash the station file has. */
export type CodeMatches = (code: string, supervisor: SupervisorSettings) => Promise<boolean>;

export type CodeAnswer =
  | { readonly granted: true; readonly name: string }
  | { readonly granted: false; readonly refusal: ReleaseRefusal };

export interface CodeLock {
  try(code: string): Promise<CodeAnswer>;
}

const firstWaitMs = 1_000;
const longestWaitMs = 300_000;

export function createCodeLock(supervisors: readonly SupervisorSettings[], matches: CodeMatches, clock: Clock): CodeLock {
  let wrongCodes = 0;
  let openAtMs = Number.NEGATIVE_INFINITY;
  let isChecking = false;

  const holderOf = async (code: string): Promise<SupervisorSettings | null> => {
    let holder: SupervisorSettings | null = null;
    // All of them, so that how long it takes tells nothing of who it is.
    for (const supervisor of supervisors) if (await matches(code, supervisor)) holder ??= supervisor;
    return holder;
  };

  return {
    async try(code) {
      const waitMs = Math.max(0, openAtMs - clock.now());
      if (isChecking || waitMs > 0)
        return { granted: false, refusal: { reason: 'tooSoon', waitMs: Math.max(waitMs, firstWaitMs) } };
      isChecking = true;
      try {
        const holder = await holderOf(code);
        if (holder !== null) {
          wrongCodes = 0;
          return { granted: true, name: holder.name };
        }
        wrongCodes += 1;
        const nextWaitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (wrongCodes - 1));
        openAtMs = clock.now() + nextWaitMs;
        return { granted: false, refusal: { reason: 'codeWrong', waitMs: nextWaitMs, wrongCodes } };
      } finally {
        isChecking = false;
      }
    },
  };
}

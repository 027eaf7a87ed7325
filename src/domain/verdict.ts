// Verdicts and what they partition. Knows no state machine and no record file.

export type Verdict = 'PASS' | 'FAIL' | 'UNKNOWN' | 'ABORTED';

/** How much of the package may have reached the flash: `maybe` from the durable intent on, `all` after every step was acknowledged. */
export type Written = 'none' | 'maybe' | 'all';

export type RecordKind = 'flash' | 'verify' | 'golden' | 'skip' | 'nvRestore';

/** What happens to a board in a download mode that was not identified in this insertion (DESIGN.md, unidentified boards). */
export type UnidentifiedPolicy = 'refuse' | 'requireLabel' | 'accept';

// The exit codes of every command, documented in the README. Knows no command.

export const exitCodes = {
  /** Every unit PASS; for other commands: done, nothing wrong found. */
  pass: 0,
  /** Some unit not PASS; for `log verify`: the journal does not hold. */
  notPass: 1,
  /** Usage, station file, profile or package refused: nothing was touched. */
  refused: 2,
  /** Record not writable, disk full, bench lost, a defect of the station. */
  stationFault: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

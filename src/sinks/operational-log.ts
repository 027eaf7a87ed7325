// The operational log: what an engineer reads after the shift. JSON lines in rotated files by winston, which may be late or lost
// (a full disk silences it for good), so no record ever goes here. Knows no station and never throws into one.
import { join } from 'node:path';
import winston from 'winston';
import { type Clock, pause } from '../bench/clock.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface OperationalLogOptions {
  readonly clock: Clock;
  /** Wall time as the log writes it, e.g. local time with offset. */
  readonly timeText: (wallMs: number) => string;
  /** e.g. `logs`; the file is `flashrack.log`, older ones `flashrack1.log`, `flashrack2.log` … */
  readonly folder: string;
  /** A file is left behind when it has reached about this size; a burst may overshoot. */
  readonly maxFileBytes: number;
  readonly maxFiles: number;
  readonly level: LogLevel;
  /** Also to standard error. */
  readonly toStderr: boolean;
}

export interface OperationalLog {
  /** One JSON line `at, level, message, …facts`. Never throws, never waits. */
  log(level: LogLevel, message: string, facts?: Readonly<Record<string, unknown>>): void;
  /** Resolves when what was logged is in the file, or after two seconds. Idempotent; later lines are dropped. */
  close(): Promise<void>;
}

const closeTimeoutMs = 2000;

export function openOperationalLog(options: OperationalLogOptions): OperationalLog {
  const { clock, timeText, level, toStderr } = options;
  const file = openFile(options);
  const transports = [...(file === null ? [] : [file]), ...(toStderr ? [stderr()] : [])];
  const silent = transports.length === 0;
  const logger = winston.createLogger({
    level,
    format: winston.format.json({ deterministic: false }),
    transports,
    silent,
    exitOnError: false,
  });
  for (const emitter of [logger, ...transports]) emitter.on('error', () => undefined);
  const ended = endOf(file ?? logger);
  let closing: Promise<void> | null = null;

  return {
    log(lineLevel, message, facts = {}) {
      if (closing !== null) return;
      try {
        logger.log({ at: timeText(clock.wallMs()), ...plain(facts), level: lineLevel, message });
      } catch {
        // A log line is never worth a unit.
      }
    },
    close() {
      if (closing === null) {
        logger.end();
        closing = withDeadline(clock, ended);
      }
      return closing;
    },
  };
}

const stderr = (): winston.transports.ConsoleTransportInstance =>
  new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] });

/** Null where the folder cannot be made: then there is no log file, and no reason to stop. */
function openFile({ folder, maxFileBytes, maxFiles }: OperationalLogOptions): winston.transports.FileTransportInstance | null {
  try {
    return new winston.transports.File({
      filename: join(folder, 'flashrack.log'),
      maxsize: maxFileBytes,
      maxFiles,
      tailable: true,
    });
  } catch {
    return null;
  }
}

/** The last to end writes the file. After an error it never writes again (measured), so there is nothing to wait for. */
function endOf(last: winston.Logger | winston.transports.FileTransportInstance): Promise<void> {
  return new Promise((resolve) => {
    last.once('finish', () => resolve());
    last.once('error', () => resolve());
  });
}

async function withDeadline(clock: Clock, work: Promise<void>): Promise<void> {
  const settled = new AbortController();
  const deadline = pause(clock, closeTimeoutMs, settled.signal).catch(() => undefined);
  await Promise.race([work, deadline]);
  settled.abort();
}

/** Errors have no enumerable fields: JSON would write `{}`. */
function plain(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(facts).map(([name, value]) => [
    name,
    value instanceof Error ? (value.stack ?? value.message) : value,
  ]);
  return Object.fromEntries(entries);
}

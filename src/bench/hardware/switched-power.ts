// Power switches that a program works: uhubctl or the rack's own. Off, wait, on; one board at a time comes up. Knows no slot, and learns
// from the bus whether the board really lost its power.
import { execFile } from 'node:child_process';
import { fault } from '../../domain/failure.ts';
import { type Clock, pause } from '../clock.ts';
import type { PowerSwitch } from '../power-switch.ts';

export interface ProgramCall {
  readonly program: string;
  readonly args: readonly string[];
}

/** The call that switches the power at a USB path. Rejects when nothing there can be switched. */
export type CallFor = (action: 'off' | 'on', usbPath: string) => Promise<ProgramCall>;

/** Runs a program to its end. Rejects with what it said when it fails or takes longer than `timeoutMs`. */
export type RunProgram = (call: ProgramCall, timeoutMs: number) => Promise<void>;

export interface SwitchedPowerOptions {
  readonly clock: Clock;
  readonly callFor: CallFor;
  readonly run: RunProgram;
  /** Whether a device is on the bus at the path now. */
  readonly isPresent: (usbPath: string) => Promise<boolean>;
  /** Shared by all slots of the station. */
  readonly turns: PowerTurns;
  readonly offMs: number;
}

const programTimeoutMs = 15_000;
const lookMs = 50;

/**
 * `cycle` rejects `power-switch-failed` when the program fails, and when the board stays on the bus while its power is said to be off. The
 * power is switched on again whatever happened.
 */
export function switchedPower(options: SwitchedPowerOptions): PowerSwitch {
  const { clock, callFor, run, isPresent, turns, offMs } = options;

  const switchTo = async (action: 'off' | 'on', usbPath: string): Promise<void> => {
    try {
      await run(await callFor(action, usbPath), programTimeoutMs);
    } catch (thrown) {
      const detail = `${action} at ${usbPath}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
      throw fault('power-switch-failed', 'power-cycle', { detail }, thrown);
    }
  };

  const leaves = async (usbPath: string, signal: AbortSignal | undefined): Promise<boolean> => {
    const untilMs = clock.now() + offMs;
    let hasLeft = false;
    while (clock.now() < untilMs) {
      hasLeft ||= !(await isPresent(usbPath));
      await pause(clock, Math.min(lookMs, Math.max(0, untilMs - clock.now())), signal);
    }
    return hasLeft || !(await isPresent(usbPath));
  };

  return {
    kind: 'command',
    async cycle(usbPath, signal) {
      signal?.throwIfAborted();
      const wasPresent = await isPresent(usbPath);
      let vanished = false;
      await switchTo('off', usbPath);
      try {
        vanished = await leaves(usbPath, signal);
      } finally {
        await turns.take();
        await switchTo('on', usbPath);
      }
      if (!wasPresent) return 'unseen';
      if (vanished) return 'vanished';
      throw fault('power-switch-failed', 'power-cycle', {
        expected: 'no device while the power is off',
        actual: 'the device stayed on the bus',
        detail: `the hub at ${usbPath} does not really switch the power`,
      });
    },
  };
}

/** Turns to switch on, at least `gapMs` apart: the inrush of a whole rack at once trips a supply. */
export interface PowerTurns {
  take(): Promise<void>;
}

export function powerTurns(clock: Clock, gapMs: number): PowerTurns {
  let nextAtMs = Number.NEGATIVE_INFINITY;
  return {
    async take() {
      const atMs = Math.max(clock.now(), nextAtMs);
      nextAtMs = atMs + gapMs;
      if (atMs > clock.now()) await pause(clock, atMs - clock.now());
    },
  };
}

export const runProgram: RunProgram = ({ program, args }, timeoutMs) =>
  new Promise((resolve, reject) => {
    execFile(program, args, { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else
        reject(
          new Error(
            `${program} ${args.join(' ')}: ${(stderr || stdout || error.message).trim().replaceAll(/\s+/g, ' ').slice(0, 300)}`,
            {
              cause: error,
            },
          ),
        );
    });
  });

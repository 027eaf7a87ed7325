// Starts a station process and waits for what it has measured: on a pty of its own when it is to have a screen. Knows no numbers.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { extname, join } from 'node:path';
import { openPty } from '../../src/bench/hardware/pty.ts';
import { writeRack } from './rack-work.ts';
import type { StationMeasured, StationOrder } from './station-process.ts';

/** Rejects when a board did not pass: such a run measures nothing. */
export async function runStation(order: StationOrder, screen: 'dashboard' | 'lines'): Promise<StationMeasured> {
  const { folder, stationFile } = writeRack(order);
  const resultFile = join(folder, 'measured.json');
  const program = join(import.meta.dirname, `station-process${extname(import.meta.filename)}`);
  const pty = screen === 'dashboard' ? await openPty() : null;
  const terminal = pty === null ? 'ignore' : openSync(pty.slavePath, 'r+');
  pty?.onBytes(() => undefined);
  // As src/launch/flashrack.mjs starts the program.
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=4', '--v8-pool-size=1', program, JSON.stringify({ ...order, stationFile, resultFile })],
    {
      stdio: [terminal, terminal, 'inherit'],
      env: { ...process.env, TERM: 'xterm-256color', CI: '', COLUMNS: '120', LINES: '72', UV_THREADPOOL_SIZE: '64' },
    },
  );
  if (typeof terminal === 'number') closeSync(terminal);
  await new Promise((resolve) => child.once('close', resolve));
  await pty?.close();
  const measured = JSON.parse(readFileSync(resultFile, 'utf8')) as StationMeasured;
  rmSync(folder, { recursive: true, force: true });
  // Visitors come as long as the others are programmed: whether the last of them stays long enough says nothing.
  if (measured.passed < order.slots - (order.visits > 0 ? 1 : 0))
    throw new Error(`not every board passed: ${JSON.stringify(measured.verdicts)}`);
  return measured;
}

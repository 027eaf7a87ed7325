// Starts the dashboard in a process of its own on a pty and reads what it draws. Knows no numbers.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { extname, join } from 'node:path';
import { openPty } from '../../src/bench/hardware/pty.ts';

/** Processor time of one frame of so many slots, in milliseconds. */
export async function frameCostMs(slots: number, frames: number): Promise<number> {
  const program = join(import.meta.dirname, `frame-process${extname(import.meta.filename)}`);
  const pty = await openPty();
  pty.onBytes(() => undefined);
  const terminal = openSync(pty.slavePath, 'r+');
  const child = spawn(process.execPath, [program, String(slots), String(frames)], {
    stdio: [terminal, terminal, 'ignore', 'ipc'],
  });
  closeSync(terminal);
  const { cpuMs } = await new Promise<{ readonly cpuMs: number }>((resolve) =>
    child.once('message', (told) => resolve(told as { cpuMs: number })),
  );
  await pty.close();
  return cpuMs / frames;
}

// The machine's own time: what a running station relies on.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { realClock } from '../../../src/bench/hardware/real-clock.ts';

const clockFile = join(import.meta.dirname, '../../../src/bench/hardware/real-clock.ts');

describe('the real clock', () => {
  it('runs a timer not before its time, and never one that was cancelled', async () => {
    let cancelled = 'not run';
    realClock
      .after(1, () => {
        cancelled = 'run';
      })
      .cancel();
    const startedAtMs = realClock.now();
    await new Promise<void>((resolve) => realClock.after(20, resolve));
    expect(realClock.now() - startedAtMs).toBeGreaterThanOrEqual(19);
    expect(cancelled).toBe('not run');
  });

  it('tells wall time in Unix milliseconds', () => {
    expect(Math.abs(realClock.wallMs() - Date.now())).toBeLessThan(1000);
  });

  it('keeps the process alive while a timer is pending: a station that waits for a board must not end', () => {
    const script = `import { realClock } from '${clockFile}'; realClock.after(30, () => process.stdout.write('board is back'));`;
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(printed).toBe('board is back');
  });
});

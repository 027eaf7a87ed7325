// The parts of a batch that face the machine it runs on: its status file, and its notices to systemd.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { statusWriter } from '../../src/commands/batch-status.ts';
import { serviceNotice } from '../../src/commands/service-notice.ts';

describe('the status file', () => {
  it('is replaced whole: the last value stands, and no temporary file is left', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flashrack-status-'));
    const status = statusWriter(join(folder, 'status.json'));
    for (const done of [1, 2, 3]) status.write({ done });
    await status.settled();
    expect(JSON.parse(readFileSync(join(folder, 'status.json'), 'utf8'))).toEqual({ done: 3 });
    expect(readdirSync(folder)).toEqual(['status.json']);
    rmSync(folder, { recursive: true });
  });

  it('on a disk that refuses costs nothing', async () => {
    const status = statusWriter('/proc/flashrack/status.json');
    status.write({});
    await expect(status.settled()).resolves.toBeUndefined();
  });
});

describe('the notices to systemd', () => {
  it('tell the watchdog three times in the time it allows, and only while the work beats', async () => {
    const clock = new SimulatedClock();
    const told: string[] = [];
    const notice = serviceNotice({ NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '30000000' }, clock, (fact) => told.push(fact));
    notice.ready();
    for (let second = 0; second < 30; second++) {
      notice.alive();
      await clock.advance(1_000);
    }
    await clock.advance(60_000);
    expect(told).toEqual(['READY=1', 'WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1']);
  });

  it('are not made where nobody listens', () => {
    const told: string[] = [];
    const notice = serviceNotice({}, new SimulatedClock(), (fact) => told.push(fact));
    notice.ready();
    notice.alive();
    notice.stopping();
    expect(told).toEqual([]);
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../src/bench/hardware/real-clock.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { type OperationalLog, type OperationalLogOptions, openOperationalLog } from '../../src/sinks/operational-log.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'flashrack-log-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const wallMs = Date.UTC(2026, 10, 21, 23, 30);

function openLog(options: Partial<OperationalLogOptions> = {}): OperationalLog {
  return openOperationalLog({
    clock: new SimulatedClock({ wallMs }),
    timeText: (ms) => new Date(ms).toISOString(),
    folder: join(root, 'logs'),
    maxFileBytes: 1_000_000,
    maxFiles: 3,
    level: 'info',
    toStderr: false,
    ...options,
  });
}

const logged = async (): Promise<string[]> => {
  const content = await readFile(join(root, 'logs', 'flashrack.log'), 'utf8');
  return content.split('\n').slice(0, -1);
};

describe('the operational log', () => {
  it('writes one JSON line per message with its time, level and facts', async () => {
    const log = openLog();
    log.log('warn', 'slow answer', { slot: 3, serialPath: '/dev/ttyUSB1' });
    log.log('debug', 'below the level');
    await log.close();
    expect(await logged()).toEqual([
      '{"at":"2026-11-21T23:30:00.000Z","slot":3,"serialPath":"/dev/ttyUSB1","level":"warn","message":"slow answer"}',
    ]);
  });

  it('has everything in the file once it is closed, and drops what comes later', async () => {
    const log = openLog();
    for (let number = 0; number < 2_000; number++) log.log('info', 'line', { number });
    const closing = log.close();
    log.log('info', 'too late');
    await Promise.all([closing, log.close()]);
    const lines = await logged();
    expect(lines).toHaveLength(2_000);
    expect(JSON.parse(lines[1_999] ?? '')).toMatchObject({ number: 1_999 });
  });

  it('leaves a full file behind and keeps no more files than it was told', async () => {
    // winston was seen never to tell its end when it is asked to while it changes files: the close's own deadline must be able to pass.
    const log = openLog({ clock: realClock, maxFileBytes: 2_000, maxFiles: 3 });
    const logFiles = (): Promise<string[]> => readdir(join(root, 'logs'));
    // As many lines as it takes: what comes while a slow disk opens the file all goes into it.
    for (let round = 0; round < 500 && (round < 30 || (await logFiles()).length < 2); round++) {
      for (let number = 0; number < 10; number++) log.log('info', 'a line of the operational log', { round, number });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await log.close();
    const files = await logFiles();
    expect(files).toContain('flashrack.log');
    expect(files.length).toBeGreaterThan(1);
    expect(files.length).toBeLessThanOrEqual(3);
  });

  it('takes any facts: errors, cycles, big integers, and a value that throws costs only its own line', async () => {
    const log = openLog();
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    log.log('error', 'with an error', { cause: new Error('no answer') });
    log.log('info', 'with a cycle', { cycle });
    log.log('info', 'with a big integer', { count: 10n });
    log.log('info', 'with a trap', {
      trap: {
        toJSON() {
          throw new Error('trap');
        },
      },
    });
    log.log('info', 'after the trap');
    await log.close();
    const lines = (await logged()).map((line): unknown => JSON.parse(line));
    expect(lines).toMatchObject([
      { message: 'with an error', cause: expect.stringContaining('Error: no answer') },
      { message: 'with a cycle' },
      { message: 'with a big integer', count: '10' },
      { message: 'after the trap' },
    ]);
  });

  it('keeps control characters of a device out of the file', async () => {
    const log = openLog();
    log.log('info', 'reply', { text: '\u001b[2J\u0007\nOK' });
    await log.close();
    expect(await logged()).toHaveLength(1);
    expect((await logged())[0]).toContain('\\u001b[2J\\u0007\\nOK');
  });

  it.each(['logs', 'logs/below'])('is no reason to stop where its folder %s cannot be made', async (name) => {
    await writeFile(join(root, 'logs'), 'a file where the folder should be');
    const log = openLog({ folder: join(root, name) });
    log.log('info', 'nobody hears this');
    await log.close();
    expect(await readFile(join(root, 'logs'), 'utf8')).toBe('a file where the folder should be');
  });
});

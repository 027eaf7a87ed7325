// The traps of serial paths that need no USB to be shown: one test for each guard, and each fails when its guard is taken out.
// F1, F2 and F9 are in the transport contract and serial-path.test.ts, F4 in serial-path.test.ts,
// F8 in usb-device-source.test.ts; all of them again on a real USB stack in test/usb.
import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Channel, ChannelListener, Line } from '../../../src/bench/hardware/channel.ts';
import { ChannelTransport } from '../../../src/bench/hardware/serial-transport.ts';
import { Fault } from '../../../src/domain/failure.ts';

const root = resolve(import.meta.dirname, '../../..');
const never = (): Promise<void> => new Promise(() => undefined);
const codeOf = (error: unknown): unknown => (error instanceof Fault ? error.failure.code : error);

/** A driver that takes what it is given and calls nobody back. */
function transportOn(line: Partial<Line>): ChannelTransport {
  const channel: Channel = {
    listen: () => undefined,
    send: (bytes, done) => ({ bytes, sent: 0, done }),
    cancel: () => undefined,
    sweep: () => undefined,
    stop: () => undefined,
  };
  const quick = {
    drain: () => Promise.resolve(),
    flush: () => Promise.resolve(),
    setBaudRate: never,
    close: () => Promise.resolve(),
  };
  return new ChannelTransport({ serialPath: '/dev/dead', notes: [], connect: () => channel, line: { ...quick, ...line } });
}

it('asks the driver itself for a stray reply before a command: it may not have been told yet', async () => {
  let waiting = 0;
  let told: ChannelListener | null = null;
  const channel: Channel = {
    listen: () => undefined,
    send: (bytes, done) => ({ bytes, sent: 0, done }),
    cancel: () => undefined,
    sweep: () => {
      for (; waiting > 0; waiting--) told?.received(Uint8Array.of(0x7e));
    },
    stop: () => undefined,
  };
  const line: Line = { drain: never, flush: never, setBaudRate: never, close: never };
  const connect = (listener: ChannelListener): Channel => {
    told = listener;
    return channel;
  };
  const transport = new ChannelTransport({ serialPath: '/dev/stray', notes: [], connect, line });
  expect(transport.take()).toHaveLength(0);
  waiting = 1;
  expect(transport.take()).toEqual(Uint8Array.of(0x7e));
  waiting = 1;
  await vi.waitFor(() => expect(transport.take()).toEqual(Uint8Array.of(0x7e)));
});

describe('a serial path whose driver never calls back (F6)', () => {
  it('ends a write at its deadline', async () => {
    const transport = transportOn({});
    expect(await transport.write(new Uint8Array(10), { timeoutMs: 30 }).catch(codeOf)).toBe('write-timed-out');
  });

  it('closes all the same when its drain never ends, and throws the rest away first (F3)', async () => {
    let flushed = 0;
    const transport = transportOn({
      drain: never,
      flush: () => {
        flushed += 1;
        return Promise.resolve();
      },
    });
    await transport.close(100);
    expect(flushed).toBe(1);
    expect(await transport.closed).toBe('asked');
  });

  it('does not even begin to wait for output whose write was given up: it is thrown away at once (F3)', async () => {
    const calls: string[] = [];
    const told = (name: string, done: Promise<void>) => (): Promise<void> => {
      calls.push(name);
      return done;
    };
    const transport = transportOn({ drain: told('drain', never()), flush: told('flush', Promise.resolve()) });
    expect(await transport.write(new Uint8Array(10), { timeoutMs: 10 }).catch(codeOf)).toBe('write-timed-out');
    await transport.close(60_000);
    expect(calls).toEqual(['flush']);
  });

  it('says that a close has missed its deadline, and keeps the lease: closed has not come', async () => {
    const transport = transportOn({ close: never });
    expect(await transport.close(30).catch(codeOf)).toBe('close-timed-out');
    const state = await Promise.race([transport.closed, Promise.resolve('still closing')]);
    expect(state).toBe('still closing');
  });

  it('ends and closes once, however often the driver and the bus tell it', async () => {
    let closes = 0;
    const transport = transportOn({
      close: () => {
        closes += 1;
        return Promise.resolve();
      },
    });
    transport.detached();
    transport.detached();
    await transport.close(100);
    expect(await transport.closed).toBe('unplugged');
    expect(closes).toBe(1);
  });
});

describe('a board that sends without being asked (F5)', () => {
  it('is left in the kernel above a bounded backlog, and heard again when somebody reads', async () => {
    let isHeard = false;
    let listener: ChannelListener | null = null;
    const channel: Channel = {
      listen: (on) => {
        isHeard = on;
      },
      send: (bytes, done) => ({ bytes, sent: 0, done }),
      cancel: () => undefined,
      sweep: () => undefined,
      stop: () => undefined,
    };
    const line = { drain: never, flush: never, setBaudRate: never, close: () => Promise.resolve() };
    const connect = (told: ChannelListener): Channel => {
      listener = told;
      return channel;
    };
    const transport = new ChannelTransport({ serialPath: '/dev/babbling', notes: [], connect, line });
    const received = (count: number): void => listener?.received(new Uint8Array(count));
    received(100_000);
    expect(isHeard).toBe(true);
    received(2_000_000);
    expect(isHeard).toBe(false);
    expect(await transport.read({ timeoutMs: 0 })).toHaveLength(2_100_000);
    expect(isHeard).toBe(true);
  });
});

describe('the thread pool of the program (F3)', () => {
  const usable = existsSync(join(root, 'dist/main.js'));
  if (!usable) process.stderr.write('SKIPPED: no build in dist, so the launcher is not started (F3, pool size)\n');

  it.skipIf(!usable)('has 64 threads, so that stuck serial paths cannot take every one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flashrack-pool-'));
    const launcher = spawn(
      process.execPath,
      [join(root, 'src/launch/flashrack.mjs'), 'sim', 'serve', '--board', 'EC800E', '--link', join(folder, 'board')],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const exit = once(launcher, 'exit');
    // A stale build is built first, and says so too.
    for await (const [text] of on(launcher.stderr, 'data')) if (String(text).includes('EC800E at')) break;
    const child = readFileSync(`/proc/${launcher.pid}/task/${launcher.pid}/children`, 'utf8').trim().split(' ')[0] ?? '';
    const threads = readdirSync(`/proc/${child}/task`).length;
    launcher.kill('SIGTERM');
    await exit;
    rmSync(folder, { recursive: true });
    expect(threads).toBeGreaterThanOrEqual(64);
  });
});

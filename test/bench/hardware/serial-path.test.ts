// What an open serial path does to this machine: how it is set up, what a failed open is called, and that nothing is left behind.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSerialTransport } from '../../../src/bench/hardware/open-serial-path.ts';
import { openPty } from '../../../src/bench/hardware/pty.ts';
import { Fault } from '../../../src/domain/failure.ts';
import { makePtyPair, type PtyPair } from './pty-pair.ts';

const options = { baudRate: 115200, timeoutMs: 1000 };
const openDescriptors = (): number => readdirSync('/proc/self/fd').length;
const codeOf = (error: unknown): unknown => (error instanceof Fault ? error.failure.code : error);

/** CPU milliseconds that this process takes while nothing happens for `milliseconds`. */
async function idleCpuMs(milliseconds: number): Promise<number> {
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Until this process has nothing more to do: everything that could flow has flowed. */
async function quiet(): Promise<void> {
  await vi.waitFor(async () => expect(await idleCpuMs(30)).toBeLessThan(3), { timeout: 10_000, interval: 1 });
}

/** Sends in pieces; tells how much of it the tty has taken. */
function babble(
  { peer }: PtyPair,
  length: number,
): { readonly taken: () => number; readonly sending: Promise<'all taken' | 'cut off'> } {
  let taken = 0;
  const send = async (): Promise<'all taken'> => {
    for (const piece = new Uint8Array(1 << 16); taken < length; taken += piece.length) await peer.send(piece);
    return 'all taken';
  };
  return { taken: () => taken, sending: send().catch(() => 'cut off') };
}

/** All that the station keeps of a board that nobody reads, and no less. */
const backlogBytes = 1 << 20;
const longPatience = { timeout: 20_000, interval: 5 };

function untilSynchronously(attempt: () => number): number {
  const giveUpAtMs = performance.now() + 5000;
  let result = 0;
  while (result === 0 && performance.now() < giveUpAtMs) result = attempt();
  return result;
}

describe('an open serial path', () => {
  it('is raw, 8N1, without flow control, at the rate that was asked for, and at another one when told', async () => {
    const { transport, pty, dispose } = await makePtyPair({ boardReads: true });
    const settings = (): string => execFileSync('stty', ['-a', '-F', pty.slavePath], { encoding: 'utf8' });
    for (const word of [
      'speed 115200',
      'cs8',
      '-parenb',
      '-cstopb',
      '-crtscts',
      '-ixon',
      '-ixoff',
      '-icanon',
      '-echo',
      '-isig',
      '-opost',
    ]) {
      expect(settings()).toContain(word);
    }
    await transport.setBaudRate(921600);
    expect(settings()).toContain('speed 921600');
    await dispose();
  });

  it('gives the device number of the node that is open', async () => {
    const { transport, pty, dispose } = await makePtyPair({ boardReads: true });
    expect(transport.deviceNumber).toBe(statSync(pty.slavePath).rdev);
    await dispose();
  });

  it('takes modem lines that a pty does not have as a note (F4)', async () => {
    const { transport, dispose } = await makePtyPair({ boardReads: true });
    expect(transport.notes).toEqual([expect.stringMatching(/modem lines not set: .*Inappropriate ioctl/)]);
    await dispose();
  });

  it('gives bytes to a waiting reader while nothing else wakes the process (node-serialport#3148)', async () => {
    const pty = await openPty();
    const reader = spawn(process.execPath, [join(import.meta.dirname, 'idle-reader.ts'), pty.slavePath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(reader, 'exit');
    let printed = '';
    reader.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (text.includes('waiting')) void pty.write(new TextEncoder().encode('hello'));
    });
    expect(await exit).toEqual([0, null]);
    const { text, waitedMs } = JSON.parse(printed.slice(printed.indexOf('{'))) as { text: string; waitedMs: number };
    expect(text).toBe('hello');
    expect(waitedMs).toBeLessThan(5000);
    await pty.close();
  });
});

describe('a board that is pulled', () => {
  it.each(['idle', 'sending'])('leaves no spinning core when it was %s (F1)', async (state) => {
    const { transport, peer, dispose } = await makePtyPair({ boardReads: true });
    const sending = state === 'sending' ? peer.send(new Uint8Array(1 << 16)).catch(() => undefined) : Promise.resolve();
    if (state === 'sending') await transport.read({ timeoutMs: 1000 });
    const pulledAtMs = performance.now();
    await peer.unplug();
    expect(await transport.closed).toBe('unplugged');
    const seenAfterMs = performance.now() - pulledAtMs;
    await sending;
    const cpuMs = await idleCpuMs(300);
    process.stdout.write(
      `unplug while ${state}: seen after ${seenAfterMs.toFixed(1)} ms, then ${cpuMs.toFixed(1)} ms CPU in 300 ms\n`,
    );
    expect(seenAfterMs).toBeLessThan(1000);
    expect(cpuMs).toBeLessThan(100);
    await dispose();
  });

  it('leaves no descriptor, in 50 rounds of open, talk, pull or close', async () => {
    const warmUp = await makePtyPair({ boardReads: true });
    await warmUp.dispose();
    const before = openDescriptors();
    for (let round = 0; round < 50; round++) {
      const { transport, peer, dispose } = await makePtyPair({ boardReads: true });
      await Promise.all([transport.write(new Uint8Array(100), { timeoutMs: 1000 }), peer.send(new Uint8Array(100))]);
      await transport.read({ timeoutMs: 1000 });
      if (round % 2 === 0) await peer.unplug();
      await dispose();
    }
    expect(openDescriptors()).toBe(before);
  });

  it('never disturbs a neighbour that got its descriptor number', async () => {
    const first = await makePtyPair({ boardReads: true });
    await first.peer.unplug();
    await first.transport.closed;
    const second = await makePtyPair({ boardReads: true });
    await first.dispose();
    await second.peer.send(new Uint8Array([7]));
    expect(await second.transport.read({ timeoutMs: 1000 })).toEqual(new Uint8Array([7]));
    await second.dispose();
  });
});

describe('a board that babbles while nobody reads', () => {
  it('is held back, so that it cannot fill the memory, and its unplug is seen all the same', async () => {
    const pair = await makePtyPair({ boardReads: true });
    const { transport, peer, dispose } = pair;
    const babbled = 8 << 20;
    const { taken, sending } = babble(pair, babbled);
    await vi.waitFor(() => expect(taken()).toBeGreaterThanOrEqual(backlogBytes), longPatience);
    await quiet();
    await peer.unplug();
    expect(await transport.closed).toBe('unplugged');
    expect(await sending).toBe('cut off');
    const kept = (await transport.read({ timeoutMs: 1000 })).length;
    expect(kept).toBeGreaterThan(babbled / 16);
    expect(kept).toBeLessThan(babbled / 4);
    await dispose();
  });

  it('is heard on as soon as somebody reads', async () => {
    const pair = await makePtyPair({ boardReads: true });
    const { transport, dispose } = pair;
    const { taken, sending } = babble(pair, 4 << 20);
    await vi.waitFor(() => expect(taken()).toBeGreaterThanOrEqual(backlogBytes), longPatience);
    for (let read = 0; read < 4 << 20; ) {
      const part = await transport.read({ timeoutMs: 5000 });
      expect(part.length).toBeGreaterThan(0);
      read += part.length;
    }
    expect(await sending).toBe('all taken');
    await dispose();
  });
});

describe('bytes that are still in the kernel', () => {
  it('count as received: a stale reply does not survive a discard', async () => {
    const { transport, peer, dispose } = await makePtyPair({ boardReads: true });
    void peer.send(new Uint8Array(11));
    // No turn of the event loop in between, so the poller cannot have brought them.
    const discarded = untilSynchronously(() => transport.discardReceived());
    expect(discarded).toBe(11);
    await dispose();
  });

  it('go out before an orderly close', async () => {
    const { transport, peer, dispose } = await makePtyPair({ boardReads: false });
    await transport.write(new Uint8Array(8000), { timeoutMs: 1000 });
    await transport.close(2000);
    peer.startReading();
    await vi.waitFor(() => expect(peer.taken()).toHaveLength(8000), { timeout: 5000, interval: 2 });
    await dispose();
  });

  it('are thrown away at the close when their write was given up, so that it need not wait for them (F3)', async () => {
    const { transport, peer, openAgain, dispose } = await makePtyPair({ boardReads: false });
    const givenUp = await transport.write(new Uint8Array(1 << 20), { timeoutMs: 20 }).catch((error: unknown) => error);
    if (!(givenUp instanceof Fault)) throw new Error('the write was not given up');
    expect(givenUp.failure).toMatchObject({ code: 'write-timed-out', expected: 1 << 20 });
    await transport.close(2000);
    peer.startReading();
    const next = await openAgain();
    const mark = new TextEncoder().encode('the next user');
    await next.write(mark, { timeoutMs: 5000 });
    // What was before the mark has arrived when the mark has.
    await vi.waitFor(() => expect(Buffer.from(peer.taken()).includes(Buffer.from(mark))).toBe(true), longPatience);
    // The pty's own line discipline had taken its 4 KiB before.
    expect(Number(givenUp.failure.actual)).toBeGreaterThan(8000);
    expect(peer.taken().length - mark.length).toBeLessThanOrEqual(4096);
    await next.close(1000);
    await dispose();
  });
});

describe('an open that fails', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flashrack-serial-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const failedOpen = (path: string, timeoutMs: number): Promise<unknown> =>
    openSerialTransport(path, { ...options, timeoutMs }).then(() => 'opened', codeOf);

  it('is serial-path-missing when no node appears in time', async () => {
    const startedAtMs = performance.now();
    expect(await failedOpen(join(folder, 'ttyUSB0'), 60)).toBe('serial-path-missing');
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(55);
  });

  it('is serial-path-missing when the path is not a tty', async () => {
    writeFileSync(join(folder, 'file'), 'not a tty');
    expect(await failedOpen(join(folder, 'file'), 0)).toBe('serial-path-missing');
  });

  it('is serial-path-busy when another user holds the path all the time', async () => {
    const { pty, dispose } = await makePtyPair({ boardReads: true });
    const startedAtMs = performance.now();
    expect(await failedOpen(pty.slavePath, 60)).toBe('serial-path-busy');
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(55);
    await dispose();
  });

  it('becomes an open when the other user lets go in time, as ModemManager does after a look', async () => {
    const { pty, transport, dispose } = await makePtyPair({ boardReads: true });
    const opening = openSerialTransport(pty.slavePath, { ...options, timeoutMs: 5000 });
    setTimeout(() => void transport.close(1000), 60);
    const next = await opening;
    expect(await transport.closed).toBe('asked');
    await next.close(1000);
    await dispose();
  });

  it('is serial-path-no-rights when the node is not ours to open', async () => {
    const pty = await openPty();
    chmodSync(pty.slavePath, 0);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    const code = await failedOpen(pty.slavePath, 0).finally(() => {
      if (isRoot) process.seteuid?.(0);
    });
    expect(code).toBe('serial-path-no-rights');
    await pty.close();
  });

  it('leaves no descriptor', async () => {
    const { pty, dispose } = await makePtyPair({ boardReads: true });
    const before = openDescriptors();
    for (let round = 0; round < 10; round++) await failedOpen(pty.slavePath, 0);
    expect(openDescriptors()).toBe(before);
    await dispose();
  });

  it('becomes an open when the node appears in time, late as udev gives it', async () => {
    const pty = await openPty();
    const path = join(folder, 'ttyUSB0');
    const opening = openSerialTransport(path, { ...options, timeoutMs: 5000 });
    setTimeout(() => symlinkSync(pty.slavePath, path), 60);
    const transport = await opening;
    expect(transport.deviceNumber).toBe(statSync(pty.slavePath).rdev);
    await transport.close(1000);
    await pty.close();
  });
});

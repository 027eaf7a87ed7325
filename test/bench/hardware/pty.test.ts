// The prebuilt pty package, contracted: pinned, loadable, byte-exact both ways; and the link that gives a pty a stable name.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSerialTransport } from '../../../src/bench/hardware/open-serial-path.ts';
import { linkPty, loadNativePty, openPty } from '../../../src/bench/hardware/pty.ts';
import { makePtyPair } from './pty-pair.ts';

interface Package {
  readonly version: string;
  readonly optionalDependencies?: Record<string, string>;
}

const ptyFile = join(import.meta.dirname, '../../../src/bench/hardware/pty.ts');
const root = join(import.meta.dirname, '../../..');
const readPackage = (path: string): Package => JSON.parse(readFileSync(path, 'utf8')) as Package;

describe('the prebuilt pty package', () => {
  it('is pinned to the version that was measured, and that one is installed', () => {
    const pinned = readPackage(join(root, 'package.json')).optionalDependencies ?? {};
    expect([pinned['@lydell/node-pty-linux-x64'], pinned['@lydell/node-pty-linux-arm64']]).toEqual(['1.1.0', '1.1.0']);
    const installed = createRequire(import.meta.url).resolve(`@lydell/node-pty-linux-${process.arch}/package.json`);
    expect(readPackage(installed).version).toBe('1.1.0');
  });

  it('gives a raw open on this machine, and a clear error where it has no binary', () => {
    expect(loadNativePty().open).toBeTypeOf('function');
    expect(() => loadNativePty('pdp11')).toThrow(/node-pty-linux-pdp11/);
  });

  it('carries 64 KiB of random bytes both ways at once, intact', async () => {
    const { transport, peer, dispose } = await makePtyPair({ boardReads: true });
    const [down, up] = [randomBytes(65536), randomBytes(65536)];
    const received: Uint8Array[] = [];
    const reading = (async (): Promise<void> => {
      for (let count = 0; count < up.length; ) {
        const part = await transport.read({ timeoutMs: 5000 });
        expect(part.length).toBeGreaterThan(0);
        received.push(part);
        count += part.length;
      }
    })();
    await Promise.all([transport.write(down, { timeoutMs: 5000 }), peer.send(up), reading]);
    await vi.waitFor(() => expect(peer.taken().length).toBe(down.length), { timeout: 5000, interval: 2 });
    expect([Buffer.compare(peer.taken(), down), Buffer.compare(Buffer.concat(received), up)]).toEqual([0, 0]);
    await dispose();
  });

  it('is raw before the host opens it: no echo comes back to a board that speaks first', async () => {
    const pty = await openPty();
    const echoed: Uint8Array[] = [];
    pty.onBytes((bytes) => echoed.push(bytes));
    await pty.write(new TextEncoder().encode('RDY\r\n'));
    const transport = await openSerialTransport(pty.slavePath, { baudRate: 115200, timeoutMs: 1000 });
    await transport.write(new TextEncoder().encode('AT\r'), { timeoutMs: 1000 });
    await vi.waitFor(() => expect(Buffer.concat(echoed).toString()).toBe('AT\r'), { timeout: 5000, interval: 2 });
    await transport.close(1000);
    await pty.close();
  });

  it('outlives the hosts that open and close it', async () => {
    const pty = await openPty();
    for (const word of ['first', 'second']) {
      const transport = await openSerialTransport(pty.slavePath, { baudRate: 115200, timeoutMs: 1000 });
      await pty.write(new TextEncoder().encode(word));
      expect(new TextDecoder().decode(await transport.read({ timeoutMs: 5000 }))).toBe(word);
      await transport.close(1000);
    }
    await pty.close();
  });

  it('does not swallow a defect of the board that listens: the process hears of it', () => {
    const script = `
      import { openPty } from '${ptyFile}';
      import { writeFileSync } from 'node:fs';
      process.on('uncaughtException', (error) => { process.stdout.write(error.message); process.exit(); });
      const pty = await openPty();
      pty.onBytes(() => { throw new Error('board defect'); });
      writeFileSync(pty.slavePath, 'AT');`;
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 10_000 })).toBe(
      'board defect',
    );
  });

  it('ends a write that nobody takes when it is closed', async () => {
    const pty = await openPty();
    const writing = pty.write(new Uint8Array(1 << 20));
    await Promise.all([pty.close(), pty.close(), expect(writing).rejects.toThrow(/transport-closed/)]);
  });
});

describe('a linked pty', () => {
  let folder = '';
  let link = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flashrack-pty-'));
    link = join(folder, 'board');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('can be opened by its link, which is gone after its close', async () => {
    const pty = linkPty(await openPty(), link);
    const transport = await openSerialTransport(link, { baudRate: 115200, timeoutMs: 1000 });
    await transport.close(1000);
    await pty.close();
    expect(existsSync(link)).toBe(false);
  });

  it('replaces the link that a killed run left', async () => {
    symlinkSync('/dev/pts/4294967295', link);
    const pty = linkPty(await openPty(), link);
    expect(readlinkSync(link)).toBe(pty.slavePath);
    await pty.close();
  });

  it('never replaces a file, or a link to something else', async () => {
    const pty = await openPty();
    writeFileSync(link, 'mine');
    expect(() => linkPty(pty, link)).toThrow(/is not a link/);
    expect(readFileSync(link, 'utf8')).toBe('mine');
    rmSync(link);
    symlinkSync('/dev/ttyS0', link);
    expect(() => linkPty(pty, link)).toThrow(/links to \/dev\/ttyS0/);
    await pty.close();
  });

  it('leaves a link alone that another run has taken over', async () => {
    const first = linkPty(await openPty(), link);
    const second = linkPty(await openPty(), link);
    await first.close();
    expect(readlinkSync(link)).toBe(second.slavePath);
    await second.close();
  });
});

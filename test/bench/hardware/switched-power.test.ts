// Power switches that a program works: order, staggering, and whether the board really lost its power.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandCalls, uhubctlCalls } from '../../../src/bench/hardware/power-programs.ts';
import { realClock } from '../../../src/bench/hardware/real-clock.ts';
import { powerTurns, type RunProgram, runProgram, switchedPower } from '../../../src/bench/hardware/switched-power.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { controller, FakeUsbTree } from './fake-usb-tree.ts';

function rack(options: { readonly switches: boolean; readonly isThere?: boolean; readonly fails?: 'off' | 'on' }) {
  const calls: string[] = [];
  let isOn = true;
  const run: RunProgram = ({ args }) => {
    const [action = '', path = ''] = args;
    calls.push(`${action} ${path}`);
    if (action === options.fails) return Promise.reject(new Error('relay board does not answer'));
    isOn = action === 'on';
    return Promise.resolve();
  };
  const power = switchedPower({
    clock: realClock,
    callFor: commandCalls(['rack-power']),
    run,
    isPresent: () => Promise.resolve((options.isThere ?? true) && (isOn || !options.switches)),
    turns: powerTurns(realClock, 0),
    offMs: 30,
  });
  return { power, calls };
}

describe('a power switch', () => {
  it('switches off, waits, and switches on again', async () => {
    const { power, calls } = rack({ switches: true });
    const startedAtMs = performance.now();
    expect(await power.cycle('pci/1.2')).toBe('vanished');
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(29);
    expect(calls).toEqual(['off pci/1.2', 'on pci/1.2']);
  });

  it('has failed when the board stays on the bus, says so, and gives the power back', async () => {
    const { power, calls } = rack({ switches: false });
    expect(await power.cycle('pci/1.2').catch((error: unknown) => error)).toMatchObject({
      failure: { code: 'power-switch-failed', actual: 'the device stayed on the bus' },
    });
    expect(calls.at(-1)).toBe('on pci/1.2');
  });

  it('has learnt nothing from an empty place', async () => {
    const { power } = rack({ switches: false, isThere: false });
    expect(await power.cycle('pci/1.2')).toBe('unseen');
  });

  it.each(['off', 'on'] as const)('has failed when its program fails to switch %s', async (fails) => {
    const { power } = rack({ switches: true, fails });
    const failure = await power.cycle('pci/1.2').catch((error: unknown) => error);
    expect(failure).toMatchObject({
      failure: { code: 'power-switch-failed', detail: `${fails} at pci/1.2: relay board does not answer` },
    });
  });

  it('gives the power back when it is aborted', async () => {
    const { power, calls } = rack({ switches: true });
    const abort = new AbortController();
    const cycling = power.cycle('pci/1.2', abort.signal).catch((error: unknown) => error);
    const reason = new Error('operator');
    setImmediate(() => abort.abort(reason));
    expect(await cycling).toBe(reason);
    expect(calls).toEqual(['off pci/1.2', 'on pci/1.2']);
  });

  it('brings boards up one after the other, never all at once', async () => {
    const clock = createManualClock();
    const turns = powerTurns(clock, 20);
    const atMs: number[] = [];
    await clock.runUntil(Promise.all([1, 2, 3, 4].map(() => turns.take().then(() => atMs.push(clock.now())))));
    expect(atMs).toEqual([0, 20, 40, 60]);
  });
});

const uhubctlPower = (tree: FakeUsbTree, program: string) =>
  switchedPower({
    clock: realClock,
    callFor: uhubctlCalls(tree.root, program),
    run: runProgram,
    isPresent: () => Promise.resolve(true),
    turns: powerTurns(realClock, 0),
    offMs: 10,
  });

describe('the programs behind a power switch', () => {
  it('calls uhubctl with the bus of today, for hubs and for the root hub', async () => {
    const tree = new FakeUsbTree();
    tree.plug({ name: '1-1', ids: '05e3:0610', deviceNumber: 2, isHub: true });
    const callFor = uhubctlCalls(tree.root);
    expect(await callFor('off', `${controller}/1.4`)).toEqual({
      program: 'uhubctl',
      args: ['-l', '1-1', '-p', '4', '-a', 'off'],
    });
    expect(await callFor('on', `${controller}/3`)).toEqual({ program: 'uhubctl', args: ['-l', '1', '-p', '3', '-a', 'on'] });
    await expect(callFor('on', `${controller}/7.3`)).rejects.toThrow(`no hub at ${controller}/7`);
    await tree.dispose();
  });

  it('runs a program of the rack, and tells what it said when it fails', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flashrack-power-'));
    const script = join(folder, 'rack-power');
    writeFileSync(
      script,
      '#!/bin/sh\necho "$@" >> "$(dirname "$0")/log"\n[ "$2" = off ] || { echo relay stuck >&2; exit 3; }\n',
      { mode: 0o755 },
    );
    const callFor = commandCalls([script, '--bank=2']);
    await runProgram(await callFor('off', 'pci/1.2'), 5000);
    await expect(runProgram(await callFor('on', 'pci/1.2'), 5000)).rejects.toThrow('relay stuck');
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('--bank=2 off pci/1.2\n--bank=2 on pci/1.2\n');
    rmSync(folder, { recursive: true });
  });

  // The first as uhubctl 2.5.0 of Debian printed it without a hub that it can switch; the second, without rights, after its source.
  it.each([
    [
      'No compatible devices detected at location 1-1!\nRun with -h to get usage info.',
      'No compatible devices detected at location 1-1!',
    ],
    [
      'No compatible devices detected!\nThere were permission problems while accessing USB.\nFollow https://github.com/mvp/uhubctl#linux-usb-permissions to fix this!',
      'There were permission problems while accessing USB.',
    ],
  ])('makes what uhubctl prints the reason of the fault: %s', async (printed, reason) => {
    const folder = mkdtempSync(join(tmpdir(), 'flashrack-uhubctl-'));
    const program = join(folder, 'uhubctl');
    writeFileSync(program, `#!/bin/sh\ncat >&2 <<END\n${printed}\nEND\nexit 1\n`, { mode: 0o755 });
    const tree = new FakeUsbTree();
    tree.plug({ name: '1-1', ids: '05e3:0610', deviceNumber: 2, isHub: true });
    const power = uhubctlPower(tree, program);
    const failure = await power.cycle(`${controller}/1.4`).catch((error: unknown) => error);
    expect(failure).toMatchObject({ failure: { code: 'power-switch-failed', detail: expect.stringContaining(reason) } });
    await tree.dispose();
    rmSync(folder, { recursive: true });
  });

  const real = ['/usr/sbin/uhubctl', '/usr/bin/uhubctl'].find((path) => existsSync(path));
  if (real === undefined) process.stderr.write('SKIPPED: uhubctl is not installed, so the real program is not run\n');
  it.skipIf(real === undefined)('gets a fault of the real uhubctl where it knows no such hub', async () => {
    const tree = new FakeUsbTree();
    tree.plug({ name: '1-99', ids: '05e3:0610', deviceNumber: 2, isHub: true });
    const failure = await uhubctlPower(tree, real ?? '')
      .cycle(`${controller}/99.4`)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      failure: { code: 'power-switch-failed', detail: expect.stringContaining('No compatible devices') },
    });
    await tree.dispose();
  });

  it('does not wait for ever for a program', async () => {
    await expect(runProgram({ program: 'sleep', args: ['60'] }, 50)).rejects.toThrow('sleep 60');
  });
});

// Hooks: a light tower hears what it asked for, in order, and whatever it does no slot notices.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { checkHooks, startHooks } from '../../src/commands/hooks.ts';
import { type ProgramRun, runProgram } from '../../src/commands/run-program.ts';
import type { HookSettings } from '../../src/config/station-file.ts';
import { aConsole, anEvent, aRack, aView } from '../views/station-view.ts';

const folder = mkdtempSync(join(tmpdir(), 'flashrack-hooks-'));
afterAll(() => rmSync(folder, { recursive: true }));

const hook = (...on: [string, ...string[]]): HookSettings => ({ on, command: ['lamp', 'red'], timeoutMs: 1_000 });
const failedRecord = anEvent(3, {
  type: 'record.written',
  recordId: 'R1',
  kind: 'flash',
  forRework: false,
  verdict: 'FAIL',
  failure: { code: 'stalled', step: 'write-ap' },
});
const passedRecord = anEvent(4, {
  type: 'record.written',
  recordId: 'R2',
  kind: 'flash',
  verdict: 'PASS',
  failure: null,
  forRework: false,
});
const prompt = anEvent(5, { type: 'state.changed', state: 'waitingForBoot', prompt: { kind: 'closeStrap' } });

function rig(hooks: readonly HookSettings[], run: (ran: ProgramRun) => Promise<string | null> = () => Promise.resolve(null)) {
  const station = aConsole(aView(aRack(8)));
  const ran: ProgramRun[] = [];
  const failed = vi.fn();
  const running = startHooks(hooks, station, {
    failed,
    recordOf: (recordId) => ({ recordId, verdict: 'FAIL', lot: 'L7' }),
    run: (_command, what) => {
      ran.push(what);
      return run(what);
    },
  });
  return { station, ran, failed, running, names: () => ran.map(({ environment }) => environment['FLASHRACK_EVENT']) };
}

describe('a hook', () => {
  it('hears the events it names and no others', async () => {
    const { station, names, running } = rig([hook('record.written:FAIL', 'slot.prompted', 'fault.found:bench-lost')]);
    for (const line of [passedRecord, failedRecord, prompt]) station.tell(line);
    station.tell(anEvent(null, { type: 'fault.found', failure: { code: 'bench-lost', step: 'watching' } }));
    station.tell(anEvent(null, { type: 'fault.found', failure: { code: 'record-not-writable', step: 'recording' } }));
    await running.close();
    expect(names()).toEqual(['record.written:FAIL', 'slot.prompted', 'fault.found:bench-lost']);
    station.tell(failedRecord);
    expect(names()).toHaveLength(3);
  });

  it('is given the event, the board and the whole record as JSON', async () => {
    const { station, ran, running } = rig([hook('record.written')]);
    station.tell(failedRecord);
    await running.close();
    expect(ran[0]?.environment).toEqual({ FLASHRACK_EVENT: 'record.written', FLASHRACK_SLOT: '3' });
    expect(JSON.parse(ran[0]?.input ?? '')).toMatchObject({
      name: 'record.written',
      slot: 3,
      station: { id: 'S1' },
      event: { verdict: 'FAIL', failure: { code: 'stalled' } },
      board: { number: 3, imei: '861234567890127' },
      record: { recordId: 'R1', lot: 'L7' },
    });
  });

  it('runs once at a time, in the order of the events, and drops the oldest when it cannot keep up', async () => {
    let release = (): void => undefined;
    const held = new Promise<null>((resolve) => {
      release = () => resolve(null);
    });
    const { station, ran, failed, running } = rig([hook('slot.prompted')], () => held);
    for (let slot = 1; slot <= 40; slot++) station.tell({ ...prompt, slot });
    expect(ran).toHaveLength(1);
    release();
    await running.close();
    expect(ran.map(({ environment }) => Number(environment['FLASHRACK_SLOT']))).toEqual([
      1,
      ...Array.from({ length: 32 }, (_, index) => index + 9),
    ]);
    expect(failed).toHaveBeenCalledTimes(7);
  });

  it('that fails is told as an event, which starts no hook', async () => {
    const { station, failed, running, ran } = rig([hook('record.written')], () => Promise.resolve('ended with exit code 7'));
    failed.mockImplementation((event) => station.tell(anEvent(null, event)));
    station.tell(failedRecord);
    await running.close();
    expect(failed).toHaveBeenCalledExactlyOnceWith({
      type: 'hook.failed',
      command: 'lamp red',
      reason: 'ended with exit code 7',
    });
    expect(ran).toHaveLength(1);
  });

  it('with a name that no event has is refused before anything starts', () => {
    checkHooks([hook('record.written:FAIL', 'slot.prompted:closeStrap', 'station.ended', 'fault.found')]);
    for (const name of ['record.wrote', 'step.progressed', 'hook.failed', 'toString.x', 'slot.prompt'])
      expect(() => checkHooks([hook(name)])).toThrow(name);
  });
});

describe('a program', () => {
  const script = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return file;
  };
  const ran = (command: readonly [string, ...string[]], timeoutMs = 10_000) =>
    runProgram(command, { input: '{"slot":3}', environment: { FLASHRACK_EVENT: 'x' }, timeoutMs });

  it('gets its arguments as they are, its input, the event’s name, and no secret', async () => {
    vi.stubEnv('FLASHRACK_HTTP_TOKEN', 'secret');
    const file = script('echo.sh', `{ cat; echo; echo "$1"; env | grep FLASHRACK_; } >${folder}/heard`);
    expect(await ran([file, '$(touch pwned); `id`'])).toBeNull();
    expect(readFileSync(join(folder, 'heard'), 'utf8')).toBe('{"slot":3}\n$(touch pwned); `id`\nFLASHRACK_EVENT=x\n');
    vi.unstubAllEnvs();
  });

  it('that fails, does not exist or does not read its input says why', async () => {
    expect(await ran([script('seven.sh', 'exit 7')])).toBe('ended with exit code 7');
    expect(await ran([join(folder, 'nowhere')])).toContain('ENOENT');
    expect(
      await runProgram([script('deaf.sh', 'exit 0')], { input: 'x'.repeat(1_000_000), environment: {}, timeoutMs: 10_000 }),
    ).toBeNull();
  });

  it('that hangs is ended in time, with what it started', async () => {
    const file = script('hang.sh', `sleep 60 & echo $! >${folder}/child; wait`);
    expect(await ran([file], 500)).toContain('took longer than 500 ms');
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'));
    // Dead, though perhaps not yet buried: in a container nobody may wait for it.
    const isAlive = () => existsSync(`/proc/${child}`) && !/\) Z /.test(readFileSync(`/proc/${child}/stat`, 'utf8'));
    await vi.waitFor(() => expect(isAlive()).toBe(false));
  });
});

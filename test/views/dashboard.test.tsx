// The dashboard under Ink: keys ask the station for the right things, and a lost or broken terminal ends the dashboard alone.
import { EventEmitter } from 'node:events';
import type { ReadStream, WriteStream } from 'node:tty';
import { cleanup, render } from 'ink-testing-library';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PromptKind, SlotState } from '../../src/domain/slot.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { createBell } from '../../src/views/dashboard/bell.ts';
import { Dashboard } from '../../src/views/dashboard/dashboard.tsx';
import { startDashboard } from '../../src/views/dashboard/start-dashboard.ts';
import { aConsole, anEvent, aRack, aSlot, aView, type DrivenConsole, nothingFound, slotThat } from './station-view.ts';

afterEach(cleanup);

async function open(slots = aRack(8)) {
  const station = aConsole(aView(slots));
  const screen = render(<Dashboard station={station} lang="en" colour={false} />);
  await vi.waitFor(() => expect(screen.stdin.listenerCount('readable')).toBeGreaterThan(0));
  const shows = (text: string | RegExp) => vi.waitFor(() => expect(screen.lastFrame()).toMatch(text));
  const type = async (...chunks: string[]) => {
    for (const chunk of chunks) {
      screen.stdin.write(chunk);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };
  return { station, screen, type, shows };
}

const lastSent = ({ sent }: DrivenConsole) => vi.waitFor(() => expect(sent.at(-1)).toBeDefined()).then(() => sent.at(-1));

describe('keys', () => {
  it.each([
    ['c', 'operator.confirm'],
    ['x', 'operator.cancel'],
    ['r', 'operator.retry'],
    ['u', 'operator.release'],
  ])('%s sends %s to the selected slot', async (key, command) => {
    const { station, type } = await open();
    await type('3', key);
    expect(await lastSent(station)).toEqual({ slot: 3, command: { type: command } });
  });

  it('release a stop and a quarantined slot by a supervisor’s code that is never shown, and at once where there is none', async () => {
    const stop = { rule: 'failuresInRow', failures: 10, lastCode: 'burn-failed', at: '' } as const;
    const slots = [aSlot(1), aSlot(2, { state: 'quarantined', prompt: { kind: 'checkSlot' } })];
    const { station, screen, type, shows } = await open(slots);
    station.show(aView(slots, { oversight: { ...nothingFound, stop, releasedBy: 'supervisor' } }));
    await shows('PRODUCTION STOPPED: 10 boards');
    await type('s', 'q8', 'z');
    await shows(/Supervisor code: \*\*\*_/);
    expect(screen.lastFrame()).not.toContain('q8');
    await type('\r');
    expect(await lastSent(station)).toEqual({ target: { kind: 'stop' }, code: 'q8z' });
    await type('2', 'u', 'badge-77\r');
    await vi.waitFor(() => expect(station.sent.at(-1)).toEqual({ target: { kind: 'slot', slot: 2 }, code: 'badge-77' }));
    station.show(aView(slots, { oversight: { ...nothingFound, releasedBy: 'operator' } }));
    await shows('RUNNING');
    await type('u');
    await vi.waitFor(() => expect(station.sent.at(-1)).toEqual({ target: { kind: 'slot', slot: 2 }, code: null }));
  });

  it('select a slot by arrows, two of them in one chunk too', async () => {
    const { station, type } = await open();
    await type('\u001b[B\u001b[B', '\u001b[A', 'c');
    expect(await lastSent(station)).toMatchObject({ slot: 2 });
  });

  it('select a slot of two digits', async () => {
    const { station, type } = await open(aRack(32));
    await type('1', '7', 'c');
    expect(await lastSent(station)).toMatchObject({ slot: 17 });
  });

  it('take digits typed one after the other as numbers of one digit where no longer one exists', async () => {
    const { station, type } = await open();
    await type('1', '7', 'c');
    expect(await lastSent(station)).toMatchObject({ slot: 7 });
  });

  it('turn to the next page, where the chosen slot is', async () => {
    const { screen, shows, type } = await open(aRack(64));
    await shows('page 1/');
    await type(' ');
    await shows('page 2/');
    expect(screen.lastFrame()).toMatch(/>\d\d/);
  });

  it.each([
    ['q', 'q'],
    ['Ctrl-C, the byte 03', '\u0003'],
    ['two of them in one chunk', '\u0003\u0003'],
  ])('ask to stop: %s', async (_name, chunk) => {
    const { station, screen, type } = await open();
    const framesBefore = screen.frames.length;
    await type(chunk);
    expect(await lastSent(station)).toBe('stop');
    await vi.waitFor(() => expect(screen.frames.length).toBeGreaterThan(framesBefore));
  });

  it('switch the language and show the help', async () => {
    const { shows, type } = await open();
    await shows('DO NOT UNPLUG');
    await type('g');
    await shows('禁止拔出');
    await type('?');
    await shows('flashrack 帮助');
    await type('y', 'g');
    await shows('DO NOT UNPLUG');
  });

  it('command nothing when a label is scanned by accident', async () => {
    const { station, shows, type } = await open();
    await type('xcru123q\r', ...'SN45XCRU');
    await shows('06');
    expect(station.sent).toEqual([]);
  });
});

describe('the label', () => {
  const imei = '861234567890127';

  it('comes as a scanner’s burst: text and return in one chunk', async () => {
    const { station, type, shows } = await open();
    await type('2', 'l');
    await shows('Label of slot 2');
    await type('SN123456\r');
    expect(await lastSent(station)).toEqual({ slot: 2, command: { type: 'operator.label', sn: 'SN123456' } });
    await shows('Label taken for slot 2');
  });

  it('may be typed, corrected, and sent with return', async () => {
    const { station, type, shows } = await open();
    await type('l', ...'SN1x', '\u007f', ...'2q');
    await shows('SN12q_');
    await type('\r');
    expect(await lastSent(station)).toEqual({ slot: 1, command: { type: 'operator.label', sn: 'SN12q' } });
  });

  it('brings IMEI, ordering code and serial number together, in one burst or one after the other', async () => {
    const { station, type } = await open();
    await type('l', `${validImei}\r\nEC800ECNLC-N06-SNNSA\r\n`);
    expect(await lastSent(station)).toEqual({
      slot: 1,
      command: { type: 'operator.label', imei: validImei, orderingCode: 'EC800ECNLC-N06-SNNSA' },
    });
    await type('l', 'E1Q21\r');
    expect(station.sent.at(-1)).toMatchObject({
      command: { imei: validImei, orderingCode: 'EC800ECNLC-N06-SNNSA', sn: 'E1Q21' },
    });
  });

  it('does not carry over to another slot', async () => {
    const { station, type } = await open();
    await type('l', 'SN1\r', '2', 'l', `${validImei}\r`);
    await vi.waitFor(() => expect(station.sent).toHaveLength(2));
    expect(station.sent[1]).toEqual({ slot: 2, command: { type: 'operator.label', imei: validImei } });
  });

  it('with a misread IMEI is not sent', async () => {
    const { station, type, shows } = await open();
    await type('l', `${imei.slice(0, 14)}0\r`);
    await shows('Not a valid IMEI');
    expect(station.sent).toEqual([]);
  });

  it('is left by Esc, and Ctrl-C asks to stop there too', async () => {
    const { station, type, shows } = await open();
    await type('l', 'SN9', '\u0003');
    expect(await lastSent(station)).toBe('stop');
    await type('\u001b');
    await shows('q stop');
    expect(station.sent).toEqual(['stop']);
  });

  const validImei = '490154203237518';
});

describe('a scan', () => {
  const imei = '490154203237518';
  const labelOf = (slot: number, fields: object) => ({ slot, command: { type: 'operator.label', ...fields } });
  const scanOf = (kind: string, text: string) => ({ station: { type: 'operator.scan', scan: { kind, text } } });

  it('of a slot and its labels goes to that slot, in one burst or one after the other', async () => {
    const { station, screen, type } = await open();
    await type(`SLOT:3\rSN:${imei}\rOC:EC800ECNLC-N06-SNNSA\r`);
    expect(await lastSent(station)).toEqual(labelOf(3, { imei, orderingCode: 'EC800ECNLC-N06-SNNSA' }));
    await type('SLOT:5\r', 'SN:A77\r', 'OC:EC800ECNLC\r');
    expect(station.sent.at(-1)).toEqual(labelOf(5, { sn: 'A77', orderingCode: 'EC800ECNLC' }));
    await vi.waitFor(() => expect(screen.lastFrame()).toMatch(/>05/));
  });

  it('of badge, order, lot and job goes to the station, in the help too', async () => {
    const { station, type, shows } = await open();
    await type('?');
    await shows('flashrack help');
    await type('OP:li.wei\rWO:WO-7\r', 'LOT:L7\nJOB:J1\n');
    await vi.waitFor(() => expect(station.sent).toHaveLength(4));
    expect(station.sent).toEqual([
      scanOf('operator', 'li.wei'),
      scanOf('workOrder', 'WO-7'),
      scanOf('lot', 'L7'),
      scanOf('job', 'J1'),
    ]);
  });

  it('may come torn in two, or key by key', async () => {
    const { station, type, shows } = await open();
    await type('OP:li.');
    await shows('Scan: OP:li._');
    await type('wei\r', ...'WO:X1', '\r');
    await vi.waitFor(() => expect(station.sent).toEqual([scanOf('operator', 'li.wei'), scanOf('workOrder', 'X1')]));
  });

  it('of a label without its slot is refused, and so is what follows a refused line', async () => {
    const { station, type, shows } = await open();
    await type('SN:A77\r');
    await shows('scan SLOT: first');
    await type('SLOT:99\rSN:A77\r');
    await shows('this station has no slot 99');
    expect(station.sent).toEqual([]);
  });

  it('of a label is refused when its slot was scanned long ago', async () => {
    const { station, type, shows } = await open();
    await type('SLOT:3\r');
    station.show(aView(aRack(8), { nowMs: 95_000 }));
    await type('SN:A77\r');
    await shows('scan SLOT: first');
    expect(station.sent).toEqual([]);
  });

  it('leaves no open line that swallows keys', async () => {
    const { station, type, shows } = await open();
    await type('Q');
    await shows('Scan: Q_');
    station.show(aView(aRack(8), { nowMs: 66_000 }));
    await type('q');
    expect(await lastSent(station)).toBe('stop');
  });

  it('shows what the station made of it', async () => {
    const { station, shows } = await open();
    station.tell(anEvent(null, { type: 'scan.refused', scan: { kind: 'job', text: 'J1' }, reason: 'notUsed' }));
    await shows('scan refused: job J1: not used at this station');
  });
});

describe('the bell', () => {
  const recordOf = (verdict: Verdict) =>
    anEvent(1, { type: 'record.written', recordId: 'R', kind: 'flash', verdict, failure: null, forRework: false } as const);
  const promptOf = (kind: PromptKind | null, state: SlotState = 'waitingForBoot') =>
    anEvent(1, { type: 'state.changed', state, prompt: kind && { kind } });

  it('rings for a hand that is needed, once, and for a board that did not pass', () => {
    const rings = createBell();
    expect([promptOf('closeStrap'), promptOf('closeStrap'), promptOf(null), promptOf('closeStrap')].map(rings)).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect((['PASS', 'FAIL', 'UNKNOWN', 'ABORTED'] as const).map((verdict) => rings(recordOf(verdict)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(rings(promptOf('removeBoard', 'passed'))).toBe(false);
  });

  it('is one sound for all that came since the last drawing, and a key switches it', async () => {
    const station = aConsole(aView(aRack(8)));
    const ring = vi.fn();
    const screen = render(<Dashboard station={station} lang="en" colour={false} ring={ring} />);
    await vi.waitFor(() => expect(station.listeners()).toBe(1));
    for (const verdict of ['FAIL', 'UNKNOWN', 'FAIL'] as const) station.tell(recordOf(verdict));
    await vi.waitFor(() => expect(ring).toHaveBeenCalledOnce());
    screen.stdin.write('b');
    await vi.waitFor(() => expect(screen.lastFrame()).toContain('Bell off'));
    station.tell(recordOf('FAIL'));
    station.show(aView([slotThat.passed(1)]));
    await vi.waitFor(() => expect(screen.lastFrame()).toContain('PASS'));
    expect(ring).toHaveBeenCalledOnce();
  });
});

describe('drawing', () => {
  it('follows the read model without an event', async () => {
    const { station, shows } = await open([slotThat.isEmpty(1)]);
    await shows('Empty');
    station.show(aView([slotThat.passed(1)]));
    await shows('✓ PASS');
  });

  it('never exceeds the terminal', async () => {
    const { screen, shows } = await open(aRack(64));
    await shows('page 1/');
    expect(screen.lastFrame()?.split('\n').length).toBeLessThan(24);
  });
});

/** A terminal of its own: what is written to it is kept, and it can be lost. */
class FakeTerminal extends EventEmitter {
  readonly isTTY = true;
  readonly columns = 80;
  readonly rows = 24;
  readonly writable = true;
  written = '';
  raw = false;
  write(text: string, done?: () => void): boolean {
    this.written += text;
    if (typeof done === 'function') setImmediate(done);
    return true;
  }
  setRawMode(raw: boolean): this {
    this.raw = raw;
    return this;
  }
  setEncoding(): void {}
  ref(): void {}
  unref(): void {}
  read(): null {
    return null;
  }
}

const asTerminal = (fake: FakeTerminal): ReadStream & WriteStream => {
  const known: unknown = fake;
  return known as ReadStream & WriteStream;
};

async function start(station = aConsole(aView(aRack(8)))) {
  const [input, output] = [new FakeTerminal(), new FakeTerminal()];
  const streams = { stdin: asTerminal(input), stdout: asTerminal(output) };
  const dashboard = await startDashboard(station, { lang: 'en', env: {}, ...streams });
  await vi.waitFor(() => expect(output.written).toContain('DO NOT UNPLUG'));
  await vi.waitFor(() => expect(input.raw).toBe(true));
  return { station, input, output, dashboard };
}

const count = (text: string, part: string): number => text.split(part).length - 1;

describe('a started dashboard', () => {
  it('takes the alternate screen and gives the terminal back when it is stopped, twice too', async () => {
    const { input, output, dashboard } = await start();
    await dashboard.stop();
    await dashboard.stop();
    expect(await dashboard.ended).toBeNull();
    expect([count(output.written, '\u001b[?1049h'), count(output.written, '\u001b[?1049l')]).toEqual([1, 1]);
    expect(input.raw).toBe(false);
  });

  it.each(['EIO', 'EPIPE'])('ends alone when its terminal is lost with %s', async (code) => {
    const { station, input, output, dashboard } = await start();
    output.emit('error', Object.assign(new Error(`write ${code}`), { code }));
    expect(await dashboard.ended).toMatchObject({ code });
    input.emit('error', Object.assign(new Error(`read ${code}`), { code }));
    await dashboard.stop();
    expect(station.sent).toEqual([]);
  });

  it('ends alone, with the terminal restored, when drawing throws', async () => {
    const { station, input, output, dashboard } = await start();
    station.fail(new Error('no view'));
    expect(await dashboard.ended).toMatchObject({ message: 'no view' });
    expect(output.written).toContain('\u001b[?1049l');
    expect(input.raw).toBe(false);
  });
});

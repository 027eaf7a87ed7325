// One board served on one link, as `flashrack sim serve` does it.
import { describe, expect, it } from 'vitest';
import type { BoardReport } from '../../../src/bench/simulator/board.ts';
import { serveBoard } from '../../../src/bench/simulator/board-server.ts';
import { BenchTop } from './bench-top.ts';
import { agentHead, echo, madeUp, none, pair, romFrame, systemReset, u32 } from './host-frames.ts';

function served(startIn: 'download' | 'normal') {
  const { board, clock } = new BenchTop({ lapseMs: null });
  const writes: Buffer[] = [];
  const reports: BoardReport[] = [];
  let closed = false;
  let hear: (bytes: Uint8Array) => void = () => undefined;
  const link = {
    onBytes: (listener: (bytes: Uint8Array) => void) => {
      hear = listener;
    },
    write: (bytes: Uint8Array) => {
      writes.push(Buffer.from(bytes));
    },
    close: () => {
      closed = true;
    },
  };
  const server = serveBoard({ board, link, clock, startIn, report: (report) => reports.push(report) });
  const ask = (bytes: Uint8Array): Buffer => {
    writes.length = 0;
    hear(bytes);
    return Buffer.concat(writes);
  };
  return { board, clock, writes, reports, server, ask, isClosed: () => closed };
}

describe('a served board', () => {
  it('starts strapped, takes merged writes, reports at the reset and answers AT on the same link', async () => {
    const { ask, writes, reports, clock } = served('download');
    const agentboot = madeUp(0x600);
    expect(ask(pair.rom)).toEqual(echo.rom);
    // A pty merges writes: a whole package in one burst.
    ask(Buffer.concat([romFrame(0x31, u32(272)), romFrame(0x32, agentHead(agentboot)), romFrame(0x3a)]));
    expect(writes).toHaveLength(3);
    ask(
      Buffer.concat([
        romFrame(0x31, u32(0x600)),
        romFrame(0x32, agentboot.subarray(0, 0x400)),
        romFrame(0x31, u32(0x200)),
        romFrame(0x32, agentboot.subarray(0x400), 1),
        romFrame(0x3a),
      ]),
    );
    expect(ask(pair.lpc)).toEqual(echo.lpc);
    ask(systemReset);
    expect(writes).toHaveLength(1);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ clean: true, commands: { 'LPC SYS_RST': 1 } });
    await clock.run();
    expect(ask(Buffer.from('AT\r')).toString()).toBe('AT\r\r\nOK\r\n');
    expect(writes).toHaveLength(1);
  });

  it('starts in normal mode when asked', () => {
    expect(served('normal').ask(Buffer.from('ATI\r')).toString()).toContain('EC600E');
  });

  it('ends with its link', () => {
    const { server, ask, isClosed } = served('normal');
    server.stop();
    expect(isClosed()).toBe(true);
    expect(ask(Buffer.from('AT\r'))).toEqual(none);
  });
});

// PDL of the 8910 ROM against the golden vectors: three writes, never one, and replies of which only 0 is good.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PdlCommand, pdlWrites, readPdlReply } from '../../../src/flashers/unisoc/pdl.ts';

interface PdlVector {
  readonly name: string;
  readonly stage: string;
  readonly direction: string;
  readonly hex: string;
  readonly writes?: readonly string[];
  readonly payload?: { readonly length: number };
  readonly fields: { readonly cmdName: string; readonly address: string; readonly size: string; readonly status: number };
}
const { frames } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../vectors/unisoc.json'), 'utf8')) as {
  readonly frames: readonly PdlVector[];
};
const pdl = frames.filter(({ stage }) => stage === '8910-rom-pdl');
const requests = pdl.filter(({ direction }) => direction === 'host-to-device');
const replies = pdl.filter(({ direction }) => direction === 'device-to-host');
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const commandNames: Readonly<Record<string, PdlCommand>> = {
  CONNECT: 'CONNECT',
  START_DATA: 'START',
  MID_DATA: 'MID',
  END_DATA: 'END',
  EXEC_DATA: 'EXEC',
};

describe('PDL', () => {
  it('has vectors for every command and both replies', () => expect([requests.length, replies.length]).toEqual([7, 2]));

  it.each(requests)('$name is header, tag and data in writes of their own', ({ hex, fields, payload }) => {
    const wire = bytesOf(hex);
    const extra = payload ? new Uint8Array(payload.length).fill(0xa5) : wire.subarray(20);
    const command = commandNames[fields.cmdName] ?? 'CONNECT';
    const writes = pdlWrites({ command, address: Number(fields.address), size: Number(fields.size), extra });
    expect(writes.slice(0, 2)).toEqual([wire.slice(0, 8), wire.slice(8, 20)]);
    expect(writes.slice(2)).toEqual(extra.length === 0 ? [] : [extra]);
  });

  it.each(replies)('$name has status $fields.status', ({ hex, fields }) => {
    expect(readPdlReply(bytesOf(hex), 'test')).toEqual({ status: fields.status, end: 12 });
  });

  it('is not read before it is whole, and noise before AE is passed over', () => {
    const reply = bytesOf(replies[0]?.hex ?? '');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(11), (noise, length) => {
        const clean = noise.filter((byte) => byte !== 0xae);
        expect(readPdlReply(Uint8Array.of(...clean, ...reply.subarray(0, length)), 'test')).toBeNull();
        expect(readPdlReply(Uint8Array.of(...clean, ...reply, 1, 2), 'test')).toEqual({ status: 0, end: clean.length + 12 });
      }),
    );
  });

  it('of the error flow is an error even with status 0', () => {
    expect(readPdlReply(bytesOf('ae 04 00 00 00 ee 00 00 00 00 00 00'), 'test')?.status).not.toBe(0);
  });
});

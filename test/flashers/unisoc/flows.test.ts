// Both flows end to end against the scripted board: the order of commands, what lands where, and what is on disk before it.
import { describe, expect, it } from 'vitest';
import { computedCrc, parseNv, storedCrc, sum32 } from '../../../src/flashers/unisoc/nv.ts';
import { pattern } from '../../firmware/pac-builder.ts';
import { buildNv, ownImei, ownItems, templateItems } from './nv-samples.ts';
import { type Chip, createRig, full8850, full8910 } from './rig.ts';

const withoutMidst = (texts: readonly string[]): string[] => texts.filter((text) => !/ (MIDST|MID) /.test(text));
const padded = (length: number, seed: number): Uint8Array => Uint8Array.of(...pattern(length, seed), 0xff);
const reads = (stage: string, from: number, to: number): string[] => {
  const offsets = Array.from({ length: Math.ceil((to - from) / 0x3000) }, (_, i) => from + i * 0x3000);
  return offsets.map((offset) => `${stage} READ fe000003 ${Math.min(0x3000, to - offset).toString(16)} ${offset.toString(16)}`);
};

describe('the 8910 flow', () => {
  it('runs PDL, FDL1, FDL2, NV backup, the scheme in XML order, NV compare and reset', async () => {
    const { board, flash } = await createRig('8910');
    await flash();
    const sum = sum32(board.images.get(0xfe000003) ?? new Uint8Array(0)).toString(16);
    expect(withoutMidst(board.texts())).toEqual([
      'pdl CONNECT 0 0',
      'pdl START 8000c0 1100',
      'pdl END 0 0',
      'pdl EXEC 0 0',
      'fdl1 CONNECT',
      'fdl1 START 810000 1802',
      'fdl1 END',
      'fdl1 EXEC',
      ...reads('fdl2', 0, 0x20000),
      'fdl2 START 60000000 900',
      'fdl2 END',
      'fdl2 START 60010000 1236',
      'fdl2 END',
      'fdl2 ERASE 604e0000 60000',
      'fdl2 ERASE fe000001 0',
      `fdl2 START fe000003 2000 ${sum}`,
      'fdl2 END',
      'fdl2 START fe000004 4e',
      'fdl2 END',
      ...reads('fdl2', 0, 0x20000),
      'fdl2 RESET',
    ]);
  });

  it('sends every PDL frame as header, tag and data in writes of their own, blocks of 0x800', async () => {
    const { board, flash } = await createRig('8910');
    await flash();
    const pdlWrites = board.writes
      .slice(
        0,
        board.writes.findIndex((bytes) => bytes.length === 1),
      )
      .map(({ length }) => length);
    expect(pdlWrites).toEqual([8, 12, 8, 12, 5, 8, 12, 0x800, 8, 12, 0x800, 8, 12, 0x100, 8, 12, 4, 8, 12]);
  });

  it('never sends 7E to the ROM, and waits a second after EXEC before the first one', async () => {
    const { board, clock, connect } = await createRig('8910');
    const session = await connect();
    expect(session.identity()).toEqual({ imei: ownImei });
    expect(clock.now()).toBe(1000);
    expect(board.writes.filter((bytes) => bytes.length === 1)).toEqual([Uint8Array.of(0x7e)]);
  });

  it('cuts images to what each stage takes', async () => {
    const { board, flash } = await createRig('8910');
    await flash();
    const sizes = (stage: string) =>
      new Set(board.texts().flatMap((text) => (text.startsWith(`${stage} MIDST`) ? [Number(text.split(' ')[2])] : [])));
    expect(sizes('fdl1')).toEqual(new Set([0x840, 0x1802 - 2 * 0x840]));
    expect(Math.max(...sizes('fdl2'))).toBe(0x800);
    expect([...sizes('fdl2')].every((size) => size % 2 === 0)).toBe(true);
  });

  it('leaves in flash what the package holds, odd images padded with FF', async () => {
    const { board, flash } = await createRig('8910');
    await flash();
    expect(board.images.get(0x60000000)).toEqual(pattern(0x900, 3));
    expect(board.images.get(0x60010000)).toEqual(padded(0x1235, 4));
    expect(board.images.get(0x810000)).toEqual(padded(0x1801, 2));
    expect(board.images.get(0xfe000004)).toEqual(padded(77, 5));
    expect(board.erased).toEqual(['604e0000 60000', 'fe000001 0']);
  });

  it('has connected before its first write: nothing is erased or started in FDL2', async () => {
    const { board, plan, connect } = await createRig('8910');
    await connect();
    expect(plan.firstWrite).toBe('write-bootloader');
    expect(board.texts().filter((text) => /^fdl2 (?!READ)/.test(text))).toEqual([]);
  });
});

describe('the 8850 flow', () => {
  it('connects up to the end of the load, and programs from EXEC on: backup, ERASE_SPL, the scheme, SPL last', async () => {
    const { board, clock, plan, connect } = await createRig('8850');
    const session = await connect();
    expect(withoutMidst(board.texts())).toEqual(['rom CONNECT', 'rom START 50800000 902', 'rom END']);
    expect([plan.firstWrite, session.identity()]).toEqual(['start-norfdl', {}]);
    const connected = board.seen.length;
    await clock.runUntil(session.program());
    await clock.runUntil(session.restart());
    expect(session.identity()).toEqual({ imei: ownImei });
    const sum = sum32(board.images.get(0xfe000003) ?? new Uint8Array(0)).toString(16);
    // 0x7000 bytes are stored of the 0x28000 that the XML allows: the short third piece is the last.
    const nv = reads('norfdl', 0, 0x9000);
    expect(withoutMidst(board.texts().slice(connected))).toEqual([
      'rom EXEC',
      'norfdl CONNECT',
      ...nv,
      'norfdl ERASE 60000000 c000',
      'norfdl START 6000c000 100',
      'norfdl END',
      'norfdl ERASE fe000006 444f4d46',
      `norfdl START fe000003 2000 ${sum}`,
      'norfdl END',
      'norfdl START 60020000 1236',
      'norfdl END',
      'norfdl START fe000004 54',
      'norfdl END',
      'norfdl ERASE fe000001 0',
      'norfdl START 60000000 600',
      'norfdl END',
      ...nv,
      'norfdl RESET',
    ]);
  });

  it('loads the ROM in pieces of 0x210 and NORFDL in pieces of 0x800', async () => {
    const { board, flash } = await createRig('8850');
    await flash();
    const largest = (stage: string): number =>
      Math.max(...board.texts().flatMap((text) => (text.startsWith(`${stage} MIDST`) ? [Number(text.split(' ')[2])] : [])));
    expect([largest('rom'), largest('norfdl')]).toEqual([0x210, 0x800]);
    expect(board.images.get(0x50800000)).toEqual(padded(0x901, 1));
  });

  it('ends the backup where the device refuses the next offset', async () => {
    const nv = buildNv(ownItems, 0x6000);
    const { board, evidence, flash } = await createRig('8850', { nv });
    await flash();
    expect(
      board
        .texts()
        .filter((text) => text.includes('READ'))
        .slice(0, 3),
    ).toEqual(reads('norfdl', 0, 0x9000));
    expect(evidence.get('nv-backup.bin')?.bytes).toEqual(nv);
  });
});

describe.each<Chip>(['8910', '8850'])('flashing a %s', (chip) => {
  it('keeps IMEIs, calibration and golden items, and writes the rest of the template', async () => {
    const { board, flash } = await createRig(chip);
    await flash();
    const blob = board.images.get(0xfe000003) ?? new Uint8Array(0);
    expect(storedCrc(blob)).toBe(computedCrc(blob));
    const written = Object.fromEntries((parseNv(blob) ?? []).map(({ id, data }) => [id, [...data]]));
    const kept = [0x2, 0x5, 0x179, 0x26d, 0x26e, 0x26f, 0x300];
    expect(written).toEqual({ ...templateItems, ...Object.fromEntries(kept.map((id) => [id, ownItems[id]])) });
    expect(board.items[0x400]).toEqual(ownItems[0x400]);
  });

  it('has backup, merged blob and their digests on disk before anything is erased', async () => {
    const { board, evidence, flash } = await createRig(chip);
    await flash();
    const firstDestructive = board.seen.findIndex(
      ({ stage, type }) => ['fdl2', 'norfdl'].includes(stage) && [1, 10].includes(type),
    );
    expect([...evidence.keys()]).toEqual(['nv-backup.bin', 'nv-merged.bin', 'nv-evidence.json']);
    for (const { afterCommands } of evidence.values()) expect(afterCommands).toBeLessThanOrEqual(firstDestructive);
    const told = JSON.parse(Buffer.from(evidence.get('nv-evidence.json')?.bytes ?? []).toString()) as Record<string, unknown>;
    expect(told).toMatchObject({
      imei: ownImei,
      merged: { kept: ['0x2', '0x5', '0x179', '0x26D', '0x26E', '0x26F', '0x300'], missing: ['0x186'] },
    });
    expect(board.images.get(0xfe000003)).toEqual(evidence.get('nv-merged.bin')?.bytes);
  });

  it('tells each step of the plan in order, and as many bytes as the plan has', async () => {
    const { events, plan, flash } = await createRig(chip);
    await flash();
    const finished = events.flatMap((event) => (event.type === 'step.finished' ? [event] : []));
    expect(finished.map(({ step }) => step)).toEqual(plan.steps.map(({ name }) => name));
    expect(finished.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(plan.totalBytes);
    expect(events.filter(({ type }) => type === 'handshake.completed')).toHaveLength(1);
  });

  it('is the same when every reply comes byte by byte', async () => {
    const [whole, pieces] = [await createRig(chip), await createRig(chip, { pieceBytes: 1 })];
    await whole.flash();
    await pieces.flash();
    expect(pieces.board.texts()).toEqual(whole.board.texts());
    expect(pieces.board.images).toEqual(whole.board.images);
  });

  it('passes over a late VER and a device log', async () => {
    const { board, flash } = await createRig(chip);
    await flash();
    const noisy = await createRig(chip, {
      afterwards: ({ stage, type }, peer) => {
        if (stage !== 'rom' && type === 1)
          peer.say(Uint8Array.of(...peer.frame(0x81, Buffer.from('late')), ...peer.frame(0xff, Buffer.from('log!'))));
      },
    });
    await noisy.flash();
    expect(noisy.board.images).toEqual(board.images);
    expect(noisy.events).toContainEqual({ type: 'note.added', text: 'log!' });
  });

  it('without an NV in the package still backs up and compares, and writes no NV', async () => {
    const files = (chip === '8910' ? full8910 : full8850).filter(({ id }) => id !== 'NV');
    const { board, evidence, flash } = await createRig(chip, { files });
    await flash();
    expect([...evidence.keys()]).toEqual(['nv-backup.bin', 'nv-evidence.json']);
    expect(board.images.has(0xfe000003)).toBe(false);
    expect(board.items).toEqual(ownItems);
  });
});

// The NV safety rule: nothing is erased without a backup that holds, and nothing passes that came back changed.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/domain/failure.ts';
import {
  changedItems,
  computedCrc,
  decodeImei,
  mergeNv,
  parseNv,
  storedCrc,
  sum32,
  verifyBackup,
} from '../../../src/flashers/unisoc/nv.ts';
import { buildNv, type NvItems, ownItems, sealNv } from './nv-samples.ts';
import { type Chip, createRig, full8850, full8910, type Rig, type RigOptions } from './rig.ts';
import type { Seen } from './scripted-board.ts';

interface NvVectors {
  readonly deviceBlob: {
    readonly hex: string;
    readonly crc: string;
    readonly sum32: string;
    readonly items: readonly { readonly id: string; readonly length: number; readonly offset: number }[];
  };
  readonly templateBlob: { readonly hex: string; readonly crcStored: string; readonly crcComputed: string };
  readonly keepIds: readonly string[];
  readonly mergedBlob: { readonly hex: string; readonly crc: string; readonly sum32: string };
}
const { nv } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../vectors/unisoc.json'), 'utf8')) as {
  readonly nv: NvVectors;
};
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hexOf = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'accepted';
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.failure.code;
    throw thrown;
  }
};

describe('NV blobs', () => {
  const device = bytesOf(nv.deviceBlob.hex);
  const template = bytesOf(nv.templateBlob.hex);

  it('parse and check as in the vectors', () => {
    expect(
      parseNv(device)?.map(({ id, offset, data }) => ({ id: `0x${id.toString(16)}`, length: data.length, offset: offset - 4 })),
    ).toEqual(nv.deviceBlob.items.map((item) => ({ ...item })));
    expect([hexOf(storedCrc(device), 4), hexOf(computedCrc(device), 4), hexOf(sum32(device), 8)]).toEqual([
      nv.deviceBlob.crc,
      nv.deviceBlob.crc,
      nv.deviceBlob.sum32,
    ]);
    expect([hexOf(storedCrc(template), 4), hexOf(computedCrc(template), 4)]).toEqual([
      nv.templateBlob.crcStored,
      nv.templateBlob.crcComputed,
    ]);
  });

  it('merge as in the vectors', () => {
    const merged = mergeNv(template, verifyBackup(device, 'test'), nv.keepIds.map(Number), 'test');
    expect(Buffer.from(merged.blob).toString('hex')).toBe(nv.mergedBlob.hex.replaceAll(' ', ''));
    expect([hexOf(merged.crc, 4), hexOf(merged.sum32, 8), merged.kept]).toEqual([
      nv.mergedBlob.crc,
      nv.mergedBlob.sum32,
      [0x5, 0x26e],
    ]);
    expect(Buffer.from(template).toString('hex')).toBe(nv.templateBlob.hex.replaceAll(' ', ''));
  });

  it('give the IMEI of item 0x5 in the packing assumed', () => {
    expect(decodeImei(bytesOf('08 11 22 33 44 55 66 77'))).toBe('011223344556677');
    expect([decodeImei(bytesOf('0a 1b 22 33 44 55 66 77')), decodeImei(bytesOf('0a11'))]).toEqual([undefined, undefined]);
  });

  it('end their list inside the blob, and hold no id twice', () => {
    expect(parseNv(buildNv(ownItems, 4096))).not.toBeNull();
    const open = Uint8Array.of(0, 0, 0, 0, 5, 0, 4, 0, 1, 2, 3, 4);
    expect([parseNv(open), parseNv(open.subarray(0, 10)), parseNv(new Uint8Array(4))]).toEqual([null, null, null]);
    expect(parseNv(Uint8Array.of(...open, ...open.subarray(4), 0xff, 0xff))).toBeNull();
    expect(parseNv(Uint8Array.of(...open, 0xfe, 0xff))).toHaveLength(1);
  });

  it('tell which items came back changed, or did not come back', () => {
    const before = verifyBackup(buildNv(ownItems, 4096), 'test');
    const after = parseNv(buildNv({ ...ownItems, 621: [1], 768: [7, 7] }, 4096)) ?? [];
    const gone = after.filter(({ id }) => id !== 0x179);
    expect(changedItems(before, gone, [0x5, 0x26d, 0x179, 0x186])).toEqual([0x26d, 0x179]);
  });

  it('are refused where template and module disagree on a length', () => {
    const backup = verifyBackup(buildNv({ ...ownItems, 621: [1, 2, 3] }, 4096), 'test');
    expect(codeOf(() => mergeNv(buildNv({ 621: [0, 0, 0, 0] }, 64), backup, [0x26d], 'test'))).toBe('nv-merge-failed');
  });
});

const isDestructive = ({ stage, type }: Seen): boolean => (stage === 'fdl2' || stage === 'norfdl') && (type === 1 || type === 10);

async function failureOf(rig: Rig): Promise<Fault> {
  try {
    await rig.flash();
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
  return expect.unreachable('it passed');
}

describe.each<Chip>(['8910', '8850'])('a %s', (chip) => {
  const size = chip === '8910' ? 0x20000 : 0x28000;
  const blobOf = (items: NvItems): Uint8Array => buildNv(items, size);
  const damaged = (): Uint8Array => {
    const blob = blobOf(ownItems);
    blob[0x1000] = 0;
    return blob;
  };
  const { 0x5: _, ...withoutImei } = ownItems;
  const endless = sealNv(new Uint8Array(size).fill(1));

  const cases: readonly [string, RigOptions, string][] = [
    ['whose NV has a wrong CRC', { nv: damaged() }, 'nv-backup-corrupt'],
    ['whose NV list has no end', { nv: endless }, 'nv-backup-corrupt'],
    ['whose NV has no item 0x5', { nv: blobOf(withoutImei) }, 'nv-imei-missing'],
    ['whose item 0x5 is all 00', { nv: blobOf({ ...ownItems, 5: Array<number>(8).fill(0) }) }, 'nv-imei-missing'],
    ['whose item 0x5 is all FF', { nv: blobOf({ ...ownItems, 5: Array<number>(8).fill(0xff) }) }, 'nv-imei-missing'],
    ['whose calibration has another length than the template', { nv: blobOf({ ...ownItems, 621: [1] }) }, 'nv-merge-failed'],
    [
      'that refuses to read NV',
      { nv: blobOf(ownItems), interfere: ({ text }) => (text.includes('READ') ? 0x84 : undefined) },
      'nv-backup-unreadable',
    ],
    [
      'whose file system cannot be prepared',
      { nv: blobOf(ownItems), interfere: ({ text }) => (text.includes('READ') ? 0x96 : undefined) },
      'nv-backup-unreadable',
    ],
    [
      'that stays silent in mid-read',
      { nv: blobOf(ownItems), interfere: ({ text }) => (/READ .* 3000 6000/.test(text) ? 'silence' : undefined) },
      'nv-backup-unreadable',
    ],
    ['that refuses the first read as beyond the end', { nv: new Uint8Array(0) }, 'nv-backup-unreadable'],
  ];
  it.each(cases)('%s is never erased or written, and reset', async (_name, options, code) => {
    const rig = await createRig(chip, options);
    const { failure } = await failureOf(rig);
    expect({ code: failure.code, step: failure.step }).toEqual({ code, step: 'backup-nv' });
    expect(rig.board.seen.filter(isDestructive)).toEqual([]);
    expect(rig.board.texts().at(-1)).toMatch(/RESET$/);
  });

  it('is never erased when the evidence cannot be kept', async () => {
    const full = new Error('ENOSPC');
    for (const lost of ['nv-backup.bin', 'nv-merged.bin', 'nv-evidence.json']) {
      const rig = await createRig(chip, { keepEvidence: (name) => (name === lost ? Promise.reject(full) : Promise.resolve()) });
      await expect(rig.flash()).rejects.toBe(full);
      expect(rig.board.seen.filter(isDestructive)).toEqual([]);
    }
  });

  it('keeps even a corrupt backup on disk', async () => {
    const nvBlob = damaged();
    const rig = await createRig(chip, { nv: nvBlob });
    await failureOf(rig);
    expect(rig.evidence.get('nv-backup.bin')?.bytes).toEqual(nvBlob);
  });

  it('that is pulled in the backup is a lost transport, not a bad unit', async () => {
    const rig = await createRig(chip, { interfere: ({ text }) => (text.includes('READ') ? 'unplug' : undefined) });
    expect((await failureOf(rig)).failure.code).toBe('transport-closed');
  });

  it.each<[string, NvItems]>([
    ['RF calibration', { ...ownItems, 621: [0, 0, 0, 0, 0] }],
    ['second IMEI', { ...ownItems, 377: [0, 0, 0, 0, 0, 0, 0, 0] }],
    ['golden item', Object.fromEntries(Object.entries(ownItems).filter(([id]) => Number(id) !== 0x26f))],
    ['item that the XML keeps', { ...ownItems, 768: [0, 0] }],
  ])('that came back with another %s is nv-changed, and not reset', async (_name, items) => {
    const rig = await createRig(chip, {
      afterwards: ({ text }, board) => {
        if (/ERASE fe000001/.test(text)) board.writeNv({ ...board.items, ...items });
        if (/START (fe000004|60000000 600)/.test(text)) board.writeNv(items);
      },
    });
    expect((await failureOf(rig)).failure).toMatchObject({ code: 'nv-changed', step: 'compare-nv' });
    expect(rig.board.texts().at(-1)).toContain('READ');
  });

  it('never gets the template itself, nor PhaseCheck, nor factory data', async () => {
    const files = (chip === '8910' ? full8910 : full8850).map((file) =>
      file.id === 'PhaseCheck' ? { ...file, xmlCheckFlag: 1 } : file,
    );
    const rig = await createRig(chip, { files });
    await rig.flash();
    const told = rig.board.texts().filter((text) => /START|ERASE/.test(text));
    expect(told.filter((text) => /fe000002|607e0000|ffffffff/.test(text))).toEqual([]);
    expect(rig.board.images.get(0xfe000003)).not.toEqual(rig.image.nvTemplate);
  });
});

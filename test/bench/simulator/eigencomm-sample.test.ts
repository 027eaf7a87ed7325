// The vendor's sample package flashed frame by frame into a simulated board: the digests of its flash are those of the vectors.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { burn, inAgent } from './bench-top.ts';
import { ids, madeUp, systemReset } from './host-frames.ts';

interface Part {
  readonly offset: string;
  readonly what: string;
  readonly size: number;
  readonly sha256: string;
}

interface Vectors {
  readonly image_heads: readonly { readonly name: string; readonly hex: string }[];
  readonly binpkg_sample: {
    readonly entries: readonly { readonly data_offset: string; readonly size_bytes: number; readonly sha256: string }[];
  };
  readonly expected_flash_after_sample: {
    readonly ap_flash: readonly Part[];
    readonly cp_flash: readonly Part[];
    readonly ap_flash_4MiB_sha256: string;
    readonly cp_flash_1MiB_sha256: string;
  };
}

const root = resolve(import.meta.dirname, '../../..');
const sample = resolve(root, '../shared/samples/eigencomm/at_command.binpkg');
const vectors = JSON.parse(readFileSync(resolve(root, 'test/vectors/eigencomm.json'), 'utf8')) as Vectors;
const isThere = existsSync(sample);
if (!isThere) process.stderr.write(`SKIPPED: no ${sample}; the flash digests of the sample package are not checked\n`);

const head = (name: string): Buffer => {
  const found = vectors.image_heads.find((entry) => entry.name === name);
  if (!found) throw new Error(`no head ${name} in the vectors`);
  return Buffer.from(found.hex, 'hex');
};

describe.skipIf(!isThere)('the sample package in a simulated board', () => {
  it('leaves the flash that the vectors expect, and a board that boots it', () => {
    const file = readFileSync(sample);
    const [bl, ap, cp] = vectors.binpkg_sample.entries.map(({ data_offset, size_bytes }) =>
      file.subarray(Number(data_offset), Number(data_offset) + size_bytes),
    );
    const bench = inAgent();
    const statuses = [
      burn(bench, ids.BL, 0, bl ?? madeUp(1), head('sample BL (ap_bootloader), rsvd0 = 0')),
      burn(bench, ids.AP, 0x24000, ap ?? madeUp(1), head('sample AP (ap_at_command), rsvd0 = 0')),
      burn(bench, ids.CP, 0, cp ?? madeUp(1), head('sample CP (cp-demo-flash), rsvd0 = 0')),
    ];
    bench.ask(systemReset);

    expect(statuses).toEqual([0, 0, 0]);
    const { ap_flash, cp_flash, ap_flash_4MiB_sha256, cp_flash_1MiB_sha256 } = vectors.expected_flash_after_sample;
    for (const { offset, size, sha256 } of ap_flash) expect(bench.board.ap.digest(Number(offset), size)).toBe(sha256);
    for (const { offset, size, sha256 } of cp_flash) expect(bench.board.cp.digest(Number(offset), size)).toBe(sha256);
    const report = bench.resets[0];
    expect(report?.regions.slice(0, 2).map(({ sha256 }) => sha256)).toEqual([ap_flash_4MiB_sha256, cp_flash_1MiB_sha256]);
    expect(report?.images.map(({ name, sha256 }) => [name, sha256])).toEqual(
      ['BL', 'AP', 'CP'].map((name, i) => [name, vectors.binpkg_sample.entries[i]?.sha256]),
    );
    expect(report).toMatchObject({ clean: true, violations: [], revision: 'EC600ECNLCR01A01M04_BETA1201' });
    expect(bench.at('AT+CGMR')).toContain('\r\nEC600ECNLCR01A01M04_BETA1201\r\n');
  });
});

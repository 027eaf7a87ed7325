// Mutated `.pac` files of at most 8 KB neither crash nor hang the reader, nor pass as good where they are not. A seed reproduces each
// one. `PAC_MUTATIONS=100000 npx vitest run test/firmware/pac-mutation.test.ts` runs the full number.
import { describe, expect, it } from 'vitest';
import type { UnisocPackage } from '../../src/firmware/unisoc-package.ts';
import { repairPac } from './pac-builder.ts';
import { pacOf, readBare, refusalOf, small8850 } from './pac-samples.ts';

const mutations = Number(process.env['PAC_MUTATIONS'] ?? 5_000);
const perKind = Math.ceil(mutations / 4);
const timeoutMs = 600_000;

/** One FDL and the XML: more entries would not fit into 8 KB. */
const good = pacOf(small8850.slice(0, 1));
const entryStart = 0x84c;
const entrySize = 0xa14;

/** xorshift32: small, and the same everywhere. */
function randomOf(seed: number): (below: number) => number {
  let state = (seed + 1) * 0x9e3779b1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

type Random = ReturnType<typeof randomOf>;

/** Flips up to 16 bits in a row; the first and the last surely. */
function burst(random: Random): Uint8Array {
  const pac = good.slice();
  const length = 1 + random(16);
  const start = random(pac.length * 8 - length + 1);
  for (let bit = 0; bit < length; bit++) {
    if (bit > 0 && bit < length - 1 && random(2) === 0) continue;
    const at = (start + bit) >>> 3;
    pac[at] = (pac[at] ?? 0) ^ (1 << ((start + bit) & 7));
  }
  return pac;
}

const truncation = (random: Random): Uint8Array => {
  const cut = good.slice(0, random(good.length));
  return random(2) === 0 || cut.length < entryStart ? cut : repairPac(cut);
};

const setU32 = (pac: Uint8Array, offset: number, value: number): void => new DataView(pac.buffer).setUint32(offset, value, true);

/** Each breaks one rule, and repairs the CRCs so that only that rule can see it. */
const structuralDamage: readonly ((pac: Uint8Array, random: Random) => void)[] = [
  (pac, random) => setU32(pac, 0x434, [0, 3, 4, 0xffff, 0xffffffff][random(5)] ?? 0),
  (pac, random) => setU32(pac, 0x438, 0x84c + 4 * (1 + random(500))),
  (pac, random) => setU32(pac, 0x844, 0xfffafffa ^ (1 << random(32))),
  (pac, random) => setU32(pac, entryStart + random(2) * entrySize, 0xa14 ^ (1 << random(32))),
  (pac, random) => setU32(pac, entryStart + random(2) * entrySize + 0x5fc, 1 + random(1000)),
  (pac, random) => setU32(pac, entryStart + random(2) * entrySize + 0x600, 1 + random(1000)),
  (pac, random) => setU32(pac, entryStart + random(2) * entrySize + 0x604, pac.length + random(1 << 30)),
  (pac, random) => setU32(pac, entryStart + random(2) * entrySize + 0x604, 0),
  (pac, random) => setU32(pac, entryStart + random(2) * entrySize + 0x610, pac.length + random(1 << 30)),
  (pac, random) => setU32(pac, entryStart + random(2) * entrySize + 0x610, random(entryStart + 2 * entrySize)),
  (pac, random) => setU32(pac, entryStart + random(2) * entrySize + 0x608, 3 + random(200)),
  (pac, random) => setU32(pac, entryStart + entrySize + 0x608, random(2)),
  (pac, random) => setU32(pac, entryStart + random(2) * entrySize + 0x60c, 2 + random(1000)),
  (pac, random) => setU32(pac, entryStart + random(2) * entrySize + 0x618, 6 + random(1000)),
  (pac, random) => setU32(pac, entryStart + 0x61c, 0x50800000 + 1 + random(1000)),
  // The FDL under another id, and under none.
  (pac, random) => pac.set([0x41 + random(5)], entryStart + 4),
  (pac) => setU32(pac, entryStart + 4, 0),
  // The FDL's data over the XML's.
  (pac) => setU32(pac, entryStart + 0x610, new DataView(pac.buffer).getUint32(entryStart + entrySize + 0x610, true)),
  (pac) => setU32(pac, entryStart + 0x204, 0),
  // The XML lost its head, its end, or the id of its File.
  (pac) => pac.set([0x20], pac.length - 20),
  (pac) => replaceText(pac, '<BMAConfig>', '<BMAConfiq>'),
  (pac) => replaceText(pac, '<ID>FDL<', '<ID>FDX<', '<IDAlias>FDL<', '<IDAlias>FDX<'),
  (pac) => replaceText(pac, '<SchemeList>', '<SchemeLost>'),
];

function replaceText(pac: Uint8Array, ...pairs: readonly string[]): void {
  const buffer = Buffer.from(pac.buffer);
  for (let i = 0; i < pairs.length; i += 2) {
    const at = buffer.indexOf(pairs[i] ?? '');
    if (at < 0) throw new Error(`no ${pairs[i]}`);
    buffer.write(pairs[i + 1] ?? '', at);
  }
}

/** Fields, bytes and whole ranges written over at random, CRCs repaired: what is accepted must still hang together. */
function scribble(random: Random): Uint8Array {
  let pac = good.slice();
  const values = [0, 1, 2, 0xa14, 0x84c, 0x7fffffff, 0xffffffff, pac.length, pac.length - 1, random(0x10000)];
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(pac.length - 4);
    const kind = random(5);
    if (kind === 0)
      setU32(pac, entryStart + random(2) * entrySize + 4 * random(entrySize / 4), values[random(values.length)] ?? 0);
    else if (kind === 1) pac[at] = random(256);
    else if (kind === 2) setU32(pac, at & ~3, values[random(values.length)] ?? 0);
    else if (kind === 3) pac.copyWithin(at, random(pac.length), random(pac.length));
    else pac = Uint8Array.of(...pac.subarray(0, at), ...pac.subarray(Math.min(pac.length, at + random(64))));
    if (pac.length < entryStart + entrySize * 2) return pac;
  }
  return repairPac(pac);
}

function expectSound(image: UnisocPackage, size: number, seed: number): void {
  const ranges = image.entries.filter(({ bytes }) => bytes.length > 0).sort((a, b) => a.dataOffset - b.dataOffset);
  let end = entryStart + image.entries.length * entrySize;
  for (const { dataOffset, bytes } of ranges) {
    expect(dataOffset, `seed ${seed}`).toBeGreaterThanOrEqual(end);
    end = dataOffset + bytes.length;
  }
  expect(end, `seed ${seed}`).toBeLessThanOrEqual(size);
  expect(new Set(image.entries.map(({ id }) => id.toUpperCase())).size).toBe(image.entries.length);
  expect(image.entries.filter(({ fileFlag }) => fileFlag === 2)).toHaveLength(1);
  const loader = image.files.find(({ id }) => id === (image.chip === '8910' ? 'HOST_FDL' : 'FDL'));
  expect(loader?.entry.bytes.length, `seed ${seed}`).toBeGreaterThan(0);
  for (const { entry, base, blockSize } of image.files) {
    expect(image.entries).toContain(entry);
    if (entry.bytes.length > 0) expect([base, undefined], `seed ${seed}`).toContain(entry.addresses[0]);
    if (blockSize > 0) expect(entry.bytes.length).toBeLessThanOrEqual(blockSize);
  }
}

describe(`mutated pacs (${mutations})`, () => {
  it('start from one of at most 8 KB that is good', async () => {
    expect(good.length).toBeLessThanOrEqual(8192);
    expect(await refusalOf(readBare(good))).toBe('accepted');
  });

  it('with a burst of up to 16 bits are all refused', { timeout: timeoutMs }, async () => {
    for (let seed = 0; seed < perKind; seed++) {
      if ((await refusalOf(readBare(burst(randomOf(seed))))) === 'accepted') expect.unreachable(`seed ${seed} was accepted`);
    }
  });

  it('cut short are all refused, their CRCs repaired or not', { timeout: timeoutMs }, async () => {
    for (let seed = 0; seed < perKind; seed++) {
      if ((await refusalOf(readBare(truncation(randomOf(seed))))) === 'accepted') expect.unreachable(`seed ${seed} was accepted`);
    }
  });

  it('with a broken rule and repaired CRCs are all refused, and for the rule', { timeout: timeoutMs }, async () => {
    for (let seed = 0; seed < perKind; seed++) {
      const random = randomOf(seed);
      const pac = good.slice();
      structuralDamage[seed % structuralDamage.length]?.(pac, random);
      const code = await refusalOf(readBare(repairPac(pac)));
      if (code === 'accepted' || code === 'package-crc-mismatch') expect.unreachable(`seed ${seed}: ${code}`);
    }
  });

  it('scribbled over, with repaired CRCs, are refused or still hang together', { timeout: timeoutMs }, async () => {
    let accepted = 0;
    for (let seed = 0; seed < perKind; seed++) {
      const pac = scribble(randomOf(seed));
      if ((await refusalOf(readBare(pac))) !== 'accepted') continue;
      accepted += 1;
      expectSound(await readBare(pac), pac.length, seed);
    }
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(perKind);
  });
});

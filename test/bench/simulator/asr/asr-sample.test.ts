// The sample release of the reference, flashed into a simulated board. The sample is not part of the product: absent, the test skips.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inRom } from './asr-bench.ts';
import { execute, greet, membersOf } from './replay.ts';

const sample = resolve(import.meta.dirname, '../../../../../shared/samples/asr/asr1603-8M-release.zip');
const isThere = existsSync(sample);
if (!isThere) process.stderr.write(`SKIPPED: ${sample} is absent, the ASR sample release is not flashed\n`);

describe.skipIf(!isThere)('the sample release', () => {
  it('is flashed by its manifest into a board of its boot ROM, and its application is in flash', () => {
    const members = membersOf(readFileSync(sample));
    const bench = inRom();
    greet(bench);
    expect(execute(bench, members)).toBeNull();
    bench.endSession();
    const [report] = bench.resets;
    expect(report).toMatchObject({ violations: [], clean: true, boots: true, revision: null });
    expect(report?.images).toMatchObject([{ name: 'user_app', address: '0x53C000', size: 0x11000 }]);
    const application = members.get('app.bin') ?? Buffer.alloc(0);
    expect(Buffer.from(bench.board.flash.nor.read(0x53c000, application.length)).equals(application)).toBe(true);
  });

  it('is refused by a board of another boot ROM', () => {
    const bench = inRom({ habits: { bootRom: '2021.10.16' } });
    greet(bench);
    expect(execute(bench, membersOf(readFileSync(sample)))).toBe('getvar:version-bootrom: OKAY2021.10.16');
  });
});

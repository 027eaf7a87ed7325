// The script firmware.bin of aboot packages: golden files, every check of asr.md §13, and no crash on anything.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/domain/failure.ts';
import { groupScript, parseScript } from '../../src/firmware/asr-script.ts';
import { downloadLines, flashLines, goodScript, image, loadLines, type ScriptLine, script, tableLines } from './asr-builder.ts';
import { refusalOf } from './refusal.ts';

interface Vector {
  readonly name: string;
  readonly type: string;
  readonly hex: string;
  readonly valid: boolean;
  readonly steps: readonly { command: string; expect: string; data?: string; after?: string }[];
}

const file = resolve(import.meta.dirname, '../vectors/asr.json');
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly Vector[] };
const scripts = vectors.filter(({ type }) => type === 'CRANE_SCRIPT');
const parse = (bytes: Uint8Array) => parseScript(bytes, 'firmware.bin');
const group = (lines: readonly ScriptLine[]) => groupScript(parse(script(lines)), 'firmware.bin');

describe('the golden scripts', () => {
  it.each(scripts.filter(({ valid }) => valid))('$name gives its steps', ({ hex, steps }) => {
    const parsed = parse(new Uint8Array(Buffer.from(hex, 'hex')));
    const expected = steps.map(({ command, expect: reply, data }) => ({ command, expect: reply, data }));
    expect(
      parsed.map(({ command, expect: reply, data }) => ({
        command,
        expect: reply,
        data: data && Buffer.from(data).toString('hex'),
      })),
    ).toEqual(expected);
  });

  it.each(scripts.filter(({ valid }) => !valid))('$name is refused', async ({ hex }) => {
    const { code } = await refusalOf(() => parse(new Uint8Array(Buffer.from(hex, 'hex'))));
    expect(code).toMatch(/^package-(truncated|size-forged|structure-invalid)$/);
  });

  it('are enough to mean something', () => {
    expect(scripts.filter(({ valid }) => valid).length).toBeGreaterThan(5);
    expect(scripts.filter(({ valid }) => !valid).length).toBeGreaterThan(3);
  });
});

describe('a command that may never be sent', () => {
  it.each([
    'fuse',
    'fuse:1',
    'upload',
    'upgrade:a:b:00000001',
    'useflash:cp',
    'ulstage:00000000:00000001',
    'loadpt',
    'reboot',
    'FLASH:cp',
    'flash:../cp',
    'erase:',
    'boot',
    'flash:cp\x1b[2J',
  ])('%j refuses the whole script', async (command) => {
    expect((await refusalOf(() => parse(script([command, 'OKAY'])))).code).toBe('package-structure-invalid');
  });
});

describe('a script', () => {
  it('is grouped into what it does, and the pieces of one partition are one write', () => {
    const groups = groupScript(parse(goodScript()), 'firmware.bin');
    expect(groups.map(({ kind, partition }) => (partition ? `${kind} ${partition}` : kind))).toEqual([
      'talk',
      'talk',
      'talk',
      'load',
      'load',
      'table',
      'table',
      'talk',
      'flash cp',
      'erase fota_param',
      'flash customer_app',
    ]);
  });

  const head = [...loadLines(image('preboot.img')), ...tableLines(image('flashinfo.bin')), ...tableLines(image('partition.bin'))];
  const data = Uint8Array.of(1, 2, 3);
  it.each([
    ['nothing to write', head],
    ['a write before the partition table', [...loadLines(data), ...tableLines(data), ...flashLines('cp', data)]],
    ['an erase before the partition table', [...loadLines(data), 'erase:cp', 'OKAY']],
    ['a flash without a download', [...head, 'flash:cp', 'OKAY']],
    ['a download that is not used', [...head, ...flashLines('cp', data), ...downloadLines(data)]],
    ['two downloads in a row', [...head, ...downloadLines(data), ...flashLines('cp', data)]],
    ['a call of what was not verified', [...downloadLines(data), 'call', 'OKAY', ...head, ...flashLines('cp', data)]],
    ['a loader after the first write', [...head, ...flashLines('cp', data), ...loadLines(data)]],
    ['a table after the first write', [...head, ...flashLines('cp', data), ...tableLines(data)]],
  ])('with %s is refused', async (_, lines) => {
    expect((await refusalOf(() => group(lines))).code).toBe('package-structure-invalid');
  });

  it('that expects anything but OKAY is refused', async () => {
    expect((await refusalOf(() => parse(script(['verify', 'FAIL'])))).code).toBe('package-structure-invalid');
  });

  it('cut off anywhere, with any length in its first line, is refused', async () => {
    const whole = goodScript();
    for (let length = 0; length < whole.length; length += 13) {
      const cut = Buffer.from(whole.subarray(0, length));
      if (length >= 17) cut.write(length.toString(16).padStart(8, '0'), 8, 'latin1');
      const { code } = await refusalOf(() => groupScript(parse(new Uint8Array(cut)), 'firmware.bin'));
      expect(code).toMatch(/^package-/);
    }
  });

  it('of any bytes is parsed or refused, never a crash', () => {
    const whole = goodScript();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }), (edits) => {
        const bytes = whole.slice();
        for (const [at, value] of edits) bytes[at] = value;
        try {
          groupScript(parse(bytes), 'firmware.bin');
        } catch (thrown) {
          if (!(thrown instanceof Fault)) throw thrown;
          expect(thrown.failure.code).toMatch(/^package-/);
        }
      }),
    );
  });
});

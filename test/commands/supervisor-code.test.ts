// A supervisor's code: what the station file keeps of it opens for that code alone, and tells nothing of it.
import { PassThrough } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { readHiddenLine } from '../../src/commands/hidden-line.ts';
import { codeMatches, hashCode } from '../../src/commands/supervisor-code.ts';
import { oversightFields } from '../../src/config/oversight-fields.ts';

describe('a hashed code', () => {
  it('matches the code it was made of, and no other', async () => {
    const kept = await hashCode('Wang', '48-öffnen');
    expect(await codeMatches('48-öffnen', kept)).toBe(true);
    expect(await codeMatches('48-o\u0308ffnen', kept)).toBe(true);
    expect(await codeMatches('48-offnen', kept)).toBe(false);
    expect(await codeMatches('', kept)).toBe(false);
  });

  it('is another one each time, and what the station file takes', async () => {
    const [one, other] = await Promise.all([hashCode('Wang', 'secret'), hashCode('Wang', 'secret')]);
    expect(one.hash).not.toBe(other.hash);
    expect(oversightFields.supervisors.parse([one])).toEqual([one]);
    expect(JSON.stringify(one)).not.toContain('secret');
  });
});

describe('a hidden line', () => {
  const typed = async (...chunks: string[]) => {
    const stdin = new PassThrough() as unknown as PassThrough & ReadStream;
    const line = readHiddenLine('code: ', { stdin, ask: () => undefined });
    for (const chunk of chunks) stdin.write(chunk);
    stdin.end();
    return line;
  };

  it('ends with Enter, takes a correction, and gives up on Ctrl-C', async () => {
    expect(await typed('se', 'cret\n', 'more\n')).toBe('secret');
    expect(await typed('sex\u007fcret\r')).toBe('secret');
    expect(await typed('secret')).toBe('secret');
    expect(await typed('sec\u0003')).toBeNull();
    expect(await typed()).toBeNull();
  });
});

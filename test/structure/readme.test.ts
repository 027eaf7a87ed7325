// What the two READMEs tell a reader to type or to open is there: commands, options, scripts, files. Reads text, runs nothing.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

const definitions = readdirSync(join(root, 'src/commands/definitions'))
  .map((file) => textOf(join('src/commands/definitions', file)))
  .join('\n');

/** Each `.command('…')` there with the options up to the next one. */
const commands = [...definitions.matchAll(/\.command\('([\w-]+)'\)([\s\S]*?)(?=\.command\('|$)/g)].map(
  ([, name = '', body = '']) => ({ name, options: [...body.matchAll(/'(--[a-z-]+)/g)].map(([, option = '']) => option) }),
);
const known = new Set(commands.map(({ name }) => name));
const shared = ['--help', '--json', '--lang', '--folder', '--no-bell', '--mask-imei'];
const optionsOf = (names: readonly string[]): string[] => [
  ...shared,
  ...commands.filter(({ name }) => names.includes(name)).flatMap(({ options }) => options),
];

const scripts = JSON.parse(textOf('package.json')) as { readonly scripts: Readonly<Record<string, string>> };

describe.each(['README.md', 'README.zh.md'])('%s', (file) => {
  const text = textOf(file);

  it('names only commands and options that there are', () => {
    const calls = [...text.matchAll(/npx flashrack +([^`\n#|;&>)]+)/g)].map(([, call = '']) => call.trim());
    expect(calls.length).toBeGreaterThan(8);
    const wrong = calls.filter((call) => {
      const words = call.split(/\s+/);
      const names = words.filter((word, index) => index < 2 && known.has(word));
      const options = words.filter((word) => word.startsWith('--'));
      const isPlaceholder = /^(?:<|命令|--help)/.test(words[0] ?? '');
      return !isPlaceholder && (!known.has(words[0] ?? '') || options.some((option) => !optionsOf(names).includes(option)));
    });
    expect(wrong).toEqual([]);
  });

  it('names only scripts that there are', () => {
    const named = [...text.matchAll(/npm run ([a-z:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts.scripts, name))).toEqual([]);
  });

  it('links only to files that there are', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });

  it('names only blocks that a station file can have', () => {
    const schema = JSON.parse(textOf('stations/station.schema.json')) as { readonly properties: object };
    const [, table = ''] = /\n\| (?:block|块) \|[^\n]*\n\|---[^\n]*\n((?:\|[^\n]*\n)+)/.exec(text) ?? [];
    const blocks = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );
    expect(blocks.length).toBeGreaterThan(8);
    expect(blocks.filter((name) => !Object.hasOwn(schema.properties, name))).toEqual([]);
  });
});

describe('the table of commands', () => {
  const [, section = ''] = /\n## Commands\n([\s\S]*?)\n## /.exec(textOf('README.md')) ?? [];
  const cells = section.split('\n').map((row) => row.split(/(?<!\\)\|/)[1] ?? '');
  const told = cells.flatMap((cell) => [...cell.matchAll(/`([a-z]+)/g)].map(([, name = '']) => name));

  it('has every command that --help lists, and no other', () => {
    const listed = [...definitions.matchAll(/program\s*\.command\('([a-z]+)'\)/g)].map(([, name = '']) => name);
    expect(listed.length).toBeGreaterThan(15);
    expect([...new Set(told)].sort()).toEqual(listed.sort());
  });
});

// The import table of the design, enforced: which folder may import which, and where the named packages may appear.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');

/** Folder → folders it may import besides itself and `domain`. The longest matching folder decides. */
const allowed: Record<string, readonly string[]> = {
  domain: [],
  config: [],
  firmware: [],
  framing: [],
  bench: [],
  'bench/hardware': ['bench'],
  'bench/simulator': ['bench'],
  at: ['bench'],
  flashers: ['bench', 'firmware'],
  'flashers/eigencomm': ['bench', 'framing', 'firmware', 'flashers'],
  'flashers/unisoc': ['bench', 'framing', 'firmware', 'flashers'],
  'flashers/asr': ['bench', 'framing', 'firmware', 'flashers'],
  trace: ['bench'],
  slot: ['bench', 'at', 'flashers', 'firmware', 'trace'],
  station: ['slot', 'trace', 'bench', 'config'],
  sinks: ['trace', 'bench'],
  reports: ['trace', 'sinks'],
  doctor: ['bench', 'bench/hardware', 'config'],
  'views/words': [],
  'views/cli': ['station', 'views/words'],
  'views/dashboard': ['station', 'views/words'],
};

/** Package → the folders that may import it. */
const packages: Record<string, readonly string[]> = {
  serialport: ['bench/hardware'],
  '@serialport/bindings-cpp': ['bench/hardware'],
  usb: ['bench/hardware'],
  zod: ['config'],
  yauzl: ['firmware'],
  xstate: ['slot'],
  'p-queue': ['station'],
  winston: ['sinks'],
  pg: ['sinks'],
  'node:sqlite': ['sinks'],
  ink: ['views/dashboard'],
  react: ['views/dashboard'],
  'string-width': ['views/dashboard', 'views/cli'],
  commander: ['main', 'commands'],
};

/** A simulated board must be able to disagree with the host: it may share opcode tables, never a codec or a session. */
const sharedWithSimulator = /^flashers\/[a-z]+\/opcodes\.ts$/;

interface Import {
  readonly file: string;
  readonly target: string;
}

const sourceFiles = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
  return found.map((specifier) => ({
    file,
    target: specifier.startsWith('.') ? relative(src, resolve(src, dirname(file), specifier)) : specifier,
  }));
}

function folderOf(file: string): string {
  const candidates = Object.keys(allowed).filter((folder) => file.startsWith(`${folder}/`));
  return candidates.sort((a, b) => b.length - a.length)[0] ?? dirname(file);
}

const imports = sourceFiles.flatMap(importsOf);
const isComposition = (file: string): boolean => /^(main\.ts$|platforms\.ts$|commands\/|launch\/)/.test(file);

function breaksTable({ file, target }: Import): boolean {
  if (!/\.(tsx?|mjs)$/.test(target) || isComposition(file)) return false;
  const from = folderOf(file);
  const to = folderOf(target);
  if (from === to || to === 'domain') return false;
  if (from === 'bench/simulator' && sharedWithSimulator.test(target)) return false;
  return !(allowed[from] ?? []).includes(to);
}

function breaksPackages({ file, target }: Import): boolean {
  if (/\.(tsx?|mjs)$/.test(target) || (target.startsWith('node:') && !(target in packages))) return false;
  const name = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
  const folders = packages[name] ?? packages[target];
  if (!folders) return name in packages;
  return !folders.some((folder) => file === `${folder}.ts` || file.startsWith(`${folder}/`));
}

const show = ({ file, target }: Import): string => `${file} imports ${target}`;

describe('the structure of the source', () => {
  it('has files to check', () => {
    expect(imports.length).toBeGreaterThan(10);
  });

  it('keeps the import table of the design', () => {
    expect(imports.filter(breaksTable).map(show)).toEqual([]);
  });

  it('keeps each named package in its folder', () => {
    expect(imports.filter(breaksPackages).map(show)).toEqual([]);
  });

  it('never lets one protocol folder import another', () => {
    const protocolOf = (file: string): string | undefined => /^flashers\/([a-z]+)\//.exec(file)?.[1];
    const crossing = imports.filter(({ file, target }) => {
      const [from, to] = [protocolOf(file), protocolOf(target)];
      return from !== undefined && to !== undefined && from !== to;
    });
    expect(crossing.map(show)).toEqual([]);
  });

  it('takes time, timers and randomness only where they are injected', () => {
    const sources = /\b(Date\.now|performance\.now|setTimeout\(|setInterval\(|Math\.random|new Date\(\))/;
    const allowedFiles = /^(bench\/hardware\/|main\.ts$|commands\/|launch\/|views\/dashboard\/)/;
    const offenders = sourceFiles.filter(
      (file) =>
        !allowedFiles.test(file) && sources.test(readFileSync(join(src, file), 'utf8').replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '')),
    );
    expect(offenders).toEqual([]);
  });

  it('opens every file with a line that says what it is', () => {
    const silent = sourceFiles.filter((file) => !readFileSync(join(src, file), 'utf8').startsWith('//'));
    expect(silent).toEqual([]);
  });
});

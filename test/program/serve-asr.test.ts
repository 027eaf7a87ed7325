// A station of fixed serial paths flashes served EC800N boards over real ptys, side by side, by both strategies: processes that share
// no codec. What stands in flash afterwards is the package's.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BoardReport } from '../../src/bench/simulator/board.ts';
import {
  buildAsrDemoPackage,
  type DemoAsrFirmware,
  demoAsrImages,
} from '../../src/bench/simulator/demo-package/demo-asr-package.ts';
import { type Installation, install, type JournalEntry, type Run, recordsIn } from './installation.ts';

const installations = [install(), install(), install()] as const;
const [good, wrong, flags] = installations;
afterAll(() => {
  for (const installation of installations) installation.remove();
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const revision = 'EC800NCNLAR02A01M08_OCPU_QPY_DEMO';

/** A served board and the package for it; the n-th is in slot n. */
interface Served {
  readonly script: NonNullable<DemoAsrFirmware['script']>;
  readonly flags: readonly string[];
}

const firmwareOf = ({ script }: Served): DemoAsrFirmware => ({ model: 'EC800N', revision, script });

function writeStation({ folder }: Installation, boards: readonly Served[]): string {
  const demo = JSON.parse(readFileSync(join(folder, 'profiles', 'demo-ec800n.json'), 'utf8')) as object;
  for (const script of new Set(boards.map((board) => board.script))) {
    const release = buildAsrDemoPackage({ model: 'EC800N', revision, script });
    writeFileSync(join(folder, `${script}.bin`), release);
    const pinned = { path: `../${script}.bin`, sha256: sha256(release) };
    writeFileSync(join(folder, 'profiles', `${script}.json`), JSON.stringify({ ...demo, id: script, package: pinned }));
  }
  const slots = boards.map(({ script }, index) => ({
    number: index + 1,
    serialPath: join(folder, `board-${index + 1}`),
    startsIn: 'download',
    profiles: { EC800N: script },
    unidentified: 'accept',
  }));
  mkdirSync(join(folder, 'stations'), { recursive: true });
  const station = { station: { id: 'serve', line: 'test' }, bench: 'hardware', slots };
  writeFileSync(join(folder, 'stations', 'serve.json'), JSON.stringify(station));
  return 'stations/serve.json';
}

async function serve(installation: Installation, { flags: own }: Served, slot: number): Promise<Run> {
  const link = join(installation.folder, `board-${slot}`);
  const run = installation.start(['sim', 'serve', '--board', 'EC800N', '--link', link, '--seed', String(slot), ...own]);
  await run.shows('in download mode');
  return run;
}

const reportsOf = (run: Run): readonly BoardReport[] =>
  run
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as BoardReport);

/** As they must lie in flash: in whole blocks, padded with zero. */
const digestsOf = (firmware: DemoAsrFirmware): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...demoAsrImages(firmware)].map(([partition, image]) => {
      const padded = new Uint8Array(Math.ceil(image.length / 4096) * 4096);
      padded.set(image);
      return [partition, sha256(padded)] as const;
    }),
  );

/** Serves the boards, runs the station to its end, and gives what both have to say, by slot. */
async function flash(installation: Installation, boards: readonly Served[]) {
  const station = writeStation(installation, boards);
  const served = await Promise.all(boards.map((board, index) => serve(installation, board, index + 1)));
  const run = installation.start(['run', station]);
  const exitCode = await run.ended;
  for (const { child } of served) child.kill('SIGTERM');
  await Promise.all(served.map(({ ended }) => ended));
  const records = recordsIn(installation.journal());
  const bySlot = boards.map((_, index) => records.filter(({ slot }) => slot?.number === index + 1));
  return { exitCode, output: run.output(), records: bySlot, reports: served.map(reportsOf) };
}

const evidenceOf = ([record]: readonly JournalEntry[]) => record?.['evidence'];

describe.concurrent('a station and served EC800N boards on ptys', () => {
  it('flash by the recorded script and by the manifest, at an MTU of 512 and in single bytes too: PASS, each partition equals its image', async () => {
    const odd = ['--mtu', '512', '--split-writes', '1'];
    const boards: readonly Served[] = [
      { script: 'trusted', flags: [] },
      { script: 'none', flags: [] },
      { script: 'trusted', flags: odd },
      { script: 'none', flags: odd },
    ];
    const { exitCode, output, records, reports } = await flash(good, boards);
    expect(
      records.map((of) => of.map(({ verdict, failure }) => failure?.code ?? verdict)),
      output,
    ).toEqual(boards.map(() => ['PASS']));
    expect(exitCode).toBe(0);
    expect(records.map(evidenceOf)).toMatchObject([
      { 'asr.strategy': 'script', 'asr.mtu': 1024 },
      { 'asr.strategy': 'manifest', 'asr.mtu': 1024 },
      { 'asr.strategy': 'script', 'asr.mtu': 512 },
      { 'asr.strategy': 'manifest', 'asr.mtu': 512 },
    ]);
    for (const [index, board] of boards.entries()) {
      const [report, ...more] = reports[index] ?? [];
      expect(more).toEqual([]);
      expect(report).toMatchObject({ clean: true, violations: [], boots: true, revision });
      const images = report?.images.map(({ name, sha256: digest }) => [name, digest] as const) ?? [];
      expect(Object.fromEntries(images)).toEqual(digestsOf(firmwareOf(board)));
    }
  }, 240_000);

  it('refuse a boot ROM of 2021.10.16 against a package for 2020.07.30, by both strategies: nothing was written, no reset', async () => {
    const boards: readonly Served[] = (['trusted', 'none'] as const).map((script) => ({
      script,
      flags: ['--bootrom', '2021.10.16'],
    }));
    const { exitCode, records, reports } = await flash(wrong, boards);
    for (const [record] of records)
      expect(record).toMatchObject({
        verdict: 'FAIL',
        written: 'none',
        failure: { code: 'boot-rom-mismatch', blame: 'package', expected: '2020.07.30', actual: '2021.10.16' },
      });
    expect(exitCode).toBe(1);
    expect(reports).toEqual([[], []]);
    expect(wrong.journal().some(({ type }) => type === 'job.intent')).toBe(false);
  }, 120_000);
});

describe('sim serve', () => {
  it.each([
    [['--board', 'EC800E', '--mtu', '512'], '--mtu'],
    [['--board', 'EC600U', '--bootrom', '2021.10.16'], '--bootrom'],
    [['--board', 'EC800G', '--split-writes', '1'], '--split-writes'],
    [['--board', 'EC800N', '--mtu', '0'], '--mtu'],
    [['--board', 'EC800N', '--bootrom', 'newest'], '--bootrom'],
    [['--board', 'EC800N', '--split-writes', '0'], '--split-writes'],
  ])('refuses %j, and makes no link', (own, named) => {
    const link = join(flags.folder, 'board');
    const { exitCode, stderr } = flags.ask(['sim', 'serve', '--link', link, ...own]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(named);
    expect(existsSync(link)).toBe(false);
  });
});

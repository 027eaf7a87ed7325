// A station of two fixed serial paths flashes a served EC600U and a served EC800G over real ptys, side by side: three processes that
// share no codec. What stands in flash afterwards is the package's, and what makes each unit is its own.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { realClock } from '../../src/bench/hardware/real-clock.ts';
import { buildBoard } from '../../src/bench/simulator/board-kinds.ts';
import { buildUnisocDemoPackage } from '../../src/bench/simulator/demo-package/demo-unisoc-package.ts';
import type { UnisocReport } from '../../src/bench/simulator/unisoc/session-report.ts';
import { readPackage } from '../../src/firmware/read-package.ts';
import { isUnisocPackage } from '../../src/firmware/unisoc-package.ts';
import { install, type Run, recordsIn } from './installation.ts';

const installation = install();
const { folder } = installation;
afterAll(() => installation.remove());

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const cpio = '0xFE000004';
/** IMEI 1 and 2, RF calibration GSM and LTE, golden; and the rest that may not change. */
const ofTheUnit = ['0x5', '0x179', '0x26D', '0x26E', '0x26F', '0x186', '0x1E4', '0x2', '0x191'];

const boards = [
  { slot: 1, model: 'EC600U', revision: 'EC600UCNLBR02A01M08_OCPU_QPY_DEMO', seed: 11 },
  { slot: 2, model: 'EC800G', revision: 'EC800GCNGAR02A01M08_OCPU_QPY_DEMO', seed: 12 },
] as const;
type Served = (typeof boards)[number];

const linkOf = ({ model }: Served): string => join(folder, `board-${model}`);
const profileIdOf = ({ model }: Served): string => `served-${model.toLowerCase()}`;

function writeStation(): string {
  for (const board of boards) {
    const release = buildUnisocDemoPackage(board);
    writeFileSync(join(folder, `${board.model}.bin`), release);
    const demo = JSON.parse(readFileSync(join(folder, 'profiles', `demo-${board.model.toLowerCase()}.json`), 'utf8')) as object;
    const profile = {
      ...demo,
      id: profileIdOf(board),
      package: { path: `../${board.model}.bin`, sha256: sha256(release) },
      expectedRevision: { query: 'AT+CGMR', value: board.revision },
    };
    writeFileSync(join(folder, 'profiles', `${profileIdOf(board)}.json`), JSON.stringify(profile));
  }
  const slots = boards.map((board) => ({
    number: board.slot,
    serialPath: linkOf(board),
    startsIn: 'download',
    profiles: { [board.model]: profileIdOf(board) },
    unidentified: 'accept',
  }));
  mkdirSync(join(folder, 'stations'), { recursive: true });
  const station = { station: { id: 'serve', line: 'test' }, bench: 'hardware', slots };
  writeFileSync(join(folder, 'stations', 'serve.json'), JSON.stringify(station));
  return 'stations/serve.json';
}

async function serve(board: Served): Promise<Run> {
  const args = ['sim', 'serve', '--board', board.model, '--link', linkOf(board), '--seed', String(board.seed)];
  const run = installation.start(args);
  await run.shows('in download mode');
  return run;
}

const reportOf = (run: Run): UnisocReport =>
  JSON.parse(
    run
      .output()
      .split('\n')
      .find((line) => line.startsWith('{')) ?? '{}',
  ) as UnisocReport;

/** Digest of every image of the package by its address, as it is sent: an odd one padded with FF to an even size (unisoc.md §4.3). */
async function digestsOf(board: Served): Promise<readonly (readonly [string, string])[]> {
  const image = await readPackage(buildUnisocDemoPackage(board), 'demo.bin');
  if (!isUnisocPackage(image)) throw new Error('not a pac');
  const ramOrNv = ['HOST_FDL', 'FDL2', 'FDL', 'NV'];
  const written = image.files.filter(({ id, entry }) => entry.bytes.length > 0 && !ramOrNv.includes(id));
  return written.map(({ base, entry: { bytes } }): readonly [string, string] => [
    `0x${base.toString(16).toUpperCase()}`,
    sha256(bytes.length % 2 === 0 ? bytes : Uint8Array.of(...bytes, 0xff)),
  ]);
}

it('flashes both: PASS, partitions equal the entries, and each unit leaves with the identity it came with', async () => {
  const station = writeStation();
  const served = await Promise.all(boards.map(serve));
  const run = installation.start(['run', station]);
  expect(await run.ended, run.output()).toBe(0);
  for (const { child } of served) child.kill('SIGTERM');
  await Promise.all(served.map(({ ended }) => ended));

  const records = recordsIn(installation.journal());
  expect(records.map(({ verdict }) => verdict)).toEqual(['PASS', 'PASS']);
  for (const [index, board] of boards.entries()) {
    const asBuilt = buildBoard(board.model, { clock: realClock, seed: board.seed, lapseMs: null }).report() as UnisocReport;
    const report = reportOf(served[index] ?? run);
    expect(report).toMatchObject({ clean: true, violations: [], boots: true, revision: board.revision });
    expect(new Set(report.images.map(({ address, sha256: digest }) => `${address} ${digest}`))).toEqual(
      new Set((await digestsOf(board)).map(([address, digest]) => `${address} ${digest}`)),
    );
    expect(report.images.filter(({ address }) => address === cpio)).toHaveLength(board.model === 'EC600U' ? 1 : 2);

    const item = (of: UnisocReport, id: string) => of.nv.find((one) => one.id === id)?.after;
    for (const id of ofTheUnit) expect(item(report, id), `NV item ${id}`).toBe(item(asBuilt, id));
    expect(item(report, '0x1BA')).not.toBe(item(asBuilt, '0x1BA'));
    expect(report.imeiInNv).toBe(asBuilt.imei);
    expect(report.phaseCheckSha256).toBe(asBuilt.phaseCheckSha256);

    const record = records.find(({ slot }) => slot?.number === board.slot);
    expect(record).toMatchObject({
      identity: { source: 'nvBackup' },
      unit: { imeiBefore: asBuilt.imei, imeiAfter: asBuilt.imei, model: board.model, revisionAfter: board.revision },
    });
    const kept = readdirSync(join(folder, 'logs', 'nv')).filter((name) => name.startsWith(String(record?.['jobId'])));
    expect(kept.map((name) => name.slice(String(record?.['jobId']).length))).toEqual([
      '-nv-backup.bin',
      '-nv-evidence.json',
      '-nv-merged.bin',
    ]);
  }
}, 180_000);

// The built `flashrack verify`: a look at a served board over a pty, and the refusal of a slot whose boards tell nothing.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { buildDemoPackage } from '../../src/bench/simulator/demo-package/demo-package.ts';
import { install, recordsIn } from './installation.ts';

const installation = install();
const { folder } = installation;

afterAll(() => installation.remove());

function writeStation(name: string, slot: object): string {
  const file = join('stations', `${name}.json`);
  const slots = [{ number: 1, serialPath: join(folder, 'board'), profiles: { EC800E: 'served' }, ...slot }];
  writeFileSync(join(folder, file), JSON.stringify({ station: { id: 'qa', line: 'test' }, bench: 'hardware', slots }));
  return file;
}

it('verify writes a record of its own kind and not one byte to the flash; a slot that starts in download mode is refused', async () => {
  const bytes = buildDemoPackage({ model: 'EC800E', revision: 'EC800ECNLCR02A01M08_OCPU_QPY_DEMO', scale: 0.1 });
  writeFileSync(join(folder, 'demo.bin'), bytes);
  const profile = JSON.parse(readFileSync(join(folder, 'profiles', 'demo-ec800e.json'), 'utf8')) as Record<string, unknown>;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(
    join(folder, 'profiles', 'served.json'),
    JSON.stringify({ ...profile, id: 'served', package: { path: '../demo.bin', sha256 } }),
  );
  const refused = installation.ask(['verify', writeStation('download', { startsIn: 'download', unidentified: 'accept' })]);
  expect(refused).toMatchObject({ exitCode: 2 });
  expect(refused.stderr).toContain('a board in download mode does not tell who it is');

  const board = ['--board', 'EC800E', '--link', join(folder, 'board'), '--seed', '7'];
  const served = installation.start(['sim', 'serve', '--normal', ...board]);
  await served.shows('in normal mode');
  const run = installation.start(['verify', writeStation('qa', { startsIn: 'normal' }), '--operator', 'wang']);
  expect(await run.ended, run.output()).toBe(1);
  served.child.kill('SIGTERM');
  await served.ended;
  expect(run.output()).toMatch(/FAIL code=revision-mismatch blame=unit kind=verify model=EC800E/);
  expect(recordsIn(installation.journal())).toMatchObject([
    { kind: 'verify', verdict: 'FAIL', written: 'none', operator: 'wang', failure: { code: 'revision-mismatch' } },
  ]);
  expect(served.output()).not.toContain('"commands"');
}, 60_000);

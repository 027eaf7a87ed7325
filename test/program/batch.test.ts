// The built `flashrack batch`: refused for a bad job file, for hands it would need and for a rack in use; and a small batch over a pty.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { buildDemoPackage } from '../../src/bench/simulator/demo-package/demo-package.ts';
import { install, recordsIn } from './installation.ts';

const installation = install();
const { folder } = installation;
const revision = 'EC800ECNLCR02A01M08_OCPU_QPY_DEMO';

afterAll(() => installation.remove());

function writeStation(): void {
  const bytes = buildDemoPackage({ model: 'EC800E', revision, scale: 0.1 });
  writeFileSync(join(folder, 'demo.bin'), bytes);
  const profile = JSON.parse(readFileSync(join(folder, 'profiles', 'demo-ec800e.json'), 'utf8')) as Record<string, unknown>;
  const served = {
    ...profile,
    id: 'served',
    package: { path: '../demo.bin', sha256: createHash('sha256').update(bytes).digest('hex') },
    pacing: { bytesPerSecond: 4_000_000, burstBytes: 16_384 },
  };
  writeFileSync(join(folder, 'profiles', 'served.json'), JSON.stringify(served));
  const station = (name: string, slot: object): void =>
    writeFileSync(
      join(folder, 'stations', `${name}.json`),
      JSON.stringify({
        station: { id: name, line: 'test' },
        bench: 'hardware',
        slots: [{ number: 1, profiles: { EC800E: 'served' }, ...slot }],
      }),
    );
  station('served', { serialPath: join(folder, 'board'), startsIn: 'download', unidentified: 'accept' });
  station('by-hand', { usbPath: 'pci-0000:00:14.0/1' });
}

function writeJob(name: string, job: object): string {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ operator: 'night', ...job }));
  return `${name}.json`;
}

it('a batch is refused with its reason, or runs to its report; a second one on the same rack is refused', async () => {
  writeStation();
  const bad = installation.ask(['batch', writeJob('bad', { station: 'stations/served.json', endAt: '2020-01-01T06:00Z' })]);
  expect(bad).toMatchObject({ exitCode: 2 });
  expect(bad.stderr).toMatch(/batch-file-invalid.*endAt: found "2020-01-01T06:00Z"/);
  const byHand = installation.ask(['batch', '--lang', 'zh', writeJob('by-hand', { station: 'stations/by-hand.json' })]);
  expect(byHand).toMatchObject({ exitCode: 2 });
  expect(byHand.stderr).toMatch(/slot 1: profile served enters download mode by its strap only/);
  expect(byHand.stderr).toContain('此批次需要有人在机架旁操作');
  expect(existsSync(join(folder, 'logs', 'journal'))).toBe(false);

  const job = writeJob('night', { station: 'stations/served.json', quantity: 1, workOrder: 'WO-9' });
  const run = installation.start(['batch', job]);
  await run.shows('station.started');
  const second = installation.ask(['batch', job]);
  expect(second).toMatchObject({ exitCode: 2 });
  expect(second.stderr).toContain('rack-in-use');

  const served = installation.start(['sim', 'serve', '--board', 'EC800E', '--link', join(folder, 'board'), '--seed', '7']);
  expect(await run.ended, run.output()).toBe(0);
  served.child.kill('SIGTERM');
  await served.ended;
  expect(recordsIn(installation.journal())).toMatchObject([
    { kind: 'flash', verdict: 'PASS', workOrder: 'WO-9', operator: 'night' },
  ]);
  expect(run.output()).toMatch(/"type":"batch\.ended","report":\{"batch":"night\.json"/);
  expect(run.output()).toContain('the quantity was reached');
  const status: unknown = JSON.parse(readFileSync(join(folder, 'logs', 'batch', 'status.json'), 'utf8'));
  expect(status).toMatchObject({ phase: 'ended', end: 'quantity', exitCode: 0, counts: { PASS: 1 } });
  const left = readdirSync(join(folder, 'logs', 'batch')).map((name) => name.replace(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d/, 'TIME'));
  expect(left.sort()).toEqual(['TIME.json', 'TIME.txt', 'status.json']);
}, 120_000);

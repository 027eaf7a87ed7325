// A station flashes a served board over a real pty: the two halves of the product meet as strangers, in two processes.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildDemoPackage } from '../../src/bench/simulator/demo-package/demo-package.ts';
import { type Installation, install, type Run, recordsIn } from './installation.ts';

const installations = [install(), install()] as const;
const [demo, sample] = installations;
const minutesMs = 60_000;
const samplePackage = join(import.meta.dirname, '..', '..', '..', 'shared', 'samples', 'eigencomm', 'at_command.binpkg');

afterAll(() => {
  for (const installation of installations) installation.remove();
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface PackageUnderTest {
  readonly file: string;
  readonly revision: string;
  readonly revisionPattern: string;
  readonly agentboot?: string;
}

/** A profile for the package and a station with one slot at the served board's path. */
function writeStation({ folder }: Installation, { file, revision, revisionPattern, agentboot }: PackageUnderTest): string {
  const profile = JSON.parse(readFileSync(join(folder, 'profiles', 'demo-ec800e.json'), 'utf8')) as Record<string, unknown>;
  const pinned = (path: string): object => ({ path: join('..', basename(path)), sha256: sha256(readFileSync(path)) });
  const served = {
    ...profile,
    id: 'served',
    package: { ...pinned(file), ...(agentboot === undefined ? {} : { agentboot: pinned(agentboot) }) },
    subModels: { revisionPatterns: [revisionPattern], orderingCodes: [] },
    expectedRevision: { query: 'AT+CGMR', value: revision },
    pacing: { bytesPerSecond: 4_000_000, burstBytes: 16_384 },
  };
  writeFileSync(join(folder, 'profiles', 'served.json'), JSON.stringify(served));
  const station = {
    station: { id: 'serve', line: 'test' },
    bench: 'hardware',
    slots: [
      {
        number: 1,
        serialPath: join(folder, 'board'),
        startsIn: 'download',
        profiles: { EC800E: 'served' },
        unidentified: 'accept',
      },
    ],
  };
  mkdirSync(join(folder, 'stations'), { recursive: true });
  writeFileSync(join(folder, 'stations', 'serve.json'), JSON.stringify(station));
  return 'stations/serve.json';
}

async function serve(installation: Installation): Promise<Run> {
  const run = installation.start([
    'sim',
    'serve',
    '--board',
    'EC800E',
    '--link',
    join(installation.folder, 'board'),
    '--seed',
    '7',
  ]);
  await run.shows('in download mode');
  return run;
}

interface ServedReport {
  readonly clean: boolean;
  readonly images: readonly { readonly name: string; readonly sha256: string }[];
}

const reportOf = (run: Run): ServedReport =>
  JSON.parse(
    run
      .output()
      .split('\n')
      .find((line) => line.startsWith('{')) ?? '{}',
  ) as ServedReport;

async function flash(installation: Installation, station: string): Promise<ServedReport> {
  const served = await serve(installation);
  const run = installation.start(['run', station]);
  expect(await run.ended, run.output()).toBe(0);
  served.child.kill('SIGTERM');
  await served.ended;
  expect(recordsIn(installation.journal()).map(({ verdict }) => verdict)).toEqual(['PASS']);
  return reportOf(served);
}

describe.concurrent('a station and a served board on a pty', () => {
  it(
    'flash the demo package: PASS, and the session was clean',
    async () => {
      const file = join(demo.folder, 'demo.bin');
      const revision = 'EC800ECNLCR02A01M08_OCPU_QPY_DEMO';
      writeFileSync(file, buildDemoPackage({ model: 'EC800E', revision }));
      const report = await flash(demo, writeStation(demo, { file, revision, revisionPattern: '^EC800ECNLCR.*$' }));
      expect(report.clean).toBe(true);
    },
    2 * minutesMs,
  );

  it(
    'flash the vendor SDK sample: PASS, and each image in flash has the digest of its entry',
    async ({ skip }) => {
      if (!existsSync(samplePackage)) {
        process.stderr.write(`SKIPPED: ${samplePackage} is not there; the sample package was NOT flashed\n`);
        skip();
      }
      const [file, agentboot] = [join(sample.folder, 'at_command.binpkg'), join(sample.folder, 'agentboot.bin')];
      copyFileSync(samplePackage, file);
      writeFileSync(agentboot, Buffer.alloc(35_568, 'made up, not an agentboot '));
      const station = writeStation(sample, {
        file,
        agentboot,
        revision: 'EC600ECNLCR01A01M04_BETA1201',
        revisionPattern: '^EC600ECNLCR.*$',
      });
      const report = await flash(sample, station);
      const inspected = JSON.parse(sample.ask(['inspect', file, '--json']).stdout) as {
        members: { kind: string; sha256: string }[];
      };
      expect(report.images.map(({ name, sha256: digest }) => [name, digest])).toEqual(
        inspected.members.map(({ kind, sha256: digest }) => [kind, digest]),
      );
      expect(report.clean).toBe(true);
    },
    3 * minutesMs,
  );
});

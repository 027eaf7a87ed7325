// What a rack benchmark flashes: one model's largest package, and a station of so many slots for it, in a folder of their own.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAsrDemoPackage } from '../../src/bench/simulator/demo-package/demo-asr-package.ts';
import { buildDemoPackage } from '../../src/bench/simulator/demo-package/demo-package.ts';
import { demoReleases } from '../../src/bench/simulator/demo-package/demo-releases.ts';
import { buildUnisocDemoPackage } from '../../src/bench/simulator/demo-package/demo-unisoc-package.ts';
import type { PacingProfile } from '../../src/domain/profile.ts';
import { usbPathOf } from './pty-messages.ts';

export type BenchmarkModel = 'EC800E' | 'EC600U' | 'EC800G' | 'EC800N';

/** The whole region of the largest image: no module of this kind takes more. */
export const largestBytes: Readonly<Record<BenchmarkModel, number>> = {
  EC800E: 0x1dc000,
  EC600U: 0x240000,
  EC800G: 0x280000,
  EC800N: 0x359000,
};

export function packageFor(model: BenchmarkModel, bytes: number): Uint8Array {
  const revision = demoReleases.find((release) => release.model === model)?.revision ?? '';
  const size = { largestBytes: bytes };
  switch (model) {
    case 'EC800E':
      return buildDemoPackage({ model, revision, ...size });
    case 'EC600U':
    case 'EC800G':
      return buildUnisocDemoPackage({ model, revision, ...size });
    case 'EC800N':
      return buildAsrDemoPackage({ model, revision, ...size });
  }
}

export interface RackWork {
  readonly model: BenchmarkModel;
  readonly slots: number;
  /** Of the largest image. */
  readonly bytes: number;
  /** Null: that of the profile. */
  readonly pacing: PacingProfile | null;
}

/** Returns the station file. The demo profile is read from the project's folder, where the benchmark is started. */
export function writeRack({ model, slots, bytes, pacing }: RackWork): { readonly folder: string; readonly stationFile: string } {
  const folder = mkdtempSync(join(tmpdir(), 'flashrack-benchmark-'));
  for (const name of ['profiles', 'stations', 'packages']) mkdirSync(join(folder, name));
  const release = packageFor(model, bytes);
  writeFileSync(join(folder, 'packages', 'release.bin'), release);
  const text = readFileSync(join('profiles', `demo-${model.toLowerCase()}.json`), 'utf8');
  const demo = JSON.parse(text) as Record<string, unknown>;
  const profile = {
    ...demo,
    id: 'benchmark',
    package: { path: '../packages/release.bin', sha256: createHash('sha256').update(release).digest('hex') },
    ...(pacing && { pacing }),
  };
  writeFileSync(join(folder, 'profiles', 'benchmark.json'), JSON.stringify(profile));
  const station = {
    station: { id: 'benchmark', line: 'benchmark' },
    bench: 'hardware',
    removalMs: 100,
    defaults: { profiles: { [model]: 'benchmark' }, unidentified: 'accept' },
    slots: Array.from({ length: slots }, (_, at) => ({ number: at + 1, usbPath: usbPathOf(at + 1) })),
  };
  const stationFile = join(folder, 'stations', 'benchmark.json');
  writeFileSync(stationFile, JSON.stringify(station));
  return { folder, stationFile };
}

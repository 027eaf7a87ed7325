// Writes the digests of the demo packages into the demo profiles. Run it by hand after the generators have changed:
// `node test/support/pin-demo-packages.ts`, then `npm run format`.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoReleases } from '../../src/bench/simulator/demo-package/demo-releases.ts';

for (const { model, build } of demoReleases) {
  const file = join(import.meta.dirname, '..', '..', 'profiles', `demo-${model.toLowerCase()}.json`);
  const sha256 = createHash('sha256').update(build()).digest('hex');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"sha256": "[0-9a-f]{64}"/, `"sha256": "${sha256}"`));
}

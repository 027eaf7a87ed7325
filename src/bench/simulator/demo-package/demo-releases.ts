// The demo releases by model: what the demo rack's boards are flashed with, and what the demo profiles pin. Made anew each time, always alike.
import { buildAsrDemoPackage } from './demo-asr-package.ts';
import { buildDemoPackage } from './demo-package.ts';
import { buildUnisocDemoPackage } from './demo-unisoc-package.ts';

export interface DemoRelease {
  readonly model: string;
  /** What a board answers once it runs this release. */
  readonly revision: string;
  readonly fileName: string;
  readonly build: () => Uint8Array;
}

const release = (model: string, revision: string, build: () => Uint8Array): DemoRelease => ({
  model,
  revision,
  fileName: `${model}_DEMO.bin`,
  build,
});

const eigencomm = (model: 'EC600E' | 'EC800E', revision: string): DemoRelease =>
  release(model, revision, () => buildDemoPackage({ model, revision }));
const unisoc = (model: 'EC600U' | 'EC800G', revision: string): DemoRelease =>
  release(model, revision, () => buildUnisocDemoPackage({ model, revision }));

const asrRevision = 'EC800NCNLAR02A01M08_OCPU_QPY_DEMO';

export const demoReleases: readonly DemoRelease[] = [
  eigencomm('EC600E', 'EC600ECNLCR02A01M08_OCPU_QPY_DEMO'),
  eigencomm('EC800E', 'EC800ECNLCR02A01M08_OCPU_QPY_DEMO'),
  unisoc('EC600U', 'EC600UCNLBR02A01M08_OCPU_QPY_DEMO'),
  unisoc('EC800G', 'EC800GCNGAR02A01M08_OCPU_QPY_DEMO'),
  release('EC800N', asrRevision, () => buildAsrDemoPackage({ model: 'EC800N', revision: asrRevision, script: 'trusted' })),
];

// Profiles and identities for the slot's tests: small round numbers, nothing of a real module.
import type { Profile } from '../../src/domain/profile.ts';
import type { Identification } from '../../src/domain/unit.ts';

const bilingual = (en: string) => ({ en, zh: en });

export const ec800e: Profile = {
  id: 'ec800e-test',
  revision: 1,
  platform: 'eigencomm',
  description: bilingual('test'),
  provenOn: 'nothing',
  models: ['EC800E'],
  subModels: { revisionPatterns: ['^EC800ECNLC'], orderingCodes: ['EC800ECNLC-Q1'] },
  modes: {
    normal: { ids: [{ vendorId: 0x2c7c, productId: 0x0903 }], interfaceNumber: 3 },
    download: { ids: [{ vendorId: 0x17d1, productId: 0x0001 }], interfaceNumber: 0 },
  },
  carrier: {
    name: 'test carrier',
    enter: bilingual('bridge'),
    release: bilingual('open the bridge'),
    powerOn: bilingual('power on'),
  },
  entry: { methods: ['strap'] },
  downloadWindow: { seconds: 10 },
  package: { path: '/none', sha256: '0'.repeat(64) },
  expectedRevision: { query: 'AT+CGMR', value: 'EC800ECNLCR02' },
  restart: 'reset',
  powerCycles: 1,
  timeouts: {
    reenumerateMs: 15_000,
    bootMs: 20_000,
    stallMs: 30_000,
    holdLimitMs: 60_000,
    entryMs: 120_000,
    identifyMs: 5_000,
  },
  pacing: { bytesPerSecond: 64_000, burstBytes: 512 },
  consents: { wipeUserData: true, keepUserData: false, eraseNvm: false },
  upgrade: { paths: [], unlisted: 'refused', skipIfCurrent: false },
};

export const imeiA = '860000000000009';
export const imeiB = '860000000000017';

export const unitA: Identification = { model: 'EC800E', revision: 'EC800ECNLCR01', imei: imeiA, sn: 'SN-A' };
export const flashedA: Identification = { ...unitA, revision: 'EC800ECNLCR02' };
export const flashedB: Identification = { ...flashedA, imei: imeiB, sn: 'SN-B' };

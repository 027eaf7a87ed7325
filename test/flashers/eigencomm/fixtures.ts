// Packages and profiles for the tests of this folder, with made-up bytes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Profile } from '../../../src/domain/profile.ts';
import type { EigencommImageKind, EigencommPackage, FlexFile } from '../../../src/firmware/eigencomm-package.ts';
import type { ImagePart } from '../../../src/firmware/package.ts';

export function madeUpBytes(length: number, seed: number): Uint8Array {
  let state = seed + 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  });
}

export function part(name: string, bytes: Uint8Array): ImagePart {
  return { name, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

export interface PackageWishes {
  readonly sizes?: Partial<Record<EigencommImageKind, number>>;
  readonly addresses?: Partial<Record<EigencommImageKind, number>>;
  readonly agentbootBytes?: number;
  readonly flexFiles?: readonly FlexFile[];
}

/** An EC618 package of a few kilobytes: BL, AP, CP, two flex files. */
export function ec618Package(wishes: PackageWishes = {}): EigencommPackage {
  const { sizes = {}, addresses = {}, agentbootBytes = 2_500 } = wishes;
  const image = (kind: EigencommImageKind, name: string, size: number, address: number, seed: number) => ({
    kind,
    part: part(name, madeUpBytes(sizes[kind] ?? size, seed)),
    address: addresses[kind] ?? address,
    flashSize: 0x400000,
  });
  return {
    platforms: ['eigencomm'],
    identity: { name: 'test.bin', version: '1', sha256: 'ab'.repeat(32) },
    revisionsFound: [],
    members: [],
    container: 'quecpython',
    chipFamily: 'ec618',
    productName: null,
    images: [
      image('BL', 'ap_bootloader', 0x1234, 0x4000, 1),
      image('AP', 'ap_at_command', 0x10123, 0x24000, 2),
      image('CP', 'cp-demo-flash', 0x200, 0, 3),
    ],
    flexFiles: wishes.flexFiles ?? [
      flexFile('ap_application.bin', 0x200000, 0x11000),
      flexFile('ap_updater.bin', 0xbb4000, 0x1000),
    ],
    agentboot: part('agentboot.bin', madeUpBytes(agentbootBytes, 4)),
    agentbootPullupQspi: false,
  };
}

export const flexFile = (name: string, startAddress: number, maxSize: number, size = 300): FlexFile => ({
  part: part(name, madeUpBytes(size, 5)),
  startAddress,
  maxSize,
});

const words = { en: '-', zh: '-' };

export const profile: Profile = {
  id: 'test',
  revision: 1,
  platform: 'eigencomm',
  description: words,
  provenOn: 'nothing',
  models: ['EC800E'],
  subModels: { revisionPatterns: [], orderingCodes: [] },
  modes: { normal: { ids: [], interfaceNumber: 2 }, download: { ids: [], interfaceNumber: 0 } },
  carrier: { name: '-', enter: words, release: words, powerOn: words },
  entry: { methods: ['strap'] },
  downloadWindow: { seconds: 10 },
  package: { path: '-', sha256: '-' },
  expectedRevision: { query: 'AT+CGMR', value: '-' },
  restart: 'reset',
  powerCycles: 0,
  timeouts: { reenumerateMs: 1, bootMs: 1, stallMs: 1, holdLimitMs: 1, entryMs: 1, identifyMs: 1 },
  pacing: { bytesPerSecond: 64_000, burstBytes: 512 },
  consents: { wipeUserData: false, keepUserData: false, eraseNvm: false },
  upgrade: { paths: [], unlisted: 'refused', skipIfCurrent: false },
};

export interface FrameVector {
  readonly name: string;
  readonly stage: 'DLBOOT' | 'AGBOOT' | 'LPC';
  readonly direction: 'host_to_device' | 'device_to_host';
  readonly cmd: number;
  readonly index: number;
  readonly state?: number;
  readonly data: string;
  readonly hex: string;
}

export interface Vectors {
  readonly frames: readonly FrameVector[];
  readonly sync: readonly { readonly stage: string; readonly request_hex: string; readonly reply_hex: string }[];
  readonly crc8: { readonly table: readonly { readonly bytes: string; readonly crc8: string }[] };
  readonly image_heads: readonly {
    readonly name: string;
    readonly image_id: string;
    readonly burnaddr: string;
    readonly img_size: number;
    readonly baudratectrl: string;
    readonly rsvd0: number;
    readonly image_sha256: string;
    readonly hex: string;
  }[];
  readonly chunk_plans: readonly {
    readonly name: string;
    readonly chunks?: readonly {
      readonly length: string;
      readonly data_head: string[];
      readonly index: number[];
      readonly block: string[];
    }[];
    readonly blocks?: number;
    readonly last_block?: string;
    readonly last_index?: number;
    readonly first_data_head?: string;
    readonly last_data_head?: string;
  }[];
}

export const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/eigencomm.json'), 'utf8')) as Vectors;

export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

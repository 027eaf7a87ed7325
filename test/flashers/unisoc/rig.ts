// A package, a profile, a scripted board and a session context, put together for one test.
import type { Plan } from '../../../src/domain/plan.ts';
import type { Profile } from '../../../src/domain/profile.ts';
import type { UnisocPackage } from '../../../src/firmware/unisoc-package.ts';
import type { FlashEvent, Flasher, FlashSession, SessionContext } from '../../../src/flashers/flasher.ts';
import { unisoc8850Flasher, unisoc8910Flasher } from '../../../src/flashers/unisoc/flasher.ts';
import { type BuiltFile, buildPac, pattern } from '../../firmware/pac-builder.ts';
import { readBare } from '../../firmware/pac-samples.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { buildNv, ownItems, templateItems } from './nv-samples.ts';
import { type BoardOptions, ScriptedBoard } from './scripted-board.ts';

export type Chip = '8910' | '8850';

const nvTemplate = ((): Uint8Array => {
  const blob = buildNv(templateItems, 0x2000);
  // Vendor templates carry a stale CRC.
  blob.set([0xde, 0xad]);
  return blob;
})();

/** A full package, its files in the vendor's order (unisoc.md §10.5). */
export const full8910: readonly BuiltFile[] = [
  { id: 'HOST_FDL', type: 'HOST_FDL', base: 0x8000c0, blockSize: 0xff40, data: pattern(0x1100, 1) },
  { id: 'FDL2', type: 'FDL2', base: 0x810000, blockSize: 0x30000, data: pattern(0x1801, 2) },
  { id: 'BOOTLOADER', base: 0x60000000, blockSize: 0x10000, data: pattern(0x900, 3) },
  { id: 'AP', base: 0x60010000, blockSize: 0x240000, data: pattern(0x1235, 4) },
  { id: 'FMT_FSSYS', type: 'EraseFlash', base: 0xfe000006, blockSize: 0x53595346, checkFlag: 0 },
  { id: 'PhaseCheck', base: 0xfe000002, blockSize: 0x100 },
  { id: 'ERASE_PY_FS_U', type: 'EraseFlash', base: 0x604e0000, blockSize: 0x60000 },
  { id: 'ERASE_PY_FS_C', type: 'EraseFlash', base: 0x60560000, blockSize: 0x10000 },
  { id: 'FLASH', type: 'EraseFlash', base: 0xfe000001, blockSize: 0 },
  { id: 'NV', type: 'NV', base: 0xfe000003, blockSize: 0x20000, data: nvTemplate },
  { id: 'PREPACK', base: 0xfe000004, blockSize: 0, data: pattern(77, 5) },
];

export const full8850: readonly BuiltFile[] = [
  { id: 'FDL', type: 'FDL', base: 0x50800000, blockSize: 0x14000, data: pattern(0x901, 1) },
  { id: 'ERASE_SPL', type: 'EraseFlash', base: 0x60000000, blockSize: 0xc000 },
  { id: 'BOOT', base: 0x6000c000, blockSize: 0x8000, data: pattern(0x100, 2), checkFlag: 0, xmlCheckFlag: 1 },
  { id: 'PhaseCheck', base: 0xfe000002, blockSize: 0x100 },
  { id: 'FMT_FSSYS', type: 'EraseFlash', base: 0xfe000006, blockSize: 0x53595346, checkFlag: 0 },
  { id: 'FMT_FSMOD', type: 'EraseFlash', base: 0xfe000006, blockSize: 0x444f4d46 },
  { id: 'NV', type: 'NV', base: 0xfe000003, blockSize: 0x28000, data: nvTemplate },
  { id: 'SPL', base: 0x60000000, blockSize: 0xc000, data: pattern(0x600, 3) },
  { id: 'AP', base: 0x60020000, blockSize: 0x100000, data: pattern(0x1235, 4) },
  { id: 'CP', base: 0xfe000004, blockSize: 0, data: pattern(0x54, 5) },
  { id: 'FLASH', type: 'EraseFlash', base: 0xfe000001, blockSize: 0 },
];

const usbIds = { '8910': { vendorId: 0x0525, productId: 0xa4a7 }, '8850': { vendorId: 0x1782, productId: 0x4d16 } };

export const profileOf = (chip: Chip, change: Partial<Profile> = {}): Profile => ({
  id: `EC600-${chip}`,
  revision: 1,
  platform: chip === '8910' ? 'unisoc8910' : 'unisoc8850',
  description: { en: '', zh: '' },
  provenOn: 'simulator',
  models: ['EC600U'],
  subModels: { revisionPatterns: [], orderingCodes: [] },
  modes: {
    normal: { ids: [{ vendorId: 0x2c7c, productId: 0x0901 }], interfaceNumber: 2 },
    download: { ids: [usbIds[chip]], interfaceNumber: 1 },
  },
  carrier: { name: '', enter: { en: '', zh: '' }, release: { en: '', zh: '' }, powerOn: { en: '', zh: '' } },
  entry: { methods: ['at'] },
  downloadWindow: { seconds: 10 },
  package: { path: '', sha256: '' },
  expectedRevision: { query: 'AT+GMR', value: '' },
  restart: 'reset',
  powerCycles: 0,
  timeouts: { reenumerateMs: 1, bootMs: 1, stallMs: 1, holdLimitMs: 1, entryMs: 1, identifyMs: 1 },
  pacing: { bytesPerSecond: 64_000, burstBytes: 512 },
  consents: { wipeUserData: true, keepUserData: false, eraseNvm: false },
  upgrade: { paths: [], unlisted: 'refused', skipIfCurrent: false },
  ...change,
});

export interface RigOptions extends Partial<BoardOptions> {
  readonly files?: readonly BuiltFile[];
  readonly nvItems?: readonly string[];
  readonly keepEvidence?: SessionContext['keepEvidence'];
}

export interface Rig {
  readonly clock: ManualClock;
  readonly board: ScriptedBoard;
  readonly flasher: Flasher;
  readonly image: UnisocPackage;
  readonly plan: Plan;
  readonly context: SessionContext;
  readonly events: FlashEvent[];
  readonly abort: AbortController;
  /** What was kept, with the number of commands the board had seen by then. */
  readonly evidence: Map<string, { readonly bytes: Uint8Array; readonly afterCommands: number }>;
  connect(): Promise<FlashSession>;
  /** Connect, program, restart. */
  flash(): Promise<FlashSession>;
}

export const flasherOf = (chip: Chip): Flasher => (chip === '8910' ? unisoc8910Flasher : unisoc8850Flasher);

export async function createRig(chip: Chip, options: RigOptions = {}): Promise<Rig> {
  const clock = createManualClock();
  const flasher = flasherOf(chip);
  const pac = buildPac({
    files: options.files ?? (chip === '8910' ? full8910 : full8850),
    nvItems: options.nvItems ?? ['0x300'],
  });
  const image = await readBare(pac);
  const plan = flasher.plan(image, profileOf(chip));
  const board = new ScriptedBoard(clock, { chip, nv: buildNv(ownItems, chip === '8910' ? 0x20000 : 0x7000), ...options });
  const events: FlashEvent[] = [];
  const evidence: Rig['evidence'] = new Map();
  const abort = new AbortController();
  const context: SessionContext = {
    clock,
    transport: board,
    emit: (event) => void events.push(event),
    signal: abort.signal,
    keepEvidence:
      options.keepEvidence ??
      ((name, bytes) => {
        evidence.set(name, { bytes: bytes.slice(), afterCommands: board.seen.length });
        return Promise.resolve();
      }),
  };
  const connect = (): Promise<FlashSession> => clock.runUntil(flasher.connect(context, plan, image));
  const flash = async (): Promise<FlashSession> => {
    const session = await connect();
    await clock.runUntil(session.program());
    await clock.runUntil(session.restart());
    return session;
  };
  return { clock, board, flasher, image, plan, context, events, abort, evidence, connect, flash };
}

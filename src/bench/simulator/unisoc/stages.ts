// Builds the stages of both flows from what the board gives them. Knows no USB, no faults and no boot.
// Source: unisoc.md §2.2, §8.1, §8.4.
import type { SessionLog } from '../session-log.ts';
import { BslRom, romInputBytes } from './bsl-rom.ts';
import { BslStage } from './bsl-stage.ts';
import { Fdl1, fdl1PacketBytes } from './fdl1.ts';
import { FlashLoader, type FlashLoaderOptions, flashLoaderPacketBytes } from './flash-loader.ts';
import type { LoaderStage } from './stage.ts';
import { crcCheck, sumCheck } from './wire.ts';

const loaderVersion = 'Spreadtrum Boot Block version 1.2';
const romVersion = 'SPRD3';
/** Beside the largest packet. */
const bufferSlackBytes = 32;
const fifoBytes = 8192;

const loader = { checksum: sumCheck, endsBySize: true, onUnsound: 'panic', version: loaderVersion, fifoBytes } as const;

export const fdl1Stage = (log: SessionLog): LoaderStage =>
  new BslStage({
    ...loader,
    name: 'FDL1',
    handler: new Fdl1(log),
    log,
    flagsNeeded: 1,
    limitBytes: fdl1PacketBytes + bufferSlackBytes,
  });

/** FDL2 says ACK by itself; the NORFDL waits for three flags. */
export const flashLoaderStage = (options: FlashLoaderOptions): LoaderStage =>
  new BslStage({
    ...loader,
    name: options.name,
    handler: new FlashLoader(options),
    log: options.log,
    flagsNeeded: options.name === 'NORFDL' ? 3 : 0,
    limitBytes: flashLoaderPacketBytes + bufferSlackBytes,
  });

export const bslRomStage = (log: SessionLog, flagsNeeded: 1 | 3, onLoaded: (loader: Uint8Array) => void): LoaderStage =>
  new BslStage({
    name: 'ROM',
    handler: new BslRom(log, onLoaded),
    log,
    checksum: crcCheck,
    endsBySize: false,
    onUnsound: 'refuse',
    version: romVersion,
    flagsNeeded,
    limitBytes: romInputBytes,
    fifoBytes: Number.POSITIVE_INFINITY,
  });

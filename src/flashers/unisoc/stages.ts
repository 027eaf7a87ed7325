// How long each command may take and how many bytes each stage takes at a time (unisoc.md §8.1, §8.2, the columns "use").
// Numbers only.
import { crc16XmodemCheck, type FrameCheck, sum16Check } from '../../framing/hdlc.ts';

export const writeTimeoutMs = 3_000;

export const timeoutsMs = {
  START_DATA: 30_000,
  MIDST_DATA: 30_000,
  END_DATA: 60_000,
  EXEC_DATA: 15_000,
  READ_FLASH: 15_000,
  ERASE_FLASH: 60_000,
  CONNECT: 15_000,
  NORMAL_RESET: 15_000,
} as const;

export const pdlTimeoutsMs = { CONNECT: 1_000, START: 1_000, MID: 15_000, END: 15_000, EXEC: 1_000 } as const;

/** A BSL stage: which check its frames carry, and the largest MIDST it takes. */
export interface Stage {
  readonly name: '8850 ROM' | 'FDL1' | 'FDL2' | 'NORFDL';
  readonly check: FrameCheck;
  readonly chunkBytes: number;
}

export const rom8850: Stage = { name: '8850 ROM', check: crc16XmodemCheck, chunkBytes: 0x210 };
export const fdl1: Stage = { name: 'FDL1', check: sum16Check, chunkBytes: 0x840 };
export const fdl2: Stage = { name: 'FDL2', check: sum16Check, chunkBytes: 0x800 };
export const norfdl: Stage = { name: 'NORFDL', check: sum16Check, chunkBytes: 0x800 };

export const pdlChunkBytes = 0x800;
export const readChunkBytes = 0x3000;

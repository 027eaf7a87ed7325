// The ASR modules the simulator can be, as they leave their factory. Knows no wire. Source: asr.md §3; values marked [GUESS]
// there are guesses here too.
import { type NorChip, norChips } from '../demo-package/asr-tables.ts';

export interface AsrModelFacts {
  /** Of the factory image. */
  readonly revision: string;
  readonly bootRom: string;
  readonly nor: NorChip;
  readonly normalProductId: 0x6001 | 0x6002;
  readonly downloadProductId: 0x3017 | 0x3004;
}

const older = { nor: norChips.gd8M, normalProductId: 0x6001, downloadProductId: 0x3017 } as const;
const newer = { nor: norChips.gd8M, normalProductId: 0x6002, downloadProductId: 0x3004 } as const;
const asr1603 = '2020.07.30';
const asr1606 = '2021.10.16';

export const asrModels = {
  EC600N: { ...older, bootRom: asr1603, revision: 'EC600NCNLAR01A01M08_OCPU_QPY' },
  EC800N: { ...older, bootRom: asr1603, revision: 'EC800NCNLAR01A02M08_OCPU_QPY' },
  EC600M: { ...older, bootRom: asr1606, revision: 'EC600MCNLAR06A01M08_OCPU_QPY' },
  EC800M: { ...older, bootRom: asr1606, revision: 'EC800MCNLAR06A01M04_OCPU_QPY' },
  EG810M: { ...newer, bootRom: asr1606, revision: 'EG810MEULAR01A01M04_OCPU_QPY' },
  EC600K: { ...newer, bootRom: asr1606, revision: 'EC600KCNLCR01A01M08_OCPU_QPY' },
  EC800K: { ...newer, bootRom: asr1606, revision: 'EC800KCNLCR01A01M04_OCPU_QPY' },
  EG800K: { ...newer, bootRom: asr1606, revision: 'EG800KEULCR01A01M04_OCPU_QPY' },
} as const satisfies Record<string, AsrModelFacts>;

export type AsrModel = keyof typeof asrModels;

export const isAsrModel = (model: string): model is AsrModel => Object.hasOwn(asrModels, model);

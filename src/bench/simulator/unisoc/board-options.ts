// What a simulated UNISOC board can be told at its making. Knows no behaviour.
import type { Clock } from '../../clock.ts';
import type { AtOptions } from '../at-modem.ts';
import type { BoardIdentity } from '../board.ts';
import type { BoardFault, OnStrike } from '../faults.ts';
import type { TimeModel } from '../time-model.ts';
import type { FileSystemName } from './chips.ts';
import type { NvTrouble } from './nv-reader.ts';

export interface UnisocBoardOptions {
  readonly clock: Clock;
  /** Its model decides the chip; its factory revision begins with the sub-model, e.g. `EC800GCNGA`. */
  readonly identity: BoardIdentity;
  /** Of the generator that drew identity and faults; it goes into every report, and NV items are drawn from it. */
  readonly seed: number;
  readonly time?: TimeModel;
  readonly faults?: readonly BoardFault[];
  readonly onStrike?: OnStrike;
  /** Default: AT+QDOWNLOAD=1 is allowed. `{ allowsDownload: false }` answers it `+CME ERROR: 4`. */
  readonly at?: Partial<AtOptions>;
  /** How long download mode waits for its first command; null: for ever. Default 10 000. */
  readonly lapseMs?: number | null;
  /** `badCrc`, `readRefused`: what a read of the NV gives. `missingImei`, `blankImei`: item 0x5 is absent, or all FF. */
  readonly nv?: NvTrouble | 'missingImei' | 'blankImei';
  /** File systems that do not mount. */
  readonly damagedFileSystems?: readonly FileSystemName[];
  /** Bare flags in a row that the 8850 ROM wants before it answers. Default 3. */
  readonly romFlags?: 1 | 3;
}

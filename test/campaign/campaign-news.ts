// What the bench's own doings mean for the coverage of a campaign: which faults show when a device comes or a node is opened.
import { Fault } from '../../src/domain/failure.ts';
import type { SlotState } from '../../src/domain/slot.ts';
import type { CoverageRecorder } from './campaign-coverage.ts';
import type { BoardScript } from './campaign-script.ts';
import type { BenchNews } from './campaign-watch.ts';
import type { Wires } from './campaign-wire.ts';

const downloadVendors: readonly (number | null)[] = [0x17d1, 0x0525, 0x1782, 0x2ecc];
export const isDownload = (vendorId: number | null): boolean => downloadVendors.includes(vendorId);

export interface NewsOptions {
  readonly coverage: CoverageRecorder;
  readonly wires: Wires;
  readonly stateOf: (slot: number) => SlotState;
  readonly scriptOf: (slot: number) => BoardScript | null;
  /** The device of the board in the slot leaves the bus. */
  readonly left: (slot: number) => void;
}

export function newsFor({ coverage, wires, stateOf, scriptOf, left }: NewsOptions): BenchNews {
  const leavesStrapClosed = (script: BoardScript | null): boolean =>
    script !== null &&
    [...script.faults, ...script.hand].some(({ kind }) => kind === 'strapStaysClosed' || kind === 'holdsStrap');
  return {
    attached(slot, { vendorId }, last) {
      wires.clear(slot);
      if (!isDownload(vendorId)) return;
      if (stateOf(slot) === 'restarting' && leavesStrapClosed(scriptOf(slot))) coverage.struck('strapStillClosed', slot);
      // Twice in the boot ROM, and nobody had said anything to it in between.
      if (last && isDownload(last.vendorId) && last.writes.length === 0) coverage.struck('romLoop', slot);
    },
    detached: left,
    opened: (slot) => coverage.had('open', slot),
    refused(slot, thrown) {
      if (thrown instanceof Fault && thrown.failure.code === 'serial-path-busy') coverage.struck('occupy', slot);
    },
  };
}

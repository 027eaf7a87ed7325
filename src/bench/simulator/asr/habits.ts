// How one simulated ASR module behaves where modules differ or sessions go wrong. Values only.
import type { NorChip } from '../demo-package/asr-tables.ts';
import { asrModels, isAsrModel } from './models.ts';

export interface AsrHabits {
  /** What `getvar:version-bootrom` answers. */
  readonly bootRom: string;
  readonly nor: NorChip;
  readonly normalProductId: number;
  readonly downloadProductId: number;
  /** `ethos`: the chip speaks the other link layer and says so to the preamble. */
  readonly link: 'smux' | 'ethos';
  /** In HELLO_REPLY. */
  readonly mtu: number;
  /** Null: no heartbeats. */
  readonly heartbeatMs: number | null;
  /** UABT frames sent with each answer to a preamble, beside that answer. */
  readonly extraGreetings: number;
  /** INFO lines that flood out of each `call`. */
  readonly infoLines: number;
  /** How long a `call` is silent; heartbeats stop too. Null: as long as the time model starts a loader. */
  readonly callMs: number | null;
  /** The OKAY of each `call` is lost and a PROG comes in its place. */
  readonly losesCallOkay: boolean;
  /** The n-th download is answered with this size, whatever was asked. */
  readonly wrongDataSize: { readonly download: number; readonly size: number } | null;
  /** The OKAY after the data goes out while the last frame is still on its way. */
  readonly earlyOkay: boolean;
  /** Each frame leaves in pieces of this many bytes, `gapMs` apart. Null: whole. */
  readonly splitWrites: { readonly bytes: number; readonly gapMs: number } | null;
  /** After `reboot` the chip stays in the loop of its boot ROM until the power is cycled, whatever is in flash. */
  readonly staysInRom: boolean;
}

const wellBehaved = {
  link: 'smux',
  mtu: 1024,
  heartbeatMs: 300,
  extraGreetings: 0,
  infoLines: 4,
  callMs: null,
  losesCallOkay: false,
  wrongDataSize: null,
  earlyOkay: false,
  splitWrites: null,
  staysInRom: false,
} as const satisfies Partial<AsrHabits>;

/** For a model outside the table: those of an EC800N. */
export function habitsOf(model: string, own: Partial<AsrHabits> = {}): AsrHabits {
  const { bootRom, nor, normalProductId, downloadProductId } = asrModels[isAsrModel(model) ? model : 'EC800N'];
  return { ...wellBehaved, bootRom, nor, normalProductId, downloadProductId, ...own };
}

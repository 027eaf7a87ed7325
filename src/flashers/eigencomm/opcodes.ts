// The numbers of the Eigencomm download protocol: codes, sync words, image ids, and names of status words (eigencomm.md 4–6, 14).
// Tables only: it builds and reads no frame, so that host and simulator may share it and still disagree.

/** Commands in `CD 32` framing. The same number means something else in LPC framing: never mix the two tables. */
export const dataCommands = {
  GET_VERSION: 0x20,
  SEL_IMAGE: 0x21,
  VERIFY_IMAGE: 0x22,
  DATA_HEAD: 0x31,
  DOWNLOAD_DATA: 0x32,
  DONE: 0x3a,
} as const;

/** The only commands that may ever leave in `4C B3` framing. The agent knows more (memory write, eFuse burn): they have no name here. */
export const lpcCommands = {
  FLASH_ERASE: 0x10,
  READ_MEM: 0x21,
  BURN_ONE: 0x42,
  GET_BURN_STATUS: 0x44,
  SYS_RST: 0xaa,
} as const;

/** Little-endian u32, so DLBOOT is `00 D3 02 2B` on the wire. */
export const syncWords = { DLBOOT: 0x2b02d300, AGBOOT: 0x2b02d3aa, LPC: 0x2b02d3cd } as const;

/** What the agent says to a sync word it cannot accept now: `2B 02 D3 EE` on the wire. */
export const resetWord = 0xeed3022b;

/** Mask ROM, agent data, agent control. */
export type Stage = keyof typeof syncWords;
export type DataStage = 'DLBOOT' | 'AGBOOT';
export type DataCommand = keyof typeof dataCommands;
export type LpcCommand = keyof typeof lpcCommands;

/** Order byte of a frame; its complement follows it. */
export const orderBytes = { DLBOOT: 0xcd, AGBOOT: 0xcd, LPC: 0x4c } as const satisfies Record<Stage, number>;

export const replyStates = { ACK: 0, NAK: 1 } as const;

export const imageIds = {
  IMGH: 0x54494d48,
  /** Agentboot and BL. */
  AGBT: 0x4f424d49,
  AP: 0x444b4249,
  CP: 0x43504249,
  FLEX: 0x464c5849,
} as const;

export type ImageName = keyof typeof imageIds;

/** Follows the image id in BURN_ONE when the CP image goes to CP flash: `01 E1` on the wire. */
export const cpFlashMarker = 0xe101;

/** The data of an acknowledged SYS_RST, ASCII. */
export const resetReplyText = 'ZzZzZzZz';

export const burnStatusNames: Readonly<Record<number, string>> = {
  0: 'ok',
  1: 'bad burn address',
  48: 'read error',
  49: 'write error',
  50: 'erase error',
  51: 'verify mismatch',
  111: 'head too large',
  148: 'size not accepted',
  150: 'no AGBOOT sync after BURN_ONE',
  152: 'wrong image id',
  255: 'still running or never finished',
  768: 'broken off before the download began',
};

export const nakNames: Readonly<Record<number, string>> = {
  48: 'flash read error',
  49: 'flash write error',
  50: 'flash erase error',
  128: 'unknown command',
  129: 'bad frame',
  130: 'bad argument or length',
  148: 'size not accepted',
  152: 'bad image id',
  154: 'CRC-32 failure',
  155: 'check byte of the length wrong',
};

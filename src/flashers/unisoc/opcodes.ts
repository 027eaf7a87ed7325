// The numbers of the UNISOC download protocol: commands, replies, PDL, logical addresses, chip addresses (unisoc.md §5 to §7, §10.5).
// Tables only: it builds and reads no frame, so that host and simulator may share it and still disagree.

export const commands = {
  CONNECT: 0x00,
  START_DATA: 0x01,
  MIDST_DATA: 0x02,
  END_DATA: 0x03,
  EXEC_DATA: 0x04,
  NORMAL_RESET: 0x05,
  READ_FLASH: 0x06,
  CHANGE_BAUD: 0x09,
  ERASE_FLASH: 0x0a,
  REPARTITION: 0x0b,
  POWER_OFF: 0x17,
  ENABLE_DEBUG_MODE: 0x25,
} as const;

export type Command = keyof typeof commands;

export const replies = {
  ACK: 0x80,
  VER: 0x81,
  INVALID_CMD: 0x82,
  UNKNOWN_CMD: 0x83,
  OPERATION_FAILED: 0x84,
  NOT_SUPPORT_BAUDRATE: 0x85,
  DOWN_NOT_START: 0x86,
  DOWN_MULTI_START: 0x87,
  DOWN_EARLY_END: 0x88,
  DOWN_DEST_ERROR: 0x89,
  DOWN_SIZE_ERROR: 0x8a,
  VERIFY_ERROR: 0x8b,
  NOT_VERIFY: 0x8c,
  NOT_ENOUGH_MEMORY: 0x8d,
  WAIT_INPUT_TIMEOUT: 0x8e,
  READ_FLASH: 0x93,
  CHIP_TYPE: 0x94,
  NVITEM: 0x95,
  INCOMPATIBLE_PARTITION: 0x96,
  UNKNOWN_DEVICE: 0x97,
  SEC_VERIFY_ERROR: 0xaa,
  CHIP_UID: 0xab,
  NOT_ENABLE_WRITE_FLASH: 0xac,
  WRITE_PROTECT: 0xb3,
  FLASH_INIT_FAIL: 0xb4,
  UNSUPPORTED_COMMAND: 0xfe,
  LOG: 0xff,
} as const;

export type ReplyName = keyof typeof replies;

export const replyNames: ReadonlyMap<number, ReplyName> = new Map(
  Object.entries(replies).map(([name, id]) => [id, name as ReplyName]),
);

/** The frame header byte of PDL, the 8910 ROM's protocol (§7). */
export const pdlHeader = 0xae;
/** Byte 5 of a PDL frame: a request or an acknowledgement, and an error. */
export const pdlFlow = { OK: 0xff, ERROR: 0xee } as const;

export const pdlCommands = { CONNECT: 0, START: 4, MID: 5, END: 6, EXEC: 7 } as const;

/** The host's names. Devices number them otherwise: only 0 and not 0 mean something. */
export const pdlStatusNames: readonly string[] = [
  'ACK',
  'INVALID_CMD',
  'UNKNOWN_CMD',
  'INVALID_ADDR',
  'INVALID_BAUD',
  'INVALID_PARTITION',
  'SIZE_ERROR',
  'WAIT_TIMEOUT',
  'VERIFY',
  'CHECKSUM',
  'OPERATION_FAILED',
  'DEVICE',
  'NO_MEMORY',
];

/** Addresses that stand for something else than flash. */
export const logicalAddresses = {
  ERASE_RUNNING_NV: 0xfe000001,
  PHASE_CHECK: 0xfe000002,
  FIXED_NV: 0xfe000003,
  CPIO: 0xfe000004,
  DELETE_APPIMG: 0xfe000005,
  FORMAT_FILE_SYSTEM: 0xfe000006,
} as const;

/** The "size" of an erase at FORMAT_FILE_SYSTEM: the name of the block device. */
export const blockDevices = { FSYS: 0x53595346, FEXT: 0x54584546, FMOD: 0x444f4d46 } as const;

/** Where each chip's RAM loaders are loaded. */
export const loadAddresses = { HOST_FDL: 0x8000c0, FDL2: 0x810000, FDL: 0x50800000 } as const;

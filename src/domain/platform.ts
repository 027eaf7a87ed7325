// The vocabulary of platforms and device modes. Knows names only: no protocol, no bench, no profile file.

/** A download protocol family, as DESIGN.md names it. The flow comes from package and device, never from a model name. */
export type Platform = 'eigencomm' | 'unisoc8910' | 'unisoc8850' | 'asr';

/** What a device at a path is to a profile: `normal` answers AT, `download` speaks the ROM's protocol. */
export type DeviceMode = 'normal' | 'download';

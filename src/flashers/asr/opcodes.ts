// The words of the ASR aboot protocol and how long each answer may take (asr.md §5.2, §7, §8, §10). Knows no flow.

/** `UUUU~`: no frame, no leading 7E. */
export const preamble = Uint8Array.of(0x55, 0x55, 0x55, 0x55, 0x7e);
export const smuxAnswer = Uint8Array.of(0x7e, 0x55, 0x41, 0x42, 0x54, 0x7e);
export const ethosAnswer = Uint8Array.of(0x7e, 0x7e, 0x55, 0x55, 0x55, 0x55);
export const uabt = 'UABT';

/** The host's MTU, and the most that is ever put into a frame. */
export const hostMtuBytes = 1024;

/** The first four characters of every reply. */
export const replyWords = ['OKAY', 'FAIL', 'DATA', 'INFO', 'PROG'] as const;
export type ReplyWord = (typeof replyWords)[number];

export const bootRomVariable = 'version-bootrom';
export const maxDownloadVariable = 'max-download-size';

export const hex8 = (value: number): string => value.toString(16).padStart(8, '0');

export const timeoutsMs = {
  preambleTick: 100,
  preamble: 30_000,
  uabtTick: 100,
  uabt: 5_000,
  hello: 5_000,
  first: 10_000,
  ordinary: 30_000,
  write: 120_000,
  call: 300_000,
  afterData: 60_000,
  closing: 10_000,
  disconnect: 1_000,
} as const;

export function timeoutOf(command: string): number {
  if (command === 'call') return timeoutsMs.call;
  if (command.startsWith('flash:') || command.startsWith('erase:')) return timeoutsMs.write;
  return timeoutsMs.ordinary;
}

/**
 * A device that works may send no heartbeat meanwhile: only commands that it answers from memory are under the rule of the lost link
 * (§7.3, §10).
 */
export const isAnsweredAtOnce = (command: string): boolean => /^(getvar|progress|download|enable)\b/.test(command);
/** Three seconds without any frame, where heartbeats come every 300 ms. */
export const linkLossMs = 3_000;

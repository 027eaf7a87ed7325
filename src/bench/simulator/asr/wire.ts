// SMUX as the device sees it: frame types, escapes and reply frames. Knows no session and no command's meaning.
// Own constants and own encoder: the simulator must be able to disagree with the host. Source: asr.md §6 to §8.

export const frameTypes = { STDIO: 0, HELLO: 1, HELLO_REPLY: 2, ABOOT_CMD: 3, ABOOT_DATA: 4, HEART_BEAT: 5 } as const;
export type FrameType = (typeof frameTypes)[keyof typeof frameTypes];

export const delimiter = 0x7e;
export const escapeByte = 0x7d;
/** Second bytes of the two escapes of data. */
export const escaped = { delimiter: 0x5e, escapeByte: 0x5d } as const;
/** After an escape: this plus the type. */
export const typeBase = 0x20;

export const greeting = 'UABT';
/** What an ETHOS chip answers to the preamble. */
export const ethosAnswer = Uint8Array.of(0x7e, 0x7e, 0x55, 0x55, 0x55, 0x55);
/** Commands and replies are shorter than this. */
export const commandLimit = 128;

const encoder = new TextEncoder();

/** `7E`, for types 1 to 5 `7D` and the type XOR 20h, the escaped payload, `7E`. */
export function smuxFrame(type: FrameType, payload: Uint8Array | string): Uint8Array {
  const plain = typeof payload === 'string' ? encoder.encode(payload) : payload;
  const frame: number[] = [delimiter];
  if (type !== frameTypes.STDIO) frame.push(escapeByte, typeBase ^ type);
  for (const byte of plain) {
    if (byte === delimiter) frame.push(escapeByte, escaped.delimiter);
    else if (byte === escapeByte) frame.push(escapeByte, escaped.escapeByte);
    else frame.push(byte);
  }
  frame.push(delimiter);
  return Uint8Array.from(frame);
}

export const replyFrame = (text: string): Uint8Array => smuxFrame(frameTypes.ABOOT_CMD, text);
export const logFrame = (text: string): Uint8Array => smuxFrame(frameTypes.STDIO, `${text}\n`);
export const heartbeatFrame: Uint8Array = smuxFrame(frameTypes.HEART_BEAT, 'H');
export const greetingFrame: Uint8Array = smuxFrame(frameTypes.STDIO, greeting);

/** The MTU as u16 big-endian. */
export const helloReply = (mtu: number): Uint8Array =>
  smuxFrame(frameTypes.HELLO_REPLY, Uint8Array.of((mtu >> 8) & 0xff, mtu & 0xff));

export const hex8 = (value: number): string => value.toString(16).padStart(8, '0');

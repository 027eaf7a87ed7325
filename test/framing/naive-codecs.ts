// The framing rules of unisoc.md §3, §4 and asr.md §6 written down byte by byte, for comparison: slow, without state between calls,
// and without a line of the codecs that are compared.

export type NaiveEvent =
  | { readonly kind: 'frame'; readonly type: number | string; readonly content: readonly number[] }
  | { readonly kind: 'broken'; readonly reason: string; readonly facts: readonly number[] };

const escapedByte = (byte: number): number[] => (byte === 0x7e || byte === 0x7d ? [0x7d, byte ^ 0x20] : [byte]);

/** The folded, inverted sum of little-endian words, its bytes in the order of the wire. */
export function naiveSum16(bytes: readonly number[]): readonly [number, number] {
  let sum = bytes.reduce((total, byte, at) => total + byte * (at % 2 === 0 ? 1 : 0x100), 0);
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return [0xff - (sum % 0x100), 0xff - Math.floor(sum / 0x100)];
}

/** A bit at a time, high bit first; as it goes on the wire. */
export function naiveXmodem(bytes: readonly number[]): readonly [number, number] {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const isOut = ((crc >> 15) & 1) !== ((byte >> bit) & 1);
      crc = (crc * 2) % 0x10000;
      if (isOut) crc ^= 0x1021;
    }
  }
  return [crc >> 8, crc & 0xff];
}

/** A bit at a time, low bit first. */
export function naiveArc(bytes: readonly number[]): number {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const isOut = (crc & 1) !== ((byte >> bit) & 1);
      crc >>= 1;
      if (isOut) crc ^= 0xa001;
    }
  }
  return crc;
}

export type NaiveCheck = typeof naiveSum16;

export function naiveHdlcFrame(check: NaiveCheck, type: number, data: readonly number[]): number[] {
  const checked = [type >> 8, type & 0xff, data.length >> 8, data.length & 0xff, ...data];
  return [0x7e, ...[...checked, ...check(checked)].flatMap(escapedByte), 0x7e];
}

/** What lies between two flags, one after the other; what lies before the first and after the last is no frame. */
export function naiveHdlcEvents(check: NaiveCheck, maxDataBytes: number, stream: readonly number[]): NaiveEvent[] {
  const flags = stream.flatMap((byte, at) => (byte === 0x7e ? [at] : []));
  const pieces = flags.slice(1).map((end, index) => stream.slice((flags[index] ?? 0) + 1, end));
  return pieces.flatMap((piece) => naiveHdlcEvent(check, maxDataBytes, piece));
}

function naiveHdlcEvent(check: NaiveCheck, maxDataBytes: number, piece: readonly number[]): NaiveEvent[] {
  const body: number[] = [];
  let isEscaped = false;
  for (const byte of piece) {
    if (byte === 0x7d && !isEscaped) isEscaped = true;
    else {
      body.push(isEscaped ? byte | 0x20 : byte);
      isEscaped = false;
    }
  }
  const broken = (reason: string, ...facts: number[]): NaiveEvent[] => [{ kind: 'broken', reason, facts }];
  const [type1 = 0, type2 = 0, size1 = 0, size2 = 0] = body;
  const size = size1 * 0x100 + size2;
  if (body.length > maxDataBytes + 6) return broken('overlong', maxDataBytes, size);
  if (body.length < 6) return [];
  if (isEscaped) return broken('escape', 0x5e, 0x7e);
  if (size !== body.length - 6) return broken('size', size, body.length - 6);
  const [check1, check2] = check(body.slice(0, -2));
  const [carried1 = 0, carried2 = 0] = body.slice(-2);
  if (check1 !== carried1 || check2 !== carried2) return broken('checksum', check1 * 0x100 + check2, carried1 * 0x100 + carried2);
  return [{ kind: 'frame', type: type1 * 0x100 + type2, content: body.slice(4, -2) }];
}

const smuxNames = ['STDIO', 'HELLO', 'HELLO_REPLY', 'ABOOT_CMD', 'ABOOT_DATA', 'HEART_BEAT'] as const;

export function naiveSmuxFrame(type: (typeof smuxNames)[number], payload: readonly number[]): number[] {
  const typeBytes = type === 'STDIO' ? [] : [0x7d, smuxNames.indexOf(type) + 0x20];
  return [0x7e, ...typeBytes, ...payload.flatMap(escapedByte), 0x7e];
}

export function naiveSmuxEvents(maxPayloadBytes: number, stream: readonly number[]): NaiveEvent[] {
  const events: NaiveEvent[] = [];
  let frame: { type: string; content: number[] } | null = null;
  for (let at = 0; at < stream.length; at++) {
    let byte = stream[at] ?? 0;
    if (frame === null || (byte === 0x7e && frame.content.length === 0)) {
      if (byte === 0x7e) frame = { type: 'STDIO', content: [] };
      continue;
    }
    if (byte === 0x7e) {
      events.push({ kind: 'frame', ...frame });
      frame = null;
      continue;
    }
    if (byte === 0x7d) {
      at += 1;
      const second = stream[at];
      if (second === undefined) break;
      if (second !== 0x5e && second !== 0x5d) {
        const type = smuxNames[second - 0x20];
        if (type === undefined) events.push({ kind: 'broken', reason: 'escape', facts: [second] });
        else frame.type = type;
        continue;
      }
      byte = second + 0x20;
    }
    if (frame.content.length === maxPayloadBytes) {
      events.push({ kind: 'broken', reason: 'overlong', facts: [byte] });
      frame = null;
    } else frame.content.push(byte);
  }
  return events;
}

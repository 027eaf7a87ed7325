// A scripted ASR module for session tests: strict about what it hears, with its own naive codec. It shares nothing with the host.
import type { ManualClock } from '../../support/manual-clock.ts';
import { createPeerTransport, type PeerTransport } from '../eigencomm/peer-transport.ts';

const types = ['STDIO', 'HELLO', 'HELLO_REPLY', 'ABOOT_CMD', 'ABOOT_DATA', 'HEART_BEAT'];

export function frame(type: string, payload: string | Uint8Array): Uint8Array {
  const content = typeof payload === 'string' ? payload : Buffer.from(payload).toString('latin1');
  const escaped = content.replace(/[\x7d\x7e]/g, (char) => `\x7d${String.fromCharCode(char.charCodeAt(0) ^ 0x20)}`);
  const number = types.indexOf(type);
  const mark = number === 0 ? '' : `\x7d${String.fromCharCode(number ^ 0x20)}`;
  return Buffer.from(`\x7e${mark}${escaped}\x7e`, 'latin1');
}

function unframe(bytes: Uint8Array): { type: string; payload: Buffer } {
  const text = Buffer.from(bytes).toString('latin1');
  const [, number, body] = /^\x7e(?:\x7d([\x21-\x25]))?([^\x7e]+)\x7e$/s.exec(text) ?? [];
  if (body === undefined) throw new Error(`the host sent no single frame: ${Buffer.from(bytes).toString('hex').slice(0, 80)}`);
  const payload = body.replace(/\x7d([\x5d\x5e])/g, (_, char: string) => String.fromCharCode(char.charCodeAt(0) ^ 0x20));
  return { type: types[(number?.charCodeAt(0) ?? 0x20) ^ 0x20] ?? '?', payload: Buffer.from(payload, 'latin1') };
}

/** What it says to a command: replies in order, none for silence. Null: what a healthy device says. */
export type Answer = (command: string, count: number) => readonly string[] | null;

export interface DoubleOptions {
  readonly pieceBytes?: number;
  readonly mtu?: number;
  readonly bootRom?: string;
  readonly product?: string;
  /** Of the flasher. */
  readonly maxDownloadBytes?: number;
  /** Instead of ~UABT~, to the preamble. */
  readonly preambleAnswer?: readonly Uint8Array[];
  /** Preambles it lets pass before it answers. */
  readonly deafTo?: number;
  readonly answersUabt?: boolean;
  readonly helloReply?: Uint8Array | null;
  readonly answer?: Answer;
  /** Heard after each data frame, with the bytes so far. */
  readonly onData?: (double: DeviceDouble, received: number) => void;
}

export interface DeviceDouble {
  readonly transport: PeerTransport;
  readonly commands: string[];
  /** Largest payload of a data frame. */
  readonly largestFrame: () => number;
  readonly preambles: () => number;
  /** What was flashed, piece by piece. */
  readonly flashed: { readonly partition: string; readonly bytes: Buffer }[];
  readonly loaded: Buffer[];
  say(type: string, payload: string | Uint8Array): void;
}

export function createDeviceDouble(clock: ManualClock, options: DoubleOptions = {}): DeviceDouble {
  const { mtu = 1024, bootRom = '2020.07.30', product = 'arom-tiny', maxDownloadBytes = 0x1c0000, deafTo = 0 } = options;
  const transport = createPeerTransport(clock, options.pieceBytes);
  const [commands, counts, flashed, loaded]: [string[], Map<string, number>, DeviceDouble['flashed'], Buffer[]] = [
    [],
    new Map(),
    [],
    [],
  ];
  let [preambles, expected, data, largest, calls, isOpen]: [number, number, Buffer, number, number, boolean] = [
    0,
    0,
    Buffer.alloc(0),
    0,
    0,
    false,
  ];

  const say = (type: string, payload: string | Uint8Array): void => transport.deliver(frame(type, payload));
  const reply = (texts: readonly string[]): void => texts.forEach((text) => void say('ABOOT_CMD', text));

  const healthy = (command: string): readonly string[] => {
    const [verb = '', name = ''] = command.split(':');
    switch (verb) {
      case 'getvar':
        return [`OKAY${variable(name)}`];
      case 'download':
        return [`DATA${name}`];
      case 'call':
        calls += 1;
        return ['INFOboot line 1', 'INFOboot line 2', 'OKAY'];
      default:
        return ['OKAY'];
    }
  };
  const variable = (name: string): string => {
    const values: Record<string, string> = {
      product,
      version: '0.5',
      'version-bootrom': bootRom,
      'max-download-size': (calls < 2 ? 0xf000 : maxDownloadBytes).toString(16).padStart(8, '0'),
    };
    return values[name] ?? '';
  };

  const hearCommand = (command: string): void => {
    if (expected > 0) throw new Error(`${command} in the middle of the data`);
    commands.push(command);
    const count = (counts.get(command) ?? 0) + 1;
    counts.set(command, count);
    const said = options.answer?.(command, count) ?? healthy(command);
    if (command.startsWith('download:') && said.some((text) => text.startsWith('DATA'))) {
      expected = Number.parseInt(command.slice('download:'.length), 16);
      data = Buffer.alloc(0);
    }
    if (command.startsWith('flash:')) flashed.push({ partition: command.slice('flash:'.length), bytes: data });
    else if (command === 'verify' || command === 'partition') loaded.push(data);
    reply(said);
  };

  const hearData = (payload: Buffer): void => {
    if (payload.length > mtu) throw new Error(`a payload of ${payload.length} bytes above the MTU`);
    if (payload.length > expected) throw new Error('more data than was asked for');
    largest = Math.max(largest, payload.length);
    data = Buffer.concat([data, payload]);
    expected -= payload.length;
    options.onData?.(double, data.length);
    const isWhole = expected === 0;
    if (isWhole) reply(options.answer?.('data', 1) ?? ['OKAY']);
  };

  transport.onWrite = (bytes) => {
    if (Buffer.from(bytes).toString('hex') === '555555557e') {
      if (isOpen) throw new Error('a preamble in the middle of the session');
      preambles += 1;
      if (preambles > deafTo)
        (options.preambleAnswer ?? [frame('STDIO', 'UABT')]).forEach((part) => void transport.deliver(part));
      return;
    }
    // An empty frame is ignored: §6, receiver rule 3.
    if (Buffer.from(bytes).toString('hex') === '7e') return;
    const { type, payload } = unframe(bytes);
    if (type === 'STDIO') {
      isOpen = true;
      if (options.answersUabt ?? true) say('STDIO', payload);
    } else if (type === 'HELLO') {
      if (payload.toString('hex') !== '0400') throw new Error('not the MTU of the host');
      const answer = options.helloReply === undefined ? Uint8Array.of(mtu >> 8, mtu & 0xff) : options.helloReply;
      if (answer !== null) say('HELLO_REPLY', answer);
    } else if (type === 'ABOOT_CMD') hearCommand(payload.toString('latin1'));
    else if (type === 'ABOOT_DATA') hearData(payload);
    else throw new Error(`a ${type} frame from the host`);
  };

  const double: DeviceDouble = {
    transport,
    commands,
    largestFrame: () => largest,
    preambles: () => preambles,
    flashed,
    loaded,
    say,
  };
  return double;
}

/** What sparse pieces write, by a reader of its own. */
export function unsparse(pieces: readonly Buffer[]): Buffer {
  const blocks = new Map<number, Buffer>();
  let total = 0;
  for (const piece of pieces) {
    total = piece.readUInt32LE(16);
    let [at, block] = [32, 0];
    for (let chunk = piece.readUInt32LE(20); chunk > 0; chunk--) {
      const [type, count, size] = [piece.readUInt16LE(at), piece.readUInt32LE(at + 4), piece.readUInt32LE(at + 8)];
      if (type === 0xcac1) blocks.set(block, piece.subarray(at + 16, at + size));
      block += count;
      at += size;
    }
    if (at !== piece.length || block !== total) throw new Error('a piece that does not add up');
  }
  const parts = [...blocks].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
  const whole = Buffer.concat(parts);
  if (whole.length !== total * 4096) throw new Error('blocks are missing');
  return whole;
}

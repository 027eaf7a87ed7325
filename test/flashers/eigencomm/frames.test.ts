// Frames and replies against the golden vectors, and the frames that must never exist.
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/domain/failure.ts';
import { type BurnImage, encodeRequest, encodeSyncWord, type Request } from '../../../src/flashers/eigencomm/frames.ts';
import { encodeImageHead } from '../../../src/flashers/eigencomm/image-head.ts';
import { dataCommands, lpcCommands } from '../../../src/flashers/eigencomm/opcodes.ts';
import { acceptReply, decodeReplyHeader, faultOfHeader } from '../../../src/flashers/eigencomm/replies.ts';
import { hexOf, replyFrame } from './device-double.ts';
import { bytesOf, type FrameVector, vectors } from './fixtures.ts';

const nameOf = (table: Readonly<Record<string, number>>, code: number): string =>
  Object.entries(table).find(([, value]) => value === code)?.[0] ?? 'none';

const burnImages: Readonly<Record<string, BurnImage>> = {
  '494d424f': 'BL',
  '49424b44': 'AP',
  '49425043': 'CP',
  '49584c46': 'FLEX',
};

/** The request that a vector stands for; for a reply, the request that it answers. */
function requestOf(vector: FrameVector): Request {
  const data = bytesOf(vector.direction === 'host_to_device' ? vector.data : '');
  const word = (at: number): number => (data.length >= at + 4 ? Buffer.from(data).readUInt32LE(at) : 0);
  if (vector.stage === 'LPC') return lpcRequestOf(vector, data, word);
  const stage = vector.stage;
  const command = nameOf(dataCommands, vector.cmd);
  switch (command) {
    case 'DATA_HEAD':
      return { stage, command, remaining: word(0) };
    case 'DOWNLOAD_DATA': {
      const index = vector.direction === 'host_to_device' ? vector.index : (vector.index + 255) % 256;
      return { stage, command, index, block: data };
    }
    case 'GET_VERSION':
    case 'SEL_IMAGE':
    case 'VERIFY_IMAGE':
    case 'DONE':
      return { stage, command };
    default:
      throw new Error(`no such command: ${vector.name}`);
  }
}

function lpcRequestOf(vector: FrameVector, data: Uint8Array, word: (at: number) => number): Request {
  const command = nameOf(lpcCommands, vector.cmd);
  switch (command) {
    case 'FLASH_ERASE':
      return { stage: 'LPC', command, lengthBytes: word(0), address: word(4) };
    case 'READ_MEM':
      return { stage: 'LPC', command, lengthBytes: word(0) || vector.data.split(' ').length, address: word(4) };
    case 'BURN_ONE': {
      const image = burnImages[hexOf(data.subarray(0, 4))] ?? 'BL';
      return { stage: 'LPC', command, image, chipFamily: image === 'CP' && data.length === 4 ? 'ec718' : 'ec618' };
    }
    case 'GET_BURN_STATUS':
    case 'SYS_RST':
      return { stage: 'LPC', command };
    default:
      throw new Error(`no such command: ${vector.name}`);
  }
}

const sent = vectors.frames.filter(({ direction }) => direction === 'host_to_device');
const received = vectors.frames.filter(({ direction }) => direction === 'device_to_host');
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.failure.code;
    throw thrown;
  }
  return 'accepted';
};

describe('requests', () => {
  it.each(sent.map((vector) => [`${vector.stage} ${vector.name}`, vector] as const))(
    '%s is encoded byte for byte',
    (_name, vector) => {
      expect(hexOf(encodeRequest(requestOf(vector)))).toBe(hexOf(bytesOf(vector.hex)));
    },
  );

  it('encodes the same bytes again on a retry', () => {
    const request: Request = { stage: 'AGBOOT', command: 'DATA_HEAD', remaining: 0x110 };
    expect(encodeRequest(request)).toEqual(encodeRequest(request));
  });

  it('wraps the index of a block at 256', () => {
    expect(encodeRequest({ stage: 'DLBOOT', command: 'DOWNLOAD_DATA', index: 257, block: Uint8Array.of(1) })[1]).toBe(1);
  });

  it('refuses an empty block and one above 64 KiB', () => {
    for (const size of [0, 0x10001]) {
      const block = new Uint8Array(size);
      expect(codeOf(() => encodeRequest({ stage: 'AGBOOT', command: 'DOWNLOAD_DATA', index: 0, block }))).toBe('station-defect');
    }
  });
});

describe('LPC frames that must never exist', () => {
  it('names exactly the five commands of the whitelist', () => {
    expect(Object.values(lpcCommands).sort((a, b) => a - b)).toEqual([0x10, 0x21, 0x42, 0x44, 0xaa]);
  });

  // What the type forbids is forced past it here as untyped JSON.
  it.each([
    '0x22',
    '0x24',
    '0x31',
    '0x32',
    '0x41',
    '0xA1',
    '0xE0',
    'VERIFY_IMAGE',
    'DATA_HEAD',
    'DOWNLOAD_DATA',
    'DONE',
    'toString',
  ])('refuses to build LPC %s even when the type is got round', (command) => {
    const forged: Request = JSON.parse(
      JSON.stringify({ stage: 'LPC', command: Number(command) || command, remaining: 4, block: [1] }),
    );
    expect(codeOf(() => encodeRequest({ ...forged }))).toBe('station-defect');
  });

  it('has no way to give a command as a number or another name', () => {
    // @ts-expect-error: the eFuse burn is not in the command type.
    expect(codeOf(() => encodeRequest({ stage: 'LPC', command: 'EFUSE_BURN' }))).toBe('station-defect');
    // @ts-expect-error: a data command has no LPC form.
    expect(codeOf(() => encodeRequest({ stage: 'LPC', command: 'VERIFY_IMAGE' }))).toBe('station-defect');
  });

  it('always marks the CP image of an EC618 for CP flash, and never another image', () => {
    const burn = (image: BurnImage, chipFamily: 'ec618' | 'ec718') =>
      encodeRequest({ stage: 'LPC', command: 'BURN_ONE', image, chipFamily });
    expect(hexOf(burn('CP', 'ec618')).slice(16, 28)).toBe('4942504301e1');
    expect(burn('CP', 'ec718')).toHaveLength(16);
    for (const image of ['BL', 'AP', 'FLEX'] as const) expect(burn(image, 'ec618')).toHaveLength(16);
  });

  it.each([
    ['the whole AP flash', 0x800000, 0x400000],
    ['more than 64 KiB', 0x824000, 0x10001],
    ['CP flash', 0x8800000, 0x1000],
    ['RF calibration', 0x88e7000, 0x1000],
    ['a raw offset', 0x24000, 0x1000],
    ['past the end of AP flash', 0xbff000, 0x2000],
    ['nothing', 0x824000, 0],
  ])('refuses to build an erase of %s', (_what, address, lengthBytes) => {
    expect(codeOf(() => encodeRequest({ stage: 'LPC', command: 'FLASH_ERASE', address, lengthBytes }))).toBe('station-defect');
  });

  it('refuses to read more than 240 bytes at a time', () => {
    expect(codeOf(() => encodeRequest({ stage: 'LPC', command: 'READ_MEM', address: 0x800000, lengthBytes: 241 }))).toBe(
      'station-defect',
    );
  });
});

describe('sync words', () => {
  it('are sent as the golden vectors have them', () => {
    for (const stage of ['DLBOOT', 'AGBOOT', 'LPC'] as const) {
      const vector = vectors.sync.find((sync) => sync.stage === stage);
      expect(hexOf(encodeSyncWord(stage)).repeat(2)).toBe(hexOf(bytesOf(vector?.request_hex ?? '')));
    }
  });
});

describe('replies', () => {
  it.each(received.map((vector) => [`${vector.stage} ${vector.name}`, vector] as const))('%s is decoded', (_name, vector) => {
    const frame = bytesOf(vector.hex);
    const request = requestOf(vector);
    expect(faultOfHeader(request, decodeReplyHeader(frame), 'test')).toBeNull();
    if (vector.state === 0) expect(hexOf(acceptReply(request, frame, 'test'))).toBe(hexOf(bytesOf(vector.data)));
    else expect(codeOf(() => acceptReply(request, frame, 'test'))).toBe('device-refused');
  });

  const request: Request = { stage: 'AGBOOT', command: 'DOWNLOAD_DATA', index: 7, block: Uint8Array.of(1) };
  const empty = new Uint8Array(0);

  it.each<[string, Uint8Array, string]>([
    ['of another command', replyFrame('AGBOOT', 0x3a, 8, 0, empty), 'reply-unexpected'],
    ['with the index of the request instead of the next', replyFrame('AGBOOT', 0x32, 7, 0, empty), 'reply-unexpected'],
    ['in LPC framing', replyFrame('LPC', 0x32, 8, 0, empty), 'reply-unexpected'],
    ['with data where none belongs', replyFrame('AGBOOT', 0x32, 8, 0, Uint8Array.of(1)), 'reply-malformed'],
    ['with NAK', replyFrame('AGBOOT', 0x32, 8, 1, Uint8Array.of(0x9a, 0, 0, 0)), 'device-refused'],
    ['with an error state', replyFrame('AGBOOT', 0x32, 8, 5, empty), 'device-error'],
    [
      'with a wrong CRC',
      replyFrame('AGBOOT', 0x32, 8, 0, empty).map((byte, at) => (at === 9 ? byte ^ 1 : byte)),
      'reply-checksum-wrong',
    ],
  ])('a reply %s is refused', (_what, frame, code) => {
    expect(codeOf(() => acceptReply(request, frame, 'write-ap'))).toBe(code);
  });

  it('a reply of another command is refused, and step, expected and actual are named', () => {
    expect(() => acceptReply(request, replyFrame('AGBOOT', 0x3a, 8, 0, empty), 'write-ap')).toThrow(
      'reply-unexpected in write-ap; expected 0x32; actual 0x3A; command of the reply to AGBOOT DOWNLOAD_DATA',
    );
  });

  it('a length above the limit of its stage is refused before it is waited for', () => {
    const header = decodeReplyHeader(Uint8Array.of(0x32, 8, 0xcd, 0x32, 0, 13));
    expect(faultOfHeader(request, header, 'x')?.failure.code).toBe('reply-malformed');
  });

  it('the meaning of a NAK code is told', () => {
    const frame = replyFrame('LPC', 0x10, 0, 1, Uint8Array.of(0x32, 0, 0, 0));
    const erase: Request = { stage: 'LPC', command: 'FLASH_ERASE', address: 0x824000, lengthBytes: 0x1000 };
    expect(() => acceptReply(erase, frame, 'erase-x')).toThrow('actual NAK 0x32 flash erase error');
  });
});

describe('image heads', () => {
  it.each(vectors.image_heads.map((head) => [head.name, head] as const))('%s is encoded byte for byte', (_name, vector) => {
    const head = encodeImageHead({
      imageId: Number(vector.image_id),
      burnAddress: Number(vector.burnaddr),
      baudRate: Number(vector.baudratectrl) === 0 ? 0 : 921_600,
      rsvd0: vector.rsvd0,
      size: vector.img_size,
      sha256: vector.image_sha256,
    });
    expect(hexOf(head)).toBe(vector.hex);
  });

  it('are refused without a whole digest', () => {
    const head = { imageId: 1, burnAddress: 0, baudRate: 0, rsvd0: 0, size: 1 };
    expect(codeOf(() => encodeImageHead({ ...head, sha256: 'abcd' }))).toBe('station-defect');
  });
});

// A patient device for protocol tests: mask ROM, then agent, as eigencomm.md 4 to 7 describe them, with its own codec. It checks the
// host's bytes, writes down what it heard, and lets a test put any answer in place of the right one.
import { crc32 } from 'node:zlib';

export type Stage = 'DLBOOT' | 'AGBOOT' | 'LPC';

export interface Heard {
  readonly stage: Stage;
  /** `sync` or the command's name. */
  readonly name: string;
  readonly index: number;
  readonly data: Uint8Array;
}

/** The bytes to answer instead; null is silence. `nth` counts from 1 how often this stage and name were heard. */
export type Tamper = (heard: Heard, reply: Uint8Array, nth: number) => Uint8Array | null;

export interface Download {
  readonly image: string;
  readonly heads: number[];
  readonly indexes: number[];
  readonly blocks: Uint8Array[];
}

const syncNames: Readonly<Record<string, Stage>> = { '00d3022b': 'DLBOOT', aad3022b: 'AGBOOT', cdd3022b: 'LPC' };
const dataNames: Readonly<Record<number, string>> = {
  32: 'GET_VERSION',
  33: 'SEL_IMAGE',
  34: 'VERIFY_IMAGE',
  49: 'DATA_HEAD',
  50: 'DOWNLOAD_DATA',
  58: 'DONE',
};
const lpcNames: Readonly<Record<number, string>> = { 16: 'FLASH_ERASE', 66: 'BURN_ONE', 68: 'GET_BURN_STATUS', 170: 'SYS_RST' };
const headId = '484d4954';
const agentbootId = '494d424f';
const resetWord = Uint8Array.of(0x2b, 0x02, 0xd3, 0xee);

export class DeviceDouble {
  readonly heard: Heard[] = [];
  readonly downloads: Download[] = [];
  readonly problems: string[] = [];
  tamper: Tamper = (_heard, reply) => reply;
  /** Set to start as a module whose agent already runs. */
  agentRuns = false;
  burnStatus = 0;
  grantLimits = { DLBOOT: 0x400, AGBOOT: 0x4000 };
  private readonly say: (bytes: Uint8Array) => void;
  private readonly counts = new Map<string, number>();
  private inbox: number[] = [];
  private expected = headId;
  private imageId = agentbootId;
  private presync = false;
  private current: Download | null = null;

  constructor(say: (bytes: Uint8Array) => void) {
    this.say = say;
  }

  hear(bytes: Uint8Array): void {
    this.inbox.push(...bytes);
    while (this.takeOne());
  }

  /** `AGBOOT sync`, `LPC BURN_ONE`, … in the order they came. */
  get dialogue(): string[] {
    return this.heard.map(({ stage, name }) => `${stage} ${name}`);
  }

  /** All bytes that were downloaded for an image id, joined. */
  image(id: string): Buffer {
    return Buffer.concat(this.downloads.filter(({ image }) => image === id).flatMap(({ blocks }) => blocks));
  }

  private takeOne(): boolean {
    if (this.inbox.length < 8) return false;
    const head = Uint8Array.from(this.inbox.slice(0, 8));
    const word = hexOf(head.subarray(0, 4));
    if (word === hexOf(head.subarray(4)) && syncNames[word]) {
      this.inbox.splice(0, 8);
      this.sync(syncNames[word], head.subarray(0, 4));
      return true;
    }
    return this.takeFrame(head);
  }

  private takeFrame(head: Uint8Array): boolean {
    const [command = 0, index = 0, order = 0, inverse = 0] = head;
    const stage: Stage = order === 0x4c ? 'LPC' : this.agentRuns ? 'AGBOOT' : 'DLBOOT';
    const length = new DataView(head.buffer).getUint32(4, true) & (this.agentRuns ? 0xffffff : 0xffffffff);
    const trailer = this.agentRuns || command === 0x32 ? 4 : 0;
    const total = 8 + length + trailer;
    if (this.inbox.length < total) return false;
    const frame = Uint8Array.from(this.inbox.splice(0, total));
    if ((order ^ inverse) !== 0xff) this.problems.push(`order bytes ${order} ${inverse}`);
    if (trailer) this.checkTrailer(frame, length);
    const name = (stage === 'LPC' ? lpcNames : dataNames)[command];
    if (!name) this.problems.push(`${stage} command ${command} is not allowed`);
    else this.request({ stage, name, index, data: frame.slice(8, 8 + length) }, command);
    return true;
  }

  private checkTrailer(frame: Uint8Array, length: number): void {
    const plain = frame.slice(0, 8 + length);
    if (this.agentRuns && length > 0 && plain[7] === 0) this.problems.push('no check byte');
    if (this.agentRuns) plain[7] = 0;
    const wanted = this.agentRuns ? crc32(plain) : plain.reduce((sum, byte) => sum + byte, 0);
    if (new DataView(frame.buffer).getUint32(8 + length, true) !== wanted) this.problems.push('trailer wrong');
  }

  private sync(stage: Stage, word: Uint8Array): void {
    const heard: Heard = { stage, name: 'sync', index: 0, data: word };
    const acceptable = (stage === 'DLBOOT') !== this.agentRuns;
    if (stage === 'AGBOOT' && this.presync) {
      this.presync = false;
      this.heard.push({ ...heard, name: 'presync' });
    } else this.answer(heard, acceptable ? word : resetWord);
  }

  private request(heard: Heard, command: number): void {
    const index = heard.name === 'DOWNLOAD_DATA' ? (heard.index + 1) & 0xff : heard.index;
    this.answer(heard, replyFrame(heard.stage, command, index, 0, this.act(heard)));
  }

  private act({ stage, name, index, data }: Heard): Uint8Array {
    const current = this.current;
    switch (name) {
      case 'GET_VERSION':
        return new Uint8Array(12);
      case 'SEL_IMAGE':
        return Buffer.from(this.expected, 'hex');
      case 'DATA_HEAD':
        return this.grant(stage === 'DLBOOT' ? this.grantLimits.DLBOOT : this.grantLimits.AGBOOT, data);
      case 'DOWNLOAD_DATA':
        if (!current) this.problems.push('a block without a DATA_HEAD');
        current?.indexes.push(index);
        current?.blocks.push(data);
        return new Uint8Array(0);
      case 'DONE':
        this.finishDownload(stage);
        return new Uint8Array(0);
      case 'BURN_ONE':
        this.presync = true;
        this.imageId = hexOf(data.subarray(0, 4));
        this.expected = headId;
        return new Uint8Array(0);
      case 'GET_BURN_STATUS':
        return u32(this.burnStatus);
      case 'SYS_RST':
        return Buffer.from('ZzZzZzZz');
      default:
        return new Uint8Array(0);
    }
  }

  private grant(limit: number, data: Uint8Array): Uint8Array {
    const remaining = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
    this.current ??= { image: this.expected, heads: [], indexes: [], blocks: [] };
    this.current.heads.push(remaining);
    return u32(Math.min(remaining, limit));
  }

  private finishDownload(stage: Stage): void {
    if (this.current) this.downloads.push(this.current);
    this.current = null;
    if (stage === 'DLBOOT' && this.expected === agentbootId) this.agentRuns = true;
    else if (this.expected === headId) this.expected = this.imageId;
  }

  private answer(heard: Heard, reply: Uint8Array): void {
    this.heard.push(heard);
    const key = `${heard.stage} ${heard.name}`;
    const nth = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, nth);
    const said = this.tamper(heard, reply, nth);
    if (said) this.say(said);
  }
}

/** A whole reply with the right CRC-32 for its stage. */
export function replyFrame(stage: Stage, command: number, index: number, state: number, data: Uint8Array): Uint8Array {
  const order = stage === 'LPC' ? 0x4c : 0xcd;
  const body = Uint8Array.of(command, index, order, ~order & 0xff, state, data.length, ...data);
  return stage === 'DLBOOT' ? body : Uint8Array.of(...body, ...u32(crc32(body)));
}

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

// One image from BURN_ONE to its status: the head's checks, the chunks into flash, the read-back. Knows no frame and no sync.
// Source: eigencomm.md §8 "What the agent does with the head", §9, §14.

import { eraseDurationMs, type NorFlash } from '../nor-flash.ts';
import type { SessionLog } from '../session-log.ts';
import type { TimeModel } from '../time-model.ts';
import { cpDataStart, flashMap } from './boot.ts';
import { headBytes, parseHead } from './image-head.ts';
import { burnStatus, errorCodes, imageIds } from './wire.ts';

export type ImageName = 'BL' | 'AP' | 'CP' | 'FLEX';

export interface BurnedImage {
  readonly name: ImageName;
  readonly flash: NorFlash;
  readonly address: number;
  readonly size: number;
}

interface Target {
  readonly flash: NorFlash;
  readonly address: number;
}

interface Body extends Target {
  readonly size: number;
  written: number;
}

export interface ImageBurnOptions {
  readonly name: ImageName;
  /** BURN_ONE carried the marker of CP flash. */
  readonly intoCpFlash: boolean;
  readonly ap: NorFlash;
  readonly cp: NorFlash;
  readonly time: TimeModel;
  readonly log: SessionLog;
}

const bodyLimit = 0x3fc000;
const chunkLimit = 0x10000;
const apAddressMask = 0x3fffff;

export class ImageBurn {
  readonly imageId: number;
  /** 0xFF until the image is complete or has failed. */
  status: number = burnStatus.unfinished;
  private readonly options: ImageBurnOptions;
  private body: Body | null = null;

  constructor(options: ImageBurnOptions) {
    this.options = options;
    this.imageId = imageIds[options.name];
  }

  get awaitsHead(): boolean {
    return this.body === null;
  }

  get isOver(): boolean {
    return this.status !== burnStatus.unfinished;
  }

  fail(status: number): void {
    this.status = status;
  }

  /** Why a package of this size is refused now; null: it is taken. */
  sizeProblem(total: number): string | null {
    if (!this.body) {
      if (total === headBytes) return null;
      if (total > headBytes) this.fail(errorCodes.headTooLarge);
      return `${total} bytes for a head`;
    }
    if (total > chunkLimit) return `${total} bytes, more than the ${chunkLimit} of a chunk`;
    const left = this.body.size - this.body.written;
    return total > left ? `${total} bytes with ${left} left of the image` : null;
  }

  /** Takes a complete head or chunk. Returns the milliseconds of flash work; a problem shows in `status` only. */
  take(bytes: Uint8Array): number {
    return this.body ? this.takeChunk(this.body, bytes) : this.takeHead(bytes);
  }

  /** The image as it lies in flash; null while it is not complete. */
  burned(): BurnedImage | null {
    const { body, options } = this;
    if (!body || this.status !== burnStatus.ok) return null;
    return { name: options.name, flash: body.flash, address: body.address, size: body.size };
  }

  private takeHead(bytes: Uint8Array): number {
    const head = parseHead(bytes);
    if (head.imageId !== this.imageId) return this.refuse(errorCodes.badImageId, 'a head of another image');
    if (head.loadType === 1) {
      this.status = burnStatus.ok;
      return 0;
    }
    if (head.imageSize === 0 || head.imageSize > bodyLimit) {
      return this.refuse(errorCodes.size, `a head that names ${head.imageSize} bytes`);
    }
    const address = this.addressOf(head.burnAddress);
    if (address === null) return this.refuse(burnStatus.badAddress, `burn address 0x${head.burnAddress.toString(16)}`);
    this.body = { ...this.target(address), size: head.imageSize, written: 0 };
    return this.storeHead(bytes);
  }

  /** Where the agent puts the image for what the head asks; null: refused. */
  private addressOf(asked: number): number | null {
    const { name, intoCpFlash } = this.options;
    if (intoCpFlash) return asked & 0xff ? null : asked;
    if (name === 'BL') return flashMap.bl;
    if (asked !== 0) return asked & 0xff || asked < 0x4000 ? null : asked;
    this.options.log.violation(`AGBOOT: ${name} head with burn address 0`);
    if (name === 'AP') return 0x20000;
    return name === 'CP' ? 0x0 : 0xffffffff;
  }

  /** A 4 MiB part ignores the upper address bits. */
  private target(address: number): Target {
    const { intoCpFlash, ap, cp } = this.options;
    return intoCpFlash ? { flash: cp, address } : { flash: ap, address: (address & apAddressMask) >>> 0 };
  }

  private storeHead(bytes: Uint8Array): number {
    const { name, ap, time } = this.options;
    const slot = name === 'BL' ? flashMap.blHead : name === 'AP' ? flashMap.apHead : null;
    if (slot === null) return 0;
    ap.erase(slot, flashMap.headSlot);
    ap.program(slot, bytes);
    return eraseDurationMs(time, slot, flashMap.headSlot) + bytes.length * time.programMsPerByte;
  }

  /** Erases the sectors the chunk touches, writes, reads back and compares. */
  private takeChunk(body: Body, bytes: Uint8Array): number {
    const { time, log, cp } = this.options;
    const at = body.address + body.written;
    if (!body.flash.holds(at, bytes.length))
      return this.refuse(errorCodes.eraseFailed, 'an image that reaches past the end of flash');
    if (body.flash === cp && at + bytes.length > cpDataStart) log.violation('AGBOOT: CP data or RF calibration overwritten');
    body.flash.erase(at, bytes.length);
    body.flash.program(at, bytes);
    body.written += bytes.length;
    if (Buffer.compare(body.flash.read(at, bytes.length), bytes) !== 0) this.fail(errorCodes.verifyMismatch);
    else if (body.written === body.size) this.status = burnStatus.ok;
    return eraseDurationMs(time, at, bytes.length) + bytes.length * time.programMsPerByte;
  }

  private refuse(status: number, reason: string): number {
    this.options.log.violation(`AGBOOT: ${reason}`);
    this.fail(status);
    return 0;
  }
}

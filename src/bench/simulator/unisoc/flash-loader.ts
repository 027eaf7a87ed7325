// FDL2 of the 8910 and NORFDL of the 8850: START, MIDST, END, ERASE, READ on flash, NV and file systems. Knows no USB and no boot.
// Source: unisoc.md §5, §6, §8.3, §10.4, §11. Chosen, as the reference does not say: a refused END ends the download; READ and
// ERASE outside flash are 89; payloads of a wrong length and reads above 0x3000 bytes are 82.
import { hex } from '../../../domain/failure.ts';
import { eraseDurationMs } from '../nor-flash.ts';
import type { BslHandler } from './bsl-stage.ts';
import { type DownloadTarget, openTarget, type TargetContext } from './download-target.ts';
import { appimgPath, type ModuleStorage } from './module-storage.ts';
import { NvReadBuffer, type NvTrouble, storedNv } from './nv-reader.ts';
import { readNvItems, runningFolder, writeNvItem } from './nv-store.ts';
import { type Answer, replierWith } from './stage.ts';
import { commandName, commands, logicalAddresses, replies, replyName, sumCheck, u32BigEndian } from './wire.ts';

export interface FlashLoaderOptions extends TargetContext {
  readonly nvTrouble: NvTrouble;
  /** The loader's own list of models names this one, or it has no list. */
  readonly isBuiltForModel: boolean;
}

export const flashLoaderPacketBytes = 0x3000;
const wholeFlash = { address: 0, size: 0xffffffff } as const;
const { say, ack } = replierWith(sumCheck);
const isLogical = (address: number): boolean => address >>> 24 === 0xfe;

export class FlashLoader implements BslHandler {
  private readonly options: FlashLoaderOptions;
  private readonly storage: ModuleStorage;
  private readonly nv = new NvReadBuffer();
  private target: DownloadTarget | null = null;
  /** Counted before the ACK goes out: a lost ACK is no lost data. */
  private received = 0;

  constructor(options: FlashLoaderOptions) {
    this.options = options;
    this.storage = options.storage;
  }

  command(type: number, data: Uint8Array): Answer {
    switch (type) {
      case commands.CONNECT:
      case commands.CHANGE_BAUD:
      case commands.REPARTITION:
      case commands.ENABLE_DEBUG_MODE:
        return ack();
      case commands.START_DATA:
        return this.start(data);
      case commands.MIDST_DATA:
        return this.midst(data);
      case commands.END_DATA:
        return this.end();
      case commands.READ_FLASH:
        return this.read(data);
      case commands.ERASE_FLASH:
        return this.erase(data);
      case commands.NORMAL_RESET:
        if (this.target) this.violation('NORMAL_RESET in the middle of a download');
        return say(replies.ACK, { next: 'reset' });
      case commands.POWER_OFF:
        return say(replies.ACK, { next: 'powerOff' });
      default:
        return this.refuse(`unknown command ${commandName(type)}`, replies.INVALID_CMD);
    }
  }

  /** The NORFDL tells the detail first and then the size error. */
  afterRefusal(type: number): readonly number[] {
    const tellsTwice = this.storage.chip.name === '8850' && type === commands.MIDST_DATA && this.target?.isCpio;
    return tellsTwice ? [replies.DOWN_SIZE_ERROR] : [];
  }

  private start(data: Uint8Array): Answer {
    if (data.length !== 8 && data.length !== 12) return this.refuse('START_DATA with a wrong payload', replies.INVALID_CMD);
    const range = { address: u32BigEndian(data, 0), size: u32BigEndian(data, 4) };
    if (isLogical(range.address)) this.requireBackup(`START_DATA at ${hex(range.address)}`);
    if (range.size % 2 === 1) this.violation('START_DATA of an odd size');
    this.nv.spoil();
    this.received = 0;
    const target = openTarget(this.options, range);
    this.target = typeof target === 'number' ? null : target;
    return typeof target === 'number'
      ? this.refuse(`START_DATA of ${range.size} bytes at ${hex(range.address)}`, target)
      : ack(target.beginMs);
  }

  private midst(data: Uint8Array): Answer {
    if (!this.target) return this.refuse('MIDST_DATA without START_DATA', replies.DOWN_NOT_START);
    if (data.length % 2 === 1) this.violation('MIDST_DATA of an odd size');
    if (this.received + data.length > this.target.size) {
      return this.refuse('MIDST_DATA of more than START_DATA said', replies.DOWN_SIZE_ERROR);
    }
    const workMs = this.target.write(this.received, data);
    this.received += data.length;
    return ack(workMs);
  }

  private end(): Answer {
    const { target, received } = this;
    this.target = null;
    if (!target) return this.refuse('END_DATA without START_DATA', replies.DOWN_NOT_START);
    if (received < target.size) {
      return this.refuse(`END_DATA after ${received} of ${target.size} bytes`, replies.DOWN_SIZE_ERROR);
    }
    const { code, workMs } = target.finish();
    return say(code, { workMs });
  }

  private read(data: Uint8Array): Answer {
    if (data.length !== 12) return this.refuse('READ_FLASH with a wrong payload', replies.INVALID_CMD);
    const [address, size, offset] = [u32BigEndian(data, 0), u32BigEndian(data, 4), u32BigEndian(data, 8)];
    if (size === 0 || size > flashLoaderPacketBytes) return this.refuse(`READ_FLASH of ${size} bytes`, replies.INVALID_CMD);
    if (address === logicalAddresses.FIXED_NV) return this.readNv(size, offset);
    this.nv.spoil();
    if (offset !== 0) this.violation('READ_FLASH of flash with an offset, which is ignored');
    const bytes = this.storage.read({ address, size });
    return bytes
      ? say(replies.READ_FLASH, { data: bytes })
      : this.refuse(`READ_FLASH at ${hex(address)}`, replies.DOWN_DEST_ERROR);
  }

  private readNv(size: number, offset: number): Answer {
    const { nvTrouble } = this.options;
    if (nvTrouble === 'readRefused') return say(replies.OPERATION_FAILED);
    if (offset === 0) {
      if (!this.storage.mount()) return say(replies.INCOMPATIBLE_PARTITION);
      this.nv.fill(storedNv(this.storage, nvTrouble));
    }
    if (!this.nv.isFilled) {
      this.violation(`NV read at offset ${hex(offset)} after the work buffer was used for something else`);
      return say(replies.READ_FLASH, { data: new Uint8Array(size) });
    }
    const part = this.nv.read(offset, size);
    return part ? say(replies.READ_FLASH, { data: part }) : say(replies.INVALID_CMD);
  }

  private erase(data: Uint8Array): Answer {
    if (data.length !== 8) return this.refuse('ERASE_FLASH with a wrong payload', replies.INVALID_CMD);
    const [address, size] = [u32BigEndian(data, 0), u32BigEndian(data, 4)];
    if (!this.options.isBuiltForModel) return say(replies.UNKNOWN_DEVICE);
    this.requireBackup(`ERASE_FLASH at ${hex(address)}`);
    this.nv.spoil();
    if (this.storage.chip.formatsOnErase.includes(address)) this.storage.mountOrFormat();
    if (address === wholeFlash.address && size === wholeFlash.size) return this.eraseAll();
    return isLogical(address) ? this.eraseLogical(address, size) : this.eraseRange(address, size);
  }

  private eraseLogical(address: number, size: number): Answer {
    if (address === logicalAddresses.FORMAT_FILE_SYSTEM) return this.format(size);
    const isKnown = address === logicalAddresses.ERASE_RUNNING_NV || address === logicalAddresses.DELETE_APPIMG;
    if (!isKnown) return this.refuse(`ERASE_FLASH at ${hex(address)}`, replies.DOWN_DEST_ERROR);
    if (!this.storage.mount()) return say(replies.INCOMPATIBLE_PARTITION);
    if (address === logicalAddresses.ERASE_RUNNING_NV) this.storage.fileSystems.sys?.removeBelow(runningFolder);
    else this.storage.fileSystems.sys?.remove(appimgPath);
    return ack(this.options.time.eraseMs.sector4K);
  }

  private format(blockDevice: number): Answer {
    const name = this.storage.chip.blockDevices.get(blockDevice);
    const fileSystem = name && this.storage.fileSystems[name];
    if (!fileSystem) return this.refuse(`a format of block device ${hex(blockDevice)}`, replies.DOWN_DEST_ERROR);
    fileSystem.format();
    return ack(this.options.time.eraseMs.block64K);
  }

  private eraseRange(address: number, size: number): Answer {
    const bank = this.storage.bankOf(address, size);
    if (!bank || size === 0) {
      return this.refuse(`ERASE_FLASH of ${hex(size)} bytes at ${hex(address)}`, replies.DOWN_DEST_ERROR);
    }
    if (this.storage.touchesFactory(address, size)) this.violation('the factory area erased');
    this.storage.erase(address, size);
    return ack(eraseDurationMs(this.options.time, address - bank.address, size));
  }

  /** PhaseCheck is kept by the loader itself, the fixed NV on the 8910 only. */
  private eraseAll(): Answer {
    const { storage, options } = this;
    this.violation('erase of everything');
    const kept = storage.chip.eraseAllKeepsNv ? readNvItems(storage.fileSystems) : [];
    for (const { address, size } of storage.banks) storage.erase(address, size);
    for (const fileSystem of Object.values(storage.fileSystems)) fileSystem.format();
    for (const item of kept) writeNvItem(storage.fileSystems, item);
    const workMs = storage.banks.reduce((sum, { size }) => sum + eraseDurationMs(options.time, 0, size), 0);
    return ack(workMs);
  }

  /** Every such command may format or destroy: the NV must be safe with the host before it (unisoc.md §11.2, §11.7). */
  private requireBackup(what: string): void {
    if (!this.nv.hasBeenReadWhole) this.violation(`${what} before the NV was read`);
  }

  private violation(text: string): void {
    this.options.log.violation(`${this.options.name}: ${text}`);
  }

  private refuse(reason: string, code: number): Answer {
    this.violation(`${reason} (${replyName(code)})`);
    return say(code);
  }
}

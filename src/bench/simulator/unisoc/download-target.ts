// Where the data of a START goes: flash, memory until END, PhaseCheck, the NV, a file system. Knows no frame.
// Source: unisoc.md §6, §8.2, §11.2, §11.3. What a cpio stream holds is not looked at: the reference does not say.
import { hex } from '../../../domain/failure.ts';
import { eraseDurationMs } from '../nor-flash.ts';
import type { SessionLog } from '../session-log.ts';
import type { TimeModel } from '../time-model.ts';
import type { AddressRange } from './chips.ts';
import { cpioFolder, type ModuleStorage, sha256 } from './module-storage.ts';
import { parseBlob } from './nv-blob.ts';
import { factoryItems, writeNvItem } from './nv-store.ts';
import { logicalAddresses, replies } from './wire.ts';

export interface TargetContext {
  readonly storage: ModuleStorage;
  readonly time: TimeModel;
  readonly log: SessionLog;
  /** As violations name the stage. */
  readonly name: string;
  /** Asked of each image for the flash: it is acknowledged and goes nowhere. */
  readonly isOnlyAcknowledged: () => boolean;
}

export interface DownloadTarget extends AddressRange {
  /** Of the START. */
  readonly beginMs: number;
  readonly isCpio: boolean;
  /** Takes the bytes at the received count; gives the milliseconds. */
  write(offset: number, bytes: Uint8Array): number;
  /** After the last byte: the reply to END. */
  finish(): { readonly code: number; readonly workMs: number };
}

const phaseCheckBytes = 0x100;
const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Prepares the place; the code of a refusal where there is none. */
export function openTarget(context: TargetContext, range: AddressRange): DownloadTarget | number {
  const { storage, log, name } = context;
  const { chip } = storage;
  if (range.size === 0) return replies.DOWN_SIZE_ERROR;
  if (chip.formatsOnStart.includes(range.address)) storage.mountOrFormat();
  switch (range.address) {
    case logicalAddresses.PHASE_CHECK:
      log.violation(`${name}: PhaseCheck written`);
      return range.size === phaseCheckBytes ? phaseCheckTarget(context, range) : replies.DOWN_SIZE_ERROR;
    case logicalAddresses.FIXED_NV:
      return range.size <= chip.nvLimit ? nvTarget(context, range) : replies.DOWN_SIZE_ERROR;
    case logicalAddresses.CPIO:
      return storage.mount() ? cpioTarget(context, range) : replies.INCOMPATIBLE_PARTITION;
    default:
      return flashTarget(context, range);
  }
}

function flashTarget(context: TargetContext, range: AddressRange): DownloadTarget | number {
  const { storage, log, name } = context;
  if (!storage.bankOf(range.address, range.size)) return replies.DOWN_DEST_ERROR;
  if (storage.touchesFactory(range.address, range.size)) log.violation(`${name}: the factory area overwritten`);
  if (context.isOnlyAcknowledged()) return inMemory(range, () => ({ code: replies.ACK, workMs: 0 }));
  const isHeld = storage.chip.holdsBootImage && range.address === storage.chip.bootImage.address;
  return isHeld ? heldTarget(context, range) : directTarget(context, range);
}

/** Erased at START, programmed as it comes, read back at END. */
function directTarget({ storage, time }: TargetContext, range: AddressRange): DownloadTarget {
  const sent = new Uint8Array(range.size);
  storage.beginImage(range);
  return {
    ...range,
    isCpio: false,
    beginMs: eraseMs(storage, time, range),
    write: (offset, bytes) => {
      sent.set(bytes, offset);
      storage.program(range.address + offset, bytes);
      return bytes.length * time.programMsPerByte;
    },
    finish: () => ({ code: readBack(storage, range, sent), workMs: 0 }),
  };
}

/** Everything happens at END: until then the old image stays. */
function heldTarget({ storage, time }: TargetContext, range: AddressRange): DownloadTarget {
  return inMemory(range, (sent) => {
    storage.beginImage(range);
    storage.program(range.address, sent);
    const workMs = eraseMs(storage, time, range) + sent.length * time.programMsPerByte;
    return { code: readBack(storage, range, sent), workMs };
  });
}

function readBack(storage: ModuleStorage, range: AddressRange, sent: Uint8Array): number {
  const found = storage.read(range);
  if (!found || !isEqual(found, sent)) return replies.VERIFY_ERROR;
  storage.completeImage(range, sent);
  return replies.ACK;
}

function phaseCheckTarget({ storage, time }: TargetContext, range: AddressRange): DownloadTarget {
  return inMemory(range, (sent) => {
    storage.phaseCheck = sent;
    return { code: replies.ACK, workMs: sent.length * time.programMsPerByte };
  });
}

/** Every item of the blob is written, IMEI and calibration too; items that are not in it stay. */
function nvTarget({ storage, time, log, name }: TargetContext, range: AddressRange): DownloadTarget {
  return inMemory(range, (sent) => {
    const items = parseBlob(sent);
    if (!items) return { code: replies.OPERATION_FAILED, workMs: 0 };
    for (const { id, data } of items) {
      const original = storage.nvAtFactory.find((item) => item.id === id);
      if (factoryItems.includes(id) && original && !isEqual(original.data, data)) {
        log.violation(`${name}: NV item ${hex(id)} overwritten with other than the factory's value`);
      }
      writeNvItem(storage.fileSystems, { id, data });
    }
    storage.writtenNv = { ids: items.map(({ id }) => id), size: sent.length };
    return { code: replies.ACK, workMs: sent.length * time.programMsPerByte };
  });
}

function cpioTarget({ storage, time }: TargetContext, range: AddressRange): DownloadTarget {
  const target = inMemory(range, (sent) => {
    storage.fileSystems.sys?.write(`${cpioFolder}${sha256(sent).slice(0, 16)}`, sent);
    return { code: replies.ACK, workMs: sent.length * time.programMsPerByte };
  });
  return { ...target, isCpio: true };
}

function inMemory(range: AddressRange, finish: (sent: Uint8Array) => ReturnType<DownloadTarget['finish']>): DownloadTarget {
  const sent = new Uint8Array(range.size);
  return {
    ...range,
    isCpio: false,
    beginMs: 0,
    write: (offset, bytes) => {
      sent.set(bytes, offset);
      return 0;
    },
    finish: () => finish(sent),
  };
}

function eraseMs(storage: ModuleStorage, time: TimeModel, { address, size }: AddressRange): number {
  const base = storage.bankOf(address, size)?.address ?? 0;
  return eraseDurationMs(time, address - base, size);
}

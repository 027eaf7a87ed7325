// READ_FLASH of the fixed NV: the device fills its work buffer at offset 0 and serves later offsets from it. Knows no frame.
// Source: unisoc.md §10.1 step 8, §11.1, §11.4.
import type { ModuleStorage } from './module-storage.ts';
import { makeBlob } from './nv-blob.ts';
import { readNvItem, readNvItems } from './nv-store.ts';

/** What is wrong with what a board tells of its NV; its own items are good. */
export type NvTrouble = 'none' | 'badCrc' | 'readRefused';

export function storedNv(storage: ModuleStorage, trouble: NvTrouble): Uint8Array {
  const { chip, writtenNv, fileSystems } = storage;
  const blob =
    chip.readsWrittenNv && writtenNv
      ? makeBlob(
          writtenNv.ids.flatMap((id) => ({ id, data: readNvItem(fileSystems, id) ?? new Uint8Array() })),
          writtenNv.size,
        )
      : makeBlob(readNvItems(fileSystems), chip.nvStoredBytes);
  if (trouble === 'badCrc' && !writtenNv) blob[0] = (blob[0] ?? 0) ^ 0x5a;
  return blob;
}

/** The work buffer that the reads share with everything else the loader does. */
export class NvReadBuffer {
  private blob: Uint8Array | null = null;
  private readTo = 0;
  private wholeReads = 0;

  /** The NV was read from its start to its end since the stage began. */
  get hasBeenReadWhole(): boolean {
    return this.wholeReads > 0;
  }

  get isFilled(): boolean {
    return this.blob !== null;
  }

  fill(blob: Uint8Array): void {
    this.blob = blob;
    this.readTo = 0;
  }

  /** Another command uses the buffer. */
  spoil(): void {
    this.blob = null;
  }

  /** Null: at or after the end. The last part may be shorter than asked. */
  read(offset: number, size: number): Uint8Array | null {
    if (!this.blob || offset >= this.blob.length) return null;
    const part = this.blob.slice(offset, offset + size);
    if (offset === this.readTo) this.readTo += part.length;
    if (this.readTo === this.blob.length) this.wholeReads += 1;
    return part;
  }
}

// The NOR of one ASR module and what its flasher keeps in mind of it: the table in force and how far each image has come.
// Knows no command. Source: asr.md §9, §15, §16.

import type { NorChip } from '../demo-package/asr-tables.ts';
import { eraseDurationMs, NorFlash } from '../nor-flash.ts';
import type { TimeModel } from '../time-model.ts';
import { holdsImage, type Partition, type PartitionTable, partitionNamed } from './partition-table.ts';
import { blockBytes, type SparsePiece } from './sparse.ts';

/** An image on its way into a partition. */
interface ImageProgress {
  readonly partition: Partition;
  readonly totalBlocks: number;
  readonly written: Set<number>;
}

/** A complete image in flash. Its size is that of its blocks. */
export interface FlashedImage {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

/** `refused`: the host asks for what cannot be; `broken`: the chip failed. Both the text of the FAIL. */
export type FlashResult = { readonly workMs: number } | { readonly refused: string } | { readonly broken: string };

export interface ModuleFlashOptions {
  readonly chip: NorChip;
  readonly deadCells: readonly number[];
  /** That of the factory image. */
  readonly table: PartitionTable;
  readonly time: TimeModel;
}

export class ModuleFlash {
  readonly nor: NorFlash;
  readonly chip: NorChip;
  /** Fuses were burned or the factory data is gone: for good. */
  isDestroyed = false;
  /** The last one that `partition` took; before that, the factory's. */
  table: PartitionTable;
  private readonly time: TimeModel;
  /** Where the module's own calibration lies, whatever later tables say. */
  private readonly factory: readonly Partition[];
  /** By start address of the partition. */
  private readonly images = new Map<number, ImageProgress>();

  constructor({ chip, deadCells, table, time }: ModuleFlashOptions) {
    this.nor = new NorFlash('NOR', chip.bytes, deadCells);
    this.chip = chip;
    this.table = table;
    this.time = time;
    this.factory = table.filter(({ name }) => isFactory(name));
  }

  get flashed(): readonly FlashedImage[] {
    return [...this.images.values()]
      .filter(isWhole)
      .map(({ partition: { name, start }, totalBlocks }) => ({ name, address: start, size: totalBlocks * blockBytes }));
  }

  /** Names of partitions whose image lacks blocks. */
  get unfinished(): readonly string[] {
    return [...this.images.values()].filter((image) => !isWhole(image)).map(({ partition }) => partition.name);
  }

  isUnfinishedAt(start: number): boolean {
    const image = this.images.get(start);
    return image !== undefined && !isWhole(image);
  }

  /** Nothing counts as flashed any more, but what is not whole stays so. */
  beginSession(): void {
    for (const [start, image] of this.images) if (isWhole(image)) this.images.delete(start);
  }

  /** Writes the blocks of one piece. Blocks it leaves out keep what they hold. */
  write(name: string, piece: SparsePiece): FlashResult {
    const partition = this.imagePartition(name);
    if ('refused' in partition) return partition;
    if (piece.totalBlocks * blockBytes > partition.size) return { refused: `image too large for ${name}` };
    if (isFactory(name)) this.isDestroyed = true;
    const image = this.progressOf(partition, piece);
    let workMs = 0;
    for (const { block, bytes } of piece.runs) {
      const at = partition.start + block * blockBytes;
      this.markDestroyed(at, bytes.length);
      this.nor.erase(at, bytes.length);
      this.nor.program(at, bytes);
      workMs += eraseDurationMs(this.time, at, bytes.length) + bytes.length * this.time.programMsPerByte;
      if (!Buffer.from(this.nor.read(at, bytes.length)).equals(bytes)) return { broken: 'Verify a page failed' };
      for (let index = 0; index < bytes.length / blockBytes; index++) image.written.add(block + index);
    }
    return { workMs };
  }

  erase(name: string): FlashResult {
    const partition = this.imagePartition(name);
    if ('refused' in partition) return partition;
    const { start, size } = partition;
    if (isFactory(name)) this.isDestroyed = true;
    this.markDestroyed(start, size);
    this.images.delete(start);
    this.nor.erase(start, size);
    return { workMs: eraseDurationMs(this.time, start, size) };
  }

  private imagePartition(name: string): Partition | { readonly refused: string } {
    const partition = partitionNamed(this.table, name);
    if (!partition) return { refused: 'partition not found' };
    return holdsImage(partition) || isFactory(name) ? partition : { refused: `${name} holds no image` };
  }

  /** A piece of another image, or a block for the second time, begins the image anew. */
  private progressOf(partition: Partition, { totalBlocks, runs }: SparsePiece): ImageProgress {
    const known = this.images.get(partition.start);
    const repeats = runs.some(({ block }) => known?.written.has(block));
    if (known && known.totalBlocks === totalBlocks && !repeats) return known;
    const image = { partition, totalBlocks, written: new Set<number>() };
    this.images.set(partition.start, image);
    return image;
  }

  private markDestroyed(start: number, size: number): void {
    if (this.factory.some((own) => start < own.start + own.size && own.start < start + size)) this.isDestroyed = true;
  }
}

const isFactory = (name: string): boolean => name === 'factory' || name === 'factory_a' || name === 'factory_b';

const isWhole = ({ totalBlocks, written }: ImageProgress): boolean => written.size === totalBlocks;

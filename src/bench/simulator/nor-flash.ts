// A NOR flash: erased to FF in sectors, programmed by clearing bits only. Knows no image and no LNA address.
import { createHash } from 'node:crypto';
import type { TimeModel } from './time-model.ts';

export const sectorBytes = 0x1000;
const block32K = 0x8000;
const block64K = 0x10000;
const erased = new Uint8Array(sectorBytes).fill(0xff);

export class NorFlash {
  readonly name: string;
  readonly size: number;
  /** Sectors that hold something; an absent one is erased. */
  private readonly sectors = new Map<number, Uint8Array>();
  private readonly deadCells: ReadonlySet<number>;
  private hasLied = false;

  constructor(name: string, size: number, deadCells: readonly number[] = []) {
    this.name = name;
    this.size = size;
    this.deadCells = new Set(deadCells);
  }

  /** A dead cell was to be programmed and kept what it held. */
  get hasKeptOldValue(): boolean {
    return this.hasLied;
  }

  holds(offset: number, length: number): boolean {
    return offset >= 0 && length >= 0 && offset + length <= this.size;
  }

  /** Erases every sector that the range touches. */
  erase(offset: number, length: number): void {
    this.requireRange(offset, length);
    const { first, end } = coveredSectors(offset, length);
    for (let sector = first; sector < end; sector++) this.sectors.delete(sector);
  }

  /** Clears bits; a bit that is already 0 stays 0. */
  program(offset: number, bytes: Uint8Array): void {
    this.requireRange(offset, bytes.length);
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      const within = at % sectorBytes;
      const part = bytes.subarray(done, done + sectorBytes - within);
      this.programSector(Math.floor(at / sectorBytes), within, part);
      done += part.length;
    }
  }

  read(offset: number, length: number): Uint8Array {
    this.requireRange(offset, length);
    const bytes = new Uint8Array(length);
    let done = 0;
    for (const part of this.parts(offset, length)) {
      bytes.set(part, done);
      done += part.length;
    }
    return bytes;
  }

  /** SHA-256 of a range, lower-case hex. */
  digest(offset = 0, length = this.size): string {
    this.requireRange(offset, length);
    const hash = createHash('sha256');
    for (const part of this.parts(offset, length)) hash.update(part);
    return hash.digest('hex');
  }

  /** Tells two flashes apart by what they hold, without reading what is erased: no digest that anybody else can know. */
  fingerprint(offset = 0, length = this.size): string {
    this.requireRange(offset, length);
    const { first, end } = coveredSectors(offset, length);
    const hash = createHash('sha256');
    for (const [number, sector] of [...this.sectors].sort(([a], [b]) => a - b)) {
      if (number >= first && number < end && !sector.every((byte) => byte === 0xff)) hash.update(`${number} `).update(sector);
    }
    return hash.digest('hex');
  }

  private *parts(offset: number, length: number): Generator<Uint8Array> {
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const within = at % sectorBytes;
      const sector = this.sectors.get(Math.floor(at / sectorBytes)) ?? erased;
      const part = sector.subarray(within, Math.min(sectorBytes, within + end - at));
      yield part;
      at += part.length;
    }
  }

  private programSector(number: number, within: number, bytes: Uint8Array): void {
    const sector = this.sectors.get(number) ?? erased.slice();
    this.sectors.set(number, sector);
    const { length } = bytes;
    const dead = this.deadCellsIn(number, within, within + length).map((at) => ({ at, old: sector[at] ?? 0 }));
    for (let i = 0; i < length; i++) sector[within + i] = (sector[within + i] ?? 0) & (bytes[i] ?? 0);
    for (const { at, old } of dead) {
      if (sector[at] !== old) this.hasLied = true;
      sector[at] = old;
    }
  }

  /** As places in the sector, from `first` up to `end`. */
  private deadCellsIn(sector: number, first: number, end: number): number[] {
    const places = [...this.deadCells].map((cell) => cell - sector * sectorBytes);
    return places.filter((at) => at >= first && at < end);
  }

  private requireRange(offset: number, length: number): void {
    if (!this.holds(offset, length)) throw new Error(`${this.name} flash has no ${length} bytes at ${offset}`);
  }
}

function coveredSectors(offset: number, length: number): { first: number; end: number } {
  return { first: Math.floor(offset / sectorBytes), end: Math.ceil((offset + length) / sectorBytes) };
}

/** How long the erase of a range takes when the device uses 64K and 32K blocks where they fit, else 4K sectors. */
export function eraseDurationMs(time: TimeModel, offset: number, length: number): number {
  const { first, end } = coveredSectors(offset, length);
  const endAt = end * sectorBytes;
  let duration = 0;
  for (let at = first * sectorBytes; at < endAt; ) {
    const fits = (block: number): boolean => at % block === 0 && endAt - at >= block;
    const block = fits(block64K) ? block64K : fits(block32K) ? block32K : sectorBytes;
    duration += block === block64K ? time.eraseMs.block64K : block === block32K ? time.eraseMs.block32K : time.eraseMs.sector4K;
    at += block;
  }
  return duration;
}

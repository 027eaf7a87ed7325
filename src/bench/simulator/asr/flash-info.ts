// Reads flashinfo.bin as the flasher does: the NOR chips a package was made for. Knows no command. Source: asr.md §18.3.

/** What a chip answers to the JEDEC query, as flashinfo.bin writes it. */
export interface JedecId {
  readonly vendor: number;
  readonly device: number;
}

const headerBytes = 144;
const deviceBytes = 72;

/** Null: not a flash information table. */
export function parseFlashInfo(bytes: Uint8Array): readonly JedecId[] | null {
  if (bytes.length < headerBytes || Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== 'FNIF') return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint32(0x8c, true);
  if (bytes.length !== headerBytes + deviceBytes * count) return null;
  const idAt = (offset: number): JedecId => ({
    vendor: view.getUint16(offset, true),
    device: view.getUint16(offset + 2, true),
  });
  return [idAt(4), ...Array.from({ length: count }, (_, index) => idAt(headerBytes + deviceBytes * index))];
}

export const namesChip = (listed: readonly JedecId[], chip: JedecId): boolean =>
  listed.some(({ vendor, device }) => vendor === chip.vendor && device === chip.device);

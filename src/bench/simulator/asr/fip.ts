// Checks the container of preboot.img and flasher.img as `verify` does. Knows no key: hash and signature are not recomputed.
// Source: asr.md §18.1.

const magic = 0xaa640001;
const serial = 0x12345678;
const headerBytes = 16;
const entryBytes = 40;
const uuids = { image: '5ff9ec0b4d223e4da544c39d81c73f0a', certificate: 'd6e269ea5d63e4118d8c9fbabe9956a5' } as const;
const endUuid = '0'.repeat(32);

interface Entry {
  readonly uuid: string;
  readonly offset: number;
  readonly size: number;
}

/** Why the boot ROM refuses it; null when it does not. */
export function fipProblem(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < headerBytes || view.getUint32(0, true) !== magic || view.getUint32(4, true) !== serial)
    return 'no FIP header';
  const entries: Entry[] = [];
  for (let at = headerBytes; ; at += entryBytes) {
    if (at + entryBytes > bytes.length) return 'an entry list without end';
    const entry = readEntry(view, bytes, at);
    if (entry.uuid === endUuid) {
      if (entry.offset !== bytes.length) return `${bytes.length} bytes in place of ${entry.offset}`;
      break;
    }
    if (entry.size === 0 || entry.offset + entry.size > bytes.length) return `an entry outside the file at ${entry.offset}`;
    entries.push(entry);
  }
  for (const [name, uuid] of Object.entries(uuids)) {
    if (!entries.some((entry) => entry.uuid === uuid)) return `no ${name}`;
  }
  return null;
}

function readEntry(view: DataView, bytes: Uint8Array, at: number): Entry {
  return {
    uuid: Buffer.from(bytes.subarray(at, at + 16)).toString('hex'),
    offset: Number(view.getBigUint64(at + 16, true)),
    size: Number(view.getBigUint64(at + 24, true)),
  };
}

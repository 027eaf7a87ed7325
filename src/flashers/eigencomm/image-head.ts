// The 272-byte image head that announces an agentboot or an image (eigencomm.md 8). The heads of BL and AP are written to flash
// and used at boot: a wrong byte here is a module that does not start. Pure.
import { createHash } from 'node:crypto';
import { fault } from '../../domain/failure.ts';

export const imageHeadBytes = 0x110;

/** `rsvd0` of an agentboot whose package asks for pullup_qspi; everything else sends 0 over USB. */
export const pullupQspiBit = 1;

export interface ImageHead {
  readonly imageId: number;
  readonly burnAddress: number;
  /** The rate the loaded agentboot switches a UART to; 0 for an image. */
  readonly baudRate: number;
  readonly rsvd0: number;
  readonly size: number;
  /** SHA-256 of the image, lower-case hex. */
  readonly sha256: string;
}

const version = 0x10000001;
const headId = 0x54494d48;
const date = 0x20180507;
const noHash = 0xee;
const loadLocation = 0x04010000;

const at = { rsvd0: 0x18, hash: 0x20, image: 0x40, imageHash: 0x60 } as const;

/**
 * The head with its own SHA-256, which is taken over all 272 bytes while its field is still zero.
 * Throws `station-defect` for a digest that is not 64 hex digits.
 */
export function encodeImageHead(head: ImageHead): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(head.sha256))
    throw fault('station-defect', 'encode', { expected: 'SHA-256 in hex', actual: head.sha256 });
  const bytes = new Uint8Array(imageHeadBytes);
  const view = new DataView(bytes.buffer);
  const put = (start: number, ...values: number[]): void => {
    for (const [index, value] of values.entries()) view.setUint32(start + 4 * index, value, true);
  };
  put(0, version, headId, date, 0, 1);
  view.setUint8(0x14, noHash);
  view.setUint16(0x16, baudControl(head.baudRate), true);
  put(at.rsvd0, head.rsvd0);
  put(at.image, head.imageId, head.burnAddress, loadLocation, head.size);
  bytes.set(Buffer.from(head.sha256, 'hex'), at.imageHash);
  bytes.set(createHash('sha256').update(bytes).digest(), at.hash);
  return bytes;
}

const baudControl = (baudRate: number): number => (baudRate === 0 ? 0 : ((baudRate / 100) & 0x7fff) | 0x8000);

// The composite operations of the protocol: base_info, package_data, image_head (eigencomm.md 7). Knows neither plan nor session.
import { fault, hex } from '../../domain/failure.ts';
import { blockLimitBytes } from './frames.ts';
import { encodeImageHead, type ImageHead } from './image-head.ts';
import { type DataStage, type ImageName, imageIds } from './opcodes.ts';
import { readU32 } from './replies.ts';
import { exchange, type Line } from './wire.ts';

/**
 * Asks the device for its version and for the image it expects, which must be `image`. Resolves with the 12 version bytes, which are opaque.
 * Rejects `image-id-mismatch`, and as `exchange`.
 */
export async function baseInfo(line: Line, stage: DataStage, image: ImageName, step: string): Promise<Uint8Array> {
  const version = await exchange(line, { stage, command: 'GET_VERSION' }, step);
  const expected = readU32(await exchange(line, { stage, command: 'SEL_IMAGE' }, step), 0);
  if (expected !== imageIds[image])
    throw fault('image-id-mismatch', step, {
      expected: hex(imageIds[image]),
      actual: hex(expected),
      detail: `the device does not expect ${image}`,
    });
  await exchange(line, { stage, command: 'VERIFY_IMAGE' }, step);
  return version;
}

/**
 * Sends one package in the block sizes that the device grants. `acknowledged` hears the bytes taken so far after each block.
 * Rejects `grant-invalid`, and as `exchange`.
 */
export async function packageData(
  line: Line,
  stage: DataStage,
  bytes: Uint8Array,
  step: string,
  acknowledged: (bytes: number) => void = () => {},
): Promise<void> {
  let sent = 0;
  for (let index = 0; sent < bytes.length; index = (index + 1) & 0xff) {
    const granted = await askGrant(line, stage, bytes.length - sent, step);
    const block = bytes.subarray(sent, sent + granted);
    await exchange(line, { stage, command: 'DOWNLOAD_DATA', index, block }, step);
    sent += block.length;
    acknowledged(sent);
  }
  await exchange(line, { stage, command: 'DONE' }, step);
}

async function askGrant(line: Line, stage: DataStage, remaining: number, step: string): Promise<number> {
  const granted = readU32(await exchange(line, { stage, command: 'DATA_HEAD', remaining }, step), 0);
  const limit = Math.min(remaining, blockLimitBytes);
  if (granted >= 1 && granted <= limit) return granted;
  throw fault('grant-invalid', step, {
    expected: `1 to ${limit} bytes`,
    actual: granted,
    detail: 'block size granted by the device',
  });
}

export const imageHead = (line: Line, stage: DataStage, head: ImageHead, step: string): Promise<void> =>
  packageData(line, stage, encodeImageHead(head), step);

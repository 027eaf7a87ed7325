// MIDST frames of a package's images as they go on the wire, each encoded once for all slots: a rack flashes the same bytes into every board.
// Knows no link, no session and no unit.
import { HdlcEncoder } from '../../framing/hdlc.ts';
import { commands } from './opcodes.ts';
import type { Stage } from './stages.ts';

interface Prepared {
  readonly encoder: HdlcEncoder;
  readonly frames: (Uint8Array | undefined)[];
}

/** An image that is flashed no more takes its frames with it. */
const byImage = new WeakMap<Uint8Array, Map<Stage, Prepared>>();

/** The frame of the chunk that begins at `offset`, a multiple of the stage's `chunkBytes`. For images that never change: a package's own. */
export function sharedMidstFrame(stage: Stage, image: Uint8Array, offset: number): Uint8Array {
  const { encoder, frames } = preparedFor(stage, image);
  const at = offset / stage.chunkBytes;
  // A copy in a buffer of its own: the encoder writes over its view, and the transcript takes what continues in one buffer for one frame.
  frames[at] ??= encoder.encode(commands.MIDST_DATA, midstChunk(stage, image, offset)).slice();
  return frames[at];
}

/** The data of a MIDST, the last odd byte padded with `FF`. */
export function midstChunk({ chunkBytes }: Stage, image: Uint8Array, offset: number): Uint8Array {
  const chunk = image.subarray(offset, offset + chunkBytes);
  if (chunk.length % 2 === 0) return chunk;
  const even = new Uint8Array(chunk.length + 1).fill(0xff);
  even.set(chunk);
  return even;
}

function preparedFor(stage: Stage, image: Uint8Array): Prepared {
  const byStage = byImage.get(image) ?? new Map<Stage, Prepared>();
  byImage.set(image, byStage);
  const prepared = byStage.get(stage) ?? { encoder: new HdlcEncoder(stage.check, stage.chunkBytes), frames: [] };
  byStage.set(stage, prepared);
  return prepared;
}

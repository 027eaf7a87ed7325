// Burns one image or flex file through the running agent (eigencomm.md 11.3, 13 steps 4 and 5). Knows no plan and no session.
import { fault, hex } from '../../domain/failure.ts';
import type { ChipFamily } from '../../firmware/eigencomm-package.ts';
import type { Report } from '../run-step.ts';
import { baseInfo, imageHead, packageData } from './composite.ts';
import { type BurnImage, blockLimitBytes, burnImageIds } from './frames.ts';
import type { BurnTarget } from './layout.ts';
import { burnStatusNames, type ImageName } from './opcodes.ts';
import { readU32 } from './replies.ts';
import { synchronise } from './sync.ts';
import { exchange, type Line } from './wire.ts';

/** What SEL_IMAGE names while the image's own bytes are expected. */
const expectedNames = { BL: 'AGBT', AP: 'AP', CP: 'CP', FLEX: 'FLEX' } as const satisfies Record<BurnImage, ImageName>;

/** Erases a flex file's whole range in blocks. The agent erases only what it writes, so a shorter file would leave old data behind. */
export async function eraseRange(
  line: Line,
  range: { address: number; lengthBytes: number },
  step: string,
  report: Report,
): Promise<void> {
  await synchronise(line, 'LPC', step);
  for (let done = 0; done < range.lengthBytes; ) {
    const lengthBytes = Math.min(blockLimitBytes, range.lengthBytes - done);
    await exchange(line, { stage: 'LPC', command: 'FLASH_ERASE', address: range.address + done, lengthBytes }, step);
    done += lengthBytes;
    report(done);
  }
}

/** Rejects `burn-failed` for any status but 0, and as `exchange`, `synchronise`, `packageData`. */
export async function burn(line: Line, target: BurnTarget, chipFamily: ChipFamily, report: Report): Promise<void> {
  const { step, image, part } = target;
  await synchronise(line, 'LPC', step);
  await exchange(line, { stage: 'LPC', command: 'BURN_ONE', image, chipFamily }, step);
  // The agent swallows the first AGBOOT pair after BURN_ONE in silence, so the first of these two may cost one time-out.
  await synchronise(line, 'AGBOOT', step);
  await synchronise(line, 'AGBOOT', step);
  await baseInfo(line, 'AGBOOT', 'IMGH', step);
  const head = { imageId: burnImageIds[image], burnAddress: target.burnAddress, baudRate: 0, rsvd0: 0 };
  await imageHead(line, 'AGBOOT', { ...head, size: part.bytes.length, sha256: part.sha256 }, step);
  await sendChunks(line, target, report);
  await demandGoodStatus(line, target);
}

async function sendChunks(line: Line, { step, image, part }: BurnTarget, report: Report): Promise<void> {
  for (let start = 0; start < part.bytes.length; start += blockLimitBytes) {
    const chunk = part.bytes.subarray(start, start + blockLimitBytes);
    await synchronise(line, 'AGBOOT', step);
    await baseInfo(line, 'AGBOOT', expectedNames[image], step);
    await packageData(line, 'AGBOOT', chunk, step, (bytes) => report(start + bytes));
  }
}

/** Asked without an LPC sync before it, straight after the last DONE. */
async function demandGoodStatus(line: Line, { step, burnAddress }: BurnTarget): Promise<void> {
  const status = readU32(await exchange(line, { stage: 'LPC', command: 'GET_BURN_STATUS' }, step), 0);
  if (status === 0) return;
  throw fault('burn-failed', step, {
    expected: 0,
    actual: hex(status),
    address: hex(burnAddress),
    detail: burnStatusNames[status] ?? 'a status of no known meaning',
  });
}

// Carries out the actions of a plan step on one device, and judges every answer (asr.md §8, §13, §15). Knows no plan and no order.
import { fault } from '../../domain/failure.ts';
import { craneA0BootRom } from '../../firmware/asr-boot-roms.ts';
import { isSparse } from '../../firmware/asr-sparse.ts';
import type { SessionContext } from '../flasher.ts';
import { type Report, runStep } from '../run-step.ts';
import { type SmuxLink, unexpected } from './link.ts';
import { bootRomVariable, maxDownloadVariable } from './opcodes.ts';
import { faultOfFail, faultOfVariable, hexValue, type Reply } from './replies.ts';
import { type SparsePiece, sparsePieces } from './sparse.ts';
import type { Action, PlannedStep } from './work.ts';

/** One module in its session, and what it has told of itself. */
export interface Device {
  readonly context: SessionContext;
  readonly link: SmuxLink;
  bootRom: string | null;
  /** Of the program that runs now: boot ROM or flasher. */
  maxDownloadBytes: number | null;
  /** How many tables it has taken: the first is the list of flash chips. */
  tables: number;
}

export const deviceOf = (context: SessionContext, link: SmuxLink): Device => ({
  context,
  link,
  bootRom: null,
  maxDownloadBytes: null,
  tables: 0,
});

/** What AFL and the vendor's own generator stay below where the flasher does not say. */
const usualMaxDownloadBytes = 0x100000;

/**
 * Runs one planned step. Any failure leaves the device as it is: nothing is sent after it. Rejects `boot-rom-mismatch`,
 * `package-for-other-model`, `device-refused`, `signature-refused`, `burn-failed`, `download-size-mismatch`, and as `SmuxLink.command`.
 */
export function performStep(device: Device, { step, actions }: PlannedStep): Promise<void> {
  return runStep(device.context, step.name, async (report) => {
    const progress = progressOf(device.link, step.bytes, report);
    for (const action of actions) await perform(device, action, step.name, progress);
    if (step.kind === 'erase') report(step.bytes);
    device.link.onWork(() => {});
  });
}

interface Progress {
  /** So many bytes of the step lie before what is sent now. */
  base: number;
  reach(bytes: number): void;
}

function progressOf(link: SmuxLink, limit: number, report: Report): Progress {
  let done = 0;
  link.onWork(() => report(done));
  const progress: Progress = {
    base: 0,
    reach: (bytes) => {
      done = Math.min(limit, progress.base + bytes);
      report(done);
    },
  };
  return progress;
}

function perform(device: Device, action: Action, step: string, progress: Progress): Promise<void> {
  switch (action.kind) {
    case 'ask':
      return ask(device, action, step);
    case 'tell':
      return tell(device, action.command, action.expect, step);
    case 'download':
      return download(device, variantFor(device, action.variants, step), step, progress);
    case 'flashImage':
      return flashImage(device, action.partition, action.image, step, progress);
  }
}

async function ask(device: Device, { variable, rule }: Extract<Action, { kind: 'ask' }>, step: string): Promise<void> {
  const command = `getvar:${variable}`;
  const value = okayOf(await device.link.command(command, step), command, step);
  device.context.emit({ type: 'evidence.found', name: `asr.${variable}`, value: value.slice(0, 120) });
  const found = faultOfVariable(variable, rule, value, step);
  if (found) throw found;
  if (variable === bootRomVariable) device.bootRom = value;
  if (variable === maxDownloadVariable) device.maxDownloadBytes = hexValue(value);
}

async function tell(device: Device, planned: string, expect: string, step: string): Promise<void> {
  // The first Crane silicon on a SMUX link takes nop in the place of call (§13).
  const command = planned === 'call' && device.bootRom === craneA0BootRom ? 'nop' : planned;
  const reply = await device.link.command(command, step);
  if (command === 'nop' && reply.word === 'FAIL') {
    device.context.emit({ type: 'note.added', text: `the FAIL to nop is ignored: ${reply.text}` });
    return;
  }
  const isFirstTable = command === 'partition' && device.tables === 0;
  if (reply.word === 'FAIL') throw faultOfFail(command, reply.text, step, isFirstTable);
  if (`${reply.word}${reply.text}` !== expect) throw unexpected(reply, expect, command, step);
  if (command === 'partition') device.tables += 1;
  if (planned === 'call') device.maxDownloadBytes = null;
}

async function download(device: Device, bytes: Uint8Array, step: string, progress: Progress): Promise<void> {
  const { maxDownloadBytes } = device;
  if (maxDownloadBytes !== null && bytes.length > maxDownloadBytes)
    throw fault('package-image-out-of-range', step, { expected: `at most ${maxDownloadBytes} bytes`, actual: bytes.length });
  const reply = await device.link.download(bytes, step, progress.reach);
  if (reply.word === 'FAIL') throw faultOfFail('download', reply.text, step, false);
  if (reply.word !== 'OKAY' || reply.text !== '') throw unexpected(reply, 'OKAY', 'the data', step);
  progress.base += bytes.length;
}

async function flashImage(device: Device, partition: string, image: Uint8Array, step: string, progress: Progress): Promise<void> {
  for (const piece of piecesOf(image, device.maxDownloadBytes ?? usualMaxDownloadBytes)) {
    progress.base = piece.offset;
    await download(device, piece.bytes, step, { ...progress, reach: (sent) => progress.reach(Math.min(sent, piece.rawBytes)) });
    await tell(device, `flash:${partition}`, 'OKAY', step);
  }
}

/** An image that is sparse already goes as it is (§14). */
function piecesOf(image: Uint8Array, maxBytes: number): Iterable<SparsePiece> {
  return isSparse(image) ? [{ offset: 0, rawBytes: image.length, bytes: image }] : sparsePieces(image, maxBytes);
}

function variantFor({ bootRom }: Device, variants: Extract<Action, { kind: 'download' }>['variants'], step: string): Uint8Array {
  const variant = variants.find((candidate) => candidate.bootRom === null || candidate.bootRom === bootRom);
  if (variant !== undefined) return variant.bytes;
  const expected = variants.map((candidate) => candidate.bootRom).join(' or ');
  throw fault('boot-rom-mismatch', step, { expected, actual: bootRom ?? 'not asked', detail: 'no loader for this boot ROM' });
}

function okayOf(reply: Reply, command: string, step: string): string {
  if (reply.word === 'OKAY') return reply.text;
  if (reply.word === 'FAIL') throw faultOfFail(command, reply.text, step, false);
  throw unexpected(reply, 'OKAY', command, step);
}

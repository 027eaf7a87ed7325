// One request and its reply over a transport: flush, send, exact reads with a deadline, retries (eigencomm.md 3, 5.3, 5.4).
// Knows frames, but neither images nor the order of work.
import { type Clock, pause } from '../../bench/clock.ts';
import type { Transport } from '../../bench/transport.ts';
import { type FailureCode, Fault, fault } from '../../domain/failure.ts';
import { encodeRequest, encodeSyncWord, type Request } from './frames.ts';
import { type DataCommand, type LpcCommand, resetWord, type Stage } from './opcodes.ts';
import { acceptReply, decodeReplyHeader, faultOfHeader, readU32, replyHeaderBytes, replyRestBytes } from './replies.ts';

/** One dialogue with one device. When the signal aborts, everything here rejects with its reason and sends nothing more. */
export interface Line {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

/** How long one reply may take, and how often the request may go out. */
interface Manners {
  readonly timeoutMs: number;
  readonly attempts: number;
}

const replyTimeoutMs = 800;
const asked: Manners = { timeoutMs: replyTimeoutMs, attempts: 10 };

/**
 * The ten attempts of eigencomm.md 5.4 are for requests that only ask: sent twice, they change nothing (DATA_HEAD states the
 * remaining bytes, it does not count them). These go out once, because a lost reply does not tell whether the device acted:
 * - DOWNLOAD_DATA: the agent answers index + 1 to whatever index it gets; nothing proves that it would drop a block it already
 *   has. A doubled block would shift the rest of the image, and the agent's own compare (flash against its RAM) would still hold.
 * - DONE and BURN_ONE move the device on; a second one would meet a state that waits for something else.
 * - FLASH_ERASE: replies carry no address, so a late reply to the first try would pass for the reply to the next block.
 * - SYS_RST: a module that reset does not answer.
 */
const manners: Readonly<Record<DataCommand | LpcCommand, Manners>> = {
  GET_VERSION: asked,
  SEL_IMAGE: asked,
  VERIFY_IMAGE: asked,
  DATA_HEAD: asked,
  READ_MEM: asked,
  // The agent may still be writing the last 64 KiB when it is asked.
  GET_BURN_STATUS: { timeoutMs: 3_000, attempts: 10 },
  DOWNLOAD_DATA: { timeoutMs: 5_000, attempts: 1 },
  // Whether the agent acknowledges before or after it writes the chunk is not known: as long as an erase.
  DONE: { timeoutMs: 30_000, attempts: 1 },
  FLASH_ERASE: { timeoutMs: 30_000, attempts: 1 },
  BURN_ONE: { timeoutMs: 5_000, attempts: 1 },
  SYS_RST: { timeoutMs: replyTimeoutMs, attempts: 1 },
};

const settleMs = 2;
/** So long without a byte, and the rest of a bad reply is taken to be in. */
const quietMs = 20;
/** A write may wait for its turn in the pacer: 8 kB/s is the slowest it is given. */
const writeTimeoutMs = (bytes: number): number => 2_000 + bytes / 8;

/**
 * Sends a request and resolves with the data of its acknowledged reply. Repeats it, where that is safe, after silence or garbage;
 * never after a NAK, a device error or the reset word.
 * Rejects `reply-timed-out`, `reply-malformed`, `reply-checksum-wrong`, `reply-unexpected`, `device-refused`, `device-error`,
 * `loader-reset`, and with what the transport rejects.
 */
export async function exchange(line: Line, request: Request, step: string): Promise<Uint8Array> {
  const { attempts } = manners[request.command];
  for (let attempt = 1; ; attempt++) {
    try {
      const data = await exchangeOnce(line, request, step);
      // A slow device answers every attempt: the replies to the others must not be met by the next request.
      if (attempt > 1) await awaitQuiet(line, step);
      return data;
    } catch (thrown) {
      if (attempt >= attempts || thrown === line.signal.reason || !isSilenceOrGarbage(thrown)) throw thrown;
      line.note(`attempt ${attempt} of ${attempts}: ${thrown.message}`);
      await awaitQuiet(line, step);
    }
  }
}

async function exchangeOnce(line: Line, request: Request, step: string): Promise<Uint8Array> {
  flush(line);
  await send(line, encodeRequest(request), step);
  const deadline = line.clock.now() + manners[request.command].timeoutMs;
  const head = await receiveHeader(line, request, step, deadline);
  const header = decodeReplyHeader(head);
  const found = faultOfHeader(request, header, step);
  if (found) throw found;
  const rest = await receiveAll(line, request, step, replyRestBytes(request.stage, header), deadline);
  return acceptReply(request, Uint8Array.of(...head, ...rest), step);
}

/** Passes over late echoes of the stage's sync word: a device that was busy answers every pair it finds waiting. */
async function receiveHeader(line: Line, request: Request, step: string, deadline: number): Promise<Uint8Array> {
  const echo = readU32(encodeSyncWord(request.stage), 0);
  for (;;) {
    const start = await receiveAll(line, request, step, 4, deadline);
    const word = readU32(start, 0);
    if (word === resetWord) throw loaderReset(request.stage, step);
    if (word !== echo) return Uint8Array.of(...start, ...(await receiveAll(line, request, step, replyHeaderBytes - 4, deadline)));
    line.note(`late echo of the ${request.stage} sync before the reply to ${request.command}`);
  }
}

async function receiveAll(line: Line, request: Request, step: string, count: number, deadline: number): Promise<Uint8Array> {
  const bytes = await receive(line, count, deadline - line.clock.now(), step);
  if (bytes.length === count) return bytes;
  throw fault('reply-timed-out', step, {
    expected: `${count} bytes`,
    actual: `${bytes.length} bytes`,
    detail: `reply to ${request.stage} ${request.command}`,
  });
}

/** `count` bytes, however they arrive; fewer when `timeoutMs` passes first. Takes nothing beyond them. */
export async function receive(line: Line, count: number, timeoutMs: number, step: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  const deadline = line.clock.now() + timeoutMs;
  let have = 0;
  while (have < count) {
    const piece = await receiveAny(line, Math.max(0, deadline - line.clock.now()), step, count - have);
    if (piece.length === 0) break;
    bytes.set(piece, have);
    have += piece.length;
  }
  return bytes.subarray(0, have);
}

/** What is there, at least one byte; none when `timeoutMs` passes first. */
export function receiveAny(line: Line, timeoutMs: number, step: string, maxBytes = 4_096): Promise<Uint8Array> {
  return atStep(line, step, line.transport.read({ timeoutMs, maxBytes, signal: line.signal }));
}

/** Writes, then waits the 2 ms that the device needs before anything else. */
export async function send(line: Line, bytes: Uint8Array, step: string): Promise<void> {
  line.signal.throwIfAborted();
  await atStep(line, step, line.transport.write(bytes, { timeoutMs: writeTimeoutMs(bytes.length), signal: line.signal }));
  await pause(line.clock, settleMs, line.signal);
}

export function flush(line: Line): void {
  const dropped = line.transport.discardReceived();
  if (dropped > 0) line.note(`${dropped} unexpected bytes thrown away`);
}

export const loaderReset = (stage: Stage, step: string): Fault =>
  fault('loader-reset', step, { detail: `the agent answered ${stage} with its reset word 2B 02 D3 EE` });

const silenceOrGarbage: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'reply-timed-out',
  'reply-malformed',
  'reply-checksum-wrong',
  'reply-unexpected',
]);

const isSilenceOrGarbage = (thrown: unknown): thrown is Fault =>
  thrown instanceof Fault && silenceOrGarbage.has(thrown.failure.code);

/** A transport does not know the step that it failed in. An abort keeps its reason. */
async function atStep<T>(line: Line, step: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown === line.signal.reason) throw thrown;
    throw new Fault({ ...thrown.failure, step }, { cause: thrown });
  }
}

/** Lets the tail of a bad reply run out, so that it is not read as the head of the next one. */
async function awaitQuiet(line: Line, step: string): Promise<void> {
  const deadline = line.clock.now() + replyTimeoutMs;
  while (line.clock.now() < deadline && (await receiveAny(line, quietMs, step)).length > 0);
}

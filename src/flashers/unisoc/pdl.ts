// PDL, the protocol of the 8910 mask ROM (unisoc.md §7): frames without checksum, loading FDL1 into RAM. Knows nothing of what
// FDL1 then speaks.
import { fault, hex } from '../../domain/failure.ts';
import type { SessionContext } from '../flasher.ts';
import { pdlCommands, pdlFlow, pdlHeader, pdlStatusNames } from './opcodes.ts';
import { pdlChunkBytes, pdlTimeoutsMs, writeTimeoutMs } from './stages.ts';

export type PdlCommand = keyof typeof pdlCommands;

export interface PdlRequest {
  readonly command: PdlCommand;
  readonly address?: number;
  readonly size?: number;
  readonly extra?: Uint8Array;
}

const noBytes = new Uint8Array(0);
/** "PDL1" and NUL. */
const startExtra = Uint8Array.of(0x50, 0x44, 0x4c, 0x31, 0x00);
/** Their meaning is unknown; the device does not look at them. */
const endExtra = Uint8Array.of(0x1c, 0x3c, 0x6e, 0x06);
const replyBytes = 12;

/**
 * Header, tag and extra data: three writes, never joined, since one combined USB write fails on hardware. The third is left out
 * where there is no extra data.
 */
export function pdlWrites({ command, address = 0, size = 0, extra = noBytes }: PdlRequest): Uint8Array[] {
  const header = new Uint8Array(8);
  header[0] = pdlHeader;
  header[5] = pdlFlow.OK;
  new DataView(header.buffer).setUint32(1, 12 + extra.length, true);
  const tag = new DataView(new ArrayBuffer(12));
  tag.setUint32(0, pdlCommands[command], true);
  tag.setUint32(4, address, true);
  tag.setUint32(8, size, true);
  const writes = [header, new Uint8Array(tag.buffer)];
  return extra.length === 0 ? writes : [...writes, extra];
}

/** The status of the first reply in `bytes`, `null` while it is not whole. Noise before `AE` is passed over. Throws `reply-malformed`. */
export function readPdlReply(bytes: Uint8Array, step: string): { readonly status: number; readonly end: number } | null {
  const start = bytes.indexOf(pdlHeader);
  if (start < 0 || bytes.length < start + replyBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, replyBytes);
  const [length, flow, status] = [view.getUint32(1, true), view.getUint8(5), view.getUint32(8, true)];
  const isKnownFlow = flow === pdlFlow.OK || flow === pdlFlow.ERROR;
  if (length !== 4 || !isKnownFlow || view.getUint16(6) !== 0) {
    throw fault('reply-malformed', step, {
      expected: 'a PDL reply of 12 bytes',
      actual: Buffer.from(bytes.subarray(start, start + replyBytes)).toString('hex'),
    });
  }
  // An error flow with status 0 is still an error.
  return { status: flow === pdlFlow.ERROR && status === 0 ? 0xffffffff : status, end: start + replyBytes };
}

export class PdlLink {
  readonly #context: SessionContext;
  #received: Uint8Array = noBytes;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** One CONNECT; the status of the reply, or null for silence. The vendor's tool ignores the status. */
  async connect(step: string): Promise<number | null> {
    return this.#exchange({ command: 'CONNECT' }, step);
  }

  /**
   * Loads `bytes` to `address` and starts them; the caller then talks to what runs. Rejects `device-refused`, `reply-timed-out`,
   * `reply-malformed`.
   */
  async loadAndRun(step: string, address: number, bytes: Uint8Array, report: (bytes: number) => void): Promise<void> {
    await this.#acknowledged({ command: 'START', address, size: bytes.length, extra: startExtra }, step, address);
    for (let offset = 0, block = 0; offset < bytes.length; offset += pdlChunkBytes, block++) {
      const extra = bytes.subarray(offset, offset + pdlChunkBytes);
      await this.#acknowledged({ command: 'MID', address: block, size: extra.length, extra }, step, address + offset);
      report(offset + extra.length);
    }
    await this.#acknowledged({ command: 'END', extra: endExtra }, step, address);
    const status = await this.#exchange({ command: 'EXEC' }, step);
    // Silence: the loader runs. Never a 7E before it does: the ROM speaks only PDL (§8.4).
    if (status !== null && status !== 0) throw refused('EXEC', status, step, address);
  }

  async #acknowledged(request: PdlRequest, step: string, address: number): Promise<void> {
    const status = await this.#exchange(request, step);
    const timeoutMs = pdlTimeoutsMs[request.command];
    if (status === null) {
      throw fault('reply-timed-out', step, {
        expected: `a PDL reply to ${request.command} within ${timeoutMs} ms`,
        actual: 'silence',
      });
    }
    if (status !== 0) throw refused(request.command, status, step, address);
  }

  async #exchange(request: PdlRequest, step: string): Promise<number | null> {
    const { clock, transport, signal } = this.#context;
    // Each request has one reply: what is there already answers an earlier one, and would put every later answer one request ahead.
    this.#drop();
    for (const bytes of pdlWrites(request)) await transport.write(bytes, { timeoutMs: writeTimeoutMs, signal });
    const end = clock.now() + pdlTimeoutsMs[request.command];
    for (let isLast = false; ; ) {
      const reply = readPdlReply(this.#received, step);
      if (reply !== null) {
        this.#received = this.#received.slice(reply.end);
        return reply.status;
      }
      if (isLast) return null;
      const timeoutMs = Math.max(0, end - clock.now());
      isLast = timeoutMs === 0;
      this.#take(await transport.read({ timeoutMs, signal }));
    }
  }

  #take(bytes: Uint8Array): void {
    const joined = Buffer.concat([this.#received, bytes]);
    const start = joined.indexOf(pdlHeader);
    this.#received = start < 0 ? noBytes : new Uint8Array(joined.subarray(start));
  }

  #drop(): void {
    this.#received = noBytes;
    this.#context.transport.take();
  }
}

function refused(command: PdlCommand, status: number, step: string, address: number): Error {
  return fault('device-refused', step, {
    expected: 'ACK',
    actual: `PDL status ${hex(status)} ${pdlStatusNames[status] ?? 'unknown'}`,
    address: hex(address),
    detail: `reply of 8910 ROM to ${command}`,
  });
}

// The mask ROM of the 8910: PDL, a byte stream of headers and payloads without a check. Loads FDL1. Knows no USB and no flash.
// Source: unisoc.md §7. The status numbers are the host's names for them; the reference says that only 0 and not 0 mean something.
import { hex } from '../../../domain/failure.ts';
import { pdlFlow, pdlHeader, pdlStatusNames } from '../../../flashers/unisoc/opcodes.ts';
import { ByteQueue } from '../byte-queue.ts';
import type { SessionLog } from '../session-log.ts';
import { LoadedImage } from './loaded-image.ts';
import { type Answer, type LoaderStage, type Step, silence } from './stage.ts';
import { loadAddresses, pdlCommands, pdlReply, u32LittleEndian } from './wire.ts';

const headerBytes = 8;
const tagBytes = 12;
const shortestPayload = 4;
const longestPayload = 2048 + tagBytes;
export const hostFdlLimit = 0xff40;

interface PdlRequest {
  readonly command: number;
  readonly address: number;
  readonly size: number;
  readonly extra: Uint8Array;
}

const say = (status: number): Answer => ({ ...silence, replies: [pdlReply(status)] });
const statusOf = (name: string): number => pdlStatusNames.indexOf(name);
const names = new Map(Object.entries(pdlCommands).map(([name, code]) => [code as number, name]));
const nameOf = (command: number): string => names.get(command) ?? `0x${command.toString(16).toUpperCase()}`;

export class PdlRom implements LoaderStage {
  readonly greeting = null;
  readonly fifoBytes = Number.POSITIVE_INFINITY;
  private readonly log: SessionLog;
  private readonly queue = new ByteQueue();
  private image: LoadedImage | null = null;
  private blocks = 0;
  private hasEnded = false;

  constructor(log: SessionLog) {
    this.log = log;
  }

  push(bytes: Uint8Array): readonly Step[] {
    this.queue.push(bytes);
    const steps: Step[] = [];
    for (let request = this.next(); request; request = this.next()) steps.push(this.stepOf(request));
    return steps;
  }

  private next(): PdlRequest | null {
    const length = this.nextLength();
    if (length === null || this.queue.length < headerBytes + length) return null;
    const payload = this.queue.take(headerBytes + length).subarray(headerBytes);
    return {
      command: u32LittleEndian(payload, 0),
      address: u32LittleEndian(payload, 4),
      size: u32LittleEndian(payload, 8),
      extra: payload.subarray(tagBytes),
    };
  }

  /** Of the payload behind the next good header, which stays in the queue; null while there is none. */
  private nextLength(): number | null {
    for (;;) {
      this.skipToHeader();
      const header = this.queue.peek(headerBytes);
      if (header.length < headerBytes) return null;
      const length = u32LittleEndian(header, 1);
      if (header[5] === pdlFlow.OK && length >= shortestPayload && length <= longestPayload) return length;
      this.log.violation(`PDL: a header with flow ${hex(header[5] ?? 0)} and length ${length}`);
      this.queue.take(headerBytes);
    }
  }

  private skipToHeader(): void {
    const waiting = this.queue.peek(this.queue.length);
    const at = waiting.indexOf(pdlHeader);
    const skipped = this.queue.take(at < 0 ? waiting.length : at).length;
    if (skipped > 0) this.log.violation(`PDL: ${skipped} bytes that begin no header`);
  }

  private stepOf(request: PdlRequest): Step {
    return {
      name: `PDL ${nameOf(request.command)}`,
      run: () => this.handle(request),
      refuse: (errorCode) => say(errorCode),
    };
  }

  private handle(request: PdlRequest): Answer {
    switch (request.command) {
      case pdlCommands.CONNECT:
        return say(0);
      case pdlCommands.START:
        return this.start(request);
      case pdlCommands.MID:
        return this.mid(request);
      case pdlCommands.END:
        return this.end();
      case pdlCommands.EXEC:
        return this.exec();
      default:
        return this.refuse('INVALID_CMD', `unknown command ${request.command}`);
    }
  }

  private start({ address, size }: PdlRequest): Answer {
    if (address !== loadAddresses.HOST_FDL) return this.refuse('INVALID_ADDR', `START at ${hex(address)}`);
    if (size === 0 || size > hostFdlLimit) return this.refuse('SIZE_ERROR', `START of ${size} bytes`);
    this.image = new LoadedImage(size);
    this.blocks = 0;
    this.hasEnded = false;
    return say(0);
  }

  /** The place comes from the received count; a wrong index is a fault of the host that the ROM does not see. */
  private mid({ address, size, extra }: PdlRequest): Answer {
    if (!this.image) return this.refuse('INVALID_CMD', 'MID without START');
    if (size !== extra.length) return this.refuse('SIZE_ERROR', `MID of ${size} bytes with ${extra.length} there`);
    if (!this.image.append(extra)) return this.refuse('SIZE_ERROR', 'MID of more than START said');
    if (address !== this.blocks) this.log.violation(`PDL: MID of index ${address} in place of ${this.blocks}`);
    this.blocks += 1;
    return say(0);
  }

  private end(): Answer {
    if (!this.image) return this.refuse('INVALID_CMD', 'END without START');
    if (!this.image.isComplete) {
      return this.refuse('SIZE_ERROR', `END after ${this.image.received} of ${this.image.size} bytes`);
    }
    this.hasEnded = true;
    return say(0);
  }

  private exec(): Answer {
    if (!this.hasEnded) return this.refuse('VERIFY', 'EXEC without a complete loader');
    return { ...silence, next: 'startLoader' };
  }

  private refuse(status: string, reason: string): Answer {
    this.log.violation(`PDL: ${reason}`);
    return say(statusOf(status));
  }
}

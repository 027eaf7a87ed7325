// One package on its way in: DATA_HEAD grants a block, DOWNLOAD_DATA brings it, DONE ends it. Knows neither ROM nor agent.
// Source: eigencomm.md §7; that a refused or repeated block changes nothing is the simulator's choice.
import { errorCodes } from './wire.ts';

export interface Refusal {
  readonly errorCode: number;
  readonly reason: string;
}

const refuse = (errorCode: number, reason: string): Refusal => ({ errorCode, reason });

export const isRefusal = (result: unknown): result is Refusal =>
  typeof result === 'object' && result !== null && 'errorCode' in result;

export class PackageTransfer {
  private readonly grantBytes: number;
  private total: number | null = null;
  private received: Uint8Array[] = [];
  private receivedBytes = 0;
  private granted: number | null = null;

  constructor(grantBytes: number) {
    this.grantBytes = grantBytes;
  }

  /** Between DATA_HEAD and DONE. */
  get isOpen(): boolean {
    return this.total !== null;
  }

  abandon(): void {
    this.total = null;
    this.received = [];
    this.receivedBytes = 0;
    this.granted = null;
  }

  /** Gives the granted size. `sizeProblem` judges the size of a package at its first DATA_HEAD. */
  dataHead(remaining: number, sizeProblem: (total: number) => string | null): number | Refusal {
    if (this.total === null) {
      const problem = remaining === 0 ? 'an empty package' : sizeProblem(remaining);
      if (problem) return refuse(errorCodes.size, `DATA_HEAD of ${problem}`);
      this.total = remaining;
    }
    const left = this.total - this.receivedBytes;
    if (remaining !== left) return refuse(errorCodes.size, `DATA_HEAD of ${remaining} bytes with ${left} left of the package`);
    this.granted = Math.min(remaining, this.grantBytes);
    return this.granted;
  }

  /** Takes a block; null: taken. */
  block(index: number, bytes: Uint8Array): Refusal | null {
    if (this.granted === null) return refuse(errorCodes.badArgument, 'DOWNLOAD_DATA without a grant');
    if (index !== (this.received.length & 0xff)) {
      return refuse(errorCodes.badArgument, `DOWNLOAD_DATA of index ${index} in place of ${this.received.length & 0xff}`);
    }
    if (bytes.length !== this.granted) {
      return refuse(errorCodes.badArgument, `DOWNLOAD_DATA of ${bytes.length} bytes with ${this.granted} granted`);
    }
    this.received.push(bytes);
    this.receivedBytes += bytes.length;
    this.granted = null;
    return null;
  }

  /** Ends the package and gives its bytes. */
  done(): Uint8Array | Refusal {
    if (this.total === null) return refuse(errorCodes.badArgument, 'DONE without a package');
    if (this.receivedBytes !== this.total) {
      return refuse(errorCodes.badArgument, `DONE after ${this.receivedBytes} of ${this.total} bytes`);
    }
    const bytes = new Uint8Array(Buffer.concat(this.received));
    this.abandon();
    return bytes;
  }
}

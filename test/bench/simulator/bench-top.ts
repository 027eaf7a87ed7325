// One simulated board on a table: its wire in the test's hands. Knows the board's contract and the test-side host only.
import type { BoardEnumeration, BoardReport } from '../../../src/bench/simulator/board.ts';
import { EigencommBoard, type EigencommBoardOptions } from '../../../src/bench/simulator/eigencomm/eigencomm-board.ts';
import { SimulatedClock } from '../../../src/bench/simulator/simulated-clock.ts';
import { instant } from '../../../src/bench/simulator/time-model.ts';
import { agbootFrame, agentHead, burnOne, ids, imageHead, madeUp, pair, romFrame, u32 } from './host-frames.ts';

export const factoryRevision = 'EC600ECNLCR01A02M08_OCPU_QPY';

export class BenchTop {
  readonly clock = new SimulatedClock();
  readonly board: EigencommBoard;
  readonly enumerations: (BoardEnumeration | null)[] = [];
  readonly resets: BoardReport[] = [];
  reads = true;
  pulled = false;
  private received: Buffer[] = [];

  constructor(options: Partial<EigencommBoardOptions> = {}) {
    const identity = { model: 'EC600E', imei: '861234567890125', sn: 'D1Q240000000001', revisionBefore: factoryRevision };
    this.board = new EigencommBoard({ clock: this.clock, time: instant, identity, seed: 7, ...options });
    this.board.listen({
      onEnumerate: (enumeration) => this.enumerations.push(enumeration),
      onSend: (_, bytes) => this.received.push(Buffer.from(bytes)),
      onReading: (reads) => {
        this.reads = reads;
      },
      onReset: () => this.resets.push(this.board.report()),
      onPull: () => {
        this.pulled = true;
      },
    });
  }

  get present(): BoardEnumeration | null {
    return this.enumerations.at(-1) ?? null;
  }

  get violations(): readonly string[] {
    return this.board.report().violations;
  }

  /** Sends on the interface and gives what came back within the call. */
  ask(bytes: Uint8Array, interfaceNumber = this.present?.dialogueInterface ?? 0): Buffer {
    this.board.receive(interfaceNumber, bytes);
    return this.heard();
  }

  /** What came back since the last look. */
  heard(): Buffer {
    const all = Buffer.concat(this.received);
    this.received = [];
    return all;
  }

  at(line: string, interfaceNumber?: number): string {
    return this.ask(Buffer.from(`${line}\r`), interfaceNumber).toString('latin1');
  }
}

/** Powered with the strap closed; the strap is open again. */
export function inRom(options: Partial<EigencommBoardOptions> = {}): BenchTop {
  const bench = new BenchTop(options);
  bench.board.setStrap(true);
  bench.board.setPower(true);
  bench.board.setStrap(false);
  return bench;
}

/** Sends a whole package, block by block, and gives the reply to DONE. */
export function sendPackage(bench: BenchTop, frame: typeof romFrame, bytes: Uint8Array): Buffer {
  for (let sent = 0, index = 0; sent < bytes.length; index++) {
    const granted = bench.ask(frame(0x31, u32(bytes.length - sent))).readUInt32LE(6);
    bench.ask(frame(0x32, bytes.subarray(sent, sent + granted), index & 0xff));
    sent += granted;
  }
  return bench.ask(frame(0x3a));
}

export function loadAgent(bench: BenchTop, agentboot = madeUp(35_568)): BenchTop {
  bench.ask(pair.rom);
  sendPackage(bench, romFrame, agentHead(agentboot));
  bench.ask(pair.rom);
  sendPackage(bench, romFrame, agentboot);
  return bench;
}

export function inAgent(options: Partial<EigencommBoardOptions> = {}): BenchTop {
  const bench = loadAgent(inRom(options));
  bench.ask(pair.lpc);
  return bench;
}

/** BURN_ONE, the swallowed pair and two echoed ones: AGBOOT waits for the head. */
export function beginBurn(bench: BenchTop, id: number, intoCpFlash = false): void {
  bench.ask(pair.lpc);
  bench.ask(burnOne(id, intoCpFlash));
  for (let i = 0; i < 3; i++) bench.ask(pair.agboot);
}

/** Gives the status: 0 for a good image. */
export function burn(
  bench: BenchTop,
  id: number,
  address: number,
  image: Uint8Array,
  head = imageHead(id, address, image),
): number {
  beginBurn(bench, id, id === ids.CP);
  sendPackage(bench, agbootFrame, head);
  for (let sent = 0; sent < image.length; sent += 0x10000) {
    bench.ask(pair.agboot);
    sendPackage(bench, agbootFrame, image.subarray(sent, sent + 0x10000));
  }
  return statusOf(bench);
}

export const statusOf = (bench: BenchTop): number => bench.ask(Buffer.from('44004cb300000000adab08e7', 'hex')).readUInt32LE(6);

/** An AP image that names this revision. */
export function apImage(revision: string, size = 0x12345): Buffer {
  const image = madeUp(size).map((byte) => byte & 0x1f);
  const bytes = Buffer.from(image);
  bytes.write(`${revision}\0`, 0x500, 'latin1');
  return bytes;
}

// One simulated UNISOC board on a table: its wire in the test's hands, and the ways into each of its stages.
import type { BoardEnumeration, BoardReport } from '../../../../src/bench/simulator/board.ts';
import { SimulatedClock } from '../../../../src/bench/simulator/simulated-clock.ts';
import { instant } from '../../../../src/bench/simulator/time-model.ts';
import type { UnisocBoardOptions } from '../../../../src/bench/simulator/unisoc/board-options.ts';
import { UnisocBoard } from '../../../../src/bench/simulator/unisoc/unisoc-board.ts';
import { fdl, flagByte, madeUp, op, pdl, rom, u32 } from './host-frames.ts';

export const fixedNv = 0xfe000003;
export const factoryRevisions: Readonly<Record<string, string>> = {
  EC200U: 'EC200UCNAAR02A02M08_OCPU_QPY',
  EC600U: 'EC600UCNLBR02A05M08_OCPU_QPY',
  EC600G: 'EC600GCNLAR01A06M08_OCPU_QPY',
  EC800G: 'EC800GCNGAR01A04M08_OCPU_QPY',
};

export class BenchTop {
  readonly clock = new SimulatedClock();
  readonly board: UnisocBoard;
  readonly enumerations: (BoardEnumeration | null)[] = [];
  readonly resets: BoardReport[] = [];
  pulled = false;
  private received: Buffer[] = [];

  constructor(model: string, options: Partial<UnisocBoardOptions> = {}) {
    const identity = { model, imei: '861234567890125', sn: 'D1Q240000000001', revisionBefore: factoryRevisions[model] ?? '' };
    this.board = new UnisocBoard({ clock: this.clock, time: instant, identity, seed: 7, ...options });
    this.board.listen({
      onEnumerate: (enumeration) => this.enumerations.push(enumeration),
      onSend: (_, bytes) => this.received.push(Buffer.from(bytes)),
      onReading: () => undefined,
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

  /** Sends on the interface and gives the writes that came back within the call. */
  writes(bytes: Uint8Array, interfaceNumber = this.present?.dialogueInterface ?? 0): readonly Buffer[] {
    this.board.receive(interfaceNumber, bytes);
    return this.received.splice(0);
  }

  ask(bytes: Uint8Array, interfaceNumber?: number): Buffer {
    return Buffer.concat(this.writes(bytes, interfaceNumber));
  }

  at(line: string, interfaceNumber?: number): string {
    return this.ask(Buffer.from(`${line}\r`), interfaceNumber).toString('latin1');
  }

  /** The reply code of one BSL frame; -1 for silence. */
  code(frame: Uint8Array): number {
    const reply = this.ask(frame);
    return reply.length === 0 ? -1 : reply.readUInt16BE(1);
  }
}

/** Powered with the strap closed; the strap is open again. */
export function inRom(model: string, options: Partial<UnisocBoardOptions> = {}): BenchTop {
  const bench = new BenchTop(model, options);
  bench.board.setStrap(true);
  bench.board.setPower(true);
  bench.board.setStrap(false);
  return bench;
}

export const hostFdl = madeUp(0x34c0);

/** FDL1 runs and has sent nothing yet. */
export function loadFdl1(bench: BenchTop): BenchTop {
  bench.ask(pdl(0));
  bench.ask(pdl(4, 0x8000c0, hostFdl.length, Buffer.from('PDL1\0')));
  for (let i = 0; i * 0x800 < hostFdl.length; i++) {
    const block = hostFdl.subarray(i * 0x800, (i + 1) * 0x800);
    bench.ask(pdl(5, i, block.length, block));
  }
  bench.ask(pdl(6, 0, 0, Buffer.from('1c3c6e06', 'hex')));
  bench.ask(pdl(7));
  return bench;
}

export function inFdl1(options: Partial<UnisocBoardOptions> = {}, model = 'EC600U'): BenchTop {
  const bench = loadFdl1(inRom(model, options));
  bench.ask(flagByte);
  bench.ask(fdl(op.connect));
  return bench;
}

export function inFdl2(options: Partial<UnisocBoardOptions> = {}, model = 'EC600U'): BenchTop {
  const bench = inFdl1(options, model);
  load(bench, fdl, 0x810000, madeUp(0x1000), 0x840);
  bench.ask(fdl(op.exec));
  return bench;
}

/** The 8850 ROM after VER and CONNECT. */
export function inBslRom(options: Partial<UnisocBoardOptions> = {}, model = 'EC800G'): BenchTop {
  const bench = inRom(model, options);
  for (let i = 0; i < 3; i++) bench.ask(flagByte);
  bench.ask(rom(op.connect));
  return bench;
}

export function inNorFdl(options: Partial<UnisocBoardOptions> = {}, model = 'EC800G', loader: Buffer = madeUp(0x1000)): BenchTop {
  const bench = inBslRom(options, model);
  load(bench, rom, 0x50800000, loader, 0x210);
  bench.ask(rom(op.exec));
  for (let i = 0; i < 3; i++) bench.ask(flagByte);
  bench.ask(fdl(op.connect));
  return bench;
}

export type LastLoader = 'FDL2' | 'NORFDL';
export const inLoader = (loader: LastLoader, options: Partial<UnisocBoardOptions> = {}): BenchTop =>
  loader === 'FDL2' ? inFdl2(options) : inNorFdl(options);

/** START, MIDST, END. Gives the code of END, or the first one that is not ACK. */
export function load(bench: BenchTop, frame: typeof fdl, address: number, file: Uint8Array, chunk = 0x800, extra = ''): number {
  const codes = [bench.code(frame(op.start, Buffer.concat([u32(address, file.length), Buffer.from(extra, 'hex')])))];
  for (let sent = 0; sent < file.length && codes.at(-1) === 0x80; sent += chunk) {
    codes.push(bench.code(frame(op.midst, file.subarray(sent, sent + chunk))));
  }
  return codes.at(-1) === 0x80 ? bench.code(frame(op.end)) : (codes.at(-1) ?? -1);
}

/** The data of a READ reply without escapes; null for any other reply. */
export function dataOf(reply: Buffer): Buffer | null {
  if (reply.length === 0 || reply.readUInt16BE(1) !== 0x93) return null;
  const inside = reply.subarray(1, -1);
  const plain: number[] = [];
  for (let i = 0; i < inside.length; i++) plain.push(inside[i] === 0x7d ? (inside[++i] ?? 0) | 0x20 : (inside[i] ?? 0));
  return Buffer.from(plain).subarray(4, -2);
}

export const readAt = (bench: BenchTop, address: number, size: number, offset = 0): Buffer | null =>
  dataOf(bench.ask(fdl(op.read, u32(address, size, offset))));

/** The NV, read as a careful host does: until the end or a reply that is no data. */
export function readNv(bench: BenchTop, limit = 0x28000): Buffer {
  const parts: Buffer[] = [];
  let read = 0;
  while (read < limit) {
    const part = readAt(bench, fixedNv, Math.min(0x3000, limit - read), read);
    if (!part) break;
    parts.push(part);
    read += part.length;
    if (part.length < 0x3000) break;
  }
  return Buffer.concat(parts);
}

/** An application image that names this revision. */
export function application(revision: string, size = 0x12346): Buffer {
  const bytes = madeUp(size);
  bytes.write(`${revision}\0`, 0x500, 'latin1');
  return bytes;
}

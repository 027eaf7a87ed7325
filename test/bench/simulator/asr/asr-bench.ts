// One simulated ASR board on a table: its wire in the test's hands. Knows the board's contract and the test-side host only.
import { AsrBoard, type AsrBoardOptions } from '../../../../src/bench/simulator/asr/asr-board.ts';
import type { BoardEnumeration, BoardReport } from '../../../../src/bench/simulator/board.ts';
import { demoLayout, fip, flashInfo, norChips, partitionTable } from '../../../../src/bench/simulator/demo-package/asr-tables.ts';
import { SimulatedClock } from '../../../../src/bench/simulator/simulated-clock.ts';
import { instant } from '../../../../src/bench/simulator/time-model.ts';
import { command, data, hello, logIn, preamble, repliesIn, sparse, uabt } from './asr-host.ts';

export const factoryRevision = 'EC800NCNLAR01A02M08_OCPU_QPY';

export const ramProgram = fip(Buffer.alloc(0x900, 0x7e), Buffer.alloc(0x40e, 0x7d));
export const chips = flashInfo([norChips.gd8M, norChips.winbond8M]);
export const table = partitionTable(demoLayout(0x800000));

export class AsrBench {
  readonly clock = new SimulatedClock();
  readonly board: AsrBoard;
  readonly enumerations: (BoardEnumeration | null)[] = [];
  readonly resets: BoardReport[] = [];
  readonly writes: Buffer[] = [];
  reads = true;
  pulled = false;

  constructor(options: Partial<AsrBoardOptions> = {}) {
    const identity = { model: 'EC800N', imei: '861234567890125', sn: 'D1Q240000000001', revisionBefore: factoryRevision };
    this.board = new AsrBoard({ clock: this.clock, time: instant, identity, seed: 7, ...options });
    this.board.listen({
      onEnumerate: (enumeration) => this.enumerations.push(enumeration),
      onSend: (_, bytes) => this.writes.push(Buffer.from(bytes)),
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

  /** Sends on the dialogue interface and gives what came back within the call. */
  ask(bytes: Uint8Array, interfaceNumber = this.present?.dialogueInterface ?? 1): Buffer {
    this.board.receive(interfaceNumber, bytes);
    return this.heard();
  }

  /** What came back since the last look. */
  heard(): Buffer {
    return Buffer.concat(this.writes.splice(0));
  }

  /** The CMD replies to one command. */
  say(text: string): string[] {
    return repliesIn(this.ask(command(text)));
  }

  at(line: string): string {
    return this.ask(Buffer.from(`${line}\r`)).toString('latin1');
  }

  /** A download in frames of `frameBytes`; gives every CMD reply after the DATA. */
  download(bytes: Uint8Array, frameBytes = 1024): string[] {
    const granted = this.say(`download:${bytes.length.toString(16).padStart(8, '0')}`);
    if (!granted[0]?.startsWith('DATA')) return granted;
    const replies: string[] = [];
    for (let at = 0; at < bytes.length; at += frameBytes)
      replies.push(...repliesIn(this.ask(data(bytes.subarray(at, at + frameBytes)))));
    return replies;
  }

  flash(name: string, piece: Uint8Array): string[] {
    this.download(piece);
    return this.say(`flash:${name}`);
  }

  /** A partition of the demo layout, as it is in flash now. */
  partition(name: string): Buffer {
    const { start, size } = demoLayout(this.board.flash.nor.size).find((entry) => entry.name === name) ?? { start: 0, size: 0 };
    return Buffer.from(this.board.flash.nor.read(start, size));
  }

  endSession(): void {
    for (const text of ['reboot', 'complete', 'disconnect']) this.say(text);
  }
}

/** Powered with the strap closed; the strap is open again. */
export function inRom(options: Partial<AsrBoardOptions> = {}): AsrBench {
  const bench = new AsrBench(options);
  bench.board.setStrap(true);
  bench.board.setPower(true);
  bench.board.setStrap(false);
  return bench;
}

export function inSession(options: Partial<AsrBoardOptions> = {}): AsrBench {
  const bench = inRom(options);
  for (const bytes of [preamble, uabt, hello()]) bench.ask(bytes);
  return bench;
}

export function callTwice(bench: AsrBench): AsrBench {
  for (let count = 0; count < 2; count++) {
    bench.download(ramProgram);
    bench.say('verify');
    bench.say('call');
  }
  return bench;
}

export const inFlasher = (options: Partial<AsrBoardOptions> = {}): AsrBench => callTwice(inSession(options));

/** The flasher has both tables: partitions can be written. */
export function readyToFlash(options: Partial<AsrBoardOptions> = {}): AsrBench {
  const bench = inFlasher(options);
  for (const bytes of [chips, table]) {
    bench.download(bytes);
    bench.say('partition');
  }
  return bench;
}

/** An application that names this revision, as one piece. */
export function applicationPiece(revision: string, size = 0x2345): Buffer {
  const image = Buffer.alloc(size, 0x11);
  image.write(`\0${revision}\0`, 0x200, 'latin1');
  return sparse(image);
}

export { logIn, repliesIn };

// The simulated transport under the laws of src/bench/transport.ts, as the rack opens it, and what only the simulator refuses.
import { describe, expect, it } from 'vitest';
import type { Device, OpenOptions } from '../../../src/bench/device-source.ts';
import type { BoardIdentity, BoardListener, SimulatedBoard } from '../../../src/bench/simulator/board.ts';
import { SimulatedClock } from '../../../src/bench/simulator/simulated-clock.ts';
import { instant, type TimeModel } from '../../../src/bench/simulator/time-model.ts';
import { VirtualRack } from '../../../src/bench/simulator/virtual-rack.ts';
import type { Transport } from '../../../src/bench/transport.ts';
import { describeTransportContract, type PairOptions, type TransportPair } from '../transport-contract.ts';

const usbPath = 'pci-0000:00:14.0/1.1';

/** A board without a protocol: it keeps what it takes and says what it is told. */
class ListeningBoard implements SimulatedBoard {
  readonly identity: BoardIdentity = { model: 'none', imei: '', sn: '', revisionBefore: '' };
  readonly taken: Buffer[] = [];
  private listener: BoardListener | null = null;

  listen(listener: BoardListener | null): void {
    this.listener = listener;
  }

  setPower(on: boolean): void {
    const enumeration = {
      mode: 'download',
      vendorId: 1,
      productId: 2,
      serialNumber: null,
      interfaces: [0],
      dialogueInterface: 0,
    } as const;
    this.listener?.onEnumerate(on ? enumeration : null);
  }

  setStrap(): void {}

  receive(_: number, bytes: Uint8Array): void {
    this.taken.push(Buffer.from(bytes));
  }

  say(bytes: Uint8Array): void {
    this.listener?.onSend(0, bytes);
  }

  read(reads: boolean): void {
    this.listener?.onReading(reads);
  }

  condition(): never {
    return this.report();
  }

  report(): never {
    throw new Error('this board has no session');
  }
}

async function connected(time: TimeModel = instant) {
  const clock = new SimulatedClock();
  const rack = new VirtualRack({ clock, time, usbPaths: [usbPath] });
  const board = new ListeningBoard();
  const attached: Device[] = [];
  await rack.start((event) => {
    if (event.type === 'device.attached') attached.push(event.device);
  });
  rack.insert(usbPath, board);
  const open = (options: Partial<OpenOptions> = {}): Promise<Transport> => {
    const device = attached.at(-1);
    if (!device) throw new Error('nothing is there');
    return rack.open(device, { interfaceNumber: 0, baudRate: 921_600, timeoutMs: 100, burstBytes: 1 << 21, ...options });
  };
  return { clock, rack, board, open };
}

async function makePair({ boardReads }: PairOptions): Promise<TransportPair> {
  const { clock, rack, board, open } = await connected();
  board.read(boardReads);
  return {
    transport: await open(),
    peer: {
      send: async (bytes) => board.say(bytes),
      taken: () => Buffer.concat(board.taken),
      startReading: () => board.read(true),
      unplug: async () => {
        rack.remove(usbPath);
      },
    },
    now: () => clock.now(),
    elapse: (milliseconds) => clock.advance(milliseconds),
    openAgain: () => open(),
    dispose: async () => {
      rack.remove(usbPath);
    },
  };
}

describeTransportContract('simulated', makePair);

describe('the simulated transport', () => {
  it('rejects a single write above the promised burst, and nothing of it goes out', async () => {
    const { board, open } = await connected();
    const transport = await open({ burstBytes: 512 });
    await transport.write(new Uint8Array(512), { timeoutMs: 10 });
    await expect(transport.write(new Uint8Array(513), { timeoutMs: 10 })).rejects.toMatchObject({
      failure: { code: 'write-too-large', actual: 513 },
    });
    expect(Buffer.concat(board.taken)).toHaveLength(512);
  });

  it('moves bytes at the rate of the line, each way', async () => {
    const { clock, board, open } = await connected({ ...instant, bytesPerMs: 10 });
    const transport = await open();
    const writing = transport.write(new Uint8Array(100), { timeoutMs: 1_000 });
    await clock.advance(9.9);
    expect(board.taken).toHaveLength(0);
    await clock.advance(0.1);
    await writing;
    expect(board.taken).toHaveLength(1);
    board.say(new Uint8Array(50));
    const reading = transport.read({ timeoutMs: 1_000 });
    await clock.runUntil(reading);
    expect(clock.now()).toBeCloseTo(15);
  });

  it('keeps a copy: the caller may use its buffer again after a write that timed out', async () => {
    const { clock, board, open } = await connected({ ...instant, bytesPerMs: 1 });
    const transport = await open();
    const bytes = Buffer.from('original');
    const outcome = expect(transport.write(bytes, { timeoutMs: 2 })).rejects.toMatchObject({
      failure: { code: 'write-timed-out' },
    });
    await clock.advance(2);
    await outcome;
    bytes.fill(0);
    await clock.run();
    expect(Buffer.concat(board.taken).toString()).toBe('original');
  });

  it('says when a close misses its deadline, and frees the path only when it is really closed', async () => {
    const { clock, open } = await connected({ ...instant, closeMs: 100 });
    const transport = await open();
    const late = expect(transport.close(10)).rejects.toMatchObject({ failure: { code: 'close-timed-out' } });
    await clock.advance(10);
    await late;
    await expect(open()).rejects.toMatchObject({ failure: { code: 'serial-path-busy' } });
    const again = transport.close(1_000);
    await clock.runUntil(again);
    expect(clock.now()).toBe(100);
    expect((await open()).serialPath).toBe(transport.serialPath);
  });
});

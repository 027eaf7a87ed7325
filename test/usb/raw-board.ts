// A board that only carries bytes: one interface, no protocol. The contract suite in the guest plays its end from here, over a
// channel of its own. Knows no flasher.
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { BoardEnumeration, BoardListener, SimulatedBoard } from '../../src/bench/simulator/board.ts';
import type { PeerAnswer, PeerOrder } from './guest/peer.ts';
import type { UsbPlace } from './usb-board.ts';

/** What carries the bytes: a serial path of `option`, or bulk endpoints that no driver binds. */
const shapes: Readonly<Record<PeerOrder['shape'], BoardEnumeration>> = {
  tty: {
    mode: 'normal',
    vendorId: 0x2c7c,
    productId: 0x6002,
    serialNumber: '0000',
    interfaces: [0],
    dialogueInterface: 0,
  },
  bulk: {
    mode: 'download',
    vendorId: 0x1782,
    productId: 0x4d16,
    serialNumber: null,
    interfaces: [1],
    dialogueInterface: 1,
  },
};

const answerBytes = 16_384;

class RawBoard implements SimulatedBoard {
  readonly identity = { model: 'raw', imei: '', sn: '', revisionBefore: '' };
  readonly taken: Uint8Array[] = [];
  readonly #shape: BoardEnumeration;
  #listener: BoardListener | null = null;

  constructor(shape: BoardEnumeration) {
    this.#shape = shape;
  }

  listen(listener: BoardListener | null): void {
    this.#listener = listener;
  }

  setPower(on: boolean): void {
    this.#listener?.onEnumerate(on ? this.#shape : null);
  }

  setStrap(): void {}

  receive(_interfaceNumber: number, bytes: Uint8Array): void {
    this.taken.push(bytes);
  }

  read(on: boolean): void {
    this.#listener?.onReading(on);
  }

  /** What arrived since the last time, a bounded piece of it. */
  takeSome(): Buffer {
    const all = Buffer.concat(this.taken.splice(0));
    const rest = all.subarray(answerBytes);
    if (rest.length > 0) this.taken.unshift(rest);
    return all.subarray(0, answerBytes);
  }

  condition(): never {
    throw new Error('a raw board has nothing to tell');
  }

  report(): never {
    throw new Error('a raw board has nothing to report');
  }
}

/** Obeys the suite in the guest: one JSON order per line on the socket, one answer each. */
export function servePeer(socketPath: string, place: UsbPlace): Promise<void> {
  let board: RawBoard | null = null;
  const obey = async (order: PeerOrder): Promise<PeerAnswer['hex']> => {
    switch (order.op) {
      case 'plug':
        place.remove();
        board = new RawBoard(shapes[order.shape]);
        place.insert(board);
        board.read(order.boardReads);
        return '';
      case 'unplug':
        place.remove();
        return '';
      case 'startReading':
        board?.read(true);
        return '';
      case 'send':
        await place.sendAll(shapes[order.shape].dialogueInterface, Buffer.from(order.hex, 'hex'));
        return '';
      case 'taken':
        return board?.takeSome().toString('hex') ?? '';
    }
  };
  const server = createServer((socket: Socket) => {
    createInterface({ input: socket }).on('line', (line) => {
      const order = JSON.parse(line) as PeerOrder;
      void obey(order).then((hex) => socket.write(`${JSON.stringify({ id: order.id, hex } satisfies PeerAnswer)}\n`));
    });
    socket.on('error', () => undefined);
  });
  return new Promise((resolve, reject) => server.once('error', reject).listen(socketPath, resolve));
}

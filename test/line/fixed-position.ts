// A board behind a fixed serial path, as on a pty or a UART fixture: the line stays whatever mode the board is in, and nothing tells
// that it restarts.
import type { Clock } from '../../src/bench/clock.ts';
import type { Device, DeviceSource } from '../../src/bench/device-source.ts';
import type { SimulatedBoard } from '../../src/bench/simulator/board.ts';
import { serveBoard } from '../../src/bench/simulator/board-server.ts';
import { SimulatedTransport } from '../../src/bench/simulator/simulated-transport.ts';

export const fixedPath = '/dev/ttyS1';

const device: Device = {
  id: `serial:${fixedPath}#1`,
  usbPath: `serial:${fixedPath}`,
  vendorId: null,
  productId: null,
  serialNumber: null,
  interfaces: [{ number: 0, serialPath: fixedPath }],
  enumeratedAtMs: null,
};

/** The board has power, and starts in normal mode. */
export function fixedPosition(board: SimulatedBoard, clock: Clock): DeviceSource {
  let toBoard = (_bytes: Uint8Array): void => undefined;
  let open: SimulatedTransport | null = null;
  const link = {
    onBytes: (listener: typeof toBoard) => {
      toBoard = listener;
    },
    write: (bytes: Uint8Array) => open?.receive(bytes),
    close: () => undefined,
  };
  const served = serveBoard({ board, clock, link, startIn: 'normal', report: () => undefined });
  return {
    start(listener) {
      listener({ type: 'device.attached', device });
      return Promise.resolve();
    },
    open(_device, { burstBytes }) {
      const line = {
        send: (bytes: Uint8Array, onTaken: () => void) => {
          toBoard(bytes);
          onTaken();
        },
        release: () => {
          open = null;
        },
      };
      open = new SimulatedTransport({ clock, serialPath: fixedPath, burstBytes, closeMs: 1, line });
      return Promise.resolve(open);
    },
    stop() {
      served.stop();
      return Promise.resolve();
    },
  };
}

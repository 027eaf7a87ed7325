// A DeviceSource over boards that another process plays on ptys (pty-boards.ts): everything below it is the hardware bench. Knows no slot.
import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import type { Device, DeviceEvent, DeviceSource } from '../../src/bench/device-source.ts';
import { openSerialTransport } from '../../src/bench/hardware/open-serial-path.ts';
import type { BoardReport } from '../../src/bench/simulator/board.ts';
import { fault } from '../../src/domain/failure.ts';
import { type FromBoards, monotonicMs, type ToBoards } from './pty-messages.ts';

export interface PtyRack extends DeviceSource {
  send(message: ToBoards): void;
  /** Milliseconds from enumeration to the first byte of the host, of each device of the given product that was spoken to. */
  firstByteMs(productIds: readonly number[]): readonly number[];
  readonly reports: readonly BoardReport[];
}

export async function ptyRack(): Promise<PtyRack> {
  // Started before anything is opened: a child inherits nothing then.
  const boards: ChildProcess = fork(join(import.meta.dirname, `pty-boards${extname(import.meta.filename)}`), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  /** From the shared monotonic clock to this process's own. */
  const offsetMs = performance.now() - monotonicMs();
  const devices = new Map<string, Device>();
  const firstBytes: { readonly productId: number | null; readonly ms: number }[] = [];
  const reports: BoardReport[] = [];
  let listener: (event: DeviceEvent) => void = () => undefined;
  const send = (message: ToBoards): void => void boards.send(message);

  await new Promise<void>((resolve) => {
    boards.on('message', (message: FromBoards) => {
      switch (message.type) {
        case 'ready':
          resolve();
          break;
        case 'attached': {
          const device = { ...message.device, enumeratedAtMs: message.monotonicMs + offsetMs };
          devices.set(device.id, device);
          listener({ type: 'device.attached', device });
          break;
        }
        case 'detached': {
          const device = devices.get(message.deviceId);
          devices.delete(message.deviceId);
          if (device !== undefined) listener({ type: 'device.detached', device });
          break;
        }
        case 'heard': {
          const device = devices.get(message.deviceId);
          if (device?.enumeratedAtMs != null)
            firstBytes.push({ productId: device.productId, ms: message.monotonicMs + offsetMs - device.enumeratedAtMs });
          break;
        }
        case 'reset':
          reports.push(message.report);
          break;
      }
    });
  });

  return {
    send,
    reports,
    firstByteMs: (productIds) => firstBytes.filter(({ productId }) => productIds.includes(productId ?? -1)).map(({ ms }) => ms),
    start(told) {
      listener = told;
      return Promise.resolve();
    },
    open(device, { interfaceNumber, baudRate, timeoutMs }) {
      const serialPath = device.interfaces.find(({ number }) => number === interfaceNumber)?.serialPath;
      if (serialPath == null)
        throw fault('serial-path-missing', 'open', { detail: `interface ${interfaceNumber} of ${device.id}` });
      return openSerialTransport(serialPath, { baudRate, timeoutMs });
    },
    stop() {
      send({ type: 'end' });
      return Promise.resolve();
    },
  };
}

// Devices behind fixed serial paths (UART fixtures, ptys), bound to their slots by the path alone. Knows no USB: nothing can be
// learnt about such a device but whether its node is there.
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { fault } from '../../domain/failure.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Device, DeviceEvent, DeviceSource, OpenOptions } from '../device-source.ts';
import type { Transport } from '../transport.ts';
import { openSerialTransport } from './open-serial-path.ts';

/**
 * A look at the nodes, and not fs.watch on their folders: a look follows symbolic links, needs no folder that exists already, survives a
 * folder that is replaced, cannot overflow, and costs 3 µs per path. An unplug while the path is open is told by its Transport at once.
 */
const lookEveryMs = 250;

const prefix = 'serial:';

export const fixedUsbPath = (serialPath: string): string => `${prefix}${serialPath}`;

interface Look {
  /** Differs for another node under the same name. */
  readonly node: string;
  readonly trouble: { readonly reason: string; readonly cure: string } | null;
}

interface Seen extends Look {
  readonly device: Device;
}

/**
 * A DeviceSource of one device per path; `usbPath` is `serial:<path>`. A device is attached while a usable node is there, told
 * `device.unusable` while a node is there that cannot be opened, and `device.detached` ends either. It has one interface, and `open` gives that
 * one whatever number is asked for: a profile's interface numbers are those of its USB device.
 */
export function fixedPathSource(serialPaths: readonly string[], clock: Clock): DeviceSource {
  const seen = new Map<string, Seen>();
  let enumerations = 0;
  let timer: Timer | null = null;

  const appear = (serialPath: string, look: Look, listener: (event: DeviceEvent) => void): void => {
    enumerations += 1;
    const device = deviceAt(serialPath, `${fixedUsbPath(serialPath)}#${enumerations}`);
    seen.set(serialPath, { ...look, device });
    listener(look.trouble === null ? { type: 'device.attached', device } : { type: 'device.unusable', device, ...look.trouble });
  };

  const lookAt = (serialPath: string, listener: (event: DeviceEvent) => void): void => {
    const before = seen.get(serialPath);
    const now = look(serialPath);
    if (before?.node === now?.node && before?.trouble?.reason === now?.trouble?.reason) return;
    if (before !== undefined) {
      seen.delete(serialPath);
      listener({ type: 'device.detached', device: before.device });
    }
    if (now !== null) appear(serialPath, now, listener);
  };

  return {
    start(listener) {
      const lookAtAll = (): void => {
        timer = clock.after(lookEveryMs, lookAtAll);
        for (const serialPath of serialPaths) if (timer !== null) lookAt(serialPath, listener);
      };
      lookAtAll();
      return Promise.resolve();
    },
    open: (device, options) => openFixedPath(device, options),
    stop() {
      timer?.cancel();
      timer = null;
      return Promise.resolve();
    },
  };
}

function deviceAt(serialPath: string, id: string): Device {
  return {
    id,
    usbPath: fixedUsbPath(serialPath),
    vendorId: null,
    productId: null,
    serialNumber: null,
    interfaces: [{ number: 0, serialPath }],
    enumeratedAtMs: null,
  };
}

async function openFixedPath({ usbPath }: Device, { baudRate, timeoutMs }: OpenOptions): Promise<Transport> {
  const serialPath = usbPath.slice(prefix.length);
  const transport = await openSerialTransport(serialPath, { baudRate, timeoutMs });
  const named = statOf(serialPath)?.rdev;
  if (named === transport.deviceNumber) return transport;
  await transport.close(timeoutMs);
  throw fault('serial-path-not-of-slot', 'open', {
    expected: named ?? 'no node',
    actual: transport.deviceNumber,
    detail: serialPath,
  });
}

function statOf(serialPath: string): Stats | undefined {
  try {
    return statSync(serialPath, { throwIfNoEntry: false });
  } catch {
    // A link that points to itself, a folder without rights: nothing that could be opened.
    return undefined;
  }
}

function look(serialPath: string): Look | null {
  const stat = statOf(serialPath);
  if (stat === undefined) return null;
  return { node: `${stat.dev}:${stat.ino}:${stat.rdev}`, trouble: troubleWith(serialPath, stat) };
}

function troubleWith(serialPath: string, stat: Stats): Look['trouble'] {
  if (!stat.isCharacterDevice()) {
    return { reason: `${serialPath} is not a serial device`, cure: `set the slot's serialPath to a serial device` };
  }
  try {
    accessSync(serialPath, constants.R_OK | constants.W_OK);
    return null;
  } catch {
    return { reason: `no rights on ${serialPath}`, cure: 'add the user to the group of the node (dialout) and log in again' };
  }
}

// USB devices as a DeviceSource: hot-plug events say where to look, sysfs says what is there. Knows no slot and no profile.
import { statSync } from 'node:fs';
import { type FailureCode, Fault, fault } from '../../domain/failure.ts';
import { type Clock, pause, type Timer } from '../clock.ts';
import type { Device, DeviceEvent, DeviceSource, OpenOptions } from '../device-source.ts';
import type { Transport } from '../transport.ts';
import type { HotPlug, HotPlugEvent } from './hot-plug.ts';
import { openSerialTransport } from './open-serial-path.ts';
import type { HardwareTransport, SerialTransport } from './serial-transport.ts';
import { driverCure, isBulkDevice, type Trouble, troubleWith } from './usb-readiness.ts';
import { enumerationAt, listUsbNames, readUsbDevice, type TreeRoot, ttyNode, type UsbDevice, usbNameOfNode } from './usb-tree.ts';

/** From the first look until a device that cannot be used is told as unusable; its nodes and rights appear late. */
const patienceMs = 3_000;
/** Looks go on so long: the rules may be installed, or the driver loaded, in the meantime. */
const givesUpMs = 30_000;
const firstLookAgainMs = 20;
const slowestLookAgainMs = 500;
/** After the last event of a burst everything is compared once, so that a lost event is not lost for ever. */
const settleMs = 300;
const openAgainMs = 25;
/** A pull that breaks an open is in sysfs only when the kernel has ended what the open asked; in a slow guest that took a moment more. */
const leavesWithinMs = 1_000;

export interface UsbSourceOptions {
  readonly root: TreeRoot;
  readonly hotPlug: HotPlug;
  readonly clock: Clock;
  /** Opens a bulk interface of a device that no kernel driver binds. Rejects as `DeviceSource.open` does. */
  readonly openBulk: (device: UsbDevice, interfaceNumber: number) => Promise<HardwareTransport>;
}

/** What is at a name in sysfs: what was told of it, and what is open on it. */
interface Place {
  /** Changes with every event: a look that began before it is stale. */
  events: number;
  told: {
    readonly device: Device;
    readonly enumeration: string;
    readonly deviceNumber: number;
    readonly isUsable: boolean;
  } | null;
  readonly open: Set<HardwareTransport>;
}

export function usbDeviceSource({ root, hotPlug, clock, openBulk }: UsbSourceOptions): DeviceSource {
  const places = new Map<string, Place>();
  let enumerations = 0;
  let listener: ((event: DeviceEvent) => void) | null = null;
  let settling: Timer | null = null;

  const placeOf = (sysName: string): Place => {
    const place = places.get(sysName) ?? { events: 0, told: null, open: new Set() };
    places.set(sysName, place);
    return place;
  };

  const tellGone = (place: Place): void => {
    const { told } = place;
    place.told = null;
    for (const transport of place.open) transport.detached();
    place.open.clear();
    if (told !== null) listener?.({ type: 'device.detached', device: told.device });
  };

  const tell = (place: Place, found: UsbDevice, trouble: Trouble | null): void => {
    if (place.told !== null) tellGone(place);
    enumerations += 1;
    const device = deviceOf(root, found, `${found.usbPath}#${enumerations}`, clock.now());
    place.told = { device, enumeration: found.enumeration, deviceNumber: found.deviceNumber, isUsable: trouble === null };
    listener?.(trouble === null ? { type: 'device.attached', device } : { type: 'device.unusable', device, ...trouble });
  };

  /** One look; true when there is nothing more to wait for. */
  const look = async (sysName: string, place: Place, isPatient: boolean): Promise<boolean> => {
    const { events } = place;
    const found = await readUsbDevice(root, sysName);
    const trouble = found === null || found.isHub ? null : troubleWith(root, found);
    if (listener === null || place.events !== events) return true;
    if (place.told !== null && place.told.enumeration !== found?.enumeration) tellGone(place);
    if (found === null || found.isHub || place.told?.isUsable === true) return true;
    if (trouble === null) tell(place, found, null);
    else if (!isPatient && place.told === null) tell(place, found, trouble);
    return trouble === null;
  };

  /** Looks until the device is usable or given up, or another event at the place takes over. */
  const settle = async (sysName: string): Promise<void> => {
    const place = placeOf(sysName);
    const { events } = place;
    const startedAtMs = clock.now();
    const waitedMs = (): number => clock.now() - startedAtMs;
    let waitMs = firstLookAgainMs;
    while (!(await look(sysName, place, waitedMs() < patienceMs)) && waitedMs() < givesUpMs) {
      await pause(clock, waitMs);
      if (listener === null || place.events !== events) return;
      waitMs = Math.min(waitMs * 2, slowestLookAgainMs);
    }
  };

  const compareSoon = (): void => {
    settling?.cancel();
    settling = clock.after(settleMs, () => {
      settling = null;
      void compareAll();
    });
  };

  const compareAll = async (): Promise<void> => {
    const names = listUsbNames(root);
    const known = [...places].filter(([, { told }]) => told !== null).map(([sysName]) => sysName);
    for (const sysName of new Set([...names, ...known])) {
      if (listener === null) return;
      const place = placeOf(sysName);
      if (place.told === null) void settle(sysName);
      else await look(sysName, place, true);
    }
  };

  const onEvent = ({ type, sysName, deviceNumber }: HotPlugEvent): void => {
    if (listener === null) return;
    const place = placeOf(sysName);
    compareSoon();
    if (type === 'went') {
      // A detach told late must not end the device that came after it.
      if (place.told !== null && place.told.deviceNumber !== deviceNumber) return;
      place.events += 1;
      tellGone(place);
    } else {
      place.events += 1;
      void settle(sysName);
    }
  };

  const present = (device: Device): { readonly sysName: string; readonly place: Place; readonly enumeration: string } | null => {
    for (const [sysName, place] of places) {
      if (place.told?.device.id === device.id) return { sysName, place, enumeration: place.told.enumeration };
    }
    return null;
  };

  /** Asked while a node is waited for: sysfs knows a pull before the event of it comes. */
  const isStill = (device: Device, found: UsbDevice): boolean =>
    present(device) !== null && enumerationAt(root, found.sysName) === found.enumeration;

  const leaves = async (device: Device, found: UsbDevice): Promise<boolean> => {
    for (const untilMs = clock.now() + leavesWithinMs; clock.now() < untilMs; await pause(clock, openAgainMs))
      if (!isStill(device, found)) return true;
    return false;
  };

  /** Null while there is nothing to open, or while another program has it. Whatever fails at a device that leaves, fails because it leaves. */
  const openNow = async (device: Device, found: UsbDevice, options: OpenOptions): Promise<HardwareTransport | null> => {
    const named = found.interfaces.find(({ number }) => number === options.interfaceNumber);
    try {
      if (named?.tty != null) return await openTty(device, found, ttyNode(root, named.tty), options);
      return isBulkDevice(found) && found.interfaces.length > 0 ? await openBulk(found, options.interfaceNumber) : null;
    } catch (thrown) {
      if (!isStill(device, found)) throw hasLeft(device, thrown);
      if (codeOf(thrown) === 'serial-path-busy' && options.timeoutMs > openAgainMs) return null;
      throw codeOf(thrown) === 'serial-path-missing' && (await leaves(device, found)) ? hasLeft(device, thrown) : thrown;
    }
  };

  const openTty = async (device: Device, found: UsbDevice, path: string, options: OpenOptions): Promise<SerialTransport> => {
    const { baudRate, timeoutMs } = options;
    const transport = await openSerialTransport(path, { baudRate, timeoutMs, stillThere: () => isStill(device, found) });
    const owner = usbNameOfNode(root, transport.deviceNumber);
    const now = owner === null ? null : await readUsbDevice(root, owner);
    if (now?.enumeration === found.enumeration && statNumber(path) === transport.deviceNumber) return transport;
    await transport.close(timeoutMs);
    throw fault('serial-path-not-of-slot', 'open', {
      expected: found.usbPath,
      actual: now?.usbPath ?? 'no device',
      detail: `${path} has been given to another board`,
    });
  };

  const waitForInterface = async (device: Device, options: OpenOptions): Promise<HardwareTransport> => {
    const deadlineMs = clock.now() + options.timeoutMs;
    for (;;) {
      const at = present(device);
      const found = at === null ? null : await readUsbDevice(root, at.sysName);
      if (found === null || found.enumeration !== at?.enumeration) throw hasLeft(device);
      const leftMs = deadlineMs - clock.now();
      const transport = await openNow(device, found, { ...options, timeoutMs: Math.max(leftMs, openAgainMs) });
      if (transport !== null) return transport;
      if (leftMs <= 0) throw withoutPath(found, options.interfaceNumber);
      await pause(clock, openAgainMs);
    }
  };

  return {
    async start(tellTo) {
      listener = tellTo;
      try {
        await hotPlug.start(onEvent);
      } catch (thrown) {
        tellTo({ type: 'bench.lost', reason: thrown instanceof Error ? thrown.message : String(thrown) });
        return;
      }
      const names = listUsbNames(root);
      const unready: string[] = [];
      for (const sysName of names) if (!(await look(sysName, placeOf(sysName), true))) unready.push(sysName);
      for (const sysName of unready) void settle(sysName);
    },

    async open(device, options): Promise<Transport> {
      const transport = await waitForInterface(device, options);
      const at = present(device);
      if (at === null) {
        await transport.close(options.timeoutMs);
        throw hasLeft(device);
      }
      at.place.open.add(transport);
      void transport.closed.then((reason) => {
        at.place.open.delete(transport);
        // The driver may notice an unplug before the bus tells it.
        if (reason === 'unplugged' && listener !== null) compareSoon();
      });
      return transport;
    },

    stop() {
      listener = null;
      settling?.cancel();
      hotPlug.stop();
      return Promise.resolve();
    },
  };
}

function deviceOf(root: TreeRoot, found: UsbDevice, id: string, nowMs: number): Device {
  const { usbPath, vendorId, productId, serialNumber, interfaces, ageMs } = found;
  return {
    id,
    usbPath,
    vendorId,
    productId,
    serialNumber,
    interfaces: interfaces.map(({ number, tty }) => ({ number, serialPath: tty === null ? null : ttyNode(root, tty) })),
    enumeratedAtMs: ageMs === null ? null : nowMs - ageMs,
  };
}

const codeOf = (thrown: unknown): FailureCode | null => (thrown instanceof Fault ? thrown.failure.code : null);

function statNumber(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.rdev;
  } catch {
    return undefined;
  }
}

const hasLeft = ({ usbPath }: Device, cause?: unknown) =>
  fault('unplugged', 'open', { actual: 'the device has left', detail: usbPath }, cause);

function withoutPath(found: UsbDevice, interfaceNumber: number) {
  const named = found.interfaces.find(({ number }) => number === interfaceNumber);
  const detail = `interface ${interfaceNumber} at ${found.usbPath}`;
  if (named?.driver === null)
    return fault('driver-missing', 'open', { actual: 'no driver', detail: `${detail}: ${driverCure(found)}` });
  return fault('serial-path-missing', 'open', {
    expected: `interface ${interfaceNumber}`,
    actual: `interfaces ${found.interfaces.map(({ number }) => number).join(', ') || 'none'}`,
    detail,
  });
}

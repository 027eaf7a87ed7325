// Opens one bulk interface of one device through libusb. The only file that sees endpoints and transfers of `usb`.
import type * as usbLibrary from 'usb';
import { type FailureCode, fault } from '../../domain/failure.ts';
import { BulkChannel, type BulkEndpoints, type TransferEnd } from './bulk-channel.ts';
import { ChannelTransport, type HardwareTransport } from './serial-transport.ts';
import type { UsbDevice } from './usb-tree.ts';

type Library = typeof usbLibrary;

/** A whole number of packets of any size; one reply of a ROM fits. */
const receiveBytes = 4096;

/**
 * Claims the interface exclusively. Rejects `unplugged` (the device is not there), `serial-path-missing` (no such interface), `serial-path-no-rights`,
 * `serial-path-busy`, `driver-missing` (no bulk endpoints in both directions).
 */
export async function openBulkTransport(found: UsbDevice, interfaceNumber: number): Promise<HardwareTransport> {
  const library = await import('usb');
  const { usb } = library;
  const serialPath = `usb:${found.usbPath}:${interfaceNumber}`;
  const device = usb
    .getDeviceList()
    .find(({ busNumber, deviceAddress }) => busNumber === found.busNumber && deviceAddress === found.deviceNumber);
  if (device === undefined) throw fault('unplugged', 'open', { actual: 'the device has left', detail: serialPath });
  // libusb gives a process the same handle again, and one close would end both users.
  if (device.interfaces !== undefined) throw fault('serial-path-busy', 'open', { actual: 'open already', detail: serialPath });
  try {
    device.open();
  } catch (thrown) {
    throw openFault(library, serialPath, thrown);
  }
  try {
    const endpoints = claim(library, device, interfaceNumber, serialPath);
    let line: BulkChannel | null = null;
    const channelOf = (listener: ConstructorParameters<typeof BulkChannel>[1]): BulkChannel => {
      line = new BulkChannel(endpoints, listener);
      return line;
    };
    const now = (): BulkChannel => {
      if (line === null) throw new Error('the channel is connected first');
      return line;
    };
    return new ChannelTransport({
      serialPath,
      notes: [],
      connect: channelOf,
      line: {
        drain: () => now().drain(),
        flush: () => now().flush(),
        setBaudRate: () => now().setBaudRate(),
        close: () => now().close(),
      },
    });
  } catch (thrown) {
    device.close();
    throw openFault(library, serialPath, thrown);
  }
}

function claim(library: Library, device: usbLibrary.usb.Device, interfaceNumber: number, serialPath: string): BulkEndpoints {
  const claimed = device.interfaces?.find((candidate) => candidate.interfaceNumber === interfaceNumber);
  if (claimed === undefined) {
    throw fault('serial-path-missing', 'open', { expected: `interface ${interfaceNumber}`, detail: serialPath });
  }
  const { InEndpoint, OutEndpoint, usb } = library;
  const bulk = claimed.endpoints.filter(({ transferType }) => transferType === usb.LIBUSB_TRANSFER_TYPE_BULK);
  const inward = bulk.find((endpoint) => endpoint instanceof InEndpoint);
  const outward = bulk.find((endpoint) => endpoint instanceof OutEndpoint);
  if (inward === undefined || outward === undefined)
    throw fault('driver-missing', 'open', { actual: 'no bulk endpoints', detail: serialPath });
  claimed.claim();

  /** A transfer that cannot even be started ends like one that failed, and not within the call. */
  const transfer = (
    endpoint: usbLibrary.Endpoint,
    buffer: Buffer,
    ended: (end: TransferEnd, count: number) => void,
  ): (() => void) => {
    const started = endpoint.makeTransfer(0, (error, _buffer, count) => ended(endOf(library, error), count));
    try {
      started.submit(buffer);
    } catch (thrown) {
      setImmediate(() => ended(endOf(library, thrown), 0));
      return () => undefined;
    }
    return () => {
      try {
        started.cancel();
      } catch {
        // Gone or ended already: its callback comes all the same.
      }
    };
  };

  return {
    packetBytes: outward.descriptor.wMaxPacketSize,
    send: (bytes, ended) => transfer(outward, Buffer.from(bytes), ended),
    receive(ended) {
      const buffer = Buffer.alloc(receiveBytes);
      return transfer(inward, buffer, (end, count) => ended(end, buffer.subarray(0, count)));
    },
    async close() {
      await claimed.releaseAsync().catch(() => undefined);
      device.close();
    },
  };
}

/** Transfers end with a transfer status, calls with a libusb error; both are numbers in `errno`. */
function endOf({ usb }: Library, error: unknown): TransferEnd {
  if (error === undefined || error === null) return 'done';
  const errno = error instanceof Error && 'errno' in error ? error.errno : null;
  if (errno === usb.LIBUSB_TRANSFER_CANCELLED) return 'cancelled';
  return errno === usb.LIBUSB_TRANSFER_NO_DEVICE || errno === usb.LIBUSB_ERROR_NO_DEVICE ? 'unplugged' : 'failed';
}

function openFault({ usb }: Library, serialPath: string, thrown: unknown): Error {
  const errno = thrown instanceof Error && 'errno' in thrown ? thrown.errno : null;
  if (errno === null && thrown instanceof Error) return thrown;
  const codes: readonly (readonly [number, FailureCode])[] = [
    [usb.LIBUSB_ERROR_ACCESS, 'serial-path-no-rights'],
    [usb.LIBUSB_ERROR_BUSY, 'serial-path-busy'],
  ];
  const code = codes.find(([number]) => number === errno)?.[1] ?? 'serial-path-missing';
  return fault(code, 'open', { detail: `${serialPath}: ${thrown instanceof Error ? thrown.message : String(thrown)}` }, thrown);
}

// Stands between the station and its surroundings and writes down what passes: devices, transports, permits, durable lines.
// Changes nothing.
import type { Clock } from '../../src/bench/clock.ts';
import type { Device, DeviceSource } from '../../src/bench/device-source.ts';
import type { Disk, DiskFile } from '../../src/bench/disk.ts';
import type { Pacer } from '../../src/bench/pacer.ts';
import type { Transport } from '../../src/bench/transport.ts';
import type { Permits } from '../../src/station/permits.ts';
import type { SeenDevice } from './campaign-trace.ts';

export interface BenchWatch {
  readonly source: DeviceSource;
  readonly pacer: Pacer;
  readonly devices: readonly SeenDevice[];
  readonly doubleUses: readonly string[];
  /** The transport that is open at the slot now. */
  openAt(slot: number): Transport | null;
  /** The device that came last at the slot. */
  lastAt(slot: number): SeenDevice | undefined;
}

export interface BenchNews {
  readonly attached: (slot: number, device: Device, last: SeenDevice | undefined) => void;
  readonly detached: (slot: number) => void;
  readonly opened: (slot: number) => void;
  readonly refused: (slot: number, thrown: unknown) => void;
}

export interface WatchedBench {
  readonly source: DeviceSource;
  readonly pacer: Pacer;
  readonly clock: Clock;
  readonly slotAt: (usbPath: string) => number;
  readonly news: BenchNews;
}

export function watchBench({ source, pacer, clock, slotAt, news }: WatchedBench): BenchWatch {
  const lastAt = new Map<number, SeenDevice>();
  const devices: SeenDevice[] = [];
  const byId = new Map<string, SeenDevice>();
  const doubleUses: string[] = [];
  const openAt = new Map<number, Transport>();
  const paced = new WeakSet<Transport>();

  const watched = (transport: Transport, seen: SeenDevice | undefined): Transport => ({
    serialPath: transport.serialPath,
    closed: transport.closed,
    write(bytes, options) {
      seen?.writes.push(clock.now());
      return transport.write(bytes, options);
    },
    read: (options) => transport.read(options),
    take: () => transport.take(),
    discardReceived: () => transport.discardReceived(),
    setBaudRate: (baudRate) => transport.setBaudRate(baudRate),
    close: (timeoutMs) => transport.close(timeoutMs),
  });

  return {
    devices,
    doubleUses,
    openAt: (slot) => openAt.get(slot) ?? null,
    lastAt: (slot) => lastAt.get(slot),
    source: {
      start: (listener) =>
        source.start((event) => {
          if (event.type === 'device.attached') {
            const { id, usbPath, vendorId, productId } = event.device;
            const slot = slotAt(usbPath);
            const seen: SeenDevice = { id, slot, vendorId, productId, attachedAtMs: clock.now(), detachedAtMs: null, writes: [] };
            devices.push(seen);
            news.attached(slot, event.device, lastAt.get(slot));
            lastAt.set(slot, seen);
            byId.set(id, seen);
          }
          const gone = event.type === 'device.detached' ? byId.get(event.device.id) : undefined;
          if (gone) {
            news.detached(gone.slot);
            gone.detachedAtMs = clock.now();
          }
          listener(event);
        }),
      stop: () => source.stop(),
      async open(device, options) {
        const slot = slotAt(device.usbPath);
        news.opened(slot);
        const opening = source.open(device, options);
        opening.catch((thrown: unknown) => news.refused(slot, thrown));
        const transport = watched(await opening, byId.get(device.id));
        if (openAt.has(slot)) doubleUses.push(`slot ${slot} at ${clock.now()} ms: a second transport beside an open one`);
        openAt.set(slot, transport);
        void transport.closed.then(() => {
          if (openAt.get(slot) === transport) openAt.delete(slot);
        });
        return transport;
      },
    },
    pacer: {
      pace(transport, pacing) {
        if (paced.has(transport))
          doubleUses.push(`${transport.serialPath} at ${clock.now()} ms: a second dialogue on one transport`);
        paced.add(transport);
        return pacer.pace(transport, pacing);
      },
    },
  };
}

export interface PermitWatch {
  readonly permits: Permits;
  held(): number;
}

export function watchPermits(permits: Permits): PermitWatch {
  let held = 0;
  return {
    held: () => held,
    permits: {
      async acquire(usbPath, signal) {
        const permit = await permits.acquire(usbPath, signal);
        let isHeld = true;
        held += 1;
        const release = (): void => {
          if (isHeld) held -= 1;
          isHeld = false;
          permit.release();
        };
        return { release };
      },
    },
  };
}

export interface DiskWatch {
  readonly disk: Disk;
  /** Whether a line with this text is on stable storage. */
  isDurable(recordId: string): boolean;
}

/** Takes what was appended as durable when a sync that began later has returned. `failed` is told the errno of what did not. */
export function watchDisk(disk: Disk, failed: (code: unknown) => void): DiskWatch {
  const told = async (operation: Promise<void>): Promise<void> => {
    try {
      await operation;
    } catch (thrown) {
      failed((thrown as { readonly code?: unknown }).code);
      throw thrown;
    }
  };
  const durable = new Set<string>();
  const keep = (text: string): void => {
    for (const [, recordId = ''] of text.matchAll(/^\{"type":"record".*?"recordId":"([0-9A-Z]+)"/gm)) durable.add(recordId);
  };
  const watched = (file: DiskFile): DiskFile => {
    let appended = '';
    return {
      async append(bytes) {
        await told(file.append(bytes));
        appended += Buffer.from(bytes).toString('utf8');
      },
      async sync() {
        const covered = appended;
        await told(file.sync());
        keep(covered);
        appended = appended.slice(covered.length);
      },
      truncate: (length) => file.truncate(length),
      close: () => file.close(),
    };
  };
  return {
    isDurable: (recordId) => durable.has(recordId),
    disk: {
      makeFolder: (path) => disk.makeFolder(path),
      list: (folder) => disk.list(folder),
      read: (path) => disk.read(path),
      readRange: (path, offset, maxBytes) => disk.readRange(path, offset, maxBytes),
      openForAppend: async (path) => watched(await disk.openForAppend(path)),
      syncFolder: (path) => disk.syncFolder(path),
      writeWhole: (path, bytes) => disk.writeWhole(path, bytes),
      async overwrite(path, offset, bytes) {
        await disk.overwrite(path, offset, bytes);
        keep(Buffer.from(bytes).toString('utf8'));
      },
      lock: (path) => disk.lock(path),
    },
  };
}

// Who may program now: limits per hub, controller and station, taken narrowest first, given back together. Knows only USB paths.
import PQueue from 'p-queue';
import type { PermitLimits } from '../config/station-file.ts';

export interface Permit {
  release(): void;
}

export interface Permits {
  /** Waits its turn at each limit. Rejects with the signal's reason; whatever it held by then is given back. */
  acquire(usbPath: string, signal: AbortSignal): Promise<Permit>;
}

export function createPermits(limits: PermitLimits): Permits {
  const queues = new Map<string, PQueue>();

  const queueFor = (name: string, concurrency: number): PQueue => {
    const existing = queues.get(name);
    if (existing !== undefined) return existing;
    const created = new PQueue({ concurrency });
    queues.set(name, created);
    return created;
  };

  const levels = (usbPath: string): readonly PQueue[] => {
    const { controller, hub } = placeOf(usbPath);
    const found: PQueue[] = [];
    if (hub !== null && limits.perHub !== null) found.push(queueFor(`hub ${hub}`, limits.perHub));
    if (controller !== null && limits.perController !== null)
      found.push(queueFor(`controller ${controller}`, limits.perController));
    if (limits.station !== null) found.push(queueFor('station', limits.station));
    return found;
  };

  return {
    async acquire(usbPath, signal) {
      const held: (() => void)[] = [];
      const release = (): void => {
        for (const give of held.splice(0).reverse()) give();
      };
      try {
        for (const queue of levels(usbPath)) held.push(await takePlace(queue, signal));
      } catch (thrown) {
        release();
        throw thrown;
      }
      return { release };
    },
  };
}

/** `pci-0000:00:14.0/1.4.2` is on controller `pci-0000:00:14.0` and hub `pci-0000:00:14.0/1.4`; a fixed serial path is on none. */
export function placeOf(usbPath: string): { readonly controller: string | null; readonly hub: string | null } {
  const slash = usbPath.lastIndexOf('/');
  if (usbPath.startsWith('serial:') || slash < 0) return { controller: null, hub: null };
  const chain = usbPath.slice(slash + 1).split('.');
  return { controller: usbPath.slice(0, slash), hub: [usbPath.slice(0, slash), chain.slice(0, -1).join('.')].join('/') };
}

/**
 * A place in one queue, held until the returned function is called. p-queue frees a place on abort while its task still runs,
 * so it never sees our signal: the task itself ends when the place is given back.
 */
function takePlace(queue: PQueue, signal: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason as Error);
    if (signal.aborted) {
      giveUp();
      return;
    }
    signal.addEventListener('abort', giveUp, { once: true });
    void queue.add(
      () =>
        new Promise<void>((giveBack) => {
          signal.removeEventListener('abort', giveUp);
          if (signal.aborted) giveBack();
          else resolve(giveBack);
        }),
    );
  });
}

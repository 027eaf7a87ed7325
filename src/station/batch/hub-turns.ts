// A device source that brings the boards already in the rack one hub at a time, with their power cycled where a slot can do that. Boards that
// come later pass at once. Knows paths and power, no slot's machine.
import type { Clock } from '../../bench/clock.ts';
import { pause } from '../../bench/clock.ts';
import type { Device, DeviceEvent, DeviceSource } from '../../bench/device-source.ts';
import { type Failure, failureOf } from '../../domain/failure.ts';
import { placeOf } from '../permits.ts';

export interface HubTurnsOptions {
  readonly source: DeviceSource;
  readonly clock: Clock;
  /** Only these are held back. */
  readonly usbPaths: readonly string[];
  /** Cycles the power at the device's path; null where it is to be taken as it is. Rejects when it does not work. */
  readonly cycleFor: (device: Device) => ((signal?: AbortSignal) => Promise<unknown>) | null;
  /** The board stays as it was, and is taken so. */
  readonly cycleFailed: (usbPath: string, failure: Failure) => void;
  /** Whether the board at the path is still on its way into its download dialogue. */
  readonly isEntering: (usbPath: string) => boolean;
  /** The longest turn of one hub. */
  readonly turnMs: number;
}

const lookMs = 250;

/** Boards that power up or re-enumerate all at once are more than hubs and supplies are made for. */
export function hubTurns(options: HubTurnsOptions): DeviceSource {
  const { source, clock, usbPaths, cycleFor, cycleFailed, isEntering, turnMs } = options;
  const owned = new Set(usbPaths);
  const held = new Map<string, Device>();
  /** Paths at which the station has been told of a board. */
  const arrived = new Set<string>();
  const stopped = new AbortController();
  /** What was there when the source started waits for its hub's turn. */
  let isStarting = true;
  let pass: (event: DeviceEvent) => void = () => undefined;

  const take = (event: DeviceEvent): void => {
    if (event.type === 'device.attached') {
      const { usbPath } = event.device;
      if (isStarting && owned.has(usbPath)) {
        held.set(usbPath, event.device);
        return;
      }
      arrived.add(usbPath);
    }
    if (event.type === 'device.detached' && held.get(event.device.usbPath)?.id === event.device.id) {
      held.delete(event.device.usbPath);
      return;
    }
    pass(event);
  };

  const bring = async (device: Device): Promise<void> => {
    // Once its power is off it is held no more, and the path's events pass: it comes back fresh.
    await cycleFor(device)?.(stopped.signal).catch((thrown: unknown) => {
      if (!stopped.signal.aborted) cycleFailed(device.usbPath, failureOf(thrown, 'power-cycle'));
    });
    if (held.get(device.usbPath)?.id !== device.id) return;
    held.delete(device.usbPath);
    take({ type: 'device.attached', device });
  };

  const turn = async (hub: string): Promise<void> => {
    const devices = [...held.values()].filter(({ usbPath }) => hubAt(usbPath) === hub);
    const endMs = clock.now() + turnMs;
    await Promise.all(devices.map(bring));
    do await pause(clock, lookMs, stopped.signal);
    while (clock.now() < endMs && devices.some(({ usbPath }) => !arrived.has(usbPath) || isEntering(usbPath)));
  };

  return {
    async start(listener) {
      pass = listener;
      await source.start(take);
      isStarting = false;
      const hubs = new Set([...held.keys()].map(hubAt));
      const run = async (): Promise<void> => {
        for (const hub of hubs) await turn(hub);
      };
      void run().catch(() => undefined);
    },
    stop() {
      stopped.abort(new Error('the source was stopped'));
      return source.stop();
    },
    open: (device, open) => source.open(device, open),
  };
}

const hubAt = (usbPath: string): string => placeOf(usbPath).hub ?? usbPath;

// Opens the interfaces of the device at the slot's path, one at a time, and tells a pull from a stream that ended. Knows no job, no
// protocol and no machine.
import type { Transport } from '../bench/transport.ts';
import { Fault, fault } from '../domain/failure.ts';
import type { DeviceMode } from '../domain/platform.ts';
import type { Profile } from '../domain/profile.ts';
import type { OnNormalInterface } from './at-work.ts';
import type { Lease } from './lease.ts';
import type { SlotServices } from './slot-services.ts';

/** Longest wait for a device node that appears late after its enumeration. */
const nodeTimeoutMs = 3_000;

export interface BoardInterfaces {
  /** Not paced yet; whoever opens it ends the lease. */
  open(mode: DeviceMode, profile: Profile, signal: AbortSignal): Promise<Transport>;
  readonly onNormalInterface: OnNormalInterface;
}

export function createBoardInterfaces(services: SlotServices, lease: Lease): BoardInterfaces {
  const open = (mode: DeviceMode, profile: Profile, signal: AbortSignal): Promise<Transport> => {
    const device = services.deviceNow();
    if (device === null) throw fault('unplugged', 'opening');
    const { interfaceNumber } = profile.modes[mode];
    const fixed = device.vendorId === null;
    const { baudRate } = services;
    return lease.open(
      device,
      { interfaceNumber: fixed ? 0 : interfaceNumber, baudRate, timeoutMs: nodeTimeoutMs, burstBytes: profile.pacing.burstBytes },
      signal,
    );
  };

  const onNormalInterface: OnNormalInterface = async (profile, signal, talk) => {
    const transport = await open('normal', profile, signal);
    try {
      return await talk(services.pacer.pace(transport, profile.pacing));
    } catch (thrown) {
      throw await namedUnplug(thrown, transport);
    } finally {
      await lease.release();
    }
  };

  return { open, onNormalInterface };
}

/** `transport-closed` says that the stream ended; when it ended because the board went, the code is `unplugged`. */
export async function namedUnplug(thrown: unknown, transport: Transport): Promise<unknown> {
  if (!(thrown instanceof Fault) || thrown.failure.code !== 'transport-closed') return thrown;
  if ((await transport.closed) !== 'unplugged') return thrown;
  return new Fault({ ...thrown.failure, code: 'unplugged' }, { cause: thrown });
}

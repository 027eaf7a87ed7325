// A session under test: the flasher, a device double behind an in-memory transport, a clock that moves when the session waits.
import type { Plan } from '../../../src/domain/plan.ts';
import type { EigencommPackage } from '../../../src/firmware/eigencomm-package.ts';
import { eigencommFlasher } from '../../../src/flashers/eigencomm/flasher.ts';
import type { FlashEvent, FlashSession, SessionContext } from '../../../src/flashers/flasher.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { DeviceDouble } from './device-double.ts';
import { ec618Package, profile } from './fixtures.ts';
import { createPeerTransport, type PeerTransport } from './peer-transport.ts';

export interface Rig {
  readonly clock: ManualClock;
  readonly transport: PeerTransport;
  readonly device: DeviceDouble;
  readonly events: FlashEvent[];
  readonly context: SessionContext;
  readonly controller: AbortController;
  readonly pkg: EigencommPackage;
  readonly plan: Plan;
  connect(): Promise<FlashSession>;
  run<T>(work: Promise<T>): Promise<T>;
  notes(): string[];
}

export interface RigOptions {
  readonly pkg?: EigencommPackage;
  /** The most bytes that one read gives. */
  readonly pieceBytes?: number;
  /** How long each byte from the device takes; 0 delivers a reply at once. */
  readonly byteMs?: number;
}

export function createRig({ pkg = ec618Package(), pieceBytes, byteMs = 0 }: RigOptions = {}): Rig {
  const clock = createManualClock();
  const transport = createPeerTransport(clock, pieceBytes);
  const device = new DeviceDouble((bytes) => {
    if (byteMs === 0) return transport.deliver(bytes);
    for (const [at, byte] of bytes.entries()) clock.after(at * byteMs, () => transport.deliver(Uint8Array.of(byte)));
  });
  transport.onWrite = (bytes) => device.hear(bytes);
  const events: FlashEvent[] = [];
  const controller = new AbortController();
  const context: SessionContext = {
    clock,
    transport,
    emit: (event) => events.push(event),
    signal: controller.signal,
    keepEvidence: () => Promise.resolve(),
  };
  const plan = eigencommFlasher.plan(pkg, profile);
  return {
    clock,
    transport,
    device,
    events,
    context,
    controller,
    pkg,
    plan,
    connect: () => clock.runUntil(eigencommFlasher.connect(context, plan, pkg)),
    run: (work) => clock.runUntil(work),
    notes: () => events.flatMap((event) => (event.type === 'note.added' ? [event.text] : [])),
  };
}

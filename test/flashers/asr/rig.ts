// A session of the ASR flasher on a scripted module and a clock that the test moves.
import type { Profile } from '../../../src/domain/profile.ts';
import type { AsrPackage } from '../../../src/firmware/asr-package.ts';
import { asrFlasher } from '../../../src/flashers/asr/flasher.ts';
import type { FlashEvent, FlashSession, SessionContext } from '../../../src/flashers/flasher.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { createDeviceDouble, type DeviceDouble, type DoubleOptions } from './device-double.ts';

const nothing = { en: '', zh: '' };

export const profile: Profile = {
  id: 'test',
  revision: 1,
  platform: 'asr',
  description: nothing,
  provenOn: '',
  models: ['EC800N'],
  subModels: { revisionPatterns: ['.*'], orderingCodes: [] },
  modes: {
    normal: { ids: [{ vendorId: 0x2c7c, productId: 0x6001 }], interfaceNumber: 3 },
    download: {
      ids: [
        { vendorId: 0x2ecc, productId: 0x3017 },
        { vendorId: 0x2ecc, productId: 0x3004 },
      ],
      interfaceNumber: 1,
    },
  },
  carrier: { name: '', enter: nothing, release: nothing, powerOn: nothing },
  entry: { methods: ['at'] },
  downloadWindow: { seconds: 10 },
  package: { path: '', sha256: '' },
  expectedRevision: { query: 'AT+CGMR', value: 'X' },
  restart: 'reset',
  powerCycles: 1,
  timeouts: { reenumerateMs: 1, bootMs: 1, stallMs: 1, holdLimitMs: 1, entryMs: 1, identifyMs: 1 },
  pacing: { bytesPerSecond: 64_000, burstBytes: 512 },
  consents: { wipeUserData: false, keepUserData: false, eraseNvm: false },
  upgrade: { paths: [], unlisted: 'refused', skipIfCurrent: false },
};

export interface Rig {
  readonly clock: ManualClock;
  readonly double: DeviceDouble;
  readonly events: FlashEvent[];
  readonly stop: AbortController;
  readonly context: SessionContext;
  readonly notes: () => string[];
  readonly evidence: () => Record<string, unknown>;
  connect(): Promise<FlashSession>;
  /** Connect, program, restart. */
  flash(): Promise<void>;
}

export function createRig(image: AsrPackage, options: DoubleOptions = {}, consents = profile.consents): Rig {
  const clock = createManualClock();
  const double = createDeviceDouble(clock, options);
  const events: FlashEvent[] = [];
  const stop = new AbortController();
  const context: SessionContext = {
    clock,
    transport: double.transport,
    emit: (event) => void events.push(event),
    signal: stop.signal,
    keepEvidence: () => Promise.resolve(),
  };
  const plan = asrFlasher.plan(image, { ...profile, consents });
  const limitMs = 3_600_000;
  const connect = (): Promise<FlashSession> => clock.runUntil(asrFlasher.connect(context, plan, image), limitMs);
  return {
    clock,
    double,
    events,
    stop,
    context,
    notes: () => events.flatMap((event) => (event.type === 'note.added' ? [event.text] : [])),
    evidence: () =>
      Object.fromEntries(events.flatMap((event) => (event.type === 'evidence.found' ? [[event.name, event.value]] : []))),
    connect,
    flash: async () => {
      const session = await connect();
      await clock.runUntil(session.program(), limitMs);
      await clock.runUntil(session.restart(), limitMs);
    },
  };
}

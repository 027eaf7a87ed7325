// Defects to plant in the station of a campaign, and a small rack in which each of them shows. Knows no checker.
import type { DeviceSource } from '../../src/bench/device-source.ts';
import { factoryRevisionOf } from '../../src/bench/simulator/board-kinds.ts';
import { createRandom, drawIdentity } from '../../src/bench/simulator/random.ts';
import type { Transport } from '../../src/bench/transport.ts';
import type { RecordBody } from '../../src/domain/record.ts';
import type { Flasher, FlashSession, SessionContext } from '../../src/flashers/flasher.ts';
import type { WrittenRecord } from '../../src/trace/line.ts';
import { type CampaignOptions, type PlantBench, runCampaign } from './campaign.ts';
import type { BoardScript, CampaignScript } from './campaign-script.ts';
import type { Checker } from './campaign-trace.ts';

export type Plant = NonNullable<CampaignOptions['plant']>;
type StationOptions = Parameters<Plant>[0];

export const board = (slot: number, model: string, own: Partial<BoardScript> = {}): BoardScript => ({
  number: slot,
  slot,
  isTwin: false,
  isBack: false,
  identity: drawIdentity(createRandom(slot), model, factoryRevisionOf(model)),
  order: {},
  faults: [],
  hand: [],
  insertedStrapped: false,
  ...own,
});

/** A good board of each platform, one of another model, and one whose ROM is mute. */
export const rack: CampaignScript = {
  seed: 1,
  slots: 6,
  boards: [
    board(1, 'EC600E'),
    board(2, 'EC600U'),
    board(3, 'EC801E'),
    board(4, 'EC800N'),
    board(5, 'EC800G'),
    board(6, 'EC800E', { faults: [{ kind: 'stall', when: { count: 1 } }], order: { lapseMs: null } }),
  ],
  incidents: [],
  isOverseen: false,
};

export const findings = async (checker: Checker, plant: Plant, script = rack) =>
  checker.find(await runCampaign({ script, plant }));

/** Every flasher's `connect`, and what it gives, changed. */
export const withConnect =
  (change: (connect: Flasher['connect']) => Flasher['connect']): Plant =>
  (options) => ({
    ...options,
    flasherFor: (platform) => {
      const flasher = options.flasherFor(platform);
      return { ...flasher, connect: change((...given) => flasher.connect(...given)) };
    },
  });

export const withSession = (change: (session: FlashSession, context: SessionContext) => Partial<FlashSession>): Plant =>
  withConnect((connect) => async (context, plan, image) => {
    const session = await connect(context, plan, image);
    const same: FlashSession = {
      identity: () => session.identity(),
      hold: (until) => session.hold(until),
      program: () => session.program(),
      restart: () => session.restart(),
      leave: () => session.leave(),
    };
    return { ...same, ...change(session, context) };
  });

export const withRecord =
  (change: (record: StationOptions['journal']['record'], bench: PlantBench) => StationOptions['journal']['record']): Plant =>
  (options, bench) => ({
    ...options,
    journal: { ...options.journal, record: change((body) => options.journal.record(body), bench) },
  });

export const withOpen =
  (
    open: (
      source: DeviceSource,
      bench: PlantBench,
      ...given: Parameters<DeviceSource['open']>
    ) => ReturnType<DeviceSource['open']>,
  ): Plant =>
  (options, bench) => {
    const { source } = options;
    return {
      ...options,
      source: {
        start: (listener) => source.start(listener),
        stop: () => source.stop(),
        open: (...given) => open(source, bench, ...given),
      },
    };
  };

/** The same transport, to be changed. */
export const open = (transport: Transport): Transport => ({
  serialPath: transport.serialPath,
  closed: transport.closed,
  write: (bytes, options) => transport.write(bytes, options),
  read: (options) => transport.read(options),
  take: () => transport.take(),
  discardReceived: () => transport.discardReceived(),
  setBaudRate: (baudRate) => transport.setBaudRate(baudRate),
  close: (timeoutMs) => transport.close(timeoutMs),
});

/** What the journal would answer. */
export const stamped = (body: RecordBody): WrittenRecord => ({
  ...body,
  type: 'record',
  seq: 1,
  durableSeq: 1,
  at: '',
  prevHash: '',
  hash: '',
});

export async function tamper(medium: PlantBench['medium']): Promise<void> {
  const folder = 'logs/journal';
  const [file = ''] = (await medium.startProcess().list(folder)).filter((name) => name.endsWith('.jsonl'));
  const text = new TextDecoder().decode(medium.bytesOf(`${folder}/${file}`));
  medium.put(`${folder}/${file}`, new TextEncoder().encode(text.replace('"operator":"test"', '"operator":"tesT"')));
}

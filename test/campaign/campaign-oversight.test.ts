// The campaign's checkers of what the station concludes, of its transcripts and of its green light: each of them bites where the station
// has a planted defect, and says nothing where it has none.
import { describe, expect, it } from 'vitest';
import { factoryRevisionOf } from '../../src/bench/simulator/board-kinds.ts';
import { createRandom, drawIdentity } from '../../src/bench/simulator/random.ts';
import { noOversight, type OversightSettings } from '../../src/config/oversight-fields.ts';
import { runCampaign } from './campaign.ts';
import { checkers } from './campaign-checks/all.ts';
import { greenIsProven } from './campaign-checks/green-light.ts';
import { goldenFirst, quarantineKept, rejectionKept, stopKept } from './campaign-checks/oversight.ts';
import { transcriptsKept } from './campaign-checks/transcripts.ts';
import { attemptsCounted } from './campaign-checks/unit-rules.ts';
import { board, findings, type Plant, rack, withRecord } from './campaign-plants.ts';
import type { BoardScript, CampaignScript } from './campaign-script.ts';
import type { CampaignTrace } from './campaign-trace.ts';

const longMs = 120_000;
const identityOf = (number: number) => drawIdentity(createRandom(number), 'EC600E', factoryRevisionOf('EC600E'));
const other = identityOf(99);

/** Boards come to a slot in the order of their numbers. */
const script = (slots: number, boards: readonly BoardScript[], own: Partial<CampaignScript> = {}): CampaignScript => ({
  ...rack,
  slots,
  boards: boards.map((one, index) => ({ ...one, number: index + 1 })),
  isOverseen: true,
  ...own,
});

/** Tells no IMEI, and fails for it. */
const nameless = (slot: number, number: number): BoardScript => ({
  ...good(slot, number),
  order: { at: { errors: { 'AT+CGSN': 'ERROR', 'AT+EGMR=0,7': 'ERROR' } } },
});
const failing = (slot: number): BoardScript =>
  board(slot, 'EC600E', {
    identity: identityOf(50),
    faults: [{ kind: 'nak', when: { command: 'DLBOOT SEL_IMAGE' }, errorCode: 1 }],
  });
const good = (slot: number, number: number): BoardScript => board(slot, 'EC600E', { identity: identityOf(number) });
const without =
  (part: Partial<OversightSettings>): Plant =>
  (options) => ({ ...options, settings: { ...options.settings, oversight: { ...options.settings.oversight, ...part } } });

const told = ({ events }: CampaignTrace, type: string): number => events.filter(({ event }) => event.type === type).length;
const foundIn = (trace: CampaignTrace) => checkers.flatMap((checker) => checker.find(trace));

/** A station that keeps to the rule, and one that does not. */
async function bites(checker: (typeof checkers)[number], given: CampaignScript, plant: Plant, event: string): Promise<void> {
  const trace = await runCampaign({ script: given });
  expect(foundIn(trace)).toEqual([]);
  expect(told(trace, event)).toBeGreaterThan(0);
  expect(await findings(checker, plant, given)).not.toEqual([]);
}

describe('is found:', () => {
  it(
    'a slot that goes on though three different boards failed in it',
    async () => {
      const given = script(
        1,
        [60, 61, 62, 63].map((number) => nameless(1, number)),
      );
      await bites(quarantineKept, given, without({ blame: noOversight.blame }), 'slot.quarantined');
    },
    longMs,
  );

  it(
    'a production that goes on though one board after the other failed',
    async () => {
      const numbers = Array.from({ length: 15 }, (_, index) => index);
      const given = script(
        5,
        numbers.map((number) => nameless((number % 5) + 1, 60 + number)),
      );
      await bites(stopKept, given, without({ stop: noOversight.stop }), 'production.stopped');
    },
    longMs,
  );

  it(
    'a board that failed in two slots and is written in a third one',
    async () => {
      const given = script(3, [failing(1), good(2, 60), good(3, 61), failing(2), good(3, 62), good(3, 63), good(3, 50)]);
      await bites(rejectionKept, given, without({ blame: noOversight.blame }), 'board.rejected');
    },
    longMs,
  );

  it(
    'a board that is written before a golden unit has passed',
    async () => {
      // The sixteenth board is put in by somebody who does not wait.
      const given = script(1, [good(1, 60)]);
      const hasty = { ...given, boards: given.boards.map((one) => ({ ...one, number: 16 })) };
      await bites(goldenFirst, hasty, without({ golden: null }), 'golden.changed');
    },
    longMs,
  );

  it(
    'but not a board whose golden unit passed while it was being identified, though the clock was set back before its first write',
    async () => {
      const trace = await runCampaign({ script: script(1, [good(1, 60)]) });
      const recordOf = (kind: string) => trace.journal.find((line) => line.type === 'record' && line.kind === kind);
      const [golden, flashed] = [recordOf('golden'), recordOf('flash')];
      if (golden?.type !== 'record' || flashed?.type !== 'record') throw new Error('no golden unit, or nothing after it');
      const opening = trace.events.find(({ event }) => event.type === 'job.opened' && event.jobId === flashed.jobId);
      if (opening === undefined) throw new Error('the job was never opened');
      const dayMs = 86_400_000;
      const early = trace.events.filter((one) => one !== opening);
      const at = early.findIndex(({ event }) => event.type === 'record.written' && event.recordId === golden.recordId);
      early.splice(at, 0, { ...opening, wallMs: opening.wallMs - dayMs });
      const setBack = (from: number) => early.map((one, index) => (index > from ? { ...one, wallMs: one.wallMs - dayMs } : one));
      expect(goldenFirst.find({ ...trace, events: setBack(at + 1) })).toEqual([]);
      // Set back before the golden unit is done, it vouches for nothing.
      expect(goldenFirst.find({ ...trace, events: setBack(0) })).toHaveLength(1);
    },
    longMs,
  );

  it(
    'a transcript that is not what its record says, and one that nobody wrote',
    async () => {
      const given = script(1, [failing(1)], { isOverseen: false });
      expect(transcriptsKept.find(await runCampaign({ script: given }))).toEqual([]);
      const torn: Plant = (options) => ({
        ...options,
        keepTranscript: (name, bytes) => options.keepTranscript?.(name, bytes.subarray(1)) ?? Promise.resolve(''),
      });
      expect(await findings(transcriptsKept, torn, given)).toContainEqual(expect.stringContaining('has another digest'));
      const forgotten: Plant = (options) => ({ ...options, keepTranscript: (name) => Promise.resolve(name) });
      expect(await findings(transcriptsKept, forgotten, given)).toContainEqual(expect.stringContaining('there is no'));
      const lost = withRecord((record) => (body) => record({ ...body, transcript: null }));
      expect(await findings(transcriptsKept, lost, given)).toContainEqual(expect.stringContaining('nobody said why'));
    },
    longMs,
  );

  it(
    'a green light over a board that was put in after another one had passed',
    async () => {
      const swap = { kind: 'inState', state: 'passed', afterMs: 300, effect: { kind: 'swap', backMs: 700, other } } as const;
      const given = script(1, [{ ...good(1, 60), hand: [swap, { kind: 'ignore', prompt: 'removeBoard' }] }], {
        isOverseen: false,
      });
      // So that a board has started before the slot takes the place for empty.
      const slow: Plant = (options) => ({ ...options, settings: { ...options.settings, removalMs: 8_000 } });
      const trace = await runCampaign({ script: given, plant: slow });
      expect(foundIn(trace)).toEqual([]);
      const states = trace.events.flatMap(({ event }) => (event.type === 'state.changed' ? event.state : []));
      expect(states.slice(states.indexOf('passed'))).toEqual(['passed', 'replaced', 'empty']);
      expect(await findings(greenIsProven, (options, bench) => blindToChange(slow(options, bench), bench), given)).toContainEqual(
        expect.stringMatching(/slot 1 is green .* over sim-/),
      );
    },
    longMs,
  );

  it(
    'the attempt of the unit that a swap left in the slot, taken from the unit before it',
    async () => {
      const swap = { kind: 'inState', state: 'restarting', afterMs: 0, effect: { kind: 'swap', backMs: 700, other } } as const;
      const given = script(1, [failing(1), { ...good(1, 50), hand: [swap] }], { isOverseen: false });
      const trace = await runCampaign({ script: given });
      expect(foundIn(trace)).toEqual([]);
      const attempts = trace.journal.flatMap((line) => (line.type === 'record' ? `${line.verdict} ${line.attempt}` : []));
      expect(attempts).toEqual(['FAIL 1', 'UNKNOWN 1', 'ABORTED 2']);
      const plant = withRecord((record) => (body) => record({ ...body, attempt: 2 }));
      expect(await findings(attemptsCounted, plant, given)).toContainEqual(
        expect.stringContaining('-found: attempt 2, expected 1'),
      );
    },
    longMs,
  );
});

/** What enumerates after the first PASS has the id of what was there before. */
const blindToChange: Plant = (options) => {
  let lastId = '';
  let hasPassed = false;
  const { source, journal } = options;
  return {
    ...options,
    journal: {
      ...journal,
      async record(body) {
        const written = await journal.record(body);
        hasPassed ||= body.verdict === 'PASS';
        return written;
      },
    },
    source: {
      start: (listener) =>
        source.start((event) => {
          if (!('device' in event)) return listener(event);
          if (event.type === 'device.attached' && !hasPassed) lastId = event.device.id;
          listener(hasPassed ? { ...event, device: { ...event.device, id: lastId } } : event);
        }),
      stop: () => source.stop(),
      open: (device, asked) => source.open(device, asked),
    },
  };
};

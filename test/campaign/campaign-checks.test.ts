// Each checker of the campaign bites: a station with a planted defect does not get past it, and the same station without it does.
import { describe, expect, it } from 'vitest';
import { factoryRevisionOf } from '../../src/bench/simulator/board-kinds.ts';
import { EigencommBoard } from '../../src/bench/simulator/eigencomm/eigencomm-board.ts';
import { firstImeiItem, removeNvItem } from '../../src/bench/simulator/unisoc/nv-store.ts';
import { UnisocBoard } from '../../src/bench/simulator/unisoc/unisoc-board.ts';
import { runCampaign } from './campaign.ts';
import { checkers } from './campaign-checks/all.ts';
import { everySlotSettles, journalVerifies, noDefect, nothingOpen, oneSession } from './campaign-checks/at-rest.ts';
import { findInfluence } from './campaign-checks/isolation.ts';
import { missedWindow } from './campaign-checks/missed-window.ts';
import { noViolation } from './campaign-checks/no-violation.ts';
import { oneRecord } from './campaign-checks/one-record.ts';
import { truePass } from './campaign-checks/true-pass.ts';
import { ownDataKept, refusedUnchanged } from './campaign-checks/unit-data.ts';
import { attemptsCounted, retriesBounded, rulesKept } from './campaign-checks/unit-rules.ts';
import {
  findings,
  open,
  type Plant,
  rack,
  stamped,
  tamper,
  withConnect,
  withOpen,
  withRecord,
  withSession,
} from './campaign-plants.ts';
import type { CampaignScript } from './campaign-script.ts';

it('a station without a planted defect gets past every checker', async () => {
  const trace = await runCampaign({ script: rack });
  expect(checkers.flatMap((checker) => checker.find(trace))).toEqual([]);
  const verdicts = trace.journal.flatMap((line) =>
    line.type === 'record' ? [`${line.verdict} ${line.failure?.code ?? ''}`.trim()] : [],
  );
  expect(verdicts.sort()).toEqual(['ABORTED window-missed', 'FAIL model-not-allowed', 'PASS', 'PASS', 'PASS', 'PASS']);
});

describe('is found:', () => {
  it('a record that is not written', async () => {
    const plant = withRecord((record) => async (body) => {
      if (body.slot.number !== 2) return record(body);
      return stamped(body);
    });
    expect(await findings(oneRecord, plant)).toContainEqual(expect.stringContaining('has 0 records'));
  });

  it('a record that is written twice', async () => {
    const plant = withRecord((record) => async (body) => {
      await record(body);
      return record({ ...body, recordId: `${body.recordId}2` });
    });
    expect(await findings(oneRecord, plant)).toContainEqual(expect.stringContaining('has 2 records'));
  });

  it('a job whose actor died and that got no record', async () => {
    const script: CampaignScript = {
      ...rack,
      boards: rack.boards.map((one) => (one.slot === 2 ? { ...one, hand: [{ kind: 'defect', state: 'connecting' }] } : one)),
    };
    const plant = withRecord((record) => async (body) => {
      if (body.failure?.code !== 'station-defect') return record(body);
      return stamped(body);
    });
    expect(oneRecord.find(await runCampaign({ script }))).toEqual([]);
    expect(await findings(oneRecord, plant, script)).toContainEqual(expect.stringContaining('has 0 records'));
  });

  it('a unit that has passed and is written again without a word, and its attempt that counts from one', async () => {
    // The same unit comes to slot 2 twice, and the station has forgotten it.
    const [, second] = rack.boards;
    if (!second) throw new Error('no board');
    const script: CampaignScript = { ...rack, boards: [second, { ...second, number: 12, isBack: true }] };
    const forgetful: Plant = (options) => ({ ...options, history: { recordsOf: () => Promise.resolve([]) } });
    for (const checker of [rulesKept, attemptsCounted]) {
      expect(checker.find(await runCampaign({ script }))).toEqual([]);
      expect(await findings(checker, forgetful, script)).not.toEqual([]);
    }
  });

  it('a station that tries again without end', async () => {
    const [first] = rack.boards;
    if (!first) throw new Error('no board');
    const script: CampaignScript = {
      ...rack,
      boards: [{ ...first, order: { at: { errors: { ATI: 'ERROR', 'AT+CGMM': 'ERROR' } } } }],
    };
    const plant: Plant = (options) => ({
      ...options,
      settings: { ...options.settings, history: { ...options.settings.history, automaticRetries: 5 } },
    });
    expect(retriesBounded.find(await runCampaign({ script }))).toEqual([]);
    expect(await findings(retriesBounded, plant, script)).toContainEqual(expect.stringContaining('slot 1 tries again too often'));
  });

  it('a PASS in the journal that the slot never told', async () => {
    const plant = withRecord((record) => (body) => record({ ...body, verdict: 'PASS' }));
    expect(await findings(truePass, plant)).toContainEqual(expect.stringContaining('PASS was never told'));
  });

  it('a green light before the record is durable', async () => {
    const plant = withRecord((record, { medium }) => (body) => {
      medium.setSyncMs(200);
      void record(body);
      return Promise.resolve(stamped(body));
    });
    expect(await findings(truePass, plant)).toContainEqual(expect.stringContaining('told before it was durable'));
  });

  it('a PASS of a board that does not hold what was read back', async () => {
    // Somebody rubs the flash out between the read-back and the record.
    const plant = withRecord((record, { rack: bench }) => (body) => {
      const here = bench.board(body.slot.usbPath);
      if (here instanceof EigencommBoard) here.ap.erase(0x24000, 0x1000);
      return record(body);
    });
    expect(await findings(truePass, plant)).toContainEqual(expect.stringContaining('boots: false'));
  });

  it('a PASS on a read-back that the board never gave', async () => {
    const old = Buffer.from(factoryRevisionOf('EC600E'));
    const forged = (bytes: Uint8Array): Uint8Array => {
      const text = Buffer.from(bytes).toString('latin1');
      return Buffer.from(text.replaceAll(old.toString(), 'EC600ECNLCR02A01M08_OCPU_QPY_DEMO'), 'latin1');
    };
    const plant: Plant = (options, bench) => {
      const lying = withOpen(async (source, _bench, device, asked) => {
        const transport = await source.open(device, asked);
        return { ...open(transport), read: async (wanted) => forged(await transport.read(wanted)) };
      });
      // The flasher says that it has written everything, and has not.
      const idle = withSession(() => ({ program: () => Promise.resolve() }));
      return lying(idle(options, bench), bench);
    };
    expect(await findings(truePass, plant)).toContainEqual(expect.stringContaining('the board is EC600E'));
  });

  it('a byte after a missed window', async () => {
    const plant: Plant = (options, bench) => {
      const change = withConnect((connect) => (context, plan, image) => {
        const late = (): void => void context.transport.write(Uint8Array.of(0), { timeoutMs: 100 }).catch(() => undefined);
        bench.clock.after(10_500, late);
        return connect(context, plan, image);
      });
      return change(options, bench);
    };
    const found = await findings(missedWindow, plant);
    expect(found).toContainEqual(expect.stringMatching(/slot 6: a write .* without a handshake/));
  });

  it('a second transport beside an open one', async () => {
    const plant = withOpen(async (source, _bench, device, options) => {
      const other = device.interfaces.find(({ number }) => number !== options.interfaceNumber);
      if (other) await source.open(device, { ...options, interfaceNumber: other.number });
      return source.open(device, options);
    });
    expect(await findings(oneSession, plant)).not.toEqual([]);
  });

  it('a second dialogue on one transport', async () => {
    const plant: Plant = (options) => ({
      ...options,
      pacer: {
        pace: (transport, pacing) => {
          options.pacer.pace(transport, pacing);
          return options.pacer.pace(transport, pacing);
        },
      },
    });
    expect(await findings(oneSession, plant)).not.toEqual([]);
  });

  it('a slot that never settles', async () => {
    const plant = withRecord((record) => (body) => (body.slot.number === 2 ? new Promise(() => undefined) : record(body)));
    expect(await findings(everySlotSettles, plant)).toContainEqual(expect.stringContaining('slot 2 stays recording'));
  });

  it('a promise that nobody caught', async () => {
    const plant = withRecord((record) => (body) => {
      void Promise.reject(new Error('lost'));
      return record(body);
    });
    expect(await findings(everySlotSettles, plant)).toContainEqual(expect.stringContaining('lost'));
  });

  it('a refused board whose flash changed', async () => {
    const plant = withOpen((source, { rack: bench }, device, options) => {
      const here = bench.board(device.usbPath);
      if (here instanceof EigencommBoard) here.ap.program(0x3f0000, Uint8Array.of(0));
      return source.open(device, options);
    });
    expect(await findings(refusedUnchanged, plant)).toContainEqual(expect.stringContaining('EC801E'));
  });

  it('a board that lost its calibration', async () => {
    const plant = withOpen((source, { rack: bench }, device, options) => {
      const here = bench.board(device.usbPath);
      if (here instanceof EigencommBoard) here.cp.erase(0xe7000, 0x1000);
      return source.open(device, options);
    });
    expect(await findings(ownDataKept, plant)).toContainEqual(expect.stringContaining('EC600E'));
  });

  it('a board that lost its IMEI', async () => {
    const plant = withOpen((source, { rack: bench }, device, options) => {
      const here = bench.board(device.usbPath);
      if (here instanceof UnisocBoard) removeNvItem(here.storage.fileSystems, firstImeiItem);
      return source.open(device, options);
    });
    expect(await findings(ownDataKept, plant)).toContainEqual(expect.stringContaining('EC600U'));
  });

  it('bytes that no correct host sends', async () => {
    const plant = withSession((session, context) => ({
      async program() {
        await session.program();
        for (let piece = 0; piece < 40; piece++)
          await context.transport.write(new Uint8Array(500).fill(0x41), { timeoutMs: 1_000 });
      },
    }));
    expect(await findings(noViolation, plant)).not.toEqual([]);
  });

  it('a journal line that was changed', async () => {
    const plant: Plant = (options, { clock, medium }) => {
      clock.after(60_000, () => void tamper(medium));
      return options;
    };
    expect(await findings(journalVerifies, plant)).not.toEqual([]);
  });

  it('a permit that is not given back', async () => {
    const plant: Plant = (options) => {
      const { permits } = options;
      if (!permits) throw new Error('the campaign gives permits');
      return {
        ...options,
        permits: {
          async acquire(usbPath, signal) {
            await permits.acquire(usbPath, signal);
            return { release: () => undefined };
          },
        },
      };
    };
    expect(await findings(nothingOpen, plant)).toContainEqual(expect.stringContaining('permits are held'));
  });

  it('a transport that stays open after the job', async () => {
    const plant = withOpen(async (source, _bench, device, options) => {
      const transport = await source.open(device, options);
      return { ...open(transport), close: () => Promise.resolve() };
    });
    expect(await findings(nothingOpen, plant)).toContainEqual(expect.stringMatching(/slot 1 is \w+ with .* open/));
  });

  it('a throw that is no failure of its own', async () => {
    const plant = withConnect(() => () => Promise.reject(new TypeError('x is undefined')));
    expect(await findings(noDefect, plant)).toContainEqual(expect.stringContaining('x is undefined'));
  });

  it('a slot that waits when another one failed', async () => {
    const script = {
      ...rack,
      boards: rack.boards.map((one) =>
        one.slot === 1 ? { ...one, faults: [{ kind: 'pull', when: { count: 9 } }] as const } : one,
      ),
    };
    const plant: Plant = (options, bench) => {
      let failures = 0;
      const counting = withRecord((record) => (body) => {
        if (body.verdict !== 'PASS') failures += 1;
        return record(body);
      });
      const waiting = withSession((session) => ({
        async program() {
          await session.program();
          if (failures > 1) await new Promise<void>((resolve) => bench.clock.after(40, resolve));
        },
      }));
      return waiting(counting(options, bench), bench);
    };
    expect(await findInfluence({ script })).toEqual([]);
    expect(await findInfluence({ script, plant })).not.toEqual([]);
  });
});

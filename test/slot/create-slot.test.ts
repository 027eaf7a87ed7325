// One slot over the simulated rack, with the real flasher and real bytes: leases, deadlines, durability, and what must not be sent.
import { describe, expect, it } from 'vitest';
import type { Transport } from '../../src/bench/transport.ts';
import { fault } from '../../src/domain/failure.ts';
import type { Flasher, FlashSession } from '../../src/flashers/flasher.ts';
import { flasherFor } from '../../src/platforms.ts';
import { firstAttempt, type JobMarks } from '../../src/slot/clearance.ts';
import { pathOf, type SlotRig, slotRig } from './slot-rig.ts';

const firstByteToBoard = ({ tapped }: SlotRig): number =>
  tapped.find(({ direction }) => direction === 'toBoard')?.atMs ?? Number.NaN;

describe('a whole job', () => {
  it('passes, with the job durable before the first byte, the intent before the first write, and nothing left open', async () => {
    const rig = await slotRig();
    rig.insertStrapped();
    await rig.until('programming');
    const bytesBefore = rig.tapped.length;
    const [intent] = rig.journal.intents;
    expect(intent?.firstWrite).toBe(rig.kit.plan.firstWrite);
    await rig.until('passed');
    expect(rig.journal.openedJobs[0]?.atMs).toBeLessThanOrEqual(firstByteToBoard(rig));
    expect(rig.tapped.length).toBeGreaterThan(bytesBefore);
    expect(rig.verdicts()).toEqual(['PASS - all']);
    expect(rig.openNow()).toBe(0);
    expect(rig.mostOpen()).toBe(1);
    expect(rig.permits).toEqual({ taken: 1, given: 1 });
  });

  it('writes nothing before the intent is durable, however long that takes', async () => {
    const rig = await slotRig();
    rig.insertStrapped();
    await rig.until('connecting');
    rig.journal.hang(true);
    await rig.until('holding');
    await rig.clock.advance(2_000);
    const sent = rig.tapped.filter(({ direction }) => direction === 'toBoard').length;
    await rig.clock.advance(20_000);
    expect(rig.slot().isBeingWritten()).toBe(false);
    expect(rig.tapped.filter(({ direction }) => direction === 'toBoard')).toHaveLength(sent);
    rig.journal.hang(false);
    await rig.until('passed');
  });

  it('tells progress at most four times a second', async () => {
    const rig = await slotRig();
    rig.insertStrapped();
    await rig.until('passed');
    const steps = Map.groupBy(
      rig.told.filter(({ event }) => event.type === 'step.progressed'),
      ({ event }) => ('step' in event ? event.step : ''),
    );
    expect(steps.size).toBeGreaterThan(3);
    for (const told of steps.values()) {
      for (const { atMs } of told) {
        const inOneSecond = told.filter((other) => other.atMs >= atMs && other.atMs < atMs + 1_000);
        // Four, and the one at the end of the step.
        expect(inOneSecond.length).toBeLessThanOrEqual(5);
      }
    }
  });

  it('stays in recording while the journal hangs, with nothing open, and passes when the disk is back', async () => {
    const rig = await slotRig();
    rig.insertStrapped();
    await rig.until('verifying');
    rig.journal.hang(true);
    await rig.until('recording');
    await rig.clock.advance(3_600_000);
    expect(rig.slot().state()).toBe('recording');
    expect(rig.slot().isBusy()).toBe(true);
    expect(rig.openNow()).toBe(0);
    expect(rig.told.filter(({ event }) => event.type === 'record.written')).toEqual([]);
    rig.journal.hang(false);
    await rig.until('passed');
  });

  it('takes the time that opening the job cost off the margin of the window', async () => {
    const rig = await slotRig();
    rig.journal.slow(3_000);
    rig.insertStrapped();
    await rig.until('passed');
    const [record] = rig.journal.records;
    expect(record?.entry.handshakeMs).toBeGreaterThanOrEqual(3_000);
    expect(record?.entry.marginMs).toBe(10_000 - (record?.entry.handshakeMs ?? 0));
  });
});

describe('what must not be sent', () => {
  it('sends not one byte after the window was missed', async () => {
    const rig = await slotRig();
    rig.insertStrapped(1, [{ kind: 'stall', when: { command: 'DLBOOT sync' } }]);
    await rig.until('aborted');
    const missed = rig.told.find(({ event }) => event.type === 'state.changed' && event.state === 'recording');
    const missedAtMs = missed?.atMs ?? Number.NaN;
    expect(missedAtMs).toBeGreaterThanOrEqual(10_000);
    await rig.clock.advance(60_000);
    expect(rig.verdicts()).toEqual(['ABORTED window-missed none']);
    const late = rig.tapped.filter(({ direction, atMs }) => direction === 'toBoard' && atMs > missedAtMs);
    expect(late).toEqual([]);
    expect(rig.openNow()).toBe(0);
  });

  it('sends nothing to a board that another slot’s profiles would know', async () => {
    const rig = await slotRig({ settings: { profiles: { byModel: {}, unidentified: null } } });
    rig.insert();
    await rig.clock.advance(30_000);
    expect(rig.slot().state()).toBe('skipped');
    expect(rig.tapped).toEqual([]);
    expect(rig.journal.records).toEqual([]);
  });

  it('sends nothing to a board that was cancelled in mid-load', async () => {
    const rig = await slotRig();
    rig.insertStrapped();
    await rig.until('connecting');
    await rig.clock.advance(100);
    rig.slot().command({ type: 'operator.cancel' });
    await rig.until('aborted');
    const sent = rig.tapped.length;
    await rig.clock.advance(30_000);
    expect(rig.tapped.filter(({ direction }, index) => index >= sent && direction === 'toBoard')).toEqual([]);
    expect(rig.verdicts()).toEqual(['ABORTED operator-cancelled none']);
  });
});

describe('the lease', () => {
  it('closes what an aborted identification was still opening, before the record is written', async () => {
    const rig: SlotRig = await slotRig({
      bendOpen: async (open) => {
        await new Promise<void>((resolve) => rig.clock.after(2_000, resolve));
        return open();
      },
    });
    rig.insert();
    await rig.until('identifying');
    await rig.clock.advance(500);
    rig.slot().command({ type: 'operator.cancel' });
    await rig.until('aborted');
    expect(rig.openNow()).toBe(0);
    expect(rig.verdicts()).toEqual(['ABORTED operator-cancelled none']);
  });

  it('takes the slot out of service when an open never comes back, says so, and closes it when it does', async () => {
    let release: () => void = () => undefined;
    const rig = await slotRig({
      bendOpen: async (open) => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return open();
      },
    });
    rig.insert();
    await rig.until('identifying');
    await rig.clock.advance(100);
    rig.slot().command({ type: 'operator.cancel' });
    await rig.until('outOfService');
    expect(rig.journal.records[0]?.laterFailures.map(({ code }) => code)).toEqual(['close-timed-out']);
    expect(rig.told.map(({ event }) => event)).toContainEqual({
      type: 'defect.found',
      failure: { code: 'close-timed-out', step: 'recording' },
    });
    release();
    await rig.clock.advance(1_000);
    expect(rig.openNow()).toBe(0);
  });

  it('keeps the permit until a transport that closes late has really closed', async () => {
    let letGo: () => void = () => undefined;
    const rig = await slotRig({
      bendOpen: async (open) => {
        const transport = await open();
        const closed = new Promise<'asked'>((resolve) => {
          letGo = () => resolve('asked');
        });
        return { ...boundTo(transport), closed, close: () => Promise.reject(fault('close-timed-out', 'close')) };
      },
    });
    rig.insertStrapped();
    await rig.until('outOfService');
    expect(rig.permits).toEqual({ taken: 1, given: 0 });
    letGo();
    await rig.clock.advance(10);
    expect(rig.permits).toEqual({ taken: 1, given: 1 });
  });

  it('is given back in every way that a job can end early', async () => {
    const ways: readonly ((rig: SlotRig) => void)[] = [
      (rig) => rig.slot().command({ type: 'operator.cancel' }),
      (rig) => void rig.rack.remove(pathOf(1)),
    ];
    for (const state of ['identifying', 'waitingForBoot', 'connecting', 'programming', 'restarting', 'verifying'] as const) {
      for (const end of ways) {
        const rig = await slotRig();
        if (state === 'identifying' || state === 'waitingForBoot') rig.insert();
        else rig.insertStrapped();
        await rig.until(state);
        await rig.clock.advance(60);
        end(rig);
        await rig.clock.advance(600_000);
        expect(rig.openNow(), state).toBe(0);
        expect(rig.mostOpen(), state).toBe(1);
        expect(rig.permits.given, state).toBe(rig.permits.taken);
        expect(rig.journal.records, state).toHaveLength(1);
      }
    }
  });
});

describe('a session', () => {
  it('that stalls and ignores its signal does not hold the slot for ever', async () => {
    const rig = await slotRig({
      services: () => ({ flasherFor: () => withSession({ program: () => new Promise(() => undefined) }) }),
    });
    rig.insertStrapped();
    await rig.until('unknown');
    expect(rig.verdicts()).toEqual(['UNKNOWN stalled maybe']);
    expect(rig.openNow()).toBe(0);
  });

  it('that ends because the board was pulled says so, also where the transport notices before the bus does', async () => {
    const rig = await slotRig({ detachDelayMs: 1_000 });
    rig.insertStrapped(1, [{ kind: 'pull', when: { command: 'AGBOOT DOWNLOAD_DATA', count: 5 } }]);
    await rig.until('unknown');
    expect(rig.verdicts()).toEqual(['UNKNOWN unplugged maybe']);
    const held = await slotRig({ detachDelayMs: 1_000, services: () => ({ acquirePermit: () => new Promise(() => undefined) }) });
    held.insertStrapped();
    await held.until('holding');
    held.rack.remove(pathOf(1));
    await held.until('aborted');
    expect(held.verdicts()).toEqual(['ABORTED removed-early none']);
  });

  it('whose board was pulled before its serial path was opened says so, although the bus tells it only later', async () => {
    for (const start of ['insert', 'insertStrapped'] as const) {
      const rig = await slotRig({ detachDelayMs: 1_000 });
      rig.journal.slow(500);
      rig[start]();
      await rig.until(start === 'insert' ? 'identifying' : 'connecting');
      rig.rack.remove(pathOf(1));
      await rig.until('aborted');
      expect(rig.verdicts()).toEqual(['ABORTED removed-early none']);
    }
  });

  it('that is cancelled while it waits for its permit gives back the permit that comes too late', async () => {
    let grant: () => void = () => undefined;
    let given = 0;
    const rig = await slotRig({
      services: () => ({
        acquirePermit: () =>
          new Promise((resolve) => {
            grant = () => resolve({ release: () => given++ });
          }),
      }),
    });
    rig.insertStrapped();
    await rig.until('holding');
    rig.slot().command({ type: 'operator.cancel' });
    await rig.until('aborted');
    grant();
    await rig.clock.advance(10);
    expect(given).toBe(1);
  });
});

describe('the read-back', () => {
  it('never fails a unit because the station could not open its serial path', async () => {
    const rig = await slotRig({
      bendOpen: (open, device) => (device.productId === 0x0903 ? Promise.reject(fault('serial-path-no-rights', 'open')) : open()),
    });
    rig.insertStrapped();
    await rig.until('unknown');
    expect(rig.verdicts()).toEqual(['UNKNOWN serial-path-no-rights all']);
  });

  it('fails a module that is in flash as it must be but never speaks', async () => {
    const rig = await slotRig();
    const { board } = { board: rig.insertStrapped() };
    await rig.until('programming');
    board.receive = ignoreNormalMode(board.receive.bind(board), rig);
    await rig.until('failed');
    expect(rig.verdicts()).toEqual(['FAIL does-not-boot all']);
    expect(rig.journal.records[0]?.powerCycles).toBe(1);
  });

  it('tells what proves the power switch, or why it failed, as events of the slot', async () => {
    const powerEvents = ({ told }: SlotRig) => told.flatMap(({ event }) => (event.type.startsWith('power.') ? [event] : []));
    const rig = await slotRig();
    rig.insert();
    await rig.until('waitingForBoot');
    rig.slot().command({ type: 'operator.confirm' });
    await rig.clock.advance(5_000);
    expect(powerEvents(rig)).toEqual([{ type: 'power.cycled', proof: 'vanished' }]);
    const stuck = fault('power-switch-failed', 'power-cycle', { actual: 'the device stayed on the bus' });
    const broken = await slotRig({
      services: () => ({ powerSwitch: { kind: 'command', cycle: () => Promise.reject(stuck) } }),
    });
    broken.insert();
    await broken.until('waitingForBoot');
    broken.slot().command({ type: 'operator.confirm' });
    await broken.until('aborted');
    expect(powerEvents(broken)).toEqual([{ type: 'power.failed', failure: stuck.failure }]);
  });

  it('waits for the IMEI of a module that answers the rest already while it boots', async () => {
    const notYet: Record<string, string> = { 'AT+CGSN': '+CME ERROR: 14', 'AT+EGMR=0,7': '+CME ERROR: 14' };
    const rig = await slotRig();
    rig.insertStrapped(1, [], { errors: notYet });
    await rig.until('verifying');
    await rig.clock.advance(8_000);
    expect(rig.slot().state()).toBe('verifying');
    for (const command of Object.keys(notYet)) delete notYet[command];
    await rig.until('passed');
  });

  it('fails a module that never tells its IMEI', async () => {
    const rig = await slotRig();
    rig.insertStrapped(1, [], { errors: { 'AT+CGSN': '+CME ERROR: 14', 'AT+EGMR=0,7': '+CME ERROR: 14' } });
    await rig.until('failed');
    expect(rig.verdicts()).toEqual(['FAIL imei-missing all']);
  });

  it('closes two records after a swap, each with what is known of its own unit, and shows the one that lies in the slot', async () => {
    const rig = await slotRig();
    const first = rig.insert();
    await rig.until('waitingForBoot');
    rig.rack.remove(pathOf(1));
    const second = rig.board([], 'another');
    second.setStrap(true);
    rig.rack.insert(pathOf(1), second);
    rig.clock.after(1_500, () => second.setStrap(false));
    rig.slot().command({ type: 'operator.label', sn: 'LABEL-1' });
    await rig.until('unknown');
    const [found, identified] = rig.journal.records;
    expect(rig.verdicts()).toEqual(['UNKNOWN swapped all', 'ABORTED swapped none']);
    expect(found?.unit).toMatchObject({
      imeiBefore: null,
      imeiAfter: second.identity.imei,
      sn: second.identity.sn,
      labelSn: null,
    });
    expect(identified?.unit).toMatchObject({ imeiBefore: first.identity.imei, imeiAfter: null, sn: first.identity.sn });
    expect(found?.jobId).not.toBe(identified?.jobId);
    const written = rig.told.flatMap(({ event }) => (event.type === 'record.written' ? event.verdict : []));
    expect(written.at(-1)).toBe('UNKNOWN');
  });

  it('counts the attempts of the unit that a swap left in the slot, not those of the one that was asked for', async () => {
    const second = { imei: '' };
    const rig = await slotRig({
      services: () => ({
        // Identified: a golden unit at its third attempt, let in by an operator.
        clear: () => {
          const evidence = { 'rule.answered': 'passed-before by li' };
          const marks: JobMarks = { ...firstAttempt, kind: 'golden', attempt: 3, retestReason: 'stalled', evidence };
          return Promise.resolve({ kind: 'cleared', marks });
        },
        recount: (marks, { imei }) =>
          Promise.resolve({ ...marks, ...(imei === second.imei && { attempt: 2, reworkAfter: ['UNKNOWN'] as const }) }),
      }),
    });
    rig.insert();
    await rig.until('waitingForBoot');
    rig.rack.remove(pathOf(1));
    const other = rig.board([], 'another');
    second.imei = other.identity.imei;
    other.setStrap(true);
    rig.rack.insert(pathOf(1), other);
    rig.clock.after(1_500, () => other.setStrap(false));
    await rig.until('unknown');
    const [found, identified] = rig.journal.records;
    expect(found).toMatchObject({ kind: 'flash', attempt: 2, retestReason: null });
    expect(found?.evidence).not.toHaveProperty('rule.answered');
    expect(found?.laterFailures.map(({ code }) => code)).toContain('rework-needed');
    expect(identified).toMatchObject({ kind: 'golden', attempt: 3, evidence: { 'rule.answered': 'passed-before by li' } });
    expect(identified?.laterFailures.map(({ code }) => code)).not.toContain('rework-needed');
  });
});

describe('a defect of ours', () => {
  it('in the kit costs the job but not its record', async () => {
    const rig = await slotRig({
      services: () => ({
        kitFor: () => {
          throw new Error('no kit');
        },
      }),
    });
    rig.insertStrapped();
    await rig.until('aborted');
    expect(rig.verdicts()).toEqual(['ABORTED station-defect none']);
  });

  const broken = (): never => {
    throw new RangeError('a bug');
  };
  it.each<[string, Partial<Record<keyof FlashSession, () => never>>, string]>([
    ['hold', { hold: broken }, 'ABORTED station-defect none'],
    ['program', { program: broken }, 'UNKNOWN station-defect maybe'],
    // Not the reset but the read-back decides: the power cycle brings the board back.
    ['restart', { restart: broken }, 'PASS - all'],
  ])('in %s of a session closes the job with a record', async (_, session, verdict) => {
    const rig = await slotRig({ services: () => ({ flasherFor: () => withSession(session) }) });
    rig.insertStrapped();
    await rig.clock.advance(600_000);
    expect(rig.verdicts()).toEqual([verdict]);
    expect(rig.openNow()).toBe(0);
    expect(rig.permits.given).toBe(rig.permits.taken);
  });

  it('in the permits or the power switch closes the job with a record', async () => {
    const permit = await slotRig({ services: () => ({ acquirePermit: broken }) });
    permit.insertStrapped();
    await permit.until('aborted');
    expect(permit.verdicts()).toEqual(['ABORTED station-defect none']);
    const power = await slotRig({ services: () => ({ powerSwitch: { kind: 'command', cycle: broken } }) });
    power.insert();
    await power.until('waitingForBoot');
    power.slot().command({ type: 'operator.confirm' });
    await power.until('aborted');
    expect(power.verdicts()).toEqual(['ABORTED station-defect none']);
  });
});

/** The Eigencomm flasher, its sessions changed. */
function withSession(changed: Partial<FlashSession>): Flasher {
  const real = flasherFor('eigencomm');
  return {
    ...real,
    connect: async (...given) => ({ ...(await real.connect(...given)), ...changed }),
  };
}

function boundTo(transport: Transport): Transport {
  return {
    serialPath: transport.serialPath,
    closed: transport.closed,
    write: (...given) => transport.write(...given),
    read: (...given) => transport.read(...given),
    take: () => transport.take(),
    discardReceived: () => transport.discardReceived(),
    setBaudRate: (...given) => transport.setBaudRate(...given),
    close: (...given) => transport.close(...given),
  };
}

type Receive = (interfaceNumber: number, bytes: Uint8Array) => void;

/** What arrives at any interface but the download one is lost in the module. */
function ignoreNormalMode(receive: Receive, rig: SlotRig): Receive {
  return (interfaceNumber, bytes) => {
    if (rig.slot().isBeingWritten() || rig.slot().state() === 'restarting') receive(interfaceNumber, bytes);
  };
}

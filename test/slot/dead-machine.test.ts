// The supervisor of a slot whose machine has died: its job is closed, the slot is out of service, and the other slots notice nothing.
import { describe, expect, it } from 'vitest';
import type { OperatorCommand, SlotState } from '../../src/domain/slot.ts';
import { pathOf, type SlotRig, slotRig } from './slot-rig.ts';

/** An event that no machine survives: looking at its type throws, once it has been sent. */
function poison(): OperatorCommand {
  let looks = 0;
  return {
    get type(): 'operator.confirm' {
      looks += 1;
      if (looks > 0) throw new RangeError('a bug of ours');
      return 'operator.confirm';
    },
  };
}

/** A board in slot 1 on its way to PASS, and one in slot 2. */
async function twoBoards(state: SlotState): Promise<SlotRig> {
  const rig = await slotRig({ slots: 2 });
  if (state === 'identifying' || state === 'waitingForBoot') rig.insert(1);
  else rig.insertStrapped(1);
  rig.insertStrapped(2);
  return rig;
}

describe('a machine that dies', () => {
  it.each<[SlotState, string]>([
    ['identifying', 'ABORTED station-defect none'],
    ['waitingForBoot', 'ABORTED station-defect none'],
    ['connecting', 'ABORTED station-defect none'],
    ['programming', 'UNKNOWN station-defect maybe'],
    ['restarting', 'UNKNOWN station-defect all'],
    ['verifying', 'UNKNOWN station-defect all'],
  ])('in %s has its job closed, and the other slot passes', async (state, verdict) => {
    const rig = await twoBoards(state);
    await rig.until(state);
    await rig.clock.advance(30);
    rig.slot(1).command(poison());
    expect(rig.slot(1).state()).toBe('outOfService');
    await rig.until('passed', 2);
    await rig.clock.advance(60_000);
    const bySlot = (number: number): string[] =>
      rig.verdicts().filter((_, index) => rig.journal.records[index]?.slot.number === number);
    expect(bySlot(1)).toEqual([verdict]);
    expect(bySlot(2)).toEqual(['PASS - all']);
    expect(rig.died.map(({ code }) => code)).toEqual(['station-defect']);
    expect(rig.openNow()).toBe(0);
    expect(rig.permits.given).toBe(rig.permits.taken);
  });

  it('is busy until the record of its job is durable, so that nobody ends the station before', async () => {
    const rig = await twoBoards('programming');
    await rig.until('programming');
    rig.journal.hang(true);
    rig.slot(1).command(poison());
    await rig.clock.advance(60_000);
    expect(rig.slot(1).isBusy()).toBe(true);
    expect(rig.died).toEqual([]);
    rig.journal.hang(false);
    await rig.clock.advance(10);
    expect(rig.slot(1).isBusy()).toBe(false);
    expect(rig.died).toHaveLength(1);
  });

  it('in recording does not get a second record', async () => {
    const rig = await twoBoards('recording');
    await rig.until('verifying');
    rig.journal.hang(true);
    await rig.until('recording');
    rig.slot(1).command(poison());
    await rig.clock.advance(10_000);
    rig.journal.hang(false);
    await rig.clock.advance(60_000);
    expect(rig.journal.records.filter(({ slot }) => slot.number === 1)).toHaveLength(1);
  });

  it('after the decision keeps it, and attaches the defect', async () => {
    const rig = await slotRig({
      bendOpen: async (open) => {
        const transport = await open();
        // Slow enough that the machine dies while the transport is being closed.
        return Object.assign(Object.create(transport), {
          serialPath: transport.serialPath,
          close: async (timeoutMs: number) => {
            await new Promise<void>((resolve) => rig.clock.after(1_000, resolve));
            return transport.close(timeoutMs);
          },
        });
      },
    });
    rig.insertStrapped(1, [{ kind: 'nak', when: { command: 'AGBOOT DOWNLOAD_DATA', count: 3 }, errorCode: 0x82 }]);
    await rig.until('recording');
    rig.slot(1).command(poison());
    await rig.clock.advance(30_000);
    expect(rig.journal.records).toHaveLength(1);
    const [record] = rig.journal.records;
    expect(record?.failure?.code).not.toBe('station-defect');
    expect(record?.laterFailures.map(({ code }) => code)).toEqual(['station-defect']);
  });

  it('between jobs leaves nothing to close, and the slot is out of service', async () => {
    const rig = await slotRig();
    rig.insertStrapped();
    await rig.until('passed');
    rig.slot().command(poison());
    await rig.clock.advance(1_000);
    expect(rig.slot().state()).toBe('outOfService');
    expect(rig.verdicts()).toEqual(['PASS - all']);
    rig.rack.remove(pathOf(1));
    await rig.clock.advance(5_000);
    rig.insert();
    await rig.clock.advance(60_000);
    expect(rig.journal.openedJobs).toHaveLength(1);
  });

  it('is reported also when its record cannot be written', async () => {
    const rig: SlotRig = await slotRig({
      services: ({ journal }) => ({ journal: { ...journal, record: () => Promise.reject(new Error('journal closed')) } }),
    });
    rig.insertStrapped();
    await rig.until('programming');
    rig.slot().command(poison());
    await rig.clock.advance(60_000);
    expect(rig.died).toHaveLength(1);
    expect(rig.told.filter(({ event }) => event.type === 'defect.found')).toHaveLength(2);
  });

  it('is what a record that throws leads to: never a slot that is silently out of service', async () => {
    const rig = await slotRig({
      services: ({ journal }) => ({ journal: { ...journal, record: () => Promise.reject(new Error('journal closed')) } }),
    });
    rig.insertStrapped();
    await rig.until('outOfService');
    await rig.clock.advance(1_000);
    expect(rig.died).toHaveLength(1);
    expect(rig.slot().isBusy()).toBe(false);
  });

  it('already when its board is told of: the device source and the other slots notice nothing', async () => {
    let isBroken = false;
    const breakable = <T extends object>(target: T): T =>
      new Proxy(target, {
        ownKeys(inner) {
          if (isBroken) throw new RangeError('a bug of ours');
          return Reflect.ownKeys(inner);
        },
      });
    const rig = await slotRig({
      slots: 2,
      settingsOf: (number, { profiles }) =>
        number === 1 ? { profiles: { ...profiles, byModel: breakable(profiles.byModel) } } : {},
    });
    isBroken = true;
    rig.insertStrapped(1);
    rig.insertStrapped(2);
    await rig.until('passed', 2);
    expect(rig.slot(1).state()).toBe('outOfService');
    expect(rig.died.map(({ code, detail }) => [code, detail])).toEqual([['station-defect', 'RangeError: a bug of ours']]);
    rig.rack.remove(pathOf(1));
    rig.insertStrapped(1);
    await rig.clock.advance(1_000);
    expect(rig.died).toHaveLength(1);
  });
});

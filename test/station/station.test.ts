// The station over the simulated rack: routing, permits, drain, faults, recovery and the exit code.
import { describe, expect, it } from 'vitest';
import type { OperatorCommand } from '../../src/domain/slot.ts';
import { pathOf, startedRig, stationRig, strangePath } from './station-rig.ts';

/** No machine survives it: looking at its type throws. */
const poison: OperatorCommand = {
  get type(): 'operator.confirm' {
    throw new RangeError('a bug of ours');
  },
};

describe('routing', () => {
  it('never opens a device at a path that no slot owns, and says so', async () => {
    const rig = await startedRig();
    rig.insert(1, [], strangePath);
    await rig.clock.advance(60_000);
    expect(rig.told('device.skipped')[0]).toEqual({ type: 'device.skipped', usbPath: strangePath, ids: '17d1:0001' });
    expect(rig.tapped).toEqual([]);
    expect(rig.view().slots.every(({ jobId }) => jobId === null)).toBe(true);
  });

  it('takes a board that was there before the station started, by its age', async () => {
    const rig = await stationRig();
    rig.insert(1);
    await rig.clock.advance(20_000);
    rig.rack.remove(pathOf(1));
    rig.insert(1);
    await rig.clock.advance(3_000);
    await rig.station.start();
    await rig.until('passed');
    expect((await rig.records())[0]?.entry.marginMs).toBeLessThan(10_000 - 2_000);
  });
});

describe('permits', () => {
  it('let only as many slots program as the station allows, and the others hold their sessions meanwhile', async () => {
    const rig = await startedRig({ slots: 3, limits: { station: 1 } });
    for (const place of [1, 2, 3]) rig.insert(place);
    let most = 0;
    while (rig.verdicts().length < 3 && rig.clock.now() < 600_000) {
      await rig.clock.advance(50);
      most = Math.max(most, rig.view().slots.filter(({ beingWritten }) => beingWritten).length);
    }
    expect(most).toBe(1);
    expect(rig.verdicts().sort()).toEqual(['1 PASS', '2 PASS', '3 PASS']);
  });
});

describe('the drain', () => {
  it('ends at once when no job is open', async () => {
    const rig = await startedRig();
    rig.stop();
    await rig.untilEnded();
    expect(rig.exitCode()).toBe(1);
    expect(rig.view().phase).toBe('ended');
  });

  it('is refused while a slot is being written, names the slots, starts no new job, and ends after the last record', async () => {
    const rig = await startedRig();
    rig.insert(1);
    await rig.until('programming');
    rig.stop();
    expect(rig.told('drain.started')).toEqual([{ type: 'drain.started', writing: [1] }]);
    rig.insert(2);
    for (let asked = 0; asked < 5; asked++) {
      await rig.clock.advance(100);
      rig.stop();
    }
    expect(rig.told('stop.refused')).toEqual(Array(5).fill({ type: 'stop.refused', writing: [1] }));
    await rig.untilEnded();
    expect(rig.row(1).state).toBe('passed');
    expect(rig.row(2)).toMatchObject({ state: 'empty', jobId: null });
    expect(rig.exitCode()).toBe(0);
    expect((await rig.records()).map(({ verdict }) => verdict)).toEqual(['PASS']);
  });

  it('is not overridden after the writing either: restart, read-back and record still come', async () => {
    const rig = await startedRig();
    rig.insert(1);
    await rig.until('programming');
    rig.stop();
    await rig.until('restarting');
    for (let asked = 0; asked < 5; asked++) rig.stop();
    await rig.until('verifying');
    for (let asked = 0; asked < 5; asked++) rig.stop();
    await rig.untilEnded();
    expect((await rig.records()).map(({ verdict }) => verdict)).toEqual(['PASS']);
  });

  it('cancels what is not being written, and that is not every unit PASS', async () => {
    const rig = await startedRig();
    rig.insert(1);
    await rig.until('connecting');
    rig.stop();
    await rig.untilEnded();
    expect((await rig.records()).map(({ verdict, written }) => `${verdict} ${written}`)).toEqual(['ABORTED none']);
    expect(rig.exitCode()).toBe(1);
  });

  it('waits for the record of a slot whose machine died', async () => {
    const rig = await startedRig();
    rig.insert(1);
    await rig.until('programming');
    rig.disk.failSyncs(3);
    rig.station.console.commands.toSlot(1, poison);
    rig.stop();
    await rig.clock.advance(500);
    expect(rig.exitCode()).toBeNull();
    await rig.untilEnded();
    expect((await rig.records()).map(({ failure }) => failure?.code)).toEqual(['station-defect']);
    expect(rig.exitCode()).toBe(3);
  });

  it('asked for before the start is the end: no slot is opened', async () => {
    const rig = await stationRig();
    rig.stop();
    await rig.station.start();
    rig.insert(1);
    await rig.clock.advance(60_000);
    expect(rig.exitCode()).toBe(1);
    expect(rig.tapped).toEqual([]);
  });
});

describe('the exit code', () => {
  it.each([
    ['every unit PASS', [], 0],
    ['some unit not PASS', [{ kind: 'stall', when: { command: 'DLBOOT sync' } } as const], 1],
  ])('with %s', async (_, faults, code) => {
    const rig = await startedRig({ end: { kind: 'whenDone', quietMs: 120_000 } });
    rig.insert(1);
    rig.insert(2, faults);
    await rig.untilEnded();
    expect(rig.exitCode()).toBe(code);
  });

  it('is 3 when a slot’s machine died, though every record says PASS', async () => {
    const rig = await startedRig({ end: { kind: 'whenDone', quietMs: 120_000 } });
    rig.insert(1);
    rig.insert(2);
    await rig.until('passed', 1);
    rig.station.console.commands.toSlot(1, poison);
    await rig.untilEnded();
    expect(rig.exitCode()).toBe(3);
  });

  it('is 3 when the bench is lost, and the run ends by itself when its jobs have their records', async () => {
    const rig = await startedRig({ end: { kind: 'whenDone', quietMs: 3_600_000 } });
    rig.insert(1);
    await rig.until('programming');
    rig.rack.lose('the host controller is gone');
    expect(rig.view()).toMatchObject({ phase: 'faulted', fault: { code: 'bench-lost' } });
    await rig.untilEnded();
    expect(rig.exitCode()).toBe(3);
    expect(await rig.records()).toHaveLength(1);
  });

  it('is 3 when the bench could not be watched from the start', async () => {
    const rig = await stationRig({ end: { kind: 'whenDone', quietMs: 3_600_000 } });
    rig.rack.start = () => Promise.reject(new Error('no USB here'));
    await rig.station.start();
    await rig.untilEnded();
    expect(rig.exitCode()).toBe(3);
  });
});

describe('a journal fault', () => {
  it('stops intake, keeps the job in recording, and everything goes on when the disk is back', async () => {
    const rig = await startedRig();
    rig.insert(1);
    await rig.until('verifying');
    rig.disk.failSyncs(20);
    await rig.until('recording');
    await rig.clock.advance(1_000);
    expect(rig.view()).toMatchObject({ phase: 'faulted', fault: { code: 'record-not-writable' } });
    rig.insert(2);
    await rig.clock.advance(3_000);
    expect(rig.row(1).state).toBe('recording');
    expect(rig.row(2).state).toBe('empty');
    rig.rack.remove(pathOf(2));
    await rig.until('passed');
    expect(rig.view()).toMatchObject({ phase: 'running', fault: null });
    rig.insert(2);
    await rig.until('passed', 2);
    rig.stop();
    await rig.untilEnded();
    expect(rig.exitCode()).toBe(0);
  });

  it('does not cure a lost bench when it passes', async () => {
    const rig = await startedRig();
    rig.insert(1);
    await rig.until('verifying');
    rig.rack.lose('gone');
    rig.disk.failSyncs(10);
    await rig.until('passed');
    expect(rig.view()).toMatchObject({ phase: 'faulted', fault: { code: 'bench-lost' } });
    rig.stop();
    await rig.untilEnded();
    expect(rig.exitCode()).toBe(3);
  });

  it('lets a second request end the station when every open job only waits for the disk', async () => {
    const rig = await startedRig();
    rig.insert(1);
    await rig.until('verifying');
    rig.disk.failSyncs(1_000_000);
    rig.stop();
    rig.stop();
    await rig.until('recording');
    await rig.clock.advance(5_000);
    expect(rig.exitCode()).toBeNull();
    rig.stop();
    await rig.untilEnded();
    expect(rig.exitCode()).toBe(3);
  });

  it('in another slot’s record does not end a job that is still being read back', async () => {
    const rig = await startedRig();
    rig.insert(1);
    await rig.clock.advance(4_000);
    rig.insert(2);
    await rig.until('programming', 2);
    await rig.until('verifying', 1);
    rig.disk.failSyncs(8);
    await rig.until('recording', 1);
    await rig.until('restarting', 2);
    for (let asked = 0; asked < 5; asked++) rig.stop();
    await rig.untilEnded();
    expect(rig.verdicts().sort()).toEqual(['1 PASS', '2 PASS']);
  });
});

describe('a bench that is lost', () => {
  it('does not let a repeated request end jobs that can still be closed', async () => {
    const rig = await startedRig();
    rig.insert(1);
    await rig.until('restarting');
    rig.rack.lose('gone');
    for (let asked = 0; asked < 5; asked++) rig.stop();
    await rig.untilEnded();
    expect(await rig.records()).toHaveLength(1);
    expect(rig.exitCode()).toBe(3);
  });
});

describe('after a killed process', () => {
  it('tells the job, locks its slot and no other, and the release is durable', async () => {
    const first = await startedRig();
    first.insert(1);
    await first.until('programming');
    first.process.kill();

    const { clock, disk } = first;
    const second = await startedRig({ clock, disk });
    expect(second.told('job.recovered').map(({ verdict }) => verdict)).toEqual(['UNKNOWN']);
    const lies = { state: 'locked', prompt: { kind: 'checkBoard' }, step: 'write-bl', failure: { code: 'process-killed' } };
    expect(second.told('job.recovered')).toMatchObject([{ board: { slot: 1, step: 'write-bl' } }]);
    expect(second.row(1)).toMatchObject(lies);
    second.insert(1);
    second.insert(2);
    await second.until('passed', 2);
    expect(second.row(1).state).toBe('locked');
    second.process.kill();

    // The station file was renumbered in between: the board at the path is the same.
    const third = await startedRig({ clock, disk, numbers: [7, 8] });
    expect(third.row(1)).toMatchObject({ ...lies, number: 7 });
    third.station.console.commands.toSlot(7, { type: 'operator.release' });
    await third.until('empty');
    expect(third.row(1)).toMatchObject({ step: null, failure: null, sn: null });
    third.process.kill();

    const fourth = await startedRig({ clock, disk });
    expect(fourth.row(1).state).toBe('empty');
  });
});

describe('whoever listens', () => {
  it('may throw: neither a job nor another listener notices', async () => {
    const rig = await stationRig();
    rig.station.console.subscribe(() => {
      throw new Error('EIO');
    });
    let heard = 0;
    const stop = rig.station.console.subscribe(() => {
      heard += 1;
    });
    await rig.station.start();
    rig.insert(1);
    await rig.until('passed');
    expect(heard).toBe(rig.lines.length);
    stop();
    rig.stop();
    await rig.untilEnded();
    expect(rig.lines.length).toBeGreaterThan(heard);
    expect(rig.exitCode()).toBe(0);
  });
});

describe('the end by itself', () => {
  it('comes when every slot has its verdict', async () => {
    const rig = await startedRig({ end: { kind: 'whenDone', quietMs: 3_600_000 } });
    rig.insert(1);
    rig.insert(2);
    await rig.untilEnded();
    expect(rig.exitCode()).toBe(0);
    expect(rig.verdicts()).toHaveLength(2);
  });

  it('comes when nothing has happened for so long, but never while a job is open', async () => {
    const rig = await startedRig({ end: { kind: 'whenDone', quietMs: 30_000 } });
    await rig.until('empty');
    rig.insert(1);
    await rig.until('verifying');
    rig.disk.failSyncs(100);
    await rig.until('recording');
    await rig.clock.advance(60_000);
    expect(rig.exitCode()).toBeNull();
    await rig.untilEnded();
    expect(rig.exitCode()).toBe(0);
  });
});

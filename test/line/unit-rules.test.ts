// Units that come back: what the station does with one that passed, failed, or lies in two slots, before anything is written to it.
import { describe, expect, it } from 'vitest';
import { foldReport } from '../../src/reports/report.ts';
import { flashOf, type Line, newRevision, startLine, unit } from './rules-run.ts';

const told = ({ lines }: Line, type: string): readonly unknown[] =>
  lines.flatMap(({ event }) => (event.type === type ? [event] : []));
const promptsOf = ({ lines }: Line): readonly (string | undefined)[] =>
  lines.flatMap(({ event }) =>
    event.type === 'state.changed' && event.prompt !== null ? [event.prompt.reason?.code ?? event.prompt.kind] : [],
  );

describe('a unit that has passed before', () => {
  it('in the same order is stopped before entry, and not one byte reaches its download mode', async () => {
    const line = await startLine();
    const board = unit(line.clock, 'A');
    expect(await line.visit(board, 'passed')).toMatchObject({ verdict: 'PASS', kind: 'flash', attempt: 1, retestReason: null });
    const before = flashOf(board);
    expect(await line.visit(board, 'aborted')).toMatchObject({
      verdict: 'ABORTED',
      written: 'none',
      attempt: 2,
      failure: { code: 'passed-in-order', step: 'clearing', expected: 'once in order WO-1' },
    });
    expect(flashOf(board)).toEqual(before);
    expect(told(line, 'window.opened')).toHaveLength(1);
  });

  it('in another order is asked for: the operator says no, and it stays as it is', async () => {
    const line = await startLine();
    const board = unit(line.clock, 'A');
    await line.visit(board, 'passed');
    await line.stop();
    const next = await startLine({ clock: line.clock, disk: line.disk, workOrder: 'WO-2' });
    next.insert(1, board);
    await next.clock.advance(20_000);
    expect(next.row(1)).toMatchObject({
      state: 'identifying',
      prompt: { kind: 'allowRetest', reason: { code: 'passed-before' } },
    });
    next.press(1, 'operator.cancel');
    await next.until(1, 'aborted');
    expect((await next.records()).at(-1)).toMatchObject({ verdict: 'ABORTED', failure: { code: 'passed-before' }, evidence: {} });
    expect(told(next, 'window.opened')).toEqual([]);
  });

  it('is flashed again when the operator allows it, and the record says who and why', async () => {
    const line = await startLine({ history: { twiceInOrder: 'ask' } });
    const board = unit(line.clock, 'A');
    await line.visit(board, 'passed');
    line.insert(1, board);
    await line.clock.advance(20_000);
    line.press(1, 'operator.confirm');
    await line.until(1, 'passed');
    expect((await line.records()).at(-1)).toMatchObject({
      verdict: 'PASS',
      attempt: 2,
      retestReason: 'passed-in-order',
      evidence: { 'rule.answered': 'passed-in-order: li' },
    });
  });

  it('is flashed again unasked where the station file allows it as a retest', async () => {
    const line = await startLine({ history: { twiceInOrder: 'retest' } });
    const board = unit(line.clock, 'A');
    await line.visit(board, 'passed');
    expect(await line.visit(board, 'passed')).toMatchObject({ attempt: 2, retestReason: 'passed-in-order' });
    expect(promptsOf(line)).not.toContain('passed-in-order');
  });

  it('and comes strapped is stopped in holding by the IMEI of its NV backup, its flash unchanged', async () => {
    const line = await startLine({ unidentified: 'accept' });
    const board = unit(line.clock, 'A');
    await line.visit(board, 'passed');
    const before = flashOf(board);
    line.insert(1, board, 'strapped');
    await line.until(1, 'aborted');
    expect((await line.records()).at(-1)).toMatchObject({
      verdict: 'ABORTED',
      written: 'none',
      failure: { code: 'passed-in-order' },
      identity: { source: 'nvBackup' },
    });
    expect(flashOf(board)).toEqual(before);
    expect(board.report().violations).toEqual([]);
  });
});

describe('attempts', () => {
  const stalled = [{ kind: 'stall', when: { command: 'FDL2 MIDST_DATA', count: 3 } }] as const;

  it('are counted from the history, also after the station has started again; three strikes are for rework', async () => {
    const line = await startLine({ history: { maxUnknown: 9 } });
    const first = await line.visit(unit(line.clock, 'A', { faults: stalled }), 'unknown');
    expect(first).toMatchObject({ attempt: 1, retestReason: null, laterFailures: [] });
    await line.stop();
    const next = await startLine({ clock: line.clock, disk: line.disk, history: { maxUnknown: 9 } });
    const second = await next.visit(unit(line.clock, 'A', { faults: stalled }), 'unknown');
    expect(second).toMatchObject({ attempt: 2, retestReason: first.failure?.code, laterFailures: [] });
    const third = await next.visit(unit(line.clock, 'A', { faults: stalled }), 'unknown');
    expect(third).toMatchObject({ attempt: 3, laterFailures: [{ code: 'rework-needed' }] });
    const good = unit(line.clock, 'A');
    const before = flashOf(good);
    expect(await next.visit(good, 'aborted')).toMatchObject({ verdict: 'ABORTED', failure: { code: 'rework-needed' } });
    expect(flashOf(good)).toEqual(before);
  });

  it('that were ABORTED do not count', async () => {
    const line = await startLine();
    const board = unit(line.clock, 'A');
    line.insert(1, board);
    await line.until(1, 'identifying');
    line.press(1, 'operator.cancel');
    await line.until(1, 'aborted');
    await line.remove(1);
    expect(await line.visit(board, 'passed')).toMatchObject({ attempt: 1, retestReason: null });
  });

  it('a second UNKNOWN is for rework: told at once, and refused from then on', async () => {
    const line = await startLine();
    await line.visit(unit(line.clock, 'A', { faults: stalled }), 'unknown');
    line.insert(1, unit(line.clock, 'A', { faults: stalled }));
    await line.until(1, 'unknown');
    expect(line.row(1)).toMatchObject({ forRework: true });
    await line.remove(1);
    expect(await line.visit(unit(line.clock, 'A'), 'aborted')).toMatchObject({ failure: { code: 'rework-needed' } });
  });

  it('start anew at a rework station, where the operator lets the unit in', async () => {
    const line = await startLine({ history: { rework: 'ask' } });
    for (const _ of [1, 2]) await line.visit(unit(line.clock, 'A', { faults: stalled }), 'unknown');
    line.insert(1, unit(line.clock, 'A', { faults: stalled }));
    await line.clock.advance(20_000);
    line.press(1, 'operator.confirm');
    await line.until(1, 'unknown');
    expect((await line.records()).at(-1)).toMatchObject({ attempt: 3, evidence: { 'rule.rework': 'li' } });
    await line.remove(1);
    expect(await line.visit(unit(line.clock, 'A'), 'passed')).toMatchObject({ attempt: 4 });
  });
});

describe('two boards with one identity', () => {
  it('the second is stopped before entry, and nothing is written to it', async () => {
    const line = await startLine();
    const [one, two] = [unit(line.clock, 'A'), unit(line.clock, 'A')];
    const before = flashOf(two);
    line.insert(1, one);
    line.insert(2, two);
    await line.until(1, 'passed');
    await line.until(2, 'aborted');
    const stopped = (await line.records()).find(({ slot }) => slot.number === 2);
    expect(stopped).toMatchObject({
      verdict: 'ABORTED',
      written: 'none',
      failure: { code: 'unit-in-two-slots', actual: one.identity.imei, detail: 'also in slot 1' },
    });
    expect(flashOf(two)).toEqual(before);
    expect(two.report().commands).toEqual({});
  });

  it('one that was taken from a slot and put into another is not its own double', async () => {
    const line = await startLine();
    const board = unit(line.clock, 'A', { faults: [{ kind: 'stall', when: { command: 'FDL2 MIDST_DATA', count: 3 } }] });
    line.insert(1, board);
    await line.until(1, 'unknown');
    line.rack.remove('pci-0000:00:14.0/3.1');
    line.insert(2, unit(line.clock, 'A'));
    await line.until(2, 'passed');
  });
});

describe('a version', () => {
  it('that the unit has already is skipped where the profile says so: nothing is written, and it is no PASS', async () => {
    const line = await startLine({ upgrade: { skipIfCurrent: true } });
    const board = unit(line.clock, 'A', { revision: newRevision });
    const before = flashOf(board);
    line.insert(1, board);
    await line.until(1, 'skipped');
    expect(line.row(1)).toMatchObject({ prompt: { kind: 'removeBoard' }, failure: { code: 'already-current' } });
    expect((await line.records()).at(-1)).toMatchObject({
      kind: 'skip',
      verdict: 'ABORTED',
      written: 'none',
      failure: { code: 'already-current', actual: newRevision },
    });
    expect(flashOf(board)).toEqual(before);
    expect(line.station.console.view().counts).toEqual({ PASS: 0, FAIL: 0, UNKNOWN: 0, ABORTED: 0 });
    await line.stop();
    expect(await line.station.ended).toBe(0);
  });

  it('proves nothing of a unit whose last attempt is UNKNOWN: it is flashed', async () => {
    const line = await startLine({ upgrade: { skipIfCurrent: true } });
    await line.visit(
      unit(line.clock, 'A', { faults: [{ kind: 'stall', when: { command: 'FDL2 MIDST_DATA', count: 3 } }] }),
      'unknown',
    );
    expect(await line.visit(unit(line.clock, 'A', { revision: newRevision }), 'passed')).toMatchObject({
      kind: 'flash',
      attempt: 2,
    });
  });

  it('that the profile has no path from is refused before entry', async () => {
    const line = await startLine({ upgrade: { paths: [{ from: '^EC600UCNLBR01A.*$', allowed: true }] } });
    const board = unit(line.clock, 'A');
    const before = flashOf(board);
    expect(await line.visit(board, 'failed')).toMatchObject({
      verdict: 'FAIL',
      written: 'none',
      failure: { code: 'upgrade-path-forbidden', actual: board.identity.revisionBefore },
    });
    expect(flashOf(board)).toEqual(before);
    expect(told(line, 'window.opened')).toEqual([]);
  });

  it('of a strapped board is not known, so no path allows it', async () => {
    const line = await startLine({
      unidentified: 'accept',
      upgrade: { paths: [{ from: '^EC600UCNLBR02A.*$', allowed: true }] },
    });
    const board = unit(line.clock, 'A');
    line.insert(1, board, 'strapped');
    await line.until(1, 'failed');
    expect((await line.records()).at(-1)).toMatchObject({ failure: { code: 'upgrade-path-forbidden', actual: 'not known' } });
    expect(board.report()).toMatchObject({ violations: [], boots: true });
  });
});

describe('automatic retries', () => {
  const lostReplies = (...counts: readonly number[]) =>
    counts.map((count) => ({ kind: 'dropReply', when: { command: 'FDL1 MIDST_DATA', count } }) as const);

  it('after a retryable code end in PASS as attempt 2, and the first-pass yield counts attempt 1', async () => {
    const line = await startLine({ history: { automaticRetries: 1 }, powerSwitch: 'command' });
    line.insert(1, unit(line.clock, 'A', { faults: lostReplies(3) }));
    line.insert(2, unit(line.clock, 'B'));
    await line.until(1, 'passed');
    const records = (await line.records()).filter(({ slot }) => slot.number === 1);
    const [first] = records;
    expect(first).toMatchObject({ verdict: 'FAIL', written: 'none', attempt: 1, slot: { insertions: 1 } });
    expect(records.slice(1)).toMatchObject([
      { verdict: 'PASS', attempt: 2, retestReason: first?.failure?.code, slot: { insertions: 1 }, kind: 'flash' },
    ]);
    const report = foldReport();
    for (const record of await line.records()) report.add(record);
    expect(report.result().units).toMatchObject({ attempted: 2, firstPass: 1, finallyPassed: 2, firstPassYield: 0.5 });
  });

  it('are not made where nothing can start the board afresh', async () => {
    const line = await startLine({ history: { automaticRetries: 1 } });
    line.insert(1, unit(line.clock, 'A', { faults: lostReplies(3) }));
    await line.until(1, 'failed');
    await line.clock.advance(120_000);
    expect(await line.records()).toHaveLength(1);
  });

  it('are not made on a module whose writing was broken off', async () => {
    const line = await startLine({ history: { automaticRetries: 1 }, powerSwitch: 'command' });
    line.insert(1, unit(line.clock, 'A', { faults: [{ kind: 'dropReply', when: { command: 'FDL2 MIDST_DATA', count: 3 } }] }));
    await line.until(1, 'unknown');
    await line.clock.advance(120_000);
    expect(await line.records()).toMatchObject([{ verdict: 'UNKNOWN', failure: { code: 'reply-timed-out' } }]);
    expect(line.stateOf(1)).toBe('unknown');
  });

  it('are never made after a code that is not retryable', async () => {
    const line = await startLine({ history: { automaticRetries: 3 }, powerSwitch: 'command' });
    const faults = [{ kind: 'nak', when: { command: 'FDL1 MIDST_DATA', count: 3 }, errorCode: 0x8a }] as const;
    line.insert(1, unit(line.clock, 'A', { faults }));
    await line.until(1, 'failed');
    await line.clock.advance(120_000);
    expect((await line.records()).map(({ verdict }) => verdict)).toEqual(['FAIL']);
  });

  it('end at their bound, and with the unit’s last chance before it', async () => {
    const line = await startLine({ history: { automaticRetries: 1 }, powerSwitch: 'command' });
    line.insert(1, unit(line.clock, 'A', { faults: lostReplies(3, 8, 13, 18) }));
    await line.clock.advance(300_000);
    expect((await line.records()).map(({ verdict }) => verdict)).toEqual(['FAIL', 'FAIL']);
    expect(line.row(1)).toMatchObject({ state: 'failed', forRework: false });
    await line.stop();
    const strict = await startLine({ history: { automaticRetries: 5, maxAttempts: 2 }, powerSwitch: 'command' });
    strict.insert(1, unit(strict.clock, 'A', { faults: lostReplies(3, 8, 13, 18) }));
    await strict.clock.advance(300_000);
    expect((await strict.records()).map(({ verdict }) => verdict)).toEqual(['FAIL', 'FAIL']);
    expect(strict.row(1)).toMatchObject({ state: 'failed', forRework: true });
  });
});

describe("the user's file system", () => {
  const userFile = Buffer.from('a script of the user');
  const place = { address: 0x604e1000, size: userFile.length };

  it.each([
    ['kept', { wipeUserData: false, keepUserData: true, eraseNvm: false }],
    ['replaced', { wipeUserData: true, keepUserData: false, eraseNvm: false }],
  ] as const)('is %s as the profile consents, and the record says so', async (userData, consents) => {
    const line = await startLine({ consents });
    const board = unit(line.clock, 'A');
    board.storage.program(place.address, userFile);
    expect(await line.visit(board, 'passed')).toMatchObject({ verdict: 'PASS', evidence: { userData } });
    expect(userFile.equals(board.storage.read(place) ?? new Uint8Array())).toBe(userData === 'kept');
  });
});

describe('a history that cannot be read', () => {
  it.each([
    ['rejects', () => Promise.reject(new Error('the index is behind'))],
    ['never answers', () => new Promise<never>(() => undefined)],
  ])('and %s refuses the unit before entry', async (_, recordsOf) => {
    const line = await startLine({ changed: { history: { recordsOf } } });
    const board = unit(line.clock, 'A');
    const before = flashOf(board);
    expect(await line.visit(board, 'aborted')).toMatchObject({
      verdict: 'ABORTED',
      written: 'none',
      failure: { code: 'history-unavailable', blame: 'station' },
    });
    expect(flashOf(board)).toEqual(before);
  });
});

// The fifteen most likely faults of a SMUX session, each on the simulated board and through the whole line: what the record says, and
// that the host does nothing which the strict board would blame (asr.md §5 to §10, §20, §21).
import { describe, expect, it } from 'vitest';
import { type AsrRunOptions, runAsr } from './asr-run.ts';

type Board = Omit<AsrRunOptions, 'inserted'>;
const pass = { verdict: 'PASS', written: 'all', failure: null };

describe.each([['script'], ['manifest']])('by the %s, a module', (strategy) => {
  const script = strategy === 'script' ? 'trusted' : 'none';

  it.each<[string, Board, object]>([
    [
      'whose answer to the preamble comes byte by byte is found: a window slides over all reads',
      { habits: { splitWrites: { bytes: 1, gapMs: 3 } } },
      pass,
    ],
    [
      'that greets four times is greeted once: the other UABT frames wait in front of its echo',
      { habits: { extraGreetings: 3 } },
      pass,
    ],
    [
      'that offers an MTU of 2048 gets no frame above 1024',
      { habits: { mtu: 2048 } },
      { ...pass, evidence: { 'asr.mtu': 1024 } },
    ],
    ['that floods with INFO during call is read all the while', { habits: { infoLines: 2_000 } }, pass],
    ['whose OKAY to call is lost goes on by the PROG that comes instead', { habits: { losesCallOkay: true } }, pass],
    ['that is silent in call for 8 s, heartbeats too, is waited for', { habits: { callMs: 8_000 } }, pass],
    ['that says OKAY before the last frame of the data is taken at its word', { habits: { earlyOkay: true } }, pass],
    [
      'that gives no answer to disconnect has restarted all the same',
      { faults: [{ kind: 'dropReply', when: { command: 'disconnect' } }] },
      { ...pass, powerCycles: 0 },
    ],
    [
      'that refuses to reboot is written: it is power-cycled, and the read-back makes it PASS',
      { faults: [{ kind: 'nak', when: { command: 'reboot' }, errorCode: 1 }] },
      { ...pass, powerCycles: 1, evidence: { 'asr.rebootRefused': 'FAILerror 0x1' } },
    ],
  ])('%s', async (_, board, expected) => {
    const { record, board: module } = await runAsr({ inserted: 'strapped', firmware: { script }, ...board });
    expect(record).toMatchObject({ ...expected, evidence: { 'asr.strategy': strategy } });
    expect(record).toMatchObject(expected);
    expect(module.report()).toMatchObject({ violations: [], clean: true });
  });

  it.each<[string, Board, object]>([
    [
      'that grants another size among the writes gets none of the data, and no reboot',
      { habits: { wrongDataSize: { download: 7, size: 17 } } },
      { verdict: 'FAIL', written: 'maybe', failure: { code: 'download-size-mismatch', step: 'write-cp' } },
    ],
    [
      'with a dead cell fails at its own read-back of the page, and no reboot follows',
      { faults: [{ kind: 'deadCell', address: 0x40010 }] },
      {
        verdict: 'FAIL',
        written: 'maybe',
        failure: { code: 'burn-failed', step: 'write-cp', actual: 'FAILVerify a page failed' },
      },
    ],
    [
      'that says OKAY twice is not believed: the second is no answer to the next command',
      { faults: [{ kind: 'duplicateReply', when: { command: 'flash:cp' } }] },
      { verdict: 'UNKNOWN', written: 'maybe', failure: { code: 'reply-unexpected' } },
    ],
    [
      'that hangs in mid-write is UNKNOWN after the time of that command, and nobody is told that it is well',
      { faults: [{ kind: 'stall', when: { command: 'flash:cp' } }] },
      { verdict: 'UNKNOWN', written: 'maybe', failure: { code: 'reply-timed-out', step: 'write-cp' } },
    ],
    [
      'that takes no more bytes is UNKNOWN: the write finds no room',
      { faults: [{ kind: 'stopReading', when: { command: 'data', count: 80 } }] },
      { verdict: 'UNKNOWN', written: 'maybe', failure: { code: 'write-timed-out' } },
    ],
    [
      'that is pulled in mid-write is UNKNOWN',
      { faults: [{ kind: 'pull', when: { command: 'flash:cp' } }] },
      { verdict: 'UNKNOWN', written: 'maybe', failure: { code: 'unplugged', step: 'programming' } },
    ],
  ])('%s', async (_, board, expected) => {
    const { record, board: module, resets } = await runAsr({ inserted: 'strapped', firmware: { script }, ...board });
    expect(record).toMatchObject(expected);
    expect(module.report().violations).toEqual([]);
    expect(Object.keys(module.report().commands)).not.toContain('reboot');
    expect(resets).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { type AtAnswer, createAtDialogue } from '../../src/at/at-dialogue.ts';
import { maxLineLength } from '../../src/at/line-splitter.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { type ModuleOptions, ok, type Piece, type Script, scriptedModule } from './scripted-module.ts';

async function ask(command: string, script: Script, options: ModuleOptions = {}, before = ''): Promise<AtAnswer> {
  const clock = createManualClock();
  const module = scriptedModule(clock, script, options);
  module.receive(before);
  return clock.runUntil(createAtDialogue(module, clock).ask(command, { timeoutMs: 3000 }));
}

const garbage = Array.from({ length: 10_240 }, (_, i) => String.fromCharCode((i * 151 + 7) % 256)).join('');
const noLineEnds = garbage.replace(/[\r\n]/g, 'x');
const revision = 'EC800ECNLCR01A21M04';

interface Transcript {
  readonly name: string;
  readonly pieces: readonly Piece[];
  readonly before?: string;
  readonly echo?: boolean;
}

const transcripts: readonly Transcript[] = [
  { name: 'a plain answer', pieces: [`\r\n${revision}\r\n\r\nOK\r\n`] },
  { name: 'lines that end in CR alone', pieces: [`\r${revision}\r\rOK\r`] },
  { name: 'lines that end in LF alone', pieces: [`${revision}\nOK\n`] },
  { name: 'echo on', pieces: [`\r\n${revision}\r\n\r\nOK\r\n`], echo: true },
  { name: 'echo with CR LF', pieces: [`AT+CGMR\r\n${revision}\r\nOK\r\n`] },
  { name: 'an echo in other case', pieces: [`at+cgmr\r\r\n${revision}\r\n\r\nOK\r\n`] },
  { name: 'an unsolicited line before the answer', pieces: [`\r\nRDY\r\n\r\n${revision}\r\n\r\nOK\r\n`] },
  {
    name: 'unsolicited lines inside the answer',
    pieces: [`\r\n${revision}\r\n\r\n+CREG: 1\r\n\r\n+QIND: "SMS",1\r\n\r\nOK\r\n`],
  },
  {
    name: 'an unsolicited line cut in two by the command',
    before: '\r\n+CRE',
    pieces: [`G: 1\r\n\r\n${revision}\r\n\r\nOK\r\n`],
  },
  {
    name: 'an old answer that waited unread',
    before: '\r\n866769048815321\r\n\r\nOK\r\n',
    pieces: [`\r\n${revision}\r\n\r\nOK\r\n`],
  },
  { name: 'an old answer before the echo', pieces: [`\r\nOLD\r\nAT+CGMR\r\r\n${revision}\r\n\r\nOK\r\n`] },
  { name: 'an answer that comes slowly', pieces: [{ afterMs: 2500 }, `\r\n${revision}\r\n`, { afterMs: 400 }, '\r\nOK\r\n'] },
  {
    name: 'an answer cut inside the final result',
    pieces: [`\r\n${revision}\r\n\r\nO`, { afterMs: 5 }, 'K\r', { afterMs: 5 }, '\n'],
  },
  { name: '10 kB of garbage before', before: garbage, pieces: [`\r\n${revision}\r\n\r\nOK\r\n`] },
  { name: '10 kB of garbage without line end', pieces: [noLineEnds, `\r\n${revision}\r\n\r\nOK\r\n`] },
  { name: '10 kB of garbage that hides the echo', before: noLineEnds, pieces: [`AT+CGMR\r\r\n${revision}\r\n\r\nOK\r\n`] },
  { name: 'a line of noise inside the answer', pieces: [`\r\n\x00\xff\x1b[2J\r\n${revision}\r\n\r\nOK\r\n`] },
];

describe('an AT answer', () => {
  it.each(transcripts)('is the same with $name', async ({ pieces, before, echo = false }) => {
    expect(await ask('AT+CGMR', { 'AT+CGMR': pieces }, { echo }, before)).toEqual({ result: 'ok', lines: [revision] });
  });

  it.each(transcripts)('is the same byte by byte with $name', async ({ pieces, before, echo = false }) => {
    const quick = pieces.filter((piece) => typeof piece === 'string').map((piece) => piece.slice(-2000));
    const answer = await ask('AT+CGMR', { 'AT+CGMR': quick }, { echo, byteEveryMs: 1 }, before);
    expect(answer).toEqual({ result: 'ok', lines: [revision] });
  });

  it.each(['ERROR', '+CME ERROR: 4', '+CME ERROR: operation not supported', '+CMS ERROR: 500'])(
    'can be the refusal %s',
    async (text) => {
      expect(await ask('AT+CGMM', { 'AT+CGMM': [`\r\n${text}\r\n`] })).toEqual({ result: 'error', text });
    },
  );

  it('keeps the line that carries the name of its own command', async () => {
    const answer = await ask('AT+EGMR=0,7', { 'AT+EGMR=0,7': ['\r\n+EGMR: "866769048815321"\r\n\r\nOK\r\n'] });
    expect(answer).toEqual({ result: 'ok', lines: ['+EGMR: "866769048815321"'] });
  });

  it('is silence, with nothing heard, when not one byte comes', async () => {
    expect(await ask('AT', {})).toEqual({ result: 'silent', heard: '' });
  });

  it('is no answer without a final result, and what was heard is shown escaped', async () => {
    const answer = await ask('ATI', { ATI: ['\r\nQuectel\x1b[31m\x9b\r\n'] });
    expect(answer).toEqual({ result: 'silent', heard: '\\x0D\\x0AQuectel\\x1B[31m\\x9B\\x0D\\x0A' });
  });

  it('is not taken from the echo of another command', async () => {
    const answer = await ask('ATI', { ATI: ['AT+CGMR\r\r\nEC800ECNLCR01A21M04\r\n\r\nOK\r\n'] });
    expect(answer.result).toBe('silent');
  });

  it('must follow its own echo once the module is known to echo', async () => {
    const clock = createManualClock();
    const module = scriptedModule(clock, {
      AT: ['AT\r\r\nOK\r\n'],
      'AT+CGSN': ['\r\nOK\r\nAT+CGSN\r\r\n866769048815321\r\n\r\nOK\r\n'],
    });
    const dialogue = createAtDialogue(module, clock);
    await clock.runUntil(dialogue.ask('AT', { timeoutMs: 1000 }));
    const answer = await clock.runUntil(dialogue.ask('AT+CGSN', { timeoutMs: 1000 }));
    expect(answer).toEqual({ result: 'ok', lines: ['866769048815321'] });
  });

  it('never grows without end: a line beyond the longest is no data, and lines are counted', async () => {
    const endless = `\r\n${'A'.repeat(maxLineLength + 1)}\r\n${'\r\nB'.repeat(1000)}\r\n\r\nOK\r\n`;
    const answer = await ask('ATI', { ATI: [endless] });
    if (answer.result !== 'ok') throw new Error(answer.result);
    expect(answer.lines.every((line) => line === 'B')).toBe(true);
    expect(answer.lines.length).toBeLessThanOrEqual(32);
  });
});

describe('an AT dialogue', () => {
  it('keeps to the deadline of each command', async () => {
    const clock = createManualClock();
    const dialogue = createAtDialogue(scriptedModule(clock, { AT: [{ afterMs: 1500 }, '\r\nOK\r\n'] }), clock);
    expect(await clock.runUntil(dialogue.ask('AT', { timeoutMs: 1000 }))).toEqual({ result: 'silent', heard: '' });
    expect(clock.now()).toBe(1000);
  });

  it('keeps to the deadline while a module talks without end', async () => {
    const clock = createManualClock();
    const chatter = Array.from({ length: 200 }, (): Piece[] => ['\r\n+CREG: 1\r\n', { afterMs: 100 }]).flat();
    const dialogue = createAtDialogue(scriptedModule(clock, { AT: chatter }), clock);
    expect((await clock.runUntil(dialogue.ask('AT', { timeoutMs: 1000 }))).result).toBe('silent');
    expect(clock.now()).toBe(1000);
  });

  it('ends each command with CR LF', async () => {
    const clock = createManualClock();
    const module = scriptedModule(clock, { AT: ok });
    await clock.runUntil(createAtDialogue(module, clock).ask('AT', { timeoutMs: 1000 }));
    expect(module.written).toBe('AT\r\n');
  });

  it('lets one command run at a time', async () => {
    const clock = createManualClock();
    const dialogue = createAtDialogue(scriptedModule(clock, { AT: ok }), clock);
    const first = dialogue.ask('AT', { timeoutMs: 1000 });
    await expect(dialogue.ask('ATI', { timeoutMs: 1000 })).rejects.toThrow('pending');
    expect((await clock.runUntil(first)).result).toBe('ok');
  });

  it('writes nothing after an abort, and rejects with its reason', async () => {
    const clock = createManualClock();
    const module = scriptedModule(clock, { AT: ok });
    const stop = new AbortController();
    stop.abort(new Error('slot left the state'));
    const dialogue = createAtDialogue(module, clock);
    await expect(dialogue.ask('AT', { timeoutMs: 1000, signal: stop.signal })).rejects.toThrow('slot left the state');
    expect(module.written).toBe('');
  });

  it('stops waiting at once when it is aborted', async () => {
    const clock = createManualClock();
    const stop = new AbortController();
    const pending = createAtDialogue(scriptedModule(clock, {}), clock).ask('AT', { timeoutMs: 1000, signal: stop.signal });
    clock.after(300, () => stop.abort(new Error('cancelled')));
    await expect(clock.runUntil(pending)).rejects.toThrow('cancelled');
    expect(clock.now()).toBe(300);
  });

  it('says that the transport closed when the module is pulled', async () => {
    const clock = createManualClock();
    const dialogue = createAtDialogue(scriptedModule(clock, { AT: [{ afterMs: 10 }, 'unplug'] }), clock);
    await expect(clock.runUntil(dialogue.ask('AT', { timeoutMs: 1000 }))).rejects.toMatchObject({
      failure: { code: 'transport-closed' },
    });
  });

  it('settles after a quiet moment, and at its limit when there is none', async () => {
    const clock = createManualClock();
    const module = scriptedModule(clock, { AT: [...ok, { afterMs: 50 }, '\r\nOK\r\n'] });
    const dialogue = createAtDialogue(module, clock);
    await clock.runUntil(dialogue.ask('AT', { timeoutMs: 1000 }));
    await clock.runUntil(dialogue.settle(100, { timeoutMs: 500 }));
    expect(clock.now()).toBe(150);
  });
});

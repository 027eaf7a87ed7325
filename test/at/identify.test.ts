import { describe, expect, it } from 'vitest';
import { createAtDialogue } from '../../src/at/at-dialogue.ts';
import { identifyUnit, readRevision } from '../../src/at/identify.ts';
import { failureOf } from '../../src/domain/failure.ts';
import type { RevisionQuery } from '../../src/domain/profile.ts';
import type { Identification } from '../../src/domain/unit.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { error, healthy, type ModuleOptions, ok, type Script, says, scriptedModule } from './scripted-module.ts';

async function identify(script: Script, options: ModuleOptions = {}, timeoutMs = 10_000): Promise<Identification | 'silent'> {
  const clock = createManualClock();
  return clock.runUntil(identifyUnit(createAtDialogue(scriptedModule(clock, script, options), clock), clock, { timeoutMs }));
}

const identity: Identification = {
  model: 'EC800E',
  revision: 'EC800ECNLCR01A21M04_OCPU_QPY',
  imei: '866769048815321',
  sn: 'D1X22KL9P000123',
};

describe('identifying a unit', () => {
  it.each<[string, ModuleOptions]>([
    ['echo off', {}],
    ['echo on', { echo: true }],
    ['echo on, byte by byte', { echo: true, byteEveryMs: 1 }],
    ['echo off, byte by byte', { byteEveryMs: 1 }],
  ])('reads model, revision, IMEI and SN with %s', async (_name, options) => {
    expect(await identify(healthy, options)).toEqual(identity);
  });

  it('waits for a module that is still booting', async () => {
    const booting = { ...healthy, AT: [[], [], ['\r\nRDY\r\n\r\nOK\r\n'], ok] };
    expect(await identify(booting)).toEqual(identity);
  });

  it('is not put out of step by a module that answers every AT it had missed', async () => {
    const late = { ...healthy, AT: [[{ afterMs: 2100 }, '\r\nOK\r\n', { afterMs: 20 }, '\r\nOK\r\n'], [], ok] };
    expect(await identify(late)).toEqual(identity);
  });

  it('takes an old OK for no answer to ATI', async () => {
    const late = {
      ...healthy,
      ATI: [['\r\nOK\r\n', { afterMs: 20 }, '\r\nQuectel\r\nEC800E\r\n\r\nOK\r\n'], ['\r\nQuectel\r\nEC800E\r\n\r\nOK\r\n']],
    };
    expect(await identify(late)).toEqual(identity);
  });

  it('refuses a dialogue in which answers come one command late', async () => {
    const information = '\r\nQuectel\r\nEC800E\r\nRevision: X\r\n\r\nOK\r\n';
    const shifted = {
      ...healthy,
      ATI: [
        ['\r\nOK\r\n', { afterMs: 900 }, information],
        [{ afterMs: 1500 }, information],
      ],
      AT: [ok, []],
    };
    await expect(identify(shifted)).rejects.toMatchObject({
      failure: { code: 'at-dialogue-broken', expected: 'OK alone to AT' },
    });
  });

  it.each<[string, Script, Partial<Identification>]>([
    ['AT+GMR when CGMR is refused', { 'AT+CGMR': error, 'AT+GMR': says('EC800ECNLCR02') }, { revision: 'EC800ECNLCR02' }],
    [
      'AT+QGMR when both are refused',
      { 'AT+CGMR': error, 'AT+GMR': error, 'AT+QGMR': says('EC800ECNLCR03') },
      { revision: 'EC800ECNLCR03' },
    ],
    [
      'the Revision line of ATI when all are refused',
      { 'AT+CGMR': error, 'AT+GMR': error, 'AT+QGMR': ['\r\n+CME ERROR: 4\r\n'] },
      { revision: 'EC800ECNLCR01A21M04' },
    ],
    ['AT+CGMM when ATI names no model', { ATI: says('Quectel', 'Revision: R'), 'AT+CGMM': says('EC600E') }, { model: 'EC600E' }],
    ['AT+CGMM when ATI is refused', { ATI: error, 'AT+CGMM': says('EC600E') }, { model: 'EC600E' }],
    ['a Model line', { ATI: says('Manufacturer: Quectel', 'Model: EC600E', 'Revision: R') }, { model: 'EC600E' }],
    [
      'AT+EGMR=0,7 when CGSN is refused',
      { 'AT+CGSN': error, 'AT+EGMR=0,7': says('+EGMR: "490154203237518"') },
      { imei: '490154203237518' },
    ],
    [
      'AT+EGMR=0,7 when CGSN does not answer 15 digits',
      { 'AT+CGSN': says('1234'), 'AT+EGMR=0,7': says('+EGMR: "490154203237518"') },
      { imei: '490154203237518' },
    ],
    ['an IMEI in quotes behind a name', { 'AT+CGSN': says('+CGSN: "490154203237518"') }, { imei: '490154203237518' }],
  ])('reads %s', async (_name, change, expected) => {
    expect(await identify({ ...healthy, ...change })).toEqual({ ...identity, ...expected });
  });

  it('leaves out an IMEI and an SN that the module does not tell', async () => {
    const blank = {
      ...healthy,
      'AT+CGSN': error,
      'AT+EGMR=0,7': says('+EGMR: "86676904881532"'),
      'AT+EGMR=0,5': says('+EGMR: ""'),
    };
    expect(await identify(blank)).toEqual({ model: identity.model, revision: identity.revision });
  });

  it('calls a module silent only when not one byte came', async () => {
    expect(await identify({})).toBe('silent');
  });

  it.each<[string, Script]>([
    ['answers nothing but noise', { AT: ['\x00\xff\x80'] }],
    ['only echoes', { AT: ['AT\r'] }],
    ['falls silent after AT', { AT: ok }],
    ['falls silent before the IMEI', { ...healthy, 'AT+CGSN': [] }],
    ['falls silent before the SN', { ...healthy, 'AT+EGMR=0,5': ['\r\n+EGMR: "D1'] }],
    ['tells no model', { ...healthy, ATI: says('Quectel'), 'AT+CGMM': error }],
    ['tells no revision', { ...healthy, ATI: says('EC800E'), 'AT+CGMR': error, 'AT+GMR': error, 'AT+QGMR': error }],
  ])('calls the dialogue broken when the module %s', async (_name, script) => {
    await expect(identify(script)).rejects.toMatchObject({ failure: { code: 'at-dialogue-broken', step: 'identify' } });
  });

  it('keeps to its whole time', async () => {
    const clock = createManualClock();
    const slow = Object.fromEntries(Object.entries(healthy).map(([command]) => [command, [{ afterMs: 2900 }, ...ok]]));
    const pending = identifyUnit(createAtDialogue(scriptedModule(clock, { ...slow, AT: ok }), clock), clock, { timeoutMs: 5000 });
    await expect(clock.runUntil(pending)).rejects.toMatchObject({ failure: { code: 'at-dialogue-broken' } });
    expect(clock.now()).toBe(5000);
  });

  it('sends nothing after an abort', async () => {
    const clock = createManualClock();
    const module = scriptedModule(clock, { ...healthy, ATI: [{ afterMs: 500 }, ...ok] });
    const stop = new AbortController();
    const pending = identifyUnit(createAtDialogue(module, clock), clock, { timeoutMs: 5000, signal: stop.signal });
    clock.after(300, () => stop.abort(new Error('removed')));
    await expect(clock.runUntil(pending)).rejects.toThrow('removed');
    await clock.advance(5000);
    expect(module.commands).toEqual(['AT', 'ATI']);
  });
});

describe('the revision by the query of the profile', () => {
  const read = (query: RevisionQuery, script: Script): Promise<string> => {
    const clock = createManualClock();
    return clock.runUntil(readRevision(createAtDialogue(scriptedModule(clock, script), clock), query, { timeoutMs: 1000 }));
  };

  it.each<[RevisionQuery, Script]>([
    ['AT+CGMR', { 'AT+CGMR': says('EC600ECNLCR02A01M08') }],
    ['AT+GMR', { 'AT+GMR': says('Revision: EC600ECNLCR02A01M08') }],
    ['AT+QGMR', { 'AT+QGMR': says('+QGMR: EC600ECNLCR02A01M08') }],
    ['ATI', { ATI: says('Quectel', 'EC600E', 'Revision: EC600ECNLCR02A01M08') }],
  ])('is read with %s', async (query, script) => {
    expect(await read(query, script)).toBe('EC600ECNLCR02A01M08');
  });

  it('is never taken from another query', async () => {
    await expect(read('AT+QGMR', { ...healthy, 'AT+QGMR': error })).rejects.toMatchObject({
      failure: { code: 'revision-unreadable', actual: 'ERROR' },
    });
  });

  it('is unreadable when two lines could be it', async () => {
    await expect(read('AT+CGMR', { 'AT+CGMR': says('A', 'B') })).rejects.toMatchObject({
      failure: { code: 'revision-unreadable', actual: 'A | B' },
    });
  });

  it('is a broken dialogue when nothing answers', async () => {
    const thrown: unknown = await read('AT+CGMR', {}).catch((reason: unknown) => reason);
    expect(failureOf(thrown, 'test')).toMatchObject({ code: 'at-dialogue-broken', actual: 'silence' });
  });
});

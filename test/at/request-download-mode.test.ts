import { describe, expect, it } from 'vitest';
import { requestDownloadMode } from '../../src/at/request-download-mode.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { error, type ModuleOptions, ok, type Piece, type ScriptedModule, scriptedModule } from './scripted-module.ts';

function request(pieces: readonly Piece[], options: ModuleOptions = {}): { module: ScriptedModule; outcome: Promise<string> } {
  const clock = createManualClock();
  const module = scriptedModule(clock, { 'AT+QDOWNLOAD=1': pieces }, options);
  return { module, outcome: clock.runUntil(requestDownloadMode(module, clock, { timeoutMs: 2000 })) };
}

describe('asking for download mode', () => {
  it('sends the command once, as the vendor tools do', async () => {
    const { module, outcome } = request(ok);
    await outcome;
    expect(module.written).toBe('AT+QDOWNLOAD=1\r\n');
  });

  it.each<[string, readonly Piece[], ModuleOptions]>([
    ['answers OK', ok, {}],
    ['echoes and answers OK', ok, { echo: true }],
    ['answers OK and goes away', [...ok, 'unplug'], {}],
  ])('is accepted when the module %s', async (_name, pieces, options) => {
    expect(await request(pieces, options).outcome).toBe('accepted');
  });

  it.each<[string, readonly Piece[]]>([
    ['at once', ['unplug']],
    ['after a while', [{ afterMs: 700 }, 'unplug']],
    ['in the middle of its answer', ['\r\nO', 'unplug']],
  ])('counts as obeyed when the device vanishes %s', async (_name, pieces) => {
    expect(await request(pieces).outcome).toBe('vanished');
  });

  it.each<[string, readonly Piece[]]>([
    ['+CME ERROR: 4', ['\r\n+CME ERROR: 4\r\n']],
    ['ERROR', error],
  ])('tells the refusal %s in the words of the module', async (actual, pieces) => {
    await expect(request(pieces).outcome).rejects.toMatchObject({
      failure: { code: 'download-mode-refused', step: 'enter', actual },
    });
  });

  it('is a broken dialogue when the module neither answers nor goes away', async () => {
    await expect(request([]).outcome).rejects.toMatchObject({ failure: { code: 'at-dialogue-broken' } });
  });

  it('writes nothing after an abort', async () => {
    const clock = createManualClock();
    const module = scriptedModule(clock, {});
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(requestDownloadMode(module, clock, { timeoutMs: 1000, signal })).rejects.toThrow('cancelled');
    expect(module.written).toBe('');
  });
});

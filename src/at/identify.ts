// Reads from a module in normal mode who it is: model, revision, IMEI, serial number (eigencomm.md section 16).
// Knows no profile and judges nothing: an IMEI is 15 digits here, whether it is a good one is decided elsewhere.
import type { Clock } from '../bench/clock.ts';
import { fault } from '../domain/failure.ts';
import type { RevisionQuery } from '../domain/profile.ts';
import type { Identification } from '../domain/unit.ts';
import type { AtAnswer, AtDialogue, AtOptions } from './at-dialogue.ts';

const step = 'identify';
const syncTryMs = 1000;
const quietMs = 100;
const settleLimitMs = 500;
const commandMs = 3000;
const informationTries = 3;
const maxFact = 200;

/** Asks one command within the whole budget. A module that has answered before and now does not is broken, not silent. */
type Ask = (command: string) => Promise<Exclude<AtAnswer, { result: 'silent' }>>;

/**
 * The identity of the module, or `silent` when not one byte came within `timeoutMs` (repeated `AT`, so a booting module is
 * waited for). Rejects `at-dialogue-broken` when it spoke but did not tell model and revision, `transport-closed`,
 * `write-timed-out`; with the signal's reason on abort.
 */
export async function identifyUnit(dialogue: AtDialogue, clock: Clock, options: AtOptions): Promise<Identification | 'silent'> {
  const deadline = clock.now() + options.timeoutMs;
  if (!(await synchronise(dialogue, clock, deadline, options.signal))) return 'silent';
  const ask = askUntil(dialogue, clock, deadline, options.signal);

  const information = await readInformation(dialogue, ask, options.signal);
  const model = modelIn(information) ?? modelIn(linesOf(await ask('AT+CGMM')));
  if (model === null) throw broken('ATI', information);
  const revision = (await firstRevision(ask)) ?? revisionIn(information);
  if (revision === null) throw broken('AT+CGMR', information);
  const imei = imeiIn(linesOf(await ask('AT+CGSN'))) ?? imeiIn(linesOf(await ask('AT+EGMR=0,7')));
  const sn = serialNumberIn(linesOf(await ask('AT+EGMR=0,5')));
  return { model, revision, ...(imei !== null && { imei }), ...(sn !== null && { sn }) };
}

/**
 * The answer to the one query that a profile names, character for character. Rejects `revision-unreadable` when the module
 * refuses the query or answers no single revision, `at-dialogue-broken` when it does not answer at all.
 */
export async function readRevision(dialogue: AtDialogue, query: RevisionQuery, options: AtOptions): Promise<string> {
  const answer = await dialogue.ask(query, options);
  if (answer.result === 'silent') {
    throw fault('at-dialogue-broken', 'read-revision', { expected: `an answer to ${query}`, actual: answer.heard || 'silence' });
  }
  const lines = linesOf(answer);
  const revision = query === 'ATI' ? revisionIn(lines) : singleRevision(lines);
  if (revision !== null) return revision;
  const actual = answer.result === 'error' ? answer.text : lines.join(' | ') || 'an empty answer';
  throw fault('revision-unreadable', 'read-revision', {
    expected: `one revision in the answer to ${query}`,
    actual: actual.slice(0, maxFact),
  });
}

/** False for true silence until the deadline. */
async function synchronise(dialogue: AtDialogue, clock: Clock, deadline: number, signal?: AbortSignal): Promise<boolean> {
  const abortable = signal && { signal };
  let heard = '';
  for (let remaining = deadline - clock.now(); remaining > 0; remaining = deadline - clock.now()) {
    const answer = await dialogue.ask('AT', { timeoutMs: Math.min(syncTryMs, remaining), ...abortable });
    if (answer.result !== 'silent') {
      // A module that was booting may answer every AT it has missed.
      await dialogue.settle(quietMs, { timeoutMs: settleLimitMs, ...abortable });
      return true;
    }
    heard = answer.heard || heard;
  }
  if (heard === '') return false;
  throw fault('at-dialogue-broken', step, { expected: 'OK to AT', actual: heard });
}

/**
 * The lines of ATI, and proof that the dialogue is in step: a module that was booting may still answer an old AT, and without
 * echo every later answer would then be taken for the next command's.
 */
async function readInformation(dialogue: AtDialogue, ask: Ask, signal?: AbortSignal): Promise<readonly string[]> {
  let lines: readonly string[] = [];
  for (let attempt = 0; attempt < informationTries && lines.length === 0; attempt++) {
    if (attempt > 0) await dialogue.settle(quietMs, { timeoutMs: settleLimitMs, ...(signal && { signal }) });
    lines = linesOf(await ask('ATI'));
  }
  const check = await ask('AT');
  if (check.result === 'ok' && check.lines.length === 0) return lines;
  const actual = check.result === 'ok' ? check.lines.join(' | ') : check.text;
  throw fault('at-dialogue-broken', step, { expected: 'OK alone to AT', actual: actual.slice(0, maxFact) });
}

function askUntil(dialogue: AtDialogue, clock: Clock, deadline: number, signal?: AbortSignal): Ask {
  return async (command) => {
    const timeoutMs = Math.min(commandMs, deadline - clock.now());
    if (timeoutMs <= 0)
      throw fault('at-dialogue-broken', step, { expected: `time left for ${command}`, actual: 'identification took too long' });
    const answer = await dialogue.ask(command, { timeoutMs, ...(signal && { signal }) });
    if (answer.result !== 'silent') return answer;
    throw fault('at-dialogue-broken', step, { expected: `an answer to ${command}`, actual: answer.heard || 'silence' });
  };
}

async function firstRevision(ask: Ask): Promise<string | null> {
  for (const query of ['AT+CGMR', 'AT+GMR', 'AT+QGMR']) {
    const revision = singleRevision(linesOf(await ask(query)));
    if (revision !== null) return revision;
  }
  return null;
}

const linesOf = (answer: AtAnswer): readonly string[] => (answer.result === 'ok' ? answer.lines : []);

/** `Model: EC800E`, or the first bare word that is not the maker's name. */
function modelIn(lines: readonly string[]): string | null {
  const words = lines.map((line) => line.replace(/^Model:\s*/i, '')).filter((line) => !/^Quectel\b/i.test(line));
  return words.find((word) => /^[A-Z][A-Z0-9-]{2,31}$/i.test(word)) ?? null;
}

function revisionIn(lines: readonly string[]): string | null {
  const found = lines.flatMap((line) => /^Revision:\s*(\S.*)$/i.exec(line)?.[1] ?? []);
  return found.length === 1 ? (found[0] ?? null) : null;
}

function singleRevision(lines: readonly string[]): string | null {
  return lines.length === 1 ? valueIn(lines[0] ?? '').replace(/^Revision:\s*/i, '') || null : null;
}

function imeiIn(lines: readonly string[]): string | null {
  const found = lines.map(valueIn).filter((value) => /^\d{15}$/.test(value));
  return found.length === 1 ? (found[0] ?? null) : null;
}

function serialNumberIn(lines: readonly string[]): string | null {
  const value = lines.length === 1 ? valueIn(lines[0] ?? '') : '';
  return /^\S{1,64}$/.test(value) ? value : null;
}

/** What `+NAME: "value"`, `+NAME: value` or a bare line says. */
const valueIn = (line: string): string =>
  line
    .replace(/^\+\w+:\s*/, '')
    .replace(/^"(.*)"$/, '$1')
    .trim();

function broken(command: string, lines: readonly string[]): Error {
  const actual = lines.join(' | ').slice(0, maxFact) || 'nothing of use';
  return fault('at-dialogue-broken', step, { expected: `model and revision (${command})`, actual });
}

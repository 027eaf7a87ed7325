// The sync words that open each stage (eigencomm.md 4). Knows no frame.
import { type FailureCode, fault } from '../../domain/failure.ts';
import { encodeSyncWord } from './frames.ts';
import { resetWord, type Stage } from './opcodes.ts';
import { readU32 } from './replies.ts';
import { flush, type Line, loaderReset, receive, send } from './wire.ts';

export const syncRounds = 50;
const echoTimeoutMs = 800;
/** For what follows the echo at once, if anything: a second echo, or the tail of something else. */
const afterEchoTimeoutMs = 50;

const silentCodes = { DLBOOT: 'rom-silent', AGBOOT: 'loader-silent', LPC: 'loader-silent' } as const satisfies Record<
  Stage,
  FailureCode
>;

/**
 * Sends the stage's word in pairs until the device echoes it. The first round goes out at once.
 * Rejects `rom-silent` (DLBOOT) or `loader-silent` (AGBOOT, LPC) after `rounds`, `loader-reset` when the agent cannot take the word.
 */
export async function synchronise(line: Line, stage: Stage, step: string, rounds = syncRounds): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    if (await syncRound(line, stage, step)) return;
  }
  throw fault(silentCodes[stage], step, { expected: `echo of the ${stage} sync`, actual: `none in ${rounds} rounds` });
}

async function syncRound(line: Line, stage: Stage, step: string): Promise<boolean> {
  const word = await sendPair(line, stage, step);
  const echo = await receive(line, word.length, echoTimeoutMs, step);
  if (echo.length < word.length) return false;
  if (readU32(echo, 0) === resetWord) throw loaderReset(stage, step);
  // From the ROM, a 00 may be the start of a second echo; anything else means that the four bytes were no echo.
  if (stage === 'DLBOOT' && ((await receive(line, 1, afterEchoTimeoutMs, step))[0] ?? 0) !== 0) return false;
  if (readU32(echo, 0) !== readU32(word, 0)) return false;
  line.transport.discardReceived();
  return true;
}

/**
 * Whether a ROM answers at all: a few rounds, each with exactly one echo. Stricter than `synchronise`, because a module in normal
 * mode echoes what it is sent on its AT interface, and that would look like two echoes.
 */
export async function romAnswers(line: Line, step: string, rounds = 3): Promise<boolean> {
  for (let round = 1; round <= rounds; round++) {
    const word = await sendPair(line, 'DLBOOT', step);
    const echo = await receive(line, word.length, echoTimeoutMs, step);
    if (echo.length < word.length) continue;
    if (readU32(echo, 0) === resetWord) {
      line.note('an agent already runs here: power-cycle the module');
      return false;
    }
    const more = await receive(line, 1, afterEchoTimeoutMs, step);
    if (readU32(echo, 0) === readU32(word, 0) && more.length === 0) return true;
  }
  return false;
}

async function sendPair(line: Line, stage: Stage, step: string): Promise<Uint8Array> {
  const word = encodeSyncWord(stage);
  flush(line);
  await send(line, word, step);
  await send(line, word, step);
  return word;
}

// Finds the boot ROM of an ASR module (asr.md §5.2): sends the preamble and looks for the answer in the stream, however it is cut.
// Knows no frame.
import { fault } from '../../domain/failure.ts';
import type { SessionContext } from '../flasher.ts';
import { ethosAnswer, preamble, smuxAnswer, timeoutsMs } from './opcodes.ts';

export interface PreambleAnswer {
  readonly link: 'smux' | 'ethos';
  /** What was received after the answer. */
  readonly rest: Uint8Array;
}

const answers = [
  { link: 'smux', bytes: smuxAnswer },
  { link: 'ethos', bytes: ethosAnswer },
] as const;
const answerBytes = 6;
const writeTimeoutMs = 2_000;

/** Sends the preamble at once and then every 100 ms. Null: no answer within `limitMs`. Nothing is sent once one is seen. */
export async function findBootRom({ clock, transport, signal }: SessionContext, limitMs: number): Promise<PreambleAnswer | null> {
  const end = clock.now() + limitMs;
  let window = Buffer.alloc(0);
  for (let tick = clock.now(); tick < end; tick = Math.max(clock.now(), tick + timeoutsMs.preambleTick)) {
    await transport.write(preamble, { timeoutMs: writeTimeoutMs, signal });
    const nextTick = Math.min(tick + timeoutsMs.preambleTick, end);
    while (clock.now() < nextTick) {
      const bytes = await transport.read({ timeoutMs: nextTick - clock.now(), signal });
      window = Buffer.concat([window, bytes]);
      const answer = answerIn(window);
      if (answer !== null) return answer;
      window = window.subarray(-(answerBytes - 1));
    }
  }
  return null;
}

/** Rejects `rom-silent` after 30 s, `link-not-supported` for the ETHOS link. Emits `handshake.completed` at either answer. */
export async function demandSmux(context: SessionContext, step: string): Promise<Uint8Array> {
  const answer = await findBootRom(context, timeoutsMs.preamble);
  if (answer === null)
    throw fault('rom-silent', step, { expected: 'an answer to the preamble', actual: `none in ${timeoutsMs.preamble} ms` });
  context.emit({ type: 'handshake.completed' });
  if (answer.link === 'smux') return answer.rest;
  throw fault('link-not-supported', step, {
    expected: 'SMUX',
    actual: 'ETHOS',
    detail: 'This module uses the ETHOS link. It is not supported.',
  });
}

function answerIn(window: Buffer): PreambleAnswer | null {
  const found = answers
    .map(({ link, bytes }) => ({ link, at: window.indexOf(bytes) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)[0];
  return found === undefined ? null : { link: found.link, rest: window.subarray(found.at + answerBytes) };
}

// One connected Eigencomm module, its agent running: hold, program, restart, leave. Knows no slot and no window.
import { Fault, fault } from '../../domain/failure.ts';
import type { FlashSession, SessionContext } from '../flasher.ts';
import { runStep } from '../run-step.ts';
import { burn, eraseRange } from './burn.ts';
import { resetReplyText } from './opcodes.ts';
import { resetStep, type Work } from './plan.ts';
import { synchronise } from './sync.ts';
import { exchange, type Line, receiveAny } from './wire.ts';

const holdStep = 'hold';
const holdReadMs = 60_000;
const leaveLimitMs = 5_000;

export const lineOf = (context: SessionContext): Line => ({
  clock: context.clock,
  transport: context.transport,
  signal: context.signal,
  note: (text) => context.emit({ type: 'note.added', text }),
});

/** For an agent that has answered its LPC sync. */
export function createSession(context: SessionContext, work: Work): FlashSession {
  const line = lineOf(context);
  let programBegun = false;
  return {
    // The protocol gives no identity: neither IMEI nor serial number can be read by it.
    identity: () => ({}),
    hold: (until) => hold(line, until),
    program: async () => {
      programBegun = true;
      for (const target of work.targets) {
        const { erase } = target;
        if (erase) await runStep(context, erase.step, (report) => eraseRange(line, erase, erase.step, report));
        await runStep(context, target.step, (report) => burn(line, target, work.package.chipFamily, report));
      }
    },
    restart: () => runStep(context, resetStep, () => restart(line)),
    leave: async () => {
      if (!programBegun) await leave(line);
    },
  };
}

/** The agent says nothing by itself: reading on is how a lost link is seen. */
async function hold(line: Line, until: AbortSignal): Promise<void> {
  line.signal.throwIfAborted();
  const held: Line = { ...line, signal: AbortSignal.any([line.signal, until]) };
  try {
    for (;;) {
      const stray = await receiveAny(held, holdReadMs, holdStep);
      if (stray.length > 0) line.note(`${stray.length} unexpected bytes while holding: ${hexText(stray)}`);
    }
  } catch (thrown) {
    line.signal.throwIfAborted();
    if (!until.aborted || thrown !== held.signal.reason) throw thrown;
  }
}

async function restart(line: Line): Promise<void> {
  await synchronise(line, 'LPC', resetStep);
  try {
    const reply = await exchange(line, { stage: 'LPC', command: 'SYS_RST' }, resetStep);
    const text = Buffer.from(reply).toString('latin1');
    if (text !== resetReplyText) line.note(`the reply to SYS_RST is ${hexText(reply)}`);
  } catch (thrown) {
    line.signal.throwIfAborted();
    if (!isCutOff(thrown)) throw thrown;
    line.note(`the reset cut its own reply off: ${thrown.message}`);
  }
}

/** The request is out by then, or the module is gone: what counts is whether it comes back, and the slot watches that. */
const isCutOff = (thrown: unknown): thrown is Fault =>
  thrown instanceof Fault &&
  ['reply-timed-out', 'reply-malformed', 'reply-checksum-wrong', 'reply-unexpected', 'transport-closed'].includes(
    thrown.failure.code,
  );

async function leave(line: Line): Promise<void> {
  const limit = new AbortController();
  const timer = line.clock.after(leaveLimitMs, () => limit.abort(fault('loader-silent', resetStep)));
  const bounded: Line = { ...line, signal: AbortSignal.any([line.signal, limit.signal]) };
  try {
    await synchronise(bounded, 'LPC', resetStep, 3);
    await exchange(bounded, { stage: 'LPC', command: 'SYS_RST' }, resetStep);
  } catch (thrown) {
    line.note(`no answer to the protocol's exit: ${String(thrown)}`);
  } finally {
    timer.cancel();
  }
}

const hexText = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 32)).toString('hex');

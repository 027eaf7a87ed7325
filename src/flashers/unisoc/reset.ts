// NORMAL_RESET, the one way out of FDL2 and NORFDL (unisoc.md §10.1, §11.7). The other stages do not know it; FDL1 panics on it.
import { type FailureCode, Fault } from '../../domain/failure.ts';
import type { SessionContext } from '../flasher.ts';
import { runStep } from '../run-step.ts';
import type { BslLink } from './bsl-link.ts';
import { stepNames } from './plan.ts';

/** The device resets 2 ms after its ACK: a reply that is cut off says nothing, and the slot watches for the module's return. */
const cutOffCodes: readonly FailureCode[] = [
  'reply-timed-out',
  'reply-malformed',
  'reply-checksum-wrong',
  'reply-unexpected',
  'transport-closed',
];

/** A second error reply to the command that failed must not be taken for the answer to the next. */
const quietMs = 100;

/** Rejects only what is not a reply cut off by the reset. */
export async function restart(context: SessionContext, link: BslLink): Promise<void> {
  await runStep(context, stepNames.reset, async () => {
    try {
      await reset(link, 0);
    } catch (thrown) {
      if (!(thrown instanceof Fault) || !cutOffCodes.includes(thrown.failure.code)) throw thrown;
      context.emit({ type: 'note.added', text: `the reset cut its own reply off: ${thrown.message}` });
    }
  });
}

/** For a module that was not written: sent once, bounded by the reply's deadline, never rejects. Nothing is sent after an abort. */
export async function leaveLoader({ signal, emit }: SessionContext, link: BslLink): Promise<void> {
  if (signal.aborted) return;
  await reset(link, quietMs).catch((thrown: unknown) => {
    emit({ type: 'note.added', text: `no answer to the protocol's exit: ${String(thrown)}` });
  });
}

/** Nothing has been erased yet: whatever is wrong, the module leaves as it came (§11.7). */
export async function orLeave<T>(context: SessionContext, link: BslLink, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    await leaveLoader(context, link);
    throw thrown;
  }
}

const reset = async (link: BslLink, quietBeforeMs: number): Promise<void> => {
  await link.drain(quietBeforeMs);
  await link.request({ step: stepNames.reset, command: 'NORMAL_RESET' });
};

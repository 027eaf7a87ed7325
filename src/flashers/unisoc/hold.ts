// A connected module that waits for its permit. Its loader says nothing by itself: reading on is how a lost link is seen.
import type { SessionContext } from '../flasher.ts';

const readMs = 60_000;

/** Resolves when `until` aborts; rejects `transport-closed`, or with the session's own abort. */
export async function hold({ transport, signal, emit }: SessionContext, until: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const either = AbortSignal.any([signal, until]);
  try {
    while (!either.aborted) {
      const stray = await transport.read({ timeoutMs: readMs, signal: either });
      if (stray.length > 0) emit({ type: 'note.added', text: `${stray.length} unexpected bytes while holding` });
    }
  } catch (thrown) {
    if (!until.aborted || thrown !== either.reason) throw thrown;
  }
  signal.throwIfAborted();
}

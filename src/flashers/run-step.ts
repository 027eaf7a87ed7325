// Runs one plan step: tells that it started, how far it is, and that it ended. Knows no protocol.
import type { SessionContext } from './flasher.ts';

/** Called with the bytes of the step so far; again with the same number to say that the device is alive and working. */
export type Report = (bytes: number) => void;

const progressEveryMs = 250;

/** Emits `step.started`, at most 4 `step.progressed` a second and one at the end, and `step.finished` when `run` resolves. */
export async function runStep<T>({ clock, emit }: SessionContext, step: string, run: (report: Report) => Promise<T>): Promise<T> {
  let [done, told, toldAtMs] = [0, 0, clock.now()];
  const tell = (): void => {
    [told, toldAtMs] = [done, clock.now()];
    emit({ type: 'step.progressed', step, bytes: done });
  };
  emit({ type: 'step.started', step });
  const result = await run((bytes) => {
    done = bytes;
    if (clock.now() - toldAtMs >= progressEveryMs) tell();
  });
  if (told !== done) tell();
  emit({ type: 'step.finished', step, bytes: done });
  return result;
}

// Tells the course of one step, thinned out so that a fast step does not flood its listener. Knows no protocol.
import type { Clock } from '../../bench/clock.ts';
import type { FlashEvent } from '../flasher.ts';

const intervalMs = 250;

export interface Progress {
  /** Bytes of the step that the device has acknowledged so far. */
  reach(bytes: number): void;
}

/** Runs a step between its started and finished events, with at most 4 progress events a second and one at the end. */
export async function runStep(
  { clock, emit }: { readonly clock: Clock; readonly emit: (event: FlashEvent) => void },
  step: string,
  work: (progress: Progress) => Promise<void>,
): Promise<void> {
  emit({ type: 'step.started', step });
  let bytes = 0;
  let told = 0;
  let toldAt = clock.now();
  const tell = (): void => {
    told = bytes;
    toldAt = clock.now();
    emit({ type: 'step.progressed', step, bytes });
  };
  await work({
    reach: (reached) => {
      bytes = reached;
      if (clock.now() - toldAt >= intervalMs) tell();
    },
  });
  if (bytes !== told) tell();
  emit({ type: 'step.finished', step, bytes });
}

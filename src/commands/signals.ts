// Turns signals into requests to stop. The station decides when it may end: never while a slot is being written. Knows no slot.

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Every one of them asks, however often it comes; none of them ends the process. Returns how to give the signals back. */
export function stopOnSignals(requestStop: () => void): () => void {
  for (const signal of stopSignals) process.on(signal, requestStop);
  // A closed terminal must not stop the drain: without a listener the first failed write would throw.
  const ignore = (): void => undefined;
  process.stdout.on('error', ignore);
  process.stderr.on('error', ignore);
  return () => {
    for (const signal of stopSignals) process.off(signal, requestStop);
  };
}

// Whether records can be kept: the logs folder takes writes, has room, and makes them durable in time.
import type { Diagnosis } from '../domain/diagnosis.ts';
import type { Check } from './check.ts';

const megabyte = 1_000_000;
/** Some shifts of records, transcripts and logs. */
const leastFreeMegabytes = 1000;
/** Below it the next job may not get its record. */
const blockingFreeMegabytes = 50;
/** Each job waits for two syncs; at this time a rack of 64 still does not queue. */
const slowSyncMs = 50;

export const checkRecords: Check = async (machine, { logsFolder: folder }) => {
  const found: Diagnosis[] = [];
  const freeMegabytes = Math.floor((await machine.freeBytes(folder)) / megabyte);
  if (freeMegabytes < blockingFreeMegabytes)
    found.push({ code: 'disk-full', facts: { folder, freeMegabytes, expected: blockingFreeMegabytes } });
  else if (freeMegabytes < leastFreeMegabytes)
    found.push({ code: 'disk-nearly-full', facts: { folder, freeMegabytes, expected: leastFreeMegabytes } });
  try {
    const medianMs = median(await machine.timeSyncs(folder));
    if (medianMs > slowSyncMs)
      found.push({ code: 'sync-slow', facts: { folder, medianMs: Math.round(medianMs), expected: slowSyncMs } });
  } catch (thrown) {
    found.push({ code: 'logs-not-writable', facts: { folder, error: textOf(thrown) } });
    return found;
  }
  try {
    await machine.tryIndex(folder);
  } catch (thrown) {
    found.push({ code: 'index-not-kept', facts: { folder, error: textOf(thrown) } });
  }
  return found;
};

const textOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

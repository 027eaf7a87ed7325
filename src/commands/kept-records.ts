// A journal that remembers the last records it wrote, for hooks that want them whole. Knows no hook; writes as the journal does.
import type { Journal } from '../trace/journal.ts';
import type { WrittenRecord } from '../trace/line.ts';

/** A hook is asked right after its record: more than a rack finishes at once. */
const kept = 256;

export function keepingRecords(journal: Journal): {
  readonly journal: Journal;
  readonly recordOf: (recordId: string) => WrittenRecord | null;
} {
  const records = new Map<string, WrittenRecord>();
  return {
    journal: {
      ...journal,
      async record(body) {
        const written = await journal.record(body);
        records.set(written.recordId, written);
        const [oldest] = records.keys();
        if (records.size > kept && oldest !== undefined) records.delete(oldest);
        return written;
      },
    },
    recordOf: (recordId) => records.get(recordId) ?? null,
  };
}

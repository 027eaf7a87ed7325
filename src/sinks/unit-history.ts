// What this station knows of a unit from before, for rules: an answer is given only when the index has reached the journal's head.
// Knows no rule.
import { fault } from '../domain/failure.ts';
import type { WrittenRecord } from '../trace/line.ts';
import type { RecordIndex } from './record-index.ts';

export interface UnitHistory {
  /**
   * The unit's records up to the journal's head at the time of the call, oldest first. Rejects `record-not-writable` when the index
   * cannot reach it: a rule that asked must not decide then.
   */
  recordsOf(keys: readonly string[]): Promise<readonly WrittenRecord[]>;
}

export function unitHistory(index: RecordIndex, journal: { head(): { readonly seq: number } }): UnitHistory {
  return {
    async recordsOf(keys) {
      const { seq } = journal.head();
      if ((await index.catchUp()) < seq) {
        throw fault('record-not-writable', 'index', { expected: `line ${seq}`, actual: `line ${index.seq()}` });
      }
      return Promise.all(index.ofUnit(keys).map((row) => index.read(row)));
    },
  };
}

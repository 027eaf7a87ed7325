// Keeps the record index at the journal's head while a station runs. Whatever fails here is logged and costs no unit.

import { fault } from '../domain/failure.ts';
import type { OperationalLog } from '../sinks/operational-log.ts';
import { openRecordIndex, type RecordIndex } from '../sinks/record-index.ts';
import { type UnitHistory, unitHistory } from '../sinks/unit-history.ts';
import type { StationConsole } from '../station/read-model.ts';
import type { Journal } from '../trace/journal.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { indexPath } from './log-query.ts';

export interface FollowedIndex {
  /** Rejects where the index could not be opened or cannot reach the journal's head: then no rule may decide. */
  historyOf(journal: Pick<Journal, 'head'>): UnitHistory;
  follow(console: StationConsole): void;
  close(): Promise<void>;
}

/** Resolves when the index has taken in what the journal held at the start. */
export async function followIndex(journalFolder: string, log: OperationalLog): Promise<FollowedIndex> {
  const trouble = (error: unknown): void => log.log('warn', 'index.failed', { error });
  let index: RecordIndex | null = null;
  let last: Promise<unknown> = Promise.resolve();
  try {
    index = openRecordIndex({ disk: nodeDisk, folder: journalFolder, path: indexPath(journalFolder) });
    await index.catchUp();
  } catch (error) {
    trouble(error);
  }
  const opened = index;
  return {
    historyOf(journal) {
      if (opened !== null) return unitHistory(opened, journal);
      return { recordsOf: () => Promise.reject(fault('record-not-writable', 'index', { detail: 'it could not be opened' })) };
    },
    follow(console) {
      console.subscribe(({ event }) => {
        if (event.type === 'record.written' && opened !== null) last = opened.catchUp().catch(trouble);
      });
    },
    async close() {
      await last;
      opened?.close();
    },
  };
}

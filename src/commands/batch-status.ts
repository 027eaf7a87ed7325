// The status file of a batch: how it stands now, as one JSON value that is replaced whole. Knows the read model, no station.
import { rename, writeFile } from 'node:fs/promises';
import type { BatchSettings } from '../config/batch-file.ts';
import type { BatchEnd } from '../domain/batch.ts';
import type { StationView } from '../station/read-model.ts';
import { percent } from '../views/words/format.ts';

export interface StatusFacts {
  readonly job: BatchSettings;
  readonly view: StationView;
  readonly wallMs: number;
  /** How many things a person must do by now. */
  readonly chores: number;
  readonly end: BatchEnd | null;
  /** Null while it runs. */
  readonly exitCode: number | null;
}

const timeOf = (wallMs: number | null): string | null => (wallMs === null ? null : new Date(wallMs).toISOString());

export function statusOf({ job, view, wallMs, chores, end, exitCode }: StatusFacts): object {
  return {
    schema: 1,
    batch: job.name,
    station: view.station.id,
    pid: process.pid,
    updatedAt: timeOf(wallMs),
    phase: view.phase,
    end,
    exitCode,
    endsAt: timeOf(job.endsAtWallMs),
    quantity: job.quantity,
    counts: view.counts,
    chores,
    fault: view.fault?.code ?? null,
    slots: view.slots.map(({ number, state, model, imei, step, bytesDone, bytesTotal, verdict, failure }) => ({
      ...{ number, state, model, imei, step, percent: percent(bytesDone, bytesTotal), verdict, code: failure?.code ?? null },
    })),
  };
}

export interface StatusWriter {
  /** Replaces the file. While one write is under way only the latest value waits. A disk that refuses costs no unit. */
  write(status: object): void;
  settled(): Promise<void>;
}

export function statusWriter(path: string): StatusWriter {
  let running: Promise<void> | null = null;
  let next: object | null = null;
  const replace = async (): Promise<void> => {
    for (let status = next; status !== null; status = next) {
      next = null;
      try {
        await writeFile(`${path}.tmp`, `${JSON.stringify(status)}\n`);
        await rename(`${path}.tmp`, path);
      } catch {
        // The next one is due in a second.
      }
    }
    running = null;
  };
  return {
    write(status) {
      next = status;
      running ??= replace();
    },
    settled: () => running ?? Promise.resolve(),
  };
}

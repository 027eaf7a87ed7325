// What the trace tests share: a job, its record, a station, and a journal on a simulated disk and clock.
import { createHash } from 'node:crypto';
import type { Clock } from '../../src/bench/clock.ts';
import type { ProcessDisk } from '../../src/bench/simulator/memory-disk.ts';
import type { RecordBody, StationIdentity } from '../../src/domain/record.ts';
import { type Journal, type JournalEvent, openJournal } from '../../src/trace/journal.ts';
import { fileLines, journalFiles } from '../../src/trace/journal-file.ts';
import type { JobFacts, JournalLine } from '../../src/trace/line.ts';
import { ulidSource } from '../../src/trace/ulid.ts';

export const folder = 'logs/journal';

export const station: StationIdentity = { id: 'EOL3', line: 'L1', host: 'pc-7', softwareVersion: '0.1.0', commit: 'abc1234' };

/** 2026-11-22T07:30:18.123+08:00. */
export const startWallMs = Date.UTC(2026, 10, 21, 23, 30, 18, 123);
export const shanghai = (): number => 480;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

export function jobFacts(jobId: string, slot = 1): JobFacts {
  return {
    jobId,
    kind: 'flash',
    slot: { number: slot, usbPath: `pci-0000:00:14.0/1.${slot}`, insertions: 1 },
    operator: 'li',
    shift: null,
    workOrder: null,
    lot: null,
    profile: { id: 'ec800e', revision: 1, sha256: digest('profile') },
    package: null,
    unit: {
      labelSn: null,
      orderingCode: null,
      sn: null,
      imeiBefore: '861234567890123',
      imeiAfter: null,
      model: 'EC800E',
      revisionBefore: null,
      revisionAfter: null,
    },
    identity: { source: 'at', unidentifiedPolicy: 'refuse', continuousInsertion: true },
    attempt: 1,
    retestReason: null,
    entry: { method: null, windowMs: null, handshakeMs: null, marginMs: null },
    startedAt: '2026-11-22T07:30:18.123+08:00',
  };
}

export function recordOf(job: JobFacts, recordId: string, verdict: 'PASS' | 'FAIL' = 'PASS'): RecordBody {
  return {
    schema: 1,
    recordId,
    station,
    ...job,
    steps: [],
    written: 'all',
    verdict,
    failure:
      verdict === 'PASS' ? null : { code: 'revision-mismatch', step: 'verifying', blame: 'unit', expected: 'R01', actual: 'R00' },
    laterFailures: [],
    evidence: {},
    restart: 'reset',
    powerCycles: 0,
    finishedAt: '2026-11-22T07:31:00.000+08:00',
    durationMs: 41_877,
    transcript: null,
  };
}

/** Different bytes at each call, the same in each run of a test file. */
let drawn = 0;
function counted(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  new DataView(bytes.buffer).setUint32(count - 4, ++drawn);
  return bytes;
}

export interface OpenedJournal {
  readonly journal: Journal;
  readonly events: readonly JournalEvent[];
}

export async function open(disk: ProcessDisk, clock: Clock, stationId = station.id): Promise<OpenedJournal> {
  const events: JournalEvent[] = [];
  const journal = await openJournal({
    disk,
    clock,
    folder,
    station: { ...station, id: stationId },
    newId: ulidSource(clock, counted),
    utcOffset: shanghai,
    onEvent: (event) => events.push(event),
  });
  return { journal, events };
}

/** Every good line of the journal, in order. */
export async function linesOf(disk: ProcessDisk): Promise<readonly JournalLine[]> {
  const lines: JournalLine[] = [];
  for (const { file } of await journalFiles(disk, folder)) {
    for (const { read } of fileLines(await disk.read(`${folder}/${file}`))) if (typeof read === 'object') lines.push(read);
  }
  return lines;
}

/** Whether the promise has settled once everything that can happen now has happened. */
export function watch(promise: Promise<unknown>): { readonly settled: () => boolean } {
  let settled = false;
  promise.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  return { settled: () => settled };
}

// A journal of as many records as wanted, written straight to files with a right chain: for benchmarks and for reports to look at.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type Random } from '../../src/bench/simulator/random.ts';
import type { RecordBody } from '../../src/domain/record.ts';
import { journalFileName } from '../../src/trace/journal-file.ts';
import { encodeLine, firstPrevHash, type JobFacts, type LineBody } from '../../src/trace/line.ts';
import { localDay, localTime } from '../../src/trace/local-time.ts';
import { jobFacts, recordOf } from './rig.ts';

export interface BigJournalOptions {
  readonly folder: string;
  readonly records: number;
  readonly recordsPerDay: number;
  readonly slots: number;
  readonly seed: number;
  /** Also `job.opened` and `job.intent` of each job, as a station writes them. */
  readonly withJobs: boolean;
  readonly startWallMs: number;
}

const offset = (): number => 480;
const stepNames = ['handshake', 'load-agentboot', 'write-bl', 'write-ap', 'write-cp', 'restarting', 'verifying'];
const failures = [
  ['reply-timed-out', 'write-ap', 'unit'],
  ['revision-mismatch', 'verifying', 'unit'],
  ['does-not-boot', 'restarting', 'unit'],
  ['device-error', 'write-cp', 'unit'],
  ['link-lost', 'write-ap', 'slot'],
  ['package-digest-mismatch', 'plan', 'package'],
] as const;

export function writeBigJournal(options: BigJournalOptions): void {
  mkdirSync(options.folder, { recursive: true });
  const random = createRandom(options.seed);
  let [seq, prevHash, file] = [0, firstPrevHash, null as string | null];
  let previousFileSha256: string | null = null;
  for (let done = 0, ordinal = 1; done < options.records; ordinal++) {
    const dayMs = options.startWallMs + (ordinal - 1) * 86_400_000;
    const lines: string[] = [];
    const write = (body: LineBody, wallMs: number): void => {
      const { stamp, text } = encodeLine(JSON.stringify(body), localTime(wallMs, offset), {
        seq: seq + 1,
        durableSeq: seq,
        prevHash,
      });
      [seq, prevHash] = [stamp.seq, stamp.hash];
      lines.push(text);
    };
    const day = localDay(dayMs, offset);
    write(
      { type: 'file.opened', schema: 1, station: 'EOL3', day, previousFile: file, previousFileSha256, carriedLines: 0 },
      dayMs,
    );
    for (let today = 0; today < options.recordsPerDay && done < options.records; today++, done++) {
      const wallMs = dayMs + Math.floor((today / options.recordsPerDay) * 10 * 3_600_000);
      const { job, record } = drawRecord(random, done, options.slots, wallMs);
      if (options.withJobs) {
        write({ type: 'job.opened', job }, wallMs);
        write({ type: 'job.intent', job, firstWrite: 'write-bl' }, wallMs);
      }
      write({ type: 'record', ...record }, wallMs);
    }
    file = journalFileName(ordinal, day, 'EOL3');
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    previousFileSha256 = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(options.folder, file), bytes);
  }
}

export const imeiOf = (number: number): string => `86${String(number).padStart(13, '0')}`;

function drawRecord(random: Random, number: number, slots: number, wallMs: number): { job: JobFacts; record: RecordBody } {
  const slot = 1 + (number % slots);
  const margin = 2_000 + random.below(6_500);
  const at = localTime(wallMs, offset);
  const job: JobFacts = {
    ...jobFacts(`J${number}`, slot),
    operator: random.pick(['li', 'wang', 'zhao']),
    shift: new Date(wallMs).getUTCHours() < 7 ? 'day' : 'late',
    workOrder: `WO-${Math.floor(number / 5000)}`,
    lot: `L${Math.floor(number / 1000)}`,
    slot: { number: slot, usbPath: `pci-0000:00:14.0/1.${slot}`, insertions: 1000 + Math.floor(number / slots) },
    package: {
      name: 'QPY_OCPU_V0002_EC800E_FW.bin',
      version: 'V0002',
      sha256: createHash('sha256').update('package').digest('hex'),
    },
    unit: {
      ...jobFacts('x').unit,
      sn: `D1Q24${String(number).padStart(10, '0')}`,
      imeiBefore: imeiOf(number),
      imeiAfter: imeiOf(number),
      revisionBefore: 'EC800ECNLCR01A03M08_OCPU_QPY',
      revisionAfter: 'EC800ECNLCR01A05M08_OCPU_QPY',
    },
    entry: { method: 'strap', windowMs: 10_000, handshakeMs: 10_000 - margin, marginMs: margin },
    startedAt: localTime(wallMs - 42_000, offset),
  };
  const draw = random.below(1000);
  const verdict = draw < 962 ? 'PASS' : draw < 985 ? 'FAIL' : draw < 992 ? 'UNKNOWN' : 'ABORTED';
  const [code, step, blame] = failures[Math.min(random.below(8), failures.length - 1)] ?? failures[0];
  const isAborted = verdict === 'ABORTED';
  const record: RecordBody = {
    ...recordOf(job, `01R${String(number).padStart(23, '0')}`),
    steps: stepNames.map((name, index) => ({
      name,
      startedAt: at,
      durationMs:
        [120, 900, 2_600, 19_000, 4_100, 5_200, 2_900].map((ms) => Math.round(ms * (0.85 + random.below(300) / 1000)))[index] ??
        0,
      bytes: [0, 35_568, 81_920, 2_301_952, 412_004, 0, 0][index] ?? 0,
      result: 'done',
    })),
    verdict,
    written: isAborted ? 'none' : verdict === 'UNKNOWN' ? 'maybe' : 'all',
    failure:
      verdict === 'PASS'
        ? null
        : isAborted
          ? { code: 'window-missed', step: 'connecting', blame: 'station' }
          : { code, step, blame, expected: 'ok', actual: 'nak' },
    evidence: { 'flash id': '0xC86017', 'ap digest': 'ab'.repeat(32) },
    finishedAt: at,
    durationMs: 36_000 + random.below(9_000),
  };
  return { job, record };
}

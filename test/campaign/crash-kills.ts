// Real SIGKILLs: the built demo station dies at a random moment of its rack at work and is started again, over and over on one journal.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../src/bench/simulator/random.ts';
import { fileLines } from '../../src/trace/journal-file.ts';
import type { JournalLine } from '../../src/trace/line.ts';
import { type Installation, install } from '../program/installation.ts';
import { faultsAfterRestart, mayWrite, touchesDevice, type Witness } from './crash-checks.ts';

/** A calm demo run takes about so long; a kill comes anywhere in it. */
const runMs = 36_000;

export interface KillReport {
  readonly kills: number;
  readonly linesAtKill: number;
  readonly jobsOpenAtKill: number;
  readonly jobsWritingAtKill: number;
  readonly faults: readonly string[];
}

/** `next` gives the number of each kill until there are none left. */
export async function killAgainAndAgain(next: () => number | null, random: Random): Promise<KillReport> {
  const installation = install();
  const report = { kills: 0, linesAtKill: 0, jobsOpenAtKill: 0, jobsWritingAtKill: 0, faults: [] as string[] };
  try {
    for (let number = next(); number !== null; number = next()) {
      const afterMs = random.between(300, runMs);
      const { seen, durable } = await runAndKill(installation, afterMs, random.below(1000));
      const faults = [...restart(installation), ...faultsAfterRestart(seen, durable, linesOf(installation))];
      const closed = new Set(durable.flatMap((line) => (line.type === 'record' ? [line.jobId] : [])));
      report.kills += 1;
      report.linesAtKill += durable.length;
      report.jobsOpenAtKill += [...seen.jobs].filter((job) => !closed.has(job)).length;
      report.jobsWritingAtKill += [...seen.firstWriteBegun].filter((job) => !closed.has(job)).length;
      report.faults.push(...faults.map((text) => `kill ${number} after ${afterMs} ms: ${text}`));
      process.stdout.write(`kill ${number} after ${afterMs} ms: ${durable.length} lines, ${faults.length} faults\n`);
    }
    return report;
  } finally {
    if (report.faults.length === 0) installation.remove();
    else process.stdout.write(`kept for a look: ${installation.folder}\n`);
  }
}

interface Killed {
  readonly seen: Witness;
  readonly durable: readonly JournalLine[];
}

async function runAndKill(installation: Installation, afterMs: number, seed: number): Promise<Killed> {
  const run = installation.start(['demo', '--json', '--seed', String(seed)]);
  await Promise.race([sleep(afterMs), run.ended]);
  run.child.kill('SIGKILL');
  await run.ended;
  // What a process has written and not synced outlives the process: every whole line counts as durable here.
  return { seen: witness(run.output()), durable: linesOf(installation) };
}

function witness(output: string): Witness {
  const jobs = new Set<string>();
  const firstWriteBegun = new Set<string>();
  const verdictsShown = new Map<string, string>();
  const jobAt = new Map<number, string>();
  for (const line of output.split('\n').slice(0, -1)) {
    // Standard error is heard too.
    if (!line.startsWith('{')) continue;
    const event = JSON.parse(line) as {
      type: string;
      slot: number;
      jobId?: string;
      step?: string;
      recordId?: string;
      verdict?: string;
    };
    const { type, slot, jobId, step, recordId, verdict } = event;
    if (type === 'job.opened' && jobId !== undefined) jobAt.set(slot, jobId);
    const job = jobAt.get(slot);
    if (touchesDevice(type) && job !== undefined) jobs.add(job);
    if (type === 'step.started' && step !== undefined && job !== undefined && mayWrite(step)) firstWriteBegun.add(job);
    if (type === 'record.written' && recordId !== undefined && verdict !== undefined) verdictsShown.set(recordId, verdict);
  }
  return { jobs, firstWriteBegun, verdictsShown };
}

/** Starts the program anew (the first call recovers), releases every slot it has locked, and lets it verify its own journal. */
function restart(installation: Installation): string[] {
  const release = (slot: number): string[] => {
    const { exitCode, stderr } = installation.ask(['release', 'stations/demo.json', '--slot', String(slot)]);
    return exitCode === 0 || exitCode === 1 ? [] : [`the restart failed with exit ${exitCode}: ${stderr}`];
  };
  const faults = release(1);
  const lines = linesOf(installation);
  const released = new Set(lines.flatMap((line) => (line.type === 'slot.released' ? [line.recordId] : [])));
  for (const line of lines) {
    const isLock = line.type === 'record' && line.verdict === 'UNKNOWN' && line.failure?.code === 'process-killed';
    if (isLock && !released.has(line.recordId)) faults.push(...release(line.slot.number));
  }
  const { exitCode, stdout } = installation.ask(['log', 'verify']);
  return exitCode === 0 ? faults : [...faults, `the chain does not verify: ${stdout}`];
}

function linesOf(installation: Installation): readonly JournalLine[] {
  const folder = join(installation.folder, 'logs', 'journal');
  // Killed before it had made one.
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return files.sort().flatMap((file) => {
    const lines = [...fileLines(readFileSync(join(folder, file)))];
    return lines.flatMap(({ read, complete }) => (complete && typeof read === 'object' ? [read] : []));
  });
}

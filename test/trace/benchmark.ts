// `node test/trace/benchmark.ts [records] [folder]`: what the journal and its index promise, measured on this computer.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecordIndex } from '../../src/sinks/record-index.ts';
import { nodeDisk } from '../../src/trace/node-disk.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { appendTogether } from './append-together.ts';
import { imeiOf, writeBigJournal } from './big-journal.ts';

const [count = '1000000', root = mkdtempSync(join(tmpdir(), 'flashrack-benchmark-'))] = process.argv.slice(2);
const records = Number(count);
const folder = join(root, 'journal');
const path = join(root, 'index.sqlite');
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const seconds = (sinceMs: number): number => (performance.now() - sinceMs) / 1000;
const percentile = (values: readonly number[], share: number): string =>
  ([...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0).toFixed(1);
const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

const { syncMs, waitMs } = await appendTogether(root, 64, 40);
say(`fdatasync of 64 records' bytes alone: p50 ${percentile(syncMs, 0.5)} ms, p99 ${percentile(syncMs, 0.99)} ms`);
say(`append, 64 slots at once, 40 times: p50 ${percentile(waitMs, 0.5)} ms, p99 ${percentile(waitMs, 0.99)} ms`);

if (!existsSync(folder)) {
  const began = performance.now();
  writeBigJournal({
    folder,
    records,
    recordsPerDay: 20_000,
    slots: 64,
    seed: 1,
    withJobs: true,
    startWallMs: Date.UTC(2026, 0, 4, 23),
  });
  say(`${records} records with their jobs written in ${seconds(began).toFixed(0)} s`);
}
const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
say(`journal: ${readdirSync(folder).length} files, ${megabytes(bytes)}`);

for (const name of ['', '-wal', '-shm']) rmSync(path + name, { force: true });
let index = openRecordIndex({ disk: nodeDisk, folder, path });
let began = performance.now();
const cpuBefore = process.cpuUsage();
const indexed = await index.rebuild();
const reindexSeconds = seconds(began);
const cpu = process.cpuUsage(cpuBefore);
const cpuSeconds = (cpu.user + cpu.system) / 1e6;
say(`reindex: ${indexed} records in ${reindexSeconds.toFixed(1)} s: ${Math.round(indexed / reindexSeconds)} records/s`);
say(
  `  of that ${cpuSeconds.toFixed(1)} s processor time: ${Math.round(indexed / cpuSeconds)} records/s where nothing else runs; load here ${loadavg()[0]?.toFixed(1)}`,
);
say(`index: ${megabytes(statSync(path).size)}; peak memory of this process ${megabytes(process.resourceUsage().maxRSS * 1024)}`);
index.close();

const queries = 200;
const timesMs: number[] = [];
for (let query = 0; query < queries; query++) {
  index = openRecordIndex({ disk: nodeDisk, folder, path });
  began = performance.now();
  await index.catchUp();
  const [row] = index.ofUnit([imeiOf((query * 7919) % records)]);
  if (row === undefined) throw new Error('an IMEI is not in the index');
  await index.read(row);
  timesMs.push(performance.now() - began);
  index.close();
}
say(
  `query by IMEI, index opened each time, record read: p50 ${percentile(timesMs, 0.5)} ms, p99 ${percentile(timesMs, 0.99)} ms`,
);
const main = join(import.meta.dirname, '..', '..', 'dist', 'main.js');
if (existsSync(main) && process.argv.includes('--program')) {
  began = performance.now();
  execFileSync(process.execPath, [main, 'log', 'query', '--folder', folder, '--imei', imeiOf(records - 1)]);
  say(`the same as a command, the start of the program included: ${(seconds(began) * 1000).toFixed(0)} ms`);
}
if (records <= 1_000_000) {
  began = performance.now();
  const verified = await verifyJournal(nodeDisk, folder);
  say(`verify: ${verified.ok ? 'holds' : verified.bad.detail} after ${seconds(began).toFixed(1)} s`);
}

// `npm run campaign -- --seed S [--seeds N] [--slots 64] [--boards 1000]`.
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { checkers } from './campaign-checks/all.ts';
import { drawScript } from './campaign-script.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    slots: { type: 'string', default: '64' },
    boards: { type: 'string', default: '1000' },
  },
});
for (let seed = Number(values.seed); seed < Number(values.seed) + Number(values.seeds); seed++) {
  const started = performance.now();
  const trace = await runCampaign({ script: drawScript({ seed, slots: Number(values.slots), boards: Number(values.boards) }) });
  const verdicts: Record<string, number> = {};
  for (const line of trace.journal) {
    if (line.type !== 'record') continue;
    const key = line.verdict === 'PASS' ? 'PASS' : `${line.verdict} ${line.failure?.code}`;
    verdicts[key] = (verdicts[key] ?? 0) + 1;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`seed ${seed}: ${trace.visits.length} visits, ${Math.round(trace.simulatedMs / 1000)} s simulated in ${seconds} s, digest ${trace.digest.slice(0, 16)}\n`);
  process.stdout.write(`${JSON.stringify(Object.fromEntries(Object.entries(verdicts).sort()), null, 1)}\n`);
  for (const checker of checkers) {
    const found = checker.find(trace);
    if (found.length > 0) process.stdout.write(`VIOLATED ${checker.name} (${found.length}):\n  ${found.slice(0, 5).join('\n  ')}\n`);
  }
}

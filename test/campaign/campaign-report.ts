// Runs one seed and says what was found, as text. On a finding it shrinks the script and prints what is left of it.
import { type CampaignOptions, runCampaign } from './campaign.ts';
import { checkers } from './campaign-checks/all.ts';
import { findInfluence } from './campaign-checks/isolation.ts';
import { drawScript, type ScriptSize } from './campaign-script.ts';
import { shrink } from './campaign-shrink.ts';
import type { CampaignTrace, Checker } from './campaign-trace.ts';

export interface SeedReport {
  readonly seed: number;
  readonly violations: number;
  readonly jobs: number;
  readonly text: string;
}

/** Boards of the second pair of runs, in which only other slots have trouble. */
const isolationBoards = 64;

export async function reportSeed(size: ScriptSize): Promise<SeedReport> {
  const script = drawScript(size);
  const trace = await runCampaign({ script });
  const lines = [summaryOf(trace)];
  let violations = 0;
  for (const checker of checkers) {
    const found = checker.find(trace);
    if (found.length === 0) continue;
    violations += found.length;
    lines.push(`  VIOLATED ${checker.name}: ${found.length}`, ...found.slice(0, 4).map((text) => `    ${text}`));
    lines.push(await shrunkText({ script }, checker));
  }
  const small = drawScript({ ...size, boards: Math.min(size.boards, isolationBoards) });
  const influence = await findInfluence({ script: small });
  violations += influence.length;
  lines.push(...influence.slice(0, 4).map((text) => `  VIOLATED one slot changes no other: ${text}`));
  return { seed: size.seed, violations, jobs: jobsOf(trace), text: lines.join('\n') };
}

const jobsOf = ({ journal }: CampaignTrace): number => journal.filter(({ type }) => type === 'job.opened').length;

function summaryOf(trace: CampaignTrace): string {
  const verdicts = new Map<string, number>();
  for (const line of trace.journal) if (line.type === 'record') verdicts.set(line.verdict, (verdicts.get(line.verdict) ?? 0) + 1);
  const counts = [...verdicts].map(([verdict, times]) => `${times} ${verdict}`).join(', ');
  const { seed, boards } = trace.script;
  const hours = (trace.simulatedMs / 3_600_000).toFixed(1);
  return `seed ${seed}: ${boards.length} boards, ${jobsOf(trace)} jobs, ${counts}; ${hours} h simulated; digest ${trace.digest}`;
}

async function shrunkText(options: CampaignOptions, checker: Checker): Promise<string> {
  const { script, found, runs } = await shrink(options, checker);
  const { seed, slots } = script;
  return [
    `    shrunk in ${runs} runs to ${script.boards.length} boards and ${script.incidents.length} incidents (seed ${seed}, ${slots} slots):`,
    ...script.boards.map((board) => `      ${JSON.stringify(board)}`),
    ...script.incidents.map((incident) => `      ${JSON.stringify(incident)}`),
    `    ${found[0] ?? 'not found again'}`,
  ].join('\n');
}

// Runs one seed and tells what was found, each piece as soon as it is known: the seed first, then what is left of it when it is shrunk.
import { runCampaign } from './campaign.ts';
import { checkers } from './campaign-checks/all.ts';
import { findInfluence } from './campaign-checks/isolation.ts';
import type { Coverage } from './campaign-coverage.ts';
import { commandFor, drawNarrowed, type Kept, keptAll, narrowed } from './campaign-narrow.ts';
import type { CampaignScript, ScriptSize } from './campaign-script.ts';
import { shrink } from './campaign-shrink.ts';
import type { CampaignTrace } from './campaign-trace.ts';

export interface SeedReport {
  readonly seed: number;
  readonly violations: number;
  readonly boards: number;
  readonly jobs: number;
  readonly coverage: Coverage;
}

export interface SeedOptions {
  readonly size: ScriptSize;
  readonly kept: Kept;
  readonly tell: (text: string) => void;
  /** Starts the real time for making one finding small; gives whether some is left. The runs are bounded too. */
  readonly timeForShrinking: () => () => boolean;
}

/** Boards of the second pair of runs, in which only other slots have trouble. */
const isolationBoards = 64;
const mostRuns = 120;
const shownOfEach = 4;

type Find = (script: CampaignScript) => Promise<readonly string[]>;

export async function reportSeed({ size, kept, tell, timeForShrinking }: SeedOptions): Promise<SeedReport> {
  const script = drawNarrowed(size, kept);
  const trace = await runCampaign({ script });
  tell(summaryOf(trace));
  let violations = 0;
  const examine = async (name: string, found: readonly string[], from: ScriptSize, find: Find): Promise<void> => {
    if (found.length === 0) return;
    violations += found.length;
    tell(
      [`seed ${size.seed} VIOLATED ${name}: ${found.length}`, ...found.slice(0, shownOfEach).map((text) => `    ${text}`)].join(
        '\n',
      ),
    );
    tell(await shrunkText(from, kept, find, timeForShrinking()));
  };
  for (const checker of checkers)
    await examine(checker.name, checker.find(trace), size, async (smaller) =>
      checker.find(await runCampaign({ script: smaller })),
    );
  const small = { ...size, boards: Math.min(size.boards, isolationBoards) };
  const influences: Find = (smaller) => findInfluence({ script: smaller });
  await examine('one slot changes no other', await influences(drawNarrowed(small, kept)), small, influences);
  return { seed: size.seed, violations, boards: script.boards.length, jobs: jobsOf(trace), coverage: trace.coverage };
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

async function shrunkText(size: ScriptSize, kept: Kept, find: Find, hasTime: () => boolean): Promise<string> {
  const whole = drawNarrowed(size, keptAll);
  const shrunk = await shrink({ script: whole, kept, find, mostRuns, hasTime });
  const { boards, incidents } = narrowed(whole, shrunk.kept);
  return [
    `    shrunk in ${shrunk.runs} runs to ${boards.length} boards and ${incidents.length} incidents:`,
    ...[...boards, ...incidents].slice(0, shownOfEach).map((part) => `      ${JSON.stringify(part)}`),
    `      ${shrunk.found[0] ?? 'no run was left to show it again'}`,
    `    ${commandFor(size, shrunk.kept)}`,
  ].join('\n');
}

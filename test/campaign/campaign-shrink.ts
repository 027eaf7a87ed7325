// Makes a failing campaign small: leaves out boards, incidents and single troubles as long as the same checker still finds something.
// Knows a script only as a list of parts; each try is a whole run.
import { type CampaignOptions, runCampaign } from './campaign.ts';
import type { CampaignScript } from './campaign-script.ts';
import type { Checker } from './campaign-trace.ts';

export interface Shrunk {
  readonly script: CampaignScript;
  readonly found: readonly string[];
  readonly runs: number;
}

/** One thing that can be left out of a script. */
type Part = (script: CampaignScript) => CampaignScript;

/** `mostRuns` bounds the work; the smallest script so far is given then. */
export async function shrink(options: CampaignOptions, checker: Checker, mostRuns = 80): Promise<Shrunk> {
  let best: Shrunk = { script: options.script, found: checker.find(await runCampaign(options)), runs: 1 };
  let runs = 1;
  const stillFails = async (script: CampaignScript): Promise<boolean> => {
    if (runs >= mostRuns) return false;
    runs += 1;
    const found = checker.find(await runCampaign({ ...options, script }));
    if (found.length > 0) best = { script, found, runs };
    return found.length > 0;
  };
  for (const partsOf of [incidentParts, boardParts, troubleParts]) {
    let size = partsOf(best.script).length;
    while (size >= 1 && runs < mostRuns) {
      const parts = partsOf(best.script);
      let wasCut = false;
      for (let first = 0; first < parts.length && !wasCut; first += size) {
        const smaller = parts.slice(first, first + size).reduce((script, leaveOut) => leaveOut(script), best.script);
        wasCut = await stillFails(smaller);
      }
      if (!wasCut) size = size === 1 ? 0 : Math.ceil(size / 2);
      else size = Math.min(size, partsOf(best.script).length);
    }
  }
  return { ...best, runs };
}

const incidentParts = (script: CampaignScript): readonly Part[] =>
  script.incidents.map((incident) => (from) => ({ ...from, incidents: from.incidents.filter((one) => one !== incident) }));

const boardParts = (script: CampaignScript): readonly Part[] =>
  script.boards.map(({ number }) => (from) => ({ ...from, boards: from.boards.filter((board) => board.number !== number) }));

const troubleParts = (script: CampaignScript): readonly Part[] =>
  script.boards.flatMap((board) => [
    ...board.faults.map(
      (fault): Part =>
        (from) =>
          withBoard(from, board.number, (one) => ({ ...one, faults: one.faults.filter((other) => other !== fault) })),
    ),
    ...board.hand.map(
      (fault): Part =>
        (from) =>
          withBoard(from, board.number, (one) => ({ ...one, hand: one.hand.filter((other) => other !== fault) })),
    ),
    ...(Object.keys(board.order).length > 0
      ? [(from: CampaignScript) => withBoard(from, board.number, (one) => ({ ...one, order: {} }))]
      : []),
  ]);

type Board = CampaignScript['boards'][number];

function withBoard(script: CampaignScript, number: number, change: (board: Board) => Board): CampaignScript {
  return { ...script, boards: script.boards.map((board) => (board.number === number ? change(board) : board)) };
}

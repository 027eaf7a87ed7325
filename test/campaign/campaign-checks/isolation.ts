// One slot's fault changes no other slot's result or duration: two runs of the same boards in the slots under test, with and without
// trouble in the others. Limits and what strikes the whole station are left out of both: they are meant to be felt everywhere.
import { createRandom, drawIdentity } from '../../../src/bench/simulator/random.ts';
import type { RecordBody } from '../../../src/domain/record.ts';
import type { CampaignOptions } from '../campaign.ts';
import { runCampaign } from '../campaign.ts';
import type { CampaignScript, StationEffect } from '../campaign-script.ts';
import type { CampaignTrace } from '../campaign-trace.ts';

const isUnderTest = (slot: number): boolean => slot % 2 === 0;

export async function findInfluence({ script, ...options }: CampaignOptions): Promise<readonly string[]> {
  const alone: CampaignScript = { ...script, incidents: [], isOverseen: false, boards: script.boards.map(withoutStationEffects) };
  const rough = await runCampaign({ ...options, script: alone, unlimited: true });
  const calm = await runCampaign({ ...options, script: { ...alone, boards: alone.boards.map(calmed) }, unlimited: true });
  return differences(accountsOf(calm), accountsOf(rough));
}

const stationWide: ReadonlySet<string> = new Set<StationEffect['kind']>([
  'hubDrop',
  'exchange',
  'slowDisk',
  'fullDisk',
  'failingSync',
  'clockJump',
]);

/** The past of a unit that was in another slot is felt there, as it should be. */
const withoutStationEffects = (board: CampaignScript['boards'][number]): CampaignScript['boards'][number] => ({
  ...board,
  identity: board.isTwin ? { ...board.identity, ...ownNames(board) } : board.identity,
  hand: board.hand.filter((fault) => fault.kind !== 'inState' || !stationWide.has(fault.effect.kind)),
});

function ownNames({ number, identity }: CampaignScript['boards'][number]): { readonly imei: string; readonly sn: string } {
  const { imei, sn } = drawIdentity(createRandom(number).fork('twin'), identity.model, identity.revisionBefore);
  return { imei, sn };
}

const calmed = (board: CampaignScript['boards'][number]): CampaignScript['boards'][number] =>
  isUnderTest(board.slot) ? board : { ...board, faults: [], hand: [], order: {} };

/** By slot: what became of each job and how long each step of it took. */
function accountsOf({ journal }: CampaignTrace): ReadonlyMap<number, readonly string[]> {
  const records = journal.flatMap((line) =>
    line.type === 'record' && isUnderTest(line.slot.number) ? [line as RecordBody] : [],
  );
  const bySlot = Map.groupBy(records, ({ slot }) => slot.number);
  return new Map([...bySlot].map(([slot, own]) => [slot, own.map(accountOf)]));
}

const accountOf = ({ jobId, verdict, written, failure, durationMs, steps, startedAt }: RecordBody): string =>
  JSON.stringify({
    jobId,
    verdict,
    written,
    code: failure?.code,
    durationMs,
    startedAt,
    steps: steps.map((step) => [step.name, step.durationMs]),
  });

function differences(
  calm: ReadonlyMap<number, readonly string[]>,
  rough: ReadonlyMap<number, readonly string[]>,
): readonly string[] {
  return [...new Set([...calm.keys(), ...rough.keys()])].flatMap((slot) => {
    const [one, other] = [calm.get(slot) ?? [], rough.get(slot) ?? []];
    const at = one.findIndex((text, index) => text !== other[index]);
    if (at < 0 && one.length === other.length) return [];
    const index = at < 0 ? one.length : at;
    return [`slot ${slot}, job ${index + 1}: ${one[index] ?? 'none'} became ${other[index] ?? 'none'}`];
  });
}

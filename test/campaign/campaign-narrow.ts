// A part of a drawn script, said by names that a command line can hold. Knows nothing of what the parts do.
import { type BoardScript, type CampaignScript, drawScript, type ScriptSize } from './campaign-script.ts';

export interface Kept {
  /** By number; null: all of them. */
  readonly boards: readonly number[] | null;
  readonly incidents: readonly number[] | null;
  /** Single troubles of boards that are left out, e.g. `17.fault1`, `17.hand2`, `17.order`. */
  readonly without: readonly string[];
}

export const keptAll: Kept = { boards: null, incidents: null, without: [] };

export function narrowed(script: CampaignScript, { boards, incidents, without }: Kept): CampaignScript {
  const left = new Set(without);
  return {
    ...script,
    boards: script.boards.filter(({ number }) => boards?.includes(number) ?? true).map((board) => withoutTroubles(board, left)),
    incidents: script.incidents.filter(({ number }) => incidents?.includes(number) ?? true),
  };
}

function withoutTroubles(board: BoardScript, left: ReadonlySet<string>): BoardScript {
  const isKept = (kind: string) => (_: unknown, index: number) => !left.has(`${board.number}.${kind}${index + 1}`);
  return {
    ...board,
    faults: board.faults.filter(isKept('fault')),
    hand: board.hand.filter(isKept('hand')),
    order: left.has(`${board.number}.order`) ? {} : board.order,
  };
}

/** Every single trouble of the boards that are kept. */
export function troublesOf(script: CampaignScript, kept: Kept): readonly string[] {
  const all = script.boards
    .filter(({ number }) => kept.boards?.includes(number) ?? true)
    .flatMap(({ number, faults, hand, order }) => [
      ...faults.map((_, index) => `${number}.fault${index + 1}`),
      ...hand.map((_, index) => `${number}.hand${index + 1}`),
      ...(Object.keys(order).length > 0 ? [`${number}.order`] : []),
    ]);
  return all.filter((name) => !kept.without.includes(name));
}

/** The command that runs just this. */
export function commandFor({ seed, slots, boards }: ScriptSize, kept: Kept): string {
  return [
    `npm run campaign -- --seed ${seed} --slots ${slots} --boards ${boards}`,
    ...(kept.boards ? [`--only-boards ${kept.boards.join(',')}`] : []),
    ...(kept.incidents ? [`--only-incidents ${kept.incidents.join(',') || 'none'}`] : []),
    ...(kept.without.length > 0 ? [`--without ${kept.without.join(',')}`] : []),
  ].join(' ');
}

/** What `commandFor` wrote, read again. */
export function keptOf(given: {
  readonly boards?: string | undefined;
  readonly incidents?: string | undefined;
  readonly without?: string | undefined;
}): Kept {
  const words = (text: string): readonly string[] => (text === 'none' ? [] : text.split(','));
  const numbers = (text: string | undefined): readonly number[] | null => (text === undefined ? null : words(text).map(Number));
  return {
    boards: numbers(given.boards),
    incidents: numbers(given.incidents),
    without: given.without ? words(given.without) : [],
  };
}

export const drawNarrowed = (size: ScriptSize, kept: Kept): CampaignScript => narrowed(drawScript(size), kept);

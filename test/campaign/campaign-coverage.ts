// What really struck, and where: by fault, platform and state of the slot; and what could have. Counts only what did something.
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import type { SlotState } from '../../src/domain/slot.ts';
import { jobStates } from './campaign-draw-hand.ts';
import { type CampaignPlatform, campaignPlatforms } from './campaign-kits.ts';
import type { Effect } from './campaign-script.ts';

/** `refusal` is a NAK over AT, `nak` one of a loader's. */
export type StrikeKind = BoardFault['kind'] | Effect['kind'] | 'romLoop' | 'twin' | 'wrongModel' | 'strapStillClosed' | 'defect';
export type Struck = (kind: StrikeKind, slot: number) => void;

/** Each of them is met by a campaign of a station that concludes something. */
const findings: readonly string[] = [
  'slot.quarantined',
  'board.rejected',
  'pattern.found',
  'production.stopped',
  'golden.changed',
  'release.granted',
  'release.refused',
];

/** What a state offers a fault to strike at. */
type Chance = 'stay' | 'reply' | 'request' | 'open';

/** Counts by key; a value, so that those of several workers add up. */
export type Coverage = Readonly<Record<string, number>>;

export interface CoverageRecorder {
  readonly struck: Struck;
  readonly had: (chance: Chance, slot: number) => void;
  /** A command that a board of this platform heard, or refused by a fault. */
  readonly command: (what: 'heard' | 'refused', platform: CampaignPlatform, name: string, count: number) => void;
  /** Without a slot that could be asked for its state. */
  readonly struckIn: (kind: StrikeKind, platform: CampaignPlatform, state: SlotState) => void;
  /** Something that the station concluded, or that became of a release. */
  readonly found: (event: string) => void;
  counts(): Coverage;
}

export interface CoverageOptions {
  readonly stateOf: (slot: number) => SlotState;
  /** Null: no board is in the slot. */
  readonly platformAt: (slot: number) => CampaignPlatform | null;
}

export function createCoverage({ stateOf, platformAt }: CoverageOptions): CoverageRecorder {
  const counts = new Map<string, number>();
  const add = (key: string, count = 1): void => void counts.set(key, (counts.get(key) ?? 0) + count);
  const addAt = (what: string, slot: number): void => {
    const platform = platformAt(slot);
    if (platform !== null) add(`${what}/${platform}/${stateOf(slot)}`);
  };
  return {
    struck: addAt,
    had: addAt,
    command: (what, platform, name, count) => add(`${what} ${name}/${platform}/`, count),
    struckIn: (kind, platform, state) => add(`${kind}/${platform}/${state}`),
    found: (event) => {
      if (findings.includes(event)) add(`found ${event}`);
    },
    counts: () => Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1))),
  };
}

export function sumOf(all: readonly Coverage[]): Coverage {
  const sum: Record<string, number> = {};
  for (const one of all) for (const [key, count] of Object.entries(one)) sum[key] = (sum[key] ?? 0) + count;
  return sum;
}

/** One row of the table: a fault of the campaign's list, what makes it, and where it can strike. */
interface Row {
  readonly name: string;
  readonly kinds: readonly StrikeKind[];
  /** By chance: in every state in which the station's jobs offered one, seldom ones left out. Else in these states alone. */
  readonly where: Chance | readonly SlotState[];
}

const rows: readonly Row[] = [
  { name: 'unplug', kinds: ['pull'], where: 'stay' },
  { name: 'hub drop', kinds: ['hubDrop'], where: 'stay' },
  { name: 'stall', kinds: ['stall'], where: 'stay' },
  { name: 'takes no bytes', kinds: ['stopReading'], where: ['connecting', 'programming'] },
  { name: 'late re-enumeration', kinds: ['lateReenumeration'], where: ['restarting'] },
  { name: 'no re-enumeration', kinds: ['noReenumeration'], where: ['restarting'] },
  { name: 'does not boot', kinds: ['doesNotBoot'], where: ['restarting'] },
  { name: 'ROM loop', kinds: ['romLoop'], where: ['restarting'] },
  { name: 'strap still closed', kinds: ['strapStillClosed'], where: ['restarting'] },
  { name: 'wrong ids', kinds: ['wrongIds'], where: ['empty', 'restarting'] },
  { name: 'duplicate serial', kinds: ['twin'], where: ['identifying'] },
  { name: 'wrong model', kinds: ['wrongModel'], where: ['identifying'] },
  { name: 'bit error to host', kinds: ['corruptReply'], where: 'reply' },
  { name: 'bit error to board', kinds: ['corruptRequest'], where: 'request' },
  { name: 'dropped reply', kinds: ['dropReply'], where: 'reply' },
  { name: 'duplicated reply', kinds: ['duplicateReply'], where: 'reply' },
  { name: 'NAK', kinds: ['nak', 'refusal'], where: 'request' },
  { name: 'lying burn status', kinds: ['lyingStatus', 'notWritten'], where: ['programming'] },
  { name: 'dead cell of the flash', kinds: ['deadCell'], where: ['programming'] },
  { name: 'another board', kinds: ['swap'], where: 'stay' },
  { name: 'two boards swapped', kinds: ['exchange'], where: 'stay' },
  { name: 'brown-out loop', kinds: ['brownOut'], where: 'stay' },
  { name: 'node held', kinds: ['occupy'], where: 'open' },
  { name: 'slow disk', kinds: ['slowDisk'], where: 'stay' },
  { name: 'full disk', kinds: ['fullDisk'], where: 'stay' },
  { name: 'failed fdatasync', kinds: ['failingSync'], where: 'stay' },
  { name: 'clock jump', kinds: ['clockJump'], where: 'stay' },
];

/** A state that a platform's jobs pass through less often than this in so many boards is an accident of other faults. */
const seldom = 40;

const chanceOf = (row: Row, coverage: Coverage, place: string): boolean =>
  typeof row.where === 'string'
    ? (coverage[`${row.where}/${place}`] ?? 0) > seldom
    : row.where.some((state) => place.endsWith(`/${state}`));

const countOf = ({ kinds }: Row, coverage: Coverage, place: string): number =>
  kinds.reduce((sum, kind) => sum + (coverage[`${kind}/${place}`] ?? 0), 0);

interface Cell {
  readonly name: string;
  readonly count: number;
  readonly canBeFilled: boolean;
}

function cellsOf(row: Row, coverage: Coverage): readonly Cell[] {
  const own = typeof row.where === 'string' ? jobStates : row.where;
  const states = [...new Set([...jobStates, ...own])];
  return campaignPlatforms.flatMap((platform) =>
    states.map((state) => {
      const place = `${platform}/${state}`;
      const name = `${row.name}, ${platform}, ${state}`;
      return { name, count: countOf(row, coverage, place), canBeFilled: chanceOf(row, coverage, place) };
    }),
  );
}

/** Cells of the table in which nothing struck though it could, and commands that no board refused. */
export function emptyCells(coverage: Coverage): readonly string[] {
  const cells = rows.flatMap((row) => cellsOf(row, coverage)).filter(({ canBeFilled, count }) => canBeFilled && count === 0);
  const commands = Object.entries(coverage).flatMap(([key, count]) => {
    const name = /^heard (.*)$/.exec(key)?.[1];
    return name !== undefined && count > seldom && !coverage[`refused ${name}`]
      ? [`NAK of ${name.replace('/', ', ').replace(/\/$/, '')}`]
      : [];
  });
  const rules = findings.filter((event) => !coverage[`found ${event}`]);
  return [...cells.map(({ name }) => name), ...commands, ...rules];
}

/** One line per fault and platform: how often it struck in each state; `.` where it cannot. */
export function coverageTable(coverage: Coverage): string {
  const head = `${'fault'.padEnd(26)}${'platform'.padEnd(12)}${jobStates.map((state) => state.slice(0, 9).padStart(10)).join('')}     other`;
  const lines = rows.flatMap((row) =>
    campaignPlatforms.map((platform) => {
      const counts = jobStates.map((state) => {
        const count = countOf(row, coverage, `${platform}/${state}`);
        return (count === 0 && !chanceOf(row, coverage, `${platform}/${state}`) ? '.' : String(count)).padStart(10);
      });
      const inJobs = jobStates.reduce((sum, state) => sum + countOf(row, coverage, `${platform}/${state}`), 0);
      const all = row.kinds.flatMap((kind) => Object.entries(coverage).filter(([key]) => key.startsWith(`${kind}/${platform}/`)));
      const other = all.reduce((sum, [, count]) => sum + count, 0) - inJobs;
      return `${row.name.padEnd(26)}${platform.padEnd(12)}${counts.join('')}${String(other).padStart(10)}`;
    }),
  );
  const rules = findings.map((event) => `${coverage[`found ${event}`] ?? 0} ${event}`).join(', ');
  return [head, ...lines, refusalLine(coverage), rules].join('\n');
}

function refusalLine(coverage: Coverage): string {
  const names = Object.keys(coverage).filter((key) => key.startsWith('heard '));
  const refused = names.filter((key) => coverage[`refused ${key.slice('heard '.length)}`]);
  return `NAK of a loader's command: ${refused.length} of ${names.length} commands that boards heard`;
}

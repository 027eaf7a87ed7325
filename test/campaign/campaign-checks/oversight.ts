// What the station must conclude from its records, counted here again from the journal, and that it keeps to it: a quarantined slot takes no
// board, a rejected board is not written, nothing opens while production is stopped, nothing but golden units is flashed before one passed.
// Where several things happen in one moment, the station's favour: a rule is held against it only if it stood at both ends; a missing golden
// unit only if none had passed at any moment in between, because the station looks once on the way and the clock may be set back after it.
import type { RecordBody } from '../../../src/domain/record.ts';
import type { JournalLine } from '../../../src/trace/line.ts';
import { campaignOversight } from '../campaign-station.ts';
import type { CampaignTrace, Checker, TimedEvent } from '../campaign-trace.ts';

type Rule = 'quarantined' | 'stopped' | 'rejected' | 'golden';

const checkerOf = (name: string, rule: Rule): Checker => ({
  name,
  find: (trace) => brokenRules(trace).flatMap((broken) => (broken.rule === rule ? [broken.text] : [])),
});

export const quarantineKept = checkerOf('a quarantined slot takes no board', 'quarantined');
export const stopKept = checkerOf('nothing opens while production is stopped', 'stopped');
export const rejectionKept = checkerOf('a rejected board is not written', 'rejected');
export const goldenFirst = checkerOf('golden units first', 'golden');

interface Broken {
  readonly rule: Rule;
  readonly text: string;
}

/** What stood against the unit of a slot's job when it was opened, and when it was about to be written. */
interface JobStart {
  readonly jobId: string;
  readonly rejectedAtOpening: ReadonlySet<string>;
  rejectedAtWrite: ReadonlySet<string> | null;
  /** From its opening to its first write. */
  isGoldenMissing: boolean;
}

const known = new WeakMap<CampaignTrace, readonly Broken[]>();

function brokenRules(trace: CampaignTrace): readonly Broken[] {
  const found = known.get(trace) ?? (trace.script.isOverseen ? follow(trace) : []);
  known.set(trace, found);
  return found;
}

function follow({ events, journal }: CampaignTrace): readonly Broken[] {
  const records = new Map(journal.flatMap((line) => (line.type === 'record' ? [[line.recordId, line] as const] : [])));
  const overrides = journal.filter((line) => line.type === 'override');
  const standing = nothingStands();
  const starts = new Map<number, JobStart>();
  const broken: Broken[] = [];
  const lines = [...journal].sort((one, other) => one.seq - other.seq);
  /** The last line that was told. What stands before it in the journal counts before it, also where the slot tells its own part of it later. */
  let toldSeq = 0;
  let counted = 0;
  const settle = (): void => {
    for (let line = lines[counted]; line !== undefined && line.seq <= toldSeq; line = lines[++counted]) count(standing, line);
  };
  for (const { slot, event, wallMs } of events) {
    const record = event.type === 'record.written' ? records.get(event.recordId) : undefined;
    if (event.type === 'release.granted') toldSeq = Math.max(toldSeq, overrides.shift()?.seq ?? 0);
    if (slot !== null) toldSeq = Math.max(toldSeq, record?.seq ?? 0);
    settle();
    if (!isGoldenMissing(standing, wallMs)) {
      for (const start of starts.values()) if (start.rejectedAtWrite === null) start.isGoldenMissing = false;
    }
    if (slot === null) continue;
    if (record !== undefined) broken.push(...brokenBy(record, starts.get(slot)));
    if (event.type === 'job.opened') {
      const { jobId } = event;
      if (standing.quarantined.has(slot))
        broken.push({ rule: 'quarantined', text: `${jobId} opened in quarantined slot ${slot}` });
      if (standing.isStopped)
        broken.push({ rule: 'stopped', text: `${jobId} opened in slot ${slot} while production is stopped` });
      starts.set(slot, {
        jobId,
        rejectedAtOpening: rejectedBy(standing),
        rejectedAtWrite: null,
        isGoldenMissing: isGoldenMissing(standing, wallMs),
      });
    }
    const start = starts.get(slot);
    if (start !== undefined && isWritingNow(event)) start.rejectedAtWrite ??= rejectedBy(standing);
  }
  return broken;
}

const isWritingNow = (event: TimedEvent['event']): boolean => event.type === 'state.changed' && event.state === 'programming';

function brokenBy(record: RecordBody, start: JobStart | undefined): readonly Broken[] {
  const { unit, kind, written, jobId } = record;
  if (start === undefined || start.rejectedAtWrite === null || start.jobId !== jobId || written === 'none') return [];
  const name = unit.imeiBefore ?? '';
  const isRejected = start.rejectedAtOpening.has(name) && start.rejectedAtWrite.has(name);
  return [
    ...(isRejected && kind !== 'golden'
      ? [{ rule: 'rejected', text: `${jobId}: ${name} was written though rejected` } as const]
      : []),
    ...(start.isGoldenMissing && kind !== 'golden'
      ? [{ rule: 'golden', text: `${jobId}: ${name} was written before a golden unit had passed` } as const]
      : []),
  ];
}

interface Standing {
  /** By slot: the different boards that failed in it since its last PASS or release. */
  readonly failedIn: Map<number, Set<string>>;
  /** By unit: the slots in which it failed since its last PASS or release. */
  readonly failedOf: Map<string, Set<number>>;
  readonly quarantined: Set<number>;
  failuresInRow: number;
  firstAttempts: readonly boolean[];
  isStopped: boolean;
  golden: { readonly isGood: boolean; readonly atMs: number } | null;
}

const nothingStands = (): Standing => ({
  failedIn: new Map(),
  failedOf: new Map(),
  quarantined: new Set(),
  failuresInRow: 0,
  firstAttempts: [],
  isStopped: false,
  golden: null,
});

const isRejected = (slots: ReadonlySet<number>): boolean => slots.size >= campaignOversight.blame.rejectSlots;

const rejectedBy = ({ failedOf }: Standing): ReadonlySet<string> =>
  new Set([...failedOf].flatMap(([unit, slots]) => (isRejected(slots) ? [unit] : [])));

function isGoldenMissing({ golden }: Standing, wallMs: number): boolean {
  const hours = golden === null ? -1 : (wallMs - golden.atMs) / 3_600_000;
  const validHours = campaignOversight.golden?.validHours ?? 0;
  return golden === null || !golden.isGood || hours < 0 || hours > validHours;
}

function count(standing: Standing, line: JournalLine): void {
  if (line.type === 'override') lift(standing, line);
  if (line.type !== 'record') return;
  if (line.kind === 'golden' && line.verdict !== 'ABORTED')
    standing.golden = { isGood: line.verdict === 'PASS', atMs: Date.parse(line.finishedAt) };
  if (line.kind !== 'flash') return;
  countForSlot(standing, line);
  if (line.verdict !== 'ABORTED') countForStop(standing, line);
}

function lift(standing: Standing, line: Extract<JournalLine, { readonly type: 'override' }>): void {
  if (line.rule === 'board-rejected') standing.failedOf.delete(line.unit ?? '');
  if (line.rule === 'slot-quarantined') {
    standing.failedIn.delete(line.slot?.number ?? 0);
    standing.quarantined.delete(line.slot?.number ?? 0);
  }
  if (line.rule === 'production-stopped') Object.assign(standing, { isStopped: false, failuresInRow: 0, firstAttempts: [] });
}

function countForSlot({ failedIn, failedOf, quarantined }: Standing, { verdict, failure, unit, slot }: RecordBody): void {
  const name = unit.imeiBefore ?? unit.imeiAfter ?? unit.sn ?? null;
  if (verdict === 'PASS') {
    failedIn.delete(slot.number);
    if (name !== null) failedOf.delete(name);
    return;
  }
  const isUnits = failure?.blame === 'unit';
  const isSlots = failure?.blame === 'slot';
  if (name !== null && verdict !== 'ABORTED' && (isUnits || isSlots)) add(failedOf, name, slot.number);
  if (!(isSlots || (isUnits && verdict !== 'ABORTED'))) return;
  const board = name ?? `insertion ${slot.insertions}`;
  add(failedIn, slot.number, board);
  // A board that fails everywhere says nothing of the slot.
  if (isRejected(failedOf.get(board) ?? new Set())) for (const boards of failedIn.values()) boards.delete(board);
  const boards = failedIn.get(slot.number)?.size ?? 0;
  if (boards >= campaignOversight.blame.quarantineBoards) quarantined.add(slot.number);
}

function countForStop(standing: Standing, { verdict, attempt }: RecordBody): void {
  const isPass = verdict === 'PASS';
  const { failuresInRow, yieldOver, yieldBelowPercent } = campaignOversight.stop;
  standing.failuresInRow = isPass ? 0 : standing.failuresInRow + 1;
  if (attempt === 1) standing.firstAttempts = [...standing.firstAttempts, isPass].slice(-yieldOver);
  const { firstAttempts } = standing;
  const passed = firstAttempts.filter((each) => each).length;
  const isLow = firstAttempts.length >= yieldOver && passed * 100 < firstAttempts.length * yieldBelowPercent;
  if (standing.failuresInRow >= failuresInRow || isLow) standing.isStopped = true;
}

function add<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void {
  sets.set(key, (sets.get(key) ?? new Set<Value>()).add(value));
}

// The session at work in a station: takes scans one after the other, makes them durable, holds back boards that it does not cover, and
// keeps each job's session until its end. Knows no slot's state and no screen.
import type { ProductionSettings } from '../config/production-fields.ts';
import type { SessionScan } from '../domain/scan.ts';
import type { SessionEvent, SessionNeed, SessionView } from '../domain/session.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { WorkSession } from '../slot/job-log.ts';
import type { Journal } from '../trace/journal.ts';
import type { HistoryLine, SessionChange, WrittenOverride, WrittenRecord } from '../trace/line.ts';
import { isProduction } from './rules/counted.ts';
import { labelFits, labelIsThere } from './rules/label-rules.ts';
import { followOrders, orderBookOf, passedOf } from './rules/order-book.ts';
import type { Lifted } from './rules/oversight.ts';
import type { ClearanceRule } from './rules/rule.ts';
import { quantityOf, type Session, takeScan } from './session.ts';

export interface ProductionOptions {
  readonly settings: ProductionSettings;
  /** Whether a board waits until the session is complete: to flash a lot, not to look at units or to restore one. */
  readonly holdsBack: boolean;
  /** As it is when the station starts. */
  readonly first: WorkSession;
  /** The journal's last lines: a restart forgets neither what has passed nor a quantity. */
  readonly lastLines: readonly HistoryLine[];
  readonly journal: Pick<Journal, 'sessionChanged'>;
  /** The local day, `2026-11-22`. */
  readonly today: () => string;
  readonly tell: (event: SessionEvent) => void;
  /** Boards may be taken that were not before, or the other way round. */
  readonly changed: () => void;
}

export interface Production {
  readonly rules: readonly ClearanceRule[];
  work(): WorkSession;
  /** Of the slot's job: a scan in mid-job is for the next one. */
  workOf(slot: number): WorkSession;
  view(): SessionView;
  /** Whether a board may be entered at all. */
  isOpen(): boolean;
  /** Always resolves; what became of it is told. */
  take(scan: SessionScan): Promise<void>;
  jobOpened(slot: number): void;
  /** A record that is durable now. */
  noteRecord(record: WrittenRecord): void;
  /** For the one who releases: the greater quantity that waits, and its release. */
  readonly order: { waiting(): Lifted | null; note(line: WrittenOverride): void };
}

const noCounts: Readonly<Record<Verdict, number>> = { PASS: 0, FAIL: 0, UNKNOWN: 0, ABORTED: 0 };

export function createProduction(options: ProductionOptions): Production {
  const { settings, journal, tell } = options;
  const book = orderBookOf(options.lastLines);
  let session: Session = { ...options.first, job: null, quantities: book.quantities, proposed: null };
  let shiftCounts = noCounts;
  let last = Promise.resolve();
  /** Sessions of the jobs that are open, by slot. */
  const ofJobs = new Map<number, WorkSession>();
  /** Slots whose unit may become one of the order's, by slot. */
  const promised = new Map<number, string>();

  const workOf = (slot: number): WorkSession => ofJobs.get(slot) ?? workOfSession(session);
  const passed = (): number => passedOf(book, session.workOrder);

  const needs = (): readonly SessionNeed[] => {
    if (!options.holdsBack) return [];
    const quantity = quantityOf(session);
    return [
      ...(settings.requireOperator && session.operator === null ? (['operator'] as const) : []),
      ...(settings.requireWorkOrder && session.workOrder === null ? (['workOrder'] as const) : []),
      ...(quantity !== null && passed() >= quantity ? (['nextOrder'] as const) : []),
    ];
  };

  const inJob: ClearanceRule = ({ question: { profile } }) => {
    const allowed = session.job === null ? undefined : settings.jobs.get(session.job);
    if (allowed === undefined || allowed.includes(profile.id)) return null;
    const expected = `job ${session.job}: ${allowed.join(' or ')}`;
    return { kind: 'refuse', reason: { code: 'profile-not-in-job', step: 'clearing', expected, actual: profile.id } };
  };

  /** Of boards that are flashed at once each could be the last one: what they may come to is counted with what has passed. */
  const withinQuantity: ClearanceRule = ({ question: { slot }, work: { workOrder } }) => {
    const quantity = workOrder === null ? null : (session.quantities.get(workOrder) ?? null);
    if (workOrder === null || quantity === null) return null;
    const others = [...promised].filter(([other, order]) => other !== slot && order === workOrder).length;
    const done = passedOf(book, workOrder);
    if (done + others < quantity) {
      promised.set(slot, workOrder);
      return null;
    }
    const actual = `${done} passed, ${others} being flashed`;
    const expected = `fewer than ${quantity} of order ${workOrder}`;
    return { kind: 'refuse', reason: { code: 'order-complete', step: 'clearing', expected, actual } };
  };

  const apply = (next: Session): void => {
    const isNewShift = next.shift !== session.shift;
    session = next;
    if (isNewShift) {
      shiftCounts = noCounts;
      tell({ type: 'shift.changed', operator: next.operator, shift: next.shift });
    }
    options.changed();
  };

  const takeNow = async (scan: SessionScan): Promise<void> => {
    const answer = takeScan(session, scan, { jobs: settings.jobs, day: options.today() });
    if (answer.kind === 'refused') {
      session = answer.session;
      tell({ type: 'scan.refused', scan, reason: answer.reason });
      return;
    }
    if (answer.kind === 'changed') {
      try {
        followOrders(book, await journal.sessionChanged(changeOf(answer.session)));
      } catch {
        tell({ type: 'scan.refused', scan, reason: 'notRecorded' });
        return;
      }
      apply({ ...answer.session, quantities: book.quantities });
    }
    tell({ type: 'scan.taken', scan });
  };

  return {
    rules: [labelFits(settings), labelIsThere(settings), inJob, withinQuantity],
    work: () => workOfSession(session),
    workOf,
    isOpen: () => needs().length === 0,
    view: () => ({
      ...workOfSession(session),
      job: session.job,
      order: session.workOrder === null ? null : { passed: passed(), quantity: quantityOf(session) },
      proposedQuantity: session.proposed?.quantity ?? null,
      needs: needs(),
      shiftCounts,
    }),
    take(scan) {
      const taken = last.then(() => takeNow(scan));
      last = taken.catch(() => undefined);
      return taken;
    },
    jobOpened: (slot) => void ofJobs.set(slot, workOfSession(session)),
    noteRecord(record) {
      const { workOrder } = session;
      promised.delete(record.slot.number);
      const before = passed();
      followOrders(book, record);
      if (isProduction(record) && record.shift === session.shift) {
        shiftCounts = { ...shiftCounts, [record.verdict]: shiftCounts[record.verdict] + 1 };
      }
      const quantity = quantityOf(session);
      if (workOrder !== null && quantity !== null && before < quantity && passed() >= quantity) {
        tell({ type: 'order.completed', workOrder, quantity });
      }
    },
    order: {
      waiting: () => liftedOf(session),
      note(line) {
        if (line.order === undefined) return;
        followOrders(book, line);
        apply({ ...session, quantities: book.quantities, proposed: null });
      },
    },
  };
}

function liftedOf({ proposed, quantities }: Session): Lifted | null {
  if (proposed === null) return null;
  const { number, quantity } = proposed;
  const why = `order ${number} had the quantity ${quantities.get(number)}, and ${quantity} was scanned`;
  return { rule: 'order-quantity', slot: null, unit: null, why, order: { number, quantity } };
}

const workOfSession = ({ operator, shift, workOrder, lot }: Session): WorkSession => ({ operator, shift, workOrder, lot });

const changeOf = (session: Session): SessionChange => ({
  ...workOfSession(session),
  job: session.job,
  quantity: quantityOf(session),
});

// The session as a screen shows it, and what a station tells of it. Knows no rule.
import type { SessionRefusal, SessionScan } from './scan.ts';
import type { Verdict } from './verdict.ts';

/** What must be scanned before another board is entered. `nextOrder`: the order has its quantity. */
export type SessionNeed = 'operator' | 'workOrder' | 'nextOrder';

export interface SessionView {
  readonly operator: string | null;
  readonly shift: string | null;
  readonly workOrder: string | null;
  readonly lot: string | null;
  /** Name of the profile set; null: every profile of the slots. */
  readonly job: string | null;
  /** Units of the work order that have passed, in this run and before, of so many; null where nothing limits them. */
  readonly order: { readonly passed: number; readonly quantity: number | null } | null;
  /** A greater quantity was scanned and waits for its release. */
  readonly proposedQuantity: number | null;
  /** The most pressing first; empty while boards are taken. */
  readonly needs: readonly SessionNeed[];
  /** Records of this shift by verdict, since the station started. */
  readonly shiftCounts: Readonly<Record<Verdict, number>>;
}

export type SessionEvent =
  | { readonly type: 'scan.taken'; readonly scan: SessionScan }
  | { readonly type: 'scan.refused'; readonly scan: SessionScan; readonly reason: SessionRefusal }
  | { readonly type: 'shift.changed'; readonly operator: string | null; readonly shift: string | null }
  /** So many units of the order have passed as it may have: no other board is entered for it. */
  | { readonly type: 'order.completed'; readonly workOrder: string; readonly quantity: number };

// The session: who works, on what order, lot and profile set. Scans go in, a new session or a refusal comes out; one value, pure.
// Knows no station, no journal and no clock.
import type { SessionRefusal, SessionScan } from '../domain/scan.ts';
import type { WorkSession } from '../slot/job-log.ts';

export interface Session extends WorkSession {
  /** Name of the profile set; null: every profile of the slots. */
  readonly job: string | null;
  /** By work order, how many of its units may pass. The first one scanned stands; only a release makes it greater. */
  readonly quantities: ReadonlyMap<string, number>;
  /** A greater quantity that waits for its release. */
  readonly proposed: OrderQuantity | null;
}

export interface OrderQuantity {
  readonly number: string;
  readonly quantity: number;
}

export interface ScanMoment {
  /** Names of the profile sets. */
  readonly jobs: ReadonlyMap<string, unknown>;
  /** The local day, `2026-11-22`: with the operator it names a shift that nobody named. */
  readonly day: string;
}

export type ScanAnswer =
  | { readonly kind: 'changed'; readonly session: Session }
  /** It says what is so already. */
  | { readonly kind: 'same' }
  | { readonly kind: 'refused'; readonly reason: SessionRefusal; readonly session: Session };

export const quantityOf = ({ workOrder, quantities }: Session): number | null =>
  workOrder === null ? null : (quantities.get(workOrder) ?? null);

/**
 * Another operator, or `SHIFT:`, begins another shift. Another order ends the lot, which was of the one before; the job stays, since
 * forgetting it would let more profiles in.
 */
export function takeScan(session: Session, { kind, text }: SessionScan, moment: ScanMoment): ScanAnswer {
  const changed = (change: Partial<Session>): ScanAnswer => ({
    kind: 'changed',
    session: { ...session, proposed: null, ...change },
  });
  const refused = (reason: SessionRefusal): ScanAnswer => ({ kind: 'refused', reason, session });
  switch (kind) {
    case 'operator': {
      if (text === session.operator) return { kind: 'same' };
      const isFirst = session.operator === null && session.shift !== null;
      return changed({ operator: text, shift: isFirst ? session.shift : `${moment.day} ${text}` });
    }
    case 'shift':
      return text === session.shift ? { kind: 'same' } : changed({ shift: text });
    case 'workOrder':
      return takeOrder(session, text);
    case 'lot':
      return text === session.lot ? { kind: 'same' } : changed({ lot: text });
    case 'job':
      if (moment.jobs.size === 0) return refused('notUsed');
      if (!moment.jobs.has(text)) return refused('unknownJob');
      return text === session.job ? { kind: 'same' } : changed({ job: text });
  }
}

/** `NUMBER/QUANTITY`; the last slash parts the two, so that a number with slashes is written with a slash at its end. */
export function readOrder(text: string): { readonly number: string; readonly quantity: number | null } | null {
  const slash = text.lastIndexOf('/');
  if (slash < 0) return { number: text, quantity: null };
  const [number, quantity] = [text.slice(0, slash).trim(), text.slice(slash + 1).trim()];
  if (number === '') return null;
  if (quantity === '') return { number, quantity: null };
  return /^[1-9]\d{0,6}$/.test(quantity) ? { number, quantity: Number(quantity) } : null;
}

function takeOrder(session: Session, text: string): ScanAnswer {
  const order = readOrder(text);
  if (order === null) return { kind: 'refused', reason: 'badQuantity', session };
  const { number, quantity } = order;
  const standing = session.quantities.get(number) ?? null;
  if (quantity !== null && standing !== null && quantity > standing) {
    return { kind: 'refused', reason: 'quantityNeedsRelease', session: { ...session, proposed: { number, quantity } } };
  }
  const isSameOrder = number === session.workOrder;
  if (isSameOrder && (quantity === null || quantity === standing)) return { kind: 'same' };
  const lot = isSameOrder || session.workOrder === null ? session.lot : null;
  const quantities = quantity === null ? session.quantities : withQuantity(session.quantities, { number, quantity });
  return { kind: 'changed', session: { ...session, workOrder: number, lot, quantities, proposed: null } };
}

export const withQuantity = (
  quantities: ReadonlyMap<string, number>,
  { number, quantity }: OrderQuantity,
): ReadonlyMap<string, number> => new Map(quantities).set(number, quantity);

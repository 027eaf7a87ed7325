// What the journal tells of the work orders: how many units of each have passed, and how many may. Folded line by line, the same at start
// and while the station runs. Knows no slot.
import type { HistoryLine } from '../../trace/line.ts';
import { isProduction, unitOf } from './counted.ts';

export interface OrderBook {
  /** By work order: its units that passed; a unit that passed twice is one. */
  readonly passed: Map<string, Set<string>>;
  /** By work order: the quantity that was last given or released. */
  readonly quantities: Map<string, number>;
}

export function orderBookOf(history: Iterable<HistoryLine>): OrderBook {
  const book: OrderBook = { passed: new Map(), quantities: new Map() };
  for (const line of history) followOrders(book, line);
  return book;
}

export function followOrders({ passed, quantities }: OrderBook, line: HistoryLine): void {
  switch (line.type) {
    case 'record': {
      if (line.workOrder === null || line.verdict !== 'PASS' || !isProduction(line)) return;
      const units = passed.get(line.workOrder) ?? new Set();
      passed.set(line.workOrder, units.add(unitOf(line) ?? line.recordId));
      return;
    }
    case 'override':
      if (line.order !== undefined) quantities.set(line.order.number, line.order.quantity);
      return;
    case 'session.changed':
      if (line.workOrder !== null && line.quantity !== null) quantities.set(line.workOrder, line.quantity);
      return;
  }
}

export const passedOf = ({ passed }: OrderBook, workOrder: string | null): number =>
  workOrder === null ? 0 : (passed.get(workOrder)?.size ?? 0);

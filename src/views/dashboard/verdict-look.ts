// How a verdict looks: symbol, word and colour together, so that none of them is needed alone. Knows no layout.
import type { Verdict } from '../../domain/verdict.ts';
import type { SlotView } from '../../station/read-model.ts';
import type { Style } from './ansi.ts';

export const verdictLook: Readonly<Record<Verdict, { readonly symbol: string; readonly style: Style }>> = {
  PASS: { symbol: '✓', style: 'good' },
  FAIL: { symbol: '✗', style: 'bad' },
  UNKNOWN: { symbol: '?', style: 'call' },
  ABORTED: { symbol: '-', style: 'warn' },
};

/** The verdict to show. A PASS without its record is none: the light turns green only after the record is safe. */
export function shownVerdict({ verdict, recordId }: SlotView): Verdict | null {
  return verdict === 'PASS' && recordId === null ? null : verdict;
}

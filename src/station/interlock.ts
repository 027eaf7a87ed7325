// What the line's other systems say of a unit before it is touched: a contract. Knows no database, no policy and no rule.
import type { Failure } from '../domain/failure.ts';

export interface InterlockQuestion {
  readonly imei: string | null;
  readonly sn: string | null;
  readonly workOrder: string | null;
  readonly profileId: string;
}

/** A PASS that another station of the line has recorded for this unit. */
export interface PassedElsewhere {
  readonly stationId: string;
  readonly recordId: string;
  readonly finishedAt: string;
}

/**
 * `refused`: not in the order, the previous step has no PASS, or the system is away and the policy is `block`. `warning` is set when it is
 * away and the policy is `warn`. Whether a PASS elsewhere stops the unit is the history rule's affair.
 */
export type InterlockAnswer =
  | { readonly kind: 'cleared'; readonly passedElsewhere: PassedElsewhere | null; readonly warning: Failure | null }
  | { readonly kind: 'refused'; readonly failure: Failure };

export interface Interlock {
  /** Always resolves, within the time-out of the policy. */
  ask(question: InterlockQuestion): Promise<InterlockAnswer>;
}

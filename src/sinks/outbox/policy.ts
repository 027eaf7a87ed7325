// What a station does while a server does not take its records. Pure. Knows no station.
import type { OutboxState } from './outbox.ts';

/** `continue`: only shown. `warn`: shown as an alert. `block`: no new job starts. Each once the oldest record has waited `afterMs`. */
export interface OutboxPolicy {
  readonly whenAway: 'block' | 'warn' | 'continue';
  readonly afterMs: number;
}

export interface OutboxStanding {
  readonly name: string;
  /** How long the oldest record has waited; 0 when none does. */
  readonly ageMs: number;
  readonly trouble: string | null;
  readonly demand: 'none' | 'warn' | 'block';
}

export function standingOf(
  state: Pick<OutboxState, 'name' | 'waitingSinceMs' | 'trouble'>,
  policy: OutboxPolicy,
  wallMs: number,
): OutboxStanding {
  const ageMs = state.waitingSinceMs === null ? 0 : Math.max(0, wallMs - state.waitingSinceMs);
  const isLate = state.waitingSinceMs !== null && ageMs >= policy.afterMs;
  const demand = isLate && policy.whenAway !== 'continue' ? policy.whenAway : 'none';
  return { name: state.name, ageMs, trouble: state.trouble, demand };
}

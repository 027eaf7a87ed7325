// Gathers slots that share one subject into one finding each. Knows no check.

export interface SlotSubject {
  readonly subject: string;
  readonly slot: number;
}

/** Subject to its slots, each once and in order. Subjects come in the order they were first named. */
export function bySubject(entries: readonly SlotSubject[]): ReadonlyMap<string, readonly number[]> {
  const slots = new Map<string, Set<number>>();
  for (const { subject, slot } of entries) slots.set(subject, (slots.get(subject) ?? new Set()).add(slot));
  return new Map([...slots].map(([subject, numbers]) => [subject, [...numbers].sort((a, b) => a - b)]));
}

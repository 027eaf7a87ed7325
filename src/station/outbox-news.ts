// What the station makes of how its outboxes stand: which change is worth a line, and the failure that stops new jobs. Pure.
import type { Failure } from '../domain/failure.ts';
import type { OutboxView } from './read-model.ts';

/** Not every tick of an age: what a person must notice once. */
export const isNews = (now: OutboxView, before: OutboxView | undefined): boolean =>
  (now.trouble === null) !== ((before?.trouble ?? null) === null) || now.demand !== (before?.demand ?? 'none');

export const notDelivered = (blocking: readonly OutboxView[]): Failure => ({
  code: 'records-not-delivered',
  step: 'delivering',
  actual: blocking.map(({ name }) => name).join(', '),
  detail: blocking.flatMap(({ trouble }) => trouble ?? []).join('; '),
});

// A green light is over the device that was read back, and over no other: whoever takes a board out of a green slot takes one that passed.
import type { CampaignTrace, Checker, SeenDevice } from '../campaign-trace.ts';

/** The station is told of a device in the same moment in which it comes. */
export const greenIsProven: Checker = {
  name: 'no green light over another board',
  find: (trace) => {
    const devices = Map.groupBy(trace.devices, ({ slot }) => slot);
    return greenTimes(trace).flatMap(({ slot, readAtMs, fromMs, toMs }) => {
      const other = (devices.get(slot) ?? []).find((device) => device.attachedAtMs > readAtMs && isThere(device, fromMs, toMs));
      return other === undefined ? [] : [`slot ${slot} is green at ${fromMs} to ${toMs} ms over ${other.id}`];
    });
  },
};

interface GreenTime {
  readonly slot: number;
  /** The read-back's last answer. */
  readonly readAtMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

const isThere = ({ attachedAtMs, detachedAtMs }: SeenDevice, fromMs: number, toMs: number): boolean =>
  attachedAtMs < toMs && (detachedAtMs ?? Number.POSITIVE_INFINITY) > fromMs;

function greenTimes({ events }: CampaignTrace): readonly GreenTime[] {
  const readAt = new Map<number, number>();
  const greenFrom = new Map<number, number>();
  const times: GreenTime[] = [];
  for (const { slot, atMs, event } of events) {
    if (slot === null) continue;
    if (event.type === 'board.identified') readAt.set(slot, atMs);
    if (event.type !== 'state.changed') continue;
    const fromMs = greenFrom.get(slot);
    if (event.state === 'passed') greenFrom.set(slot, fromMs ?? atMs);
    else if (fromMs !== undefined) {
      greenFrom.delete(slot);
      times.push({ slot, readAtMs: readAt.get(slot) ?? 0, fromMs, toMs: atMs });
    }
  }
  return times;
}

// No byte goes to a board in download mode after its window has passed without a handshake, nor to any board between jobs.
import type { Checker, SeenDevice } from '../campaign-trace.ts';

const windowMs = 10_000;
const downloadVendors: readonly number[] = [0x17d1, 0x0525, 0x1782, 0x2ecc];

export const missedWindow: Checker = {
  name: 'no byte after a missed window',
  find({ devices, events }) {
    const bySlot = Map.groupBy(events, ({ slot }) => slot);
    return devices.flatMap((device) => {
      const own = bySlot.get(device.slot) ?? [];
      return [...afterWindow(device, own), ...betweenJobs(device, own)];
    });
  },
};

type Events = Parameters<Checker['find']>[0]['events'];

function afterWindow(device: SeenDevice, events: Events): readonly string[] {
  const { vendorId, attachedAtMs, detachedAtMs, writes, id, slot } = device;
  if (vendorId === null || !downloadVendors.includes(vendorId)) return [];
  const endMs = attachedAtMs + windowMs;
  const isShaken = events.some(
    ({ atMs, event }) => event.type === 'window.closed' && atMs >= attachedAtMs && atMs <= Math.min(endMs, detachedAtMs ?? endMs),
  );
  if (isShaken) return [];
  const late = writes.find((atMs) => atMs > endMs);
  return late === undefined
    ? []
    : [`slot ${slot}: a write to ${id} ${late - attachedAtMs} ms after its enumeration, without a handshake`];
}

/** A job's bytes lie between its opening and its record. */
function betweenJobs({ writes, id, slot }: SeenDevice, events: Events): readonly string[] {
  if (writes.length === 0) return [];
  const spans: { from: number; to: number }[] = [];
  for (const { atMs, event } of events) {
    if (event.type === 'job.opened') spans.push({ from: atMs, to: Number.POSITIVE_INFINITY });
    const last = spans.at(-1);
    if (event.type === 'record.written' && last) last.to = atMs;
  }
  const stray = writes.find((atMs) => !spans.some(({ from, to }) => from <= atMs && atMs <= to));
  return stray === undefined ? [] : [`slot ${slot}: a write to ${id} at ${stray} ms, outside of any job`];
}

// The process that delivers a station's records, beside the station: whatever a server, its driver or a big backlog does here, no slot
// waits for it. Lives as long as its parent: told by `order` what to deliver, by `finish` to end.
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { pause } from '../bench/clock.ts';
import { realClock } from '../bench/hardware/real-clock.ts';
import type { OutboxSettings } from '../config/station-links.ts';
import { type Outbox, type OutboxState, startOutbox } from '../sinks/outbox/outbox.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { destinationOf } from './outbox-destinations.ts';

export type ToDelivery =
  | {
      readonly type: 'order';
      readonly outboxes: readonly OutboxSettings[];
      readonly journalFolder: string;
      readonly placesFolder: string;
    }
  | { readonly type: 'poke' }
  | { readonly type: 'finish'; readonly withinMs: number };

export type FromDelivery =
  | { readonly type: 'state'; readonly state: OutboxState }
  /** It could not even begin; it is tried again. */
  | { readonly type: 'refused'; readonly name: string; readonly trouble: string };

const beginAgainMs = 5_000;
const stopping = new AbortController();
const boxes: Outbox[] = [];

const tell = (message: FromDelivery): void => {
  if (process.connected) process.send?.(message);
};

async function begin(settings: OutboxSettings, journalFolder: string, placesFolder: string): Promise<void> {
  while (!stopping.signal.aborted) {
    try {
      const box = await startOutbox({
        disk: nodeDisk,
        clock: realClock,
        folder: journalFolder,
        cursorPath: join(placesFolder, `${settings.name}.json`),
        destination: destinationOf(settings, process.env),
        deliveryTimeoutMs: settings.timeoutMs,
        onChange: (state) => tell({ type: 'state', state }),
      });
      boxes.push(box);
      tell({ type: 'state', state: box.state() });
      return;
    } catch (thrown) {
      tell({ type: 'refused', name: settings.name, trouble: thrown instanceof Error ? thrown.message : String(thrown) });
      await pause(realClock, beginAgainMs, stopping.signal).catch(() => undefined);
    }
  }
}

/** What was recorded last goes out as well, unless a server is away. */
async function finish(withinMs: number): Promise<void> {
  stopping.abort(new Error('the station ends'));
  const drained = Promise.all(boxes.map((box) => box.drained()));
  await Promise.race([drained, pause(realClock, withinMs)]);
  await Promise.all(boxes.map((box) => box.stop()));
  process.exit(0);
}

// A terminal's Ctrl-C and a service manager's SIGTERM come here too, while the station still drains.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToDelivery) => {
  switch (message.type) {
    case 'order':
      for (const one of message.outboxes) void begin(one, message.journalFolder, message.placesFolder);
      break;
    case 'poke':
      for (const box of boxes) box.poke();
      break;
    case 'finish':
      void finish(message.withinMs);
      break;
  }
});
try {
  setPriority(10);
} catch {
  // Not every computer lets a process step back; it is a courtesy.
}

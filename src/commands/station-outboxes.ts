// The station's side of its outboxes: keeps the delivering process alive and knows how each outbox stands. Composes; decides nothing.
import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock, Timer } from '../bench/clock.ts';
import type { OutboxSettings } from '../config/station-links.ts';
import type { OutboxState } from '../sinks/outbox/outbox.ts';
import { standingOf } from '../sinks/outbox/policy.ts';
import type { OutboxView, StationConsole } from '../station/read-model.ts';
import type { FromDelivery, ToDelivery } from './deliver-process.ts';

export interface StationOutboxesOptions {
  readonly outboxes: readonly OutboxSettings[];
  readonly clock: Clock;
  readonly logsFolder: string;
  /** Called when something has changed, and once a second. */
  readonly notice: (outboxes: readonly OutboxView[]) => void;
}

export interface StationOutboxes {
  follow(console: StationConsole): void;
  /** Gives the last records a short time to go out. */
  close(): Promise<void>;
}

const [startAgainMs, tickMs, lastRecordsMs, lastWordMs] = [5_000, 1_000, 3_000, 5_000];

/** What is known of one outbox: its own words, or since when there are none. */
interface Known {
  readonly state: Pick<OutboxState, 'name' | 'waitingSinceMs' | 'trouble'>;
}

export function runStationOutboxes({ outboxes, clock, logsFolder, notice }: StationOutboxesOptions): StationOutboxes {
  const known = new Map<string, Known['state']>();
  let child: ChildProcess | null = null;
  let closing = false;
  const timers: { tick: Timer | null; again: Timer | null } = { tick: null, again: null };

  const standings = (): OutboxView[] =>
    outboxes.map(({ name, whenAway, afterMs }) => {
      const state = known.get(name) ?? { name, waitingSinceMs: null, trouble: null };
      return standingOf(state, { whenAway, afterMs }, clock.wallMs());
    });
  const tellNow = (): void => {
    if (!closing) notice(standings());
  };

  /** Nothing is known of what waits: the time counts from here, so that `block` stops the line in the end. */
  const lost = (name: string, trouble: string): void => {
    known.set(name, { name, waitingSinceMs: known.get(name)?.waitingSinceMs ?? clock.wallMs(), trouble });
  };

  const send = (message: ToDelivery): void => {
    if (child?.connected === true) child.send(message, () => undefined);
  };

  const start = (): void => {
    const extension = extname(import.meta.url);
    const started = fork(fileURLToPath(new URL(`./deliver-process${extension}`, import.meta.url)), { stdio: 'ignore' });
    child = started;
    started.on('message', (message: FromDelivery) => {
      if (message.type === 'state') known.set(message.state.name, message.state);
      else lost(message.name, message.trouble);
      tellNow();
    });
    started.on('error', () => undefined);
    started.once('exit', (code, signal) => {
      if (closing) return;
      for (const { name } of outboxes) lost(name, `the delivering process ended (${signal ?? code})`);
      tellNow();
      timers.again = clock.after(startAgainMs, start);
    });
    send({
      type: 'order',
      outboxes,
      journalFolder: join(logsFolder, 'journal'),
      placesFolder: join(logsFolder, 'outbox'),
    });
  };

  const tick = (): void => {
    tellNow();
    timers.tick = clock.after(tickMs, tick);
  };

  if (outboxes.length > 0) {
    start();
    tick();
  }

  return {
    follow: (console) => {
      console.subscribe(({ event }) => {
        if (event.type === 'record.written') send({ type: 'poke' });
      });
    },
    async close() {
      closing = true;
      timers.tick?.cancel();
      timers.again?.cancel();
      const running = child;
      if (running === null || running.exitCode !== null || running.signalCode !== null) return;
      const exited = new Promise<void>((resolve) => {
        running.once('exit', () => resolve());
      });
      send({ type: 'finish', withinMs: lastRecordsMs });
      const late = clock.after(lastRecordsMs + lastWordMs, () => running.kill('SIGKILL'));
      await exited;
      late.cancel();
    },
  };
}

// Tells systemd that the batch works: ready, alive, stopping. By the program `systemd-notify`, since Node has no datagram sockets of the
// file system; the unit therefore says `NotifyAccess=all`. Without NOTIFY_SOCKET nobody listens, and nothing is run.
import { execFile } from 'node:child_process';
import type { Clock } from '../bench/clock.ts';

export interface ServiceNotice {
  ready(): void;
  /** Call it at every beat of the work: told at a third of the time that the watchdog allows. */
  alive(): void;
  stopping(): void;
}

export type Notify = (fact: string) => void;

export function serviceNotice(env: NodeJS.ProcessEnv, clock: Clock, notify: Notify = bySystemdNotify): ServiceNotice {
  if (env['NOTIFY_SOCKET'] === undefined) return { ready: () => undefined, alive: () => undefined, stopping: () => undefined };
  const everyMs = Number(env['WATCHDOG_USEC'] ?? 0) / 3_000;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return {
    ready: () => notify('READY=1'),
    alive() {
      if (!(everyMs > 0) || clock.now() - toldAtMs < everyMs) return;
      toldAtMs = clock.now();
      notify('WATCHDOG=1');
    },
    stopping: () => notify('STOPPING=1'),
  };
}

/** A notice that is lost is one of three. */
const bySystemdNotify: Notify = (fact) => void execFile('systemd-notify', [fact], { timeout: 10_000 }, () => undefined);

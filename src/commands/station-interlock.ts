// The interlock that a station file asks for, with its secret from the environment. Composes; decides nothing.
import type { Clock } from '../bench/clock.ts';
import type { LinkSettings } from '../config/station-links.ts';
import { postgresConnect } from '../sinks/postgres/connect.ts';
import { postgresInterlock } from '../sinks/postgres/interlock.ts';
import type { Interlock } from '../station/interlock.ts';
import { secretOf } from './outbox-destinations.ts';

export interface StationInterlock extends Interlock {
  close(): Promise<void>;
}

/** Null where the station asks nobody. Opens nothing yet. */
export function interlockOf({ interlock }: LinkSettings, station: string, clock: Clock): StationInterlock | null {
  if (interlock === null) return null;
  const { urlFrom, previousStep = null, whenAway, timeoutMs } = interlock;
  const connect = postgresConnect(secretOf(process.env, urlFrom, 'interlock'));
  return postgresInterlock({ connect, clock, station, previousStep, whenAway, timeoutMs });
}

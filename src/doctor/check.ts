// The contract of a check: a question to the machine about one set-up, answered by what it found. Knows no check.
import type { StationSettings } from '../config/station-file.ts';
import type { Diagnosis } from '../domain/diagnosis.ts';
import type { Failure } from '../domain/failure.ts';
import type { LoadedProfile } from '../domain/profile.ts';
import type { Machine } from './machine.ts';

/** The set-up that is examined. */
export interface Subject {
  /** Null without a station file, or with one that cannot be used. */
  readonly station: StationSettings | null;
  readonly profiles: ReadonlyMap<string, LoadedProfile>;
  /** What a start would refuse: station file, profiles, packages. */
  readonly failures: readonly Failure[];
  /** Where records go. */
  readonly logsFolder: string;
  /** What the program was released with. */
  readonly release: Release;
}

export interface Release {
  /** Where package.json and node_modules are. */
  readonly folder: string;
  /** The Node it is tested on, e.g. `24.21.0`. */
  readonly nodeVersion: string;
  /** Name to exact version. */
  readonly libraries: ReadonlyMap<string, string>;
  /** Text of the udev rules; null where the release brings none. */
  readonly udevRules: string | null;
}

export type Check = (machine: Machine, subject: Subject) => Promise<readonly Diagnosis[]>;

/** Slots of a hardware station that are at USB paths; the others touch no USB. */
export function usbSlots({ station }: Subject): StationSettings['slots'] {
  return station?.bench === 'hardware' ? station.slots.filter(({ fixed }) => fixed === null) : [];
}

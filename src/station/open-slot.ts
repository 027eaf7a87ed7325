// Opens the slot of a place: its settings, the lock that recovery laid on it, and what it needs from its station. Knows no routing and no
// other slot.
import type { DeviceSource } from '../bench/device-source.ts';
import type { PowerSwitch } from '../bench/power-switch.ts';
import type { SlotSettings as ConfiguredSlot, StationSettings } from '../config/station-file.ts';
import type { Failure } from '../domain/failure.ts';
import type { LoadedProfile, Profile } from '../domain/profile.ts';
import type { SlotEvent } from '../domain/slot.ts';
import { createSlot, type Slot } from '../slot/create-slot.ts';
import type { ProfileMap, Purpose } from '../slot/decisions.ts';
import type { SlotJournal, SlotServices } from '../slot/slot-services.ts';
import type { Journal } from '../trace/journal.ts';
import type { LockedSlot } from '../trace/line.ts';
import type { Permits } from './permits.ts';
import type { Place } from './places.ts';
import type { Production } from './production.ts';
import type { UnitAnswers } from './rules/unit-answers.ts';
import type { Turns } from './turns.ts';

/** What every slot of a station is given alike. */
export interface SlotSurroundings
  extends Pick<
    SlotServices,
    'clock' | 'pacer' | 'flasherFor' | 'kitFor' | 'keepEvidence' | 'keepTranscript' | 'station' | 'newRecordId' | 'localTime'
  > {
  readonly settings: StationSettings;
  readonly profiles: ReadonlyMap<string, LoadedProfile>;
  readonly source: DeviceSource;
  readonly journal: Journal;
  readonly powerSwitchFor: (slot: ConfiguredSlot) => PowerSwitch;
  readonly runId: string;
  /** Default: flash. */
  readonly purpose?: Purpose;
}

/** What of the station's own a slot asks, and whom it tells. */
export interface SlotSupervision {
  readonly slotJournal: SlotJournal;
  readonly production: Pick<Production, 'work' | 'workOf'>;
  readonly permits: Permits;
  readonly entryTurns: Turns;
  readonly answers: Pick<UnitAnswers, 'clear' | 'recount'>;
  readonly intakeOpen: boolean;
  readonly tell: (event: SlotEvent) => void;
  /** Its machine is dead, its job closed. */
  readonly died: (failure: Failure) => void;
}

export function openSlot(place: Place, surroundings: SlotSurroundings, supervision: SlotSupervision): Slot {
  const { configured } = place;
  const { settings, journal, purpose } = surroundings;
  const { production, permits, entryTurns, answers } = supervision;
  const locks = locksOf(journal, configured);
  const last = locks.at(-1);
  if (last !== undefined) place.row.locked(last.unit, last.step ?? '-');
  const powerSwitch = surroundings.powerSwitchFor(configured);
  return createSlot({
    settings: {
      number: configured.number,
      usbPath: configured.usbPath,
      fixedStart: configured.fixed?.startsIn ?? null,
      unidentified: configured.unidentified.policy,
      removalMs: settings.removalMs,
      powerSwitch: powerSwitch.kind,
      profiles: profileMap(configured, surroundings.profiles),
      automaticRetries: settings.history.automaticRetries,
      runId: surroundings.runId,
      ...(purpose && { purpose }),
    },
    locked: locks.length > 0,
    quarantined: place.isQuarantined,
    intakeOpen: supervision.intakeOpen,
    services: {
      ...surroundings,
      work: () => production.workOf(configured.number),
      powerSwitch,
      journal: supervision.slotJournal,
      takeEntryTurn: (signal) => entryTurns.take(signal),
      baudRate: configured.baudRate,
      clear: answers.clear,
      recount: answers.recount,
      acquirePermit: (signal) => permits.acquire(configured.usbPath, signal),
      releaseLock: async () => {
        const { operator } = production.work();
        await Promise.all(locks.map(({ slot, recordId }) => journal.released({ slot, recordId, operator })));
      },
      emit: supervision.tell,
    },
    died: supervision.died,
  });
}

/** By path or by number: a station file that was renumbered since must not unlock a board that nobody has looked at. */
function locksOf(journal: Journal, { number, usbPath }: ConfiguredSlot): readonly LockedSlot[] {
  return journal.lockedSlots().filter((lock) => lock.usbPath === usbPath || lock.slot === number);
}

function profileMap(slot: ConfiguredSlot, profiles: ReadonlyMap<string, LoadedProfile>): ProfileMap {
  const byModel: Record<string, Profile> = {};
  for (const [model, id] of slot.profiles) {
    const loaded = profiles.get(id);
    if (loaded !== undefined) byModel[model] = loaded.profile;
  }
  const { unidentified } = slot;
  const chosen = unidentified.policy === 'refuse' ? undefined : profiles.get(unidentified.profileId);
  return { byModel, unidentified: chosen?.profile ?? null };
}

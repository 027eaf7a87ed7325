// Checks of a station file that reach over several fields. Pure; knows no disk and no profile's content.
import { type Finding, shown } from './problems.ts';
import { pathOf, type SlotEntry, type StationFile, unidentifiedOf } from './station-file.ts';

/** Every fault of a station file that has the right shape. */
export function findStationFaults(file: StationFile): readonly Finding[] {
  return [
    ...file.slots.flatMap((entry, index) => slotFaults(entry, index, file)),
    ...repeatedNumbers(file.slots),
    ...collidingPaths(file.slots),
    ...repeatedOutboxes(file.outboxes),
    ...jobFaults(file),
  ];
}

function slotFaults(entry: SlotEntry, index: number, { defaults }: StationFile): Finding[] {
  return [
    ...placeFaults(entry, index),
    ...profileMapFaults(entry, index, defaults),
    ...unidentifiedFaults(entry, index, defaults),
    ...powerSwitchFaults(entry, index, defaults),
  ];
}

function placeFaults({ usbPath, serialPath, startsIn }: SlotEntry, index: number): Finding[] {
  const at = ['slots', index];
  if (usbPath === undefined && serialPath === undefined) {
    return [{ path: at, found: 'neither usbPath nor serialPath', expected: 'exactly one of them' }];
  }
  if (usbPath !== undefined && serialPath !== undefined) {
    return [{ path: at, found: 'usbPath and serialPath', expected: 'exactly one of them' }];
  }
  if (serialPath !== undefined && startsIn === undefined) {
    return [{ path: [...at, 'startsIn'], found: 'nothing', expected: '"download" or "normal" for a slot at a serialPath' }];
  }
  if (usbPath !== undefined && startsIn !== undefined) {
    return [
      {
        path: [...at, 'startsIn'],
        found: shown(startsIn),
        expected: 'nothing for a slot at a usbPath: its USB ids tell the mode',
      },
    ];
  }
  return [];
}

function profileMapFaults(entry: SlotEntry, index: number, defaults: StationFile['defaults']): Finding[] {
  if (Object.keys(entry.profiles ?? defaults.profiles ?? {}).length > 0) return [];
  return [
    {
      path: ['slots', index, 'profiles'],
      found: shown(entry.profiles),
      expected: 'at least one model with its profile, here or in defaults',
    },
  ];
}

function unidentifiedFaults(entry: SlotEntry, index: number, defaults: StationFile['defaults']): Finding[] {
  const settings = unidentifiedOf(entry, defaults);
  const at = ['slots', index, 'unidentifiedProfile'];
  if (settings?.policy === 'refuse' && entry.startsIn === 'download') {
    const expected = '"accept" or "requireLabel": nothing can identify a board that starts in download mode on a fixed path';
    return [{ path: ['slots', index, 'unidentified'], found: shown('refuse'), expected }];
  }
  if (settings === null) {
    return [{ path: at, found: 'nothing', expected: 'one of the mapped profiles: several are mapped, and it is never guessed' }];
  }
  if (settings.policy === 'refuse') {
    if (entry.unidentifiedProfile === undefined) return [];
    return [{ path: at, found: shown(entry.unidentifiedProfile), expected: 'nothing while "unidentified" is "refuse"' }];
  }
  const mapped = Object.values(entry.profiles ?? defaults.profiles ?? {});
  if (mapped.includes(settings.profileId)) return [];
  return [
    { path: at, found: shown(settings.profileId), expected: `one of the mapped profiles (${mapped.map(shown).join(', ')})` },
  ];
}

/** A job only narrows: a profile that no slot has would look allowed, and be refused at every board. */
function jobFaults({ jobs, slots, defaults }: StationFile): Finding[] {
  const mapped = new Set(slots.flatMap((entry) => Object.values(entry.profiles ?? defaults.profiles ?? {})));
  return Object.entries(jobs).flatMap(([name, { profiles }]) =>
    profiles.flatMap((id, index) =>
      mapped.has(id)
        ? []
        : [
            {
              path: ['jobs', name, 'profiles', index],
              found: shown(id),
              expected: `a profile that a slot has (${[...mapped].map(shown).join(', ')})`,
            },
          ],
    ),
  );
}

/** uhubctl finds a hub port by the slot's USB path, and a slot at a serialPath has none. */
function powerSwitchFaults(entry: SlotEntry, index: number, defaults: StationFile['defaults']): Finding[] {
  const { kind } = entry.powerSwitch ?? defaults.powerSwitch ?? { kind: 'prompt' };
  if (kind !== 'uhubctl' || entry.usbPath !== undefined) return [];
  const path = ['slots', index, 'powerSwitch'];
  return [{ path, found: '"uhubctl" for a slot at a serialPath', expected: '"command" or "prompt"' }];
}

function repeatedNumbers(slots: readonly SlotEntry[]): Finding[] {
  const numbers = slots.map((entry) => entry.number);
  return numbers.flatMap((number, index): Finding[] =>
    numbers.indexOf(number) < index
      ? [{ path: ['slots', index, 'number'], found: shown(number), expected: 'a number no other slot has' }]
      : [],
  );
}

/** Two outboxes of one name would share one place in the journal. */
function repeatedOutboxes(outboxes: StationFile['outboxes']): Finding[] {
  const names = outboxes.map(({ name }) => name);
  return names.flatMap((name, index): Finding[] =>
    names.indexOf(name) < index
      ? [{ path: ['outboxes', index, 'name'], found: shown(name), expected: 'a name no other outbox has' }]
      : [],
  );
}

/** One path, one slot. A path below another slot's path would need a hub where that slot's board sits. */
function collidingPaths(slots: readonly SlotEntry[]): Finding[] {
  const paths = slots.map(pathOf);
  return slots.flatMap((entry, index): Finding[] => {
    const mine = paths[index] ?? '';
    const other = paths.findIndex(
      (path, i) => (path === mine && i < index) || (entry.usbPath !== undefined && mine.startsWith(`${path}.`)),
    );
    if (other < 0) return [];
    const field = entry.usbPath === undefined ? 'serialPath' : 'usbPath';
    const relation = paths[other] === mine ? 'is the path' : 'lies below the path';
    const found = `${shown(entry.usbPath ?? entry.serialPath)}, which ${relation} of slot ${slots[other]?.number}`;
    return [{ path: ['slots', index, field], found, expected: 'a path of its own' }];
  });
}

// The station file: its schema with defaults, and the settings a station is built from.
// Knows no profile's content; load-station.ts joins the two.
import { dirname, normalize, resolve } from 'node:path';
import { z } from 'zod';
import type { DeviceMode } from '../domain/platform.ts';
import type { UnidentifiedPolicy } from '../domain/verdict.ts';
import { filePath, label, model, profileId, schemaField, wholeNumber } from './fields.ts';
import { type OversightSettings, oversightFields, toOversightSettings } from './oversight-fields.ts';
import { stationLinks } from './station-links.ts';

const usbPath = z
  .string()
  .regex(
    /^[a-z0-9][\w:.-]*\/[1-9]\d*(?:\.[1-9]\d*){0,6}$/,
    'a USB path: controller and hub port chain, e.g. "pci-0000:00:14.0/1.4.2"',
  );

const serialPath = z.string().regex(/^(?:\/[^\p{Cc}]+|COM[1-9]\d*)$/u, 'an absolute serial path, e.g. "/dev/ttyS1"');

const powerOffMs = wholeNumber(100, 60_000).default(2000).describe('How long the power stays off.');

const hub = z.strictObject({
  usbPath,
  id: z.string().regex(/^[0-9a-f]{4}:[0-9a-f]{4}$/, 'USB ids, e.g. "05e3:0610"'),
  serialNumber: z.string().optional(),
});

const slotDefaults = {
  baudRate: wholeNumber(1200, 4_000_000).optional().describe('Line rate of a UART; USB ignores it. Default 115200.'),
  profiles: z
    .record(model, profileId)
    .optional()
    .describe(
      'Identified model to profile id: the only thing that chooses a profile. A map of a slot replaces the default map whole.',
    ),
  unidentified: z
    .enum(['refuse', 'requireLabel', 'accept'])
    .optional()
    .describe('What happens to a board in download mode that was not identified in this insertion. Default "refuse".'),
  unidentifiedProfile: profileId
    .optional()
    .describe('The profile for such a board. Needed when more than one profile is mapped.'),
  powerSwitch: z
    .discriminatedUnion(
      'kind',
      [
        z.strictObject({ kind: z.literal('prompt') }),
        z.strictObject({ kind: z.literal('uhubctl'), program: filePath.default('uhubctl'), offMs: powerOffMs }),
        z.strictObject({
          kind: z.literal('command'),
          command: z
            .tuple([filePath], z.string())
            .describe('Program and arguments; "off" or "on" and the USB path are added to them.'),
          offMs: powerOffMs,
        }),
      ],
      'one of "prompt", "uhubctl", "command"',
    )
    .optional()
    .describe('Who switches the power of the slot. Default: the operator, prompted.'),
};

/** Of the place itself: never a default for others. */
const fixtureStrap = z
  .boolean()
  .optional()
  .describe(
    'The fixture closes the boot strap by itself whenever its power comes on, and opens it again. Needed by `flashrack batch`.',
  );

const slot = z
  .strictObject({
    number: wholeNumber(1, 999),
    usbPath: usbPath.optional(),
    serialPath: serialPath.optional().describe('A fixed serial path (UART fixture, pseudo terminal) in place of a USB path.'),
    startsIn: z.enum(['download', 'normal']).optional().describe('With serialPath only, and required there.'),
    fixtureStrap,
    ...slotDefaults,
  })
  .meta({ oneOf: [{ required: ['usbPath'] }, { required: ['serialPath', 'startsIn'] }] });

const hook = z.strictObject({
  on: z
    .array(z.string().regex(/^[a-z]+\.[a-z]+(?::[\w-]+)?$/i, 'an event, e.g. "record.written:FAIL" or "slot.prompted"'))
    .min(1)
    .describe('Event names; after a colon the verdict, prompt, state or failure code it must have.'),
  command: z
    .tuple([filePath], z.string())
    .describe('Program and arguments, started without a shell; the event comes as JSON on its standard input.'),
  timeoutMs: wholeNumber(100, 60_000).default(5_000).describe('It is killed after this time.'),
});

const permits = wholeNumber(1, 999).optional();

const pastPolicy = z.enum(['block', 'ask', 'retest']);

export const stationFile = z
  .strictObject({
    $schema: schemaField,
    station: z.strictObject({ id: label, line: label }),
    bench: z.enum(['simulator', 'hardware']),
    profilesFolder: filePath.default('../profiles').describe('Relative to the folder of this station file.'),
    logsFolder: filePath.default('../logs').describe('Relative to the folder of this station file.'),
    defaults: z.strictObject(slotDefaults).prefault({}).describe('For every slot that does not say otherwise.'),
    slots: z.array(slot).min(1),
    limits: z
      .strictObject({
        station: permits,
        perController: permits,
        perHub: permits,
        perSlot: z.literal(1).default(1).describe('A slot runs one job at a time.'),
      })
      .prefault({})
      .describe('How many slots may program at once. An absent limit does not limit.'),
    hubs: z
      .array(hub)
      .optional()
      .describe('The hubs above the slots, as `flashrack map` saw them. A station whose hubs have moved is refused.'),
    pinned: z
      .record(profileId, z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 as 64 lower-case hex digits'))
      .optional()
      .describe('Profile id to SHA-256 of its file, written by `flashrack profile check --pin`. Any other profile is refused.'),
    powerUpGapMs: wholeNumber(0, 10_000).default(300).describe('Least time between two slots whose power is switched on.'),
    atEntryGapMs: wholeNumber(0, 10_000)
      .default(100)
      .describe('Least time between two boards that are asked over AT to enter their download mode.'),
    removalMs: wholeNumber(100, 60_000)
      .default(2000)
      .describe('How long a path must be empty before the board counts as removed.'),
    production: z
      .strictObject({
        requireOperator: z.boolean().default(false),
        requireWorkOrder: z.boolean().default(false),
        targetUnitsPerHour: wholeNumber(1, 100_000).optional().describe('Good units per hour the screen compares with.'),
      })
      .prefault({}),
    hooks: z
      .array(hook)
      .optional()
      .describe('Commands for light towers and buzzers. They hear of events and cannot hold a slot up.'),
    ...oversightFields,
    history: z
      .strictObject({
        passedBefore: pastPolicy
          .default('ask')
          .describe('A unit whose last attempt is PASS: block, ask the operator, or allow as retest.'),
        twiceInOrder: pastPolicy.default('block').describe('The same, where that PASS was in the same work order.'),
        rework: pastPolicy.default('block').describe('A unit that is for rework. A rework station says "ask".'),
        maxAttempts: wholeNumber(1, 99).default(3).describe('So many attempts without PASS, and a unit is for rework.'),
        maxUnknown: wholeNumber(1, 99).default(2).describe('So many UNKNOWN, and a unit is for rework.'),
        automaticRetries: wholeNumber(0, 5)
          .default(0)
          .describe('How often a slot tries again by itself in one insertion, after a code that is retryable.'),
      })
      .prefault({})
      .describe('What happens to a unit that has been here before. The same unit in two slots is always stopped.'),
    ...stationLinks,
  })
  .meta({ title: 'flashrack station', description: 'One PC with its rack: slots, their paths, and what may be flashed there.' });

export type StationFile = z.output<typeof stationFile>;
export type SlotEntry = StationFile['slots'][number];

/** A board without fresh identification: refused, or taken with this one profile. */
export type UnidentifiedSettings =
  | { readonly policy: 'refuse' }
  | { readonly policy: Exclude<UnidentifiedPolicy, 'refuse'>; readonly profileId: string };

export interface SlotSettings {
  readonly number: number;
  /** As `Device.usbPath` gives it: `pci-0000:00:14.0/1.4.2`, or `serial:/dev/ttyS1` for a fixed serial path. */
  readonly usbPath: string;
  /** Null for a slot at a USB path. */
  readonly fixed: { readonly serialPath: string; readonly startsIn: DeviceMode } | null;
  readonly baudRate: number;
  /** Identified model to profile id. */
  readonly profiles: ReadonlyMap<string, string>;
  readonly unidentified: UnidentifiedSettings;
  readonly powerSwitch: PowerSwitchSettings;
  /** A fixture closes the boot strap at each power-on. Absent: a hand does. */
  readonly fixtureStrap?: boolean;
}

export type PowerSwitchSettings =
  | { readonly kind: 'prompt' }
  | { readonly kind: 'uhubctl'; readonly program: string; readonly offMs: number }
  | { readonly kind: 'command'; readonly command: readonly [string, ...string[]]; readonly offMs: number };

/** A hub as it was when the rack was mapped. */
export interface HubSettings {
  readonly usbPath: string;
  /** `05e3:0610`. */
  readonly id: string;
  readonly serialNumber: string | null;
}

export type HookSettings = z.output<typeof hook>;

/** Null where nothing limits. */
export interface PermitLimits {
  readonly station: number | null;
  readonly perController: number | null;
  readonly perHub: number | null;
  readonly perSlot: 1;
}

export interface StationSettings {
  readonly station: { readonly id: string; readonly line: string };
  readonly bench: 'simulator' | 'hardware';
  /** Absolute. */
  readonly profilesFolder: string;
  /** Absolute. */
  readonly logsFolder: string;
  readonly slots: readonly SlotSettings[];
  readonly limits: PermitLimits;
  /** Empty for a rack that was not mapped. */
  readonly hubs: readonly HubSettings[];
  readonly powerUpGapMs: number;
  readonly atEntryGapMs: number;
  readonly removalMs: number;
  readonly production: {
    readonly requireOperator: boolean;
    readonly requireWorkOrder: boolean;
    readonly targetUnitsPerHour?: number | undefined;
  };
  /** Absent: none. */
  readonly hooks?: readonly HookSettings[];
  readonly oversight: OversightSettings;
  readonly history: HistorySettings;
}

export type HistorySettings = StationFile['history'];

/** The settings of a station file that passed `findStationFaults`. */
export function toStationSettings(file: StationFile, path: string): StationSettings {
  const { limits } = file;
  return {
    station: file.station,
    bench: file.bench,
    profilesFolder: resolve(dirname(path), file.profilesFolder),
    logsFolder: resolve(dirname(path), file.logsFolder),
    slots: file.slots.map((entry) => toSlotSettings(entry, file)),
    limits: {
      station: limits.station ?? null,
      perController: limits.perController ?? null,
      perHub: limits.perHub ?? null,
      perSlot: limits.perSlot,
    },
    hubs: (file.hubs ?? []).map(({ serialNumber, ...hub }) => ({ ...hub, serialNumber: serialNumber ?? null })),
    powerUpGapMs: file.powerUpGapMs,
    atEntryGapMs: file.atEntryGapMs,
    removalMs: file.removalMs,
    production: file.production,
    ...(file.hooks && { hooks: file.hooks }),
    oversight: toOversightSettings(file),
    history: file.history,
  };
}

function toSlotSettings(entry: SlotEntry, { defaults }: StationFile): SlotSettings {
  const { serialPath, startsIn } = entry;
  return {
    number: entry.number,
    usbPath: pathOf(entry),
    fixed: serialPath !== undefined && startsIn !== undefined ? { serialPath: normalize(serialPath), startsIn } : null,
    baudRate: entry.baudRate ?? defaults.baudRate ?? 115_200,
    profiles: new Map(Object.entries(entry.profiles ?? defaults.profiles ?? {})),
    unidentified: unidentifiedOf(entry, defaults) ?? { policy: 'refuse' },
    powerSwitch: entry.powerSwitch ?? defaults.powerSwitch ?? { kind: 'prompt' },
    ...(entry.fixtureStrap !== undefined && { fixtureStrap: entry.fixtureStrap }),
  };
}

/** What `SlotSettings.usbPath` is for an entry. */
export const pathOf = ({ usbPath, serialPath = '' }: SlotEntry): string => usbPath ?? `serial:${normalize(serialPath)}`;

/** Null when the policy takes a board but the file does not say with which profile. */
export function unidentifiedOf(entry: SlotEntry, defaults: StationFile['defaults']): UnidentifiedSettings | null {
  const policy = entry.unidentified ?? defaults.unidentified ?? 'refuse';
  if (policy === 'refuse') return { policy };
  const mapped = [...new Set(Object.values(entry.profiles ?? defaults.profiles ?? {}))];
  const chosen = entry.unidentifiedProfile ?? defaults.unidentifiedProfile ?? (mapped.length === 1 ? mapped[0] : undefined);
  return chosen === undefined ? null : { policy, profileId: chosen };
}

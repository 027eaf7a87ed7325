// The job file of a night batch: its schema with defaults, and the settings made of it. Knows no station's content.
import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import { filePath, label, model, profileId, schemaField, wholeNumber } from './fields.ts';
import type { StopSettings } from './oversight-fields.ts';
import { type Finding, faultOf, readAs, shown } from './problems.ts';

const time = z
  .string()
  .regex(
    /^(?:([01]\d|2[0-3]):[0-5]\d|\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:Z|[+-]\d{2}:\d{2}))$/,
    'a time of day ("06:00", the next one) or a time with its offset ("2026-11-23T06:00+08:00")',
  );

export const batchFile = z
  .strictObject({
    $schema: schemaField,
    station: filePath.describe('Station file, relative to the folder of this job file.'),
    operator: label.describe('Who answers for the batch; in every record.'),
    workOrder: label.optional(),
    lot: label.optional(),
    shift: label.optional(),
    profiles: z
      .record(model, profileId)
      .optional()
      .describe('Model to profile id. Narrows what the slots map, never widens it. Absent: all that they map.'),
    quantity: wholeNumber(1, 1_000_000).optional().describe('Ends when so many boards have passed; no more are begun.'),
    retries: wholeNumber(0, 5)
      .default(1)
      .describe('How often a slot tries again by itself in one insertion, where the code allows it.'),
    powerCycle: z
      .strictObject({
        atStart: z.boolean().default(true).describe('Boards already in the rack are power-cycled, where the slot can do that.'),
        tries: wholeNumber(0, 5)
          .default(1)
          .describe('How often a board that asks for a hand is power-cycled instead, before it is left for the morning.'),
      })
      .prefault({}),
    hubTurnSeconds: wholeNumber(5, 600)
      .default(120)
      .describe('At the start the hubs come one after the other; the longest wait for one before the next.'),
    stop: z
      .strictObject({
        failuresInRow: wholeNumber(0, 1000).optional(),
        yieldBelowPercent: wholeNumber(0, 100).optional(),
        yieldOver: wholeNumber(2, 1000).optional(),
      })
      .prefault({})
      .describe("Stop rules, in place of the station file's. A batch that stops, ends."),
    endAt: time.optional().describe('No job is begun after it; what is being written is finished.'),
    idleMinutes: wholeNumber(1, 720).default(20).describe('Ends when nothing has happened for so long.'),
    releaseLocked: z
      .enum(['never', 'identified'])
      .default('never')
      .describe(
        'Slots locked after a crash. "identified": released where only a board that tells who it is may be flashed, so that its history decides.',
      ),
  })
  .meta({ title: 'flashrack batch', description: 'One night shift without anybody at the rack.' });

export interface BatchSettings {
  /** The job file's name. */
  readonly name: string;
  /** Absolute. */
  readonly stationFile: string;
  readonly work: {
    readonly operator: string;
    readonly workOrder: string | null;
    readonly lot: string | null;
    readonly shift: string | null;
  };
  /** Null: all that the slots map. */
  readonly profiles: ReadonlyMap<string, string> | null;
  readonly quantity: number | null;
  readonly retries: number;
  readonly powerCycle: { readonly atStart: boolean; readonly tries: number };
  readonly hubTurnMs: number;
  readonly stop: Partial<StopSettings>;
  /** Null: no end time. */
  readonly endsAtWallMs: number | null;
  readonly idleMs: number;
  readonly releaseLocked: 'never' | 'identified';
}

export interface BatchMoment {
  readonly wallMs: number;
  /** Minutes east of UTC. */
  readonly utcOffset: number;
}

/** Throws `batch-file-invalid` with one line per problem; an end time that is over is one. */
export function readBatch(bytes: Uint8Array, path: string, now: BatchMoment): BatchSettings {
  const { outcome } = readAs(batchFile, bytes, path, (file) => endFaults(file.endAt, now));
  if (outcome.value === null) throw faultOf('batch-file-invalid', outcome.problems);
  const { station, operator, workOrder = null, lot = null, shift = null, profiles, quantity = null, ...rest } = outcome.value;
  const { failuresInRow, yieldBelowPercent, yieldOver } = rest.stop;
  return {
    name: basename(path),
    stationFile: resolve(dirname(path), station),
    work: { operator, workOrder, lot, shift },
    profiles: profiles === undefined ? null : new Map(Object.entries(profiles)),
    quantity,
    retries: rest.retries,
    powerCycle: rest.powerCycle,
    hubTurnMs: rest.hubTurnSeconds * 1000,
    stop: {
      ...(failuresInRow !== undefined && { failuresInRow }),
      ...(yieldBelowPercent !== undefined && { yieldBelowPercent }),
      ...(yieldOver !== undefined && { yieldOver }),
    },
    endsAtWallMs: rest.endAt === undefined ? null : wallMsOf(rest.endAt, now),
    idleMs: rest.idleMinutes * 60_000,
    releaseLocked: rest.releaseLocked,
  };
}

const dayMs = 86_400_000;

/** A time of day is the next one by the station's clock. */
function wallMsOf(text: string, { wallMs, utcOffset }: BatchMoment): number {
  if (!/^\d{2}:\d{2}$/.test(text)) return Date.parse(text);
  const offsetMs = utcOffset * 60_000;
  const midnight = Math.floor((wallMs + offsetMs) / dayMs) * dayMs - offsetMs;
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  const today = midnight + (hours * 60 + minutes) * 60_000;
  return today > wallMs ? today : today + dayMs;
}

function endFaults(endAt: string | undefined, now: BatchMoment): readonly Finding[] {
  if (endAt === undefined) return [];
  const endsAt = wallMsOf(endAt, now);
  if (endsAt > now.wallMs) return [];
  return [{ path: ['endAt'], found: shown(endAt), expected: 'a time that exists and is still to come' }];
}

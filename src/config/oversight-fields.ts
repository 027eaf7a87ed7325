// Fields of the station file that say what the station concludes from many jobs, and who may lift it. Knows no rule's working.
import { z } from 'zod';
import { label, wholeNumber } from './fields.ts';

const hexBytes = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`), `${bytes} bytes in lower-case hex`);

const supervisor = z.strictObject({ name: label, salt: hexBytes(16), hash: hexBytes(32) });

export const oversightFields = {
  blame: z
    .strictObject({
      quarantineBoards: wholeNumber(0, 100)
        .default(3)
        .describe('So many different boards that fail in one slot, none passing in between, quarantine the slot. 0: never.'),
      rejectSlots: wholeNumber(0, 100)
        .default(2)
        .describe('A board that failed in so many different slots, not passing in between, is rejected. 0: never.'),
      sameCodeSlots: wholeNumber(0, 999)
        .default(4)
        .describe('The same failure code in so many slots points at their hub, the package or the station. 0: never.'),
      sameCodeMinutes: wholeNumber(1, 1440).default(10).describe('… within so many minutes.'),
    })
    .prefault({})
    .describe('Slot, board, hub or package: where failures of many jobs point.'),
  stop: z
    .strictObject({
      failuresInRow: wholeNumber(0, 1000)
        .default(10)
        .describe('So many boards failing one after the other stop production. 0: never.'),
      yieldBelowPercent: wholeNumber(0, 100).default(70).describe('A first-pass yield below this stops production. 0: never.'),
      yieldOver: wholeNumber(2, 1000)
        .default(50)
        .describe('… taken over so many first attempts, and not before there are as many.'),
    })
    .prefault({})
    .describe('When production stops by itself until it is released.'),
  golden: z
    .strictObject({
      units: z.array(label).min(1).describe('IMEI or SN of each golden unit: known to be good.'),
      each: z.enum(['shift', 'start']).default('shift').describe('Asked for in each shift, or each time the station starts.'),
      validHours: wholeNumber(1, 168).default(12).describe('How long it holds at most.'),
    })
    .optional()
    .describe('No other unit is flashed before one of these has passed. Absent: not asked for.'),
  supervisors: z
    .array(supervisor)
    .default([])
    .describe('Who may release, as `flashrack supervisor hash` prints them. With none, an operator may.'),
  marginWarnPercent: wholeNumber(0, 90)
    .default(25)
    .describe('Warns when 1 of 20 entries has less than this share of its download window left. 0: never.'),
};

export interface BlameSettings {
  readonly quarantineBoards: number;
  readonly rejectSlots: number;
  readonly sameCodeSlots: number;
  readonly sameCodeMinutes: number;
}

export interface StopSettings {
  readonly failuresInRow: number;
  readonly yieldBelowPercent: number;
  readonly yieldOver: number;
}

export interface GoldenSettings {
  readonly units: readonly string[];
  readonly each: 'shift' | 'start';
  readonly validHours: number;
}

/** A code's salted hash: scrypt with the parameters of `flashrack supervisor hash`. */
export interface SupervisorSettings {
  readonly name: string;
  readonly salt: string;
  readonly hash: string;
}

/** 0 switches a rule off. */
export interface OversightSettings {
  readonly blame: BlameSettings;
  readonly stop: StopSettings;
  readonly golden: GoldenSettings | null;
  readonly supervisors: readonly SupervisorSettings[];
  readonly marginWarnPercent: number;
}

const oversightFile = z.object(oversightFields);

export function toOversightSettings({
  blame,
  stop,
  golden,
  supervisors,
  marginWarnPercent,
}: z.output<typeof oversightFile>): OversightSettings {
  return { blame, stop, golden: golden ?? null, supervisors, marginWarnPercent };
}

/** Nothing is concluded. */
export const noOversight: OversightSettings = {
  blame: { quarantineBoards: 0, rejectSlots: 0, sameCodeSlots: 0, sameCodeMinutes: 10 },
  stop: { failuresInRow: 0, yieldBelowPercent: 0, yieldOver: 50 },
  golden: null,
  supervisors: [],
  marginWarnPercent: 0,
};

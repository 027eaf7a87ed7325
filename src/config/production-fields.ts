// Fields of the station file that say what must be scanned before a board is entered, and which profile sets a scan may choose.
import { z } from 'zod';
import { label, profileId, wholeNumber } from './fields.ts';

const required = (what: string) => z.boolean().default(false).describe(what);

export const productionFields = {
  production: z
    .strictObject({
      requireOperator: required('No board is entered before an operator is known (`OP:`, --operator).'),
      requireWorkOrder: required('… before a work order is known (`WO:`, --order).'),
      requireLabel: required('… before the IMEI or SN on its label was scanned for its slot.'),
      requireOrderingCode: required('… before the ordering code on its label was scanned, and the profile lists it.'),
      targetUnitsPerHour: wholeNumber(1, 100_000).optional().describe('Good units per hour the screen compares with.'),
    })
    .prefault({})
    .describe('What must be scanned before a board is entered, and the pace that is aimed at.'),
  jobs: z
    .record(label, z.strictObject({ profiles: z.array(profileId).min(1) }))
    .default({})
    .describe('Profile sets by name: `JOB:` chooses one, and no other profile is flashed then.'),
};

export interface ProductionSettings {
  readonly requireOperator: boolean;
  readonly requireWorkOrder: boolean;
  readonly requireLabel: boolean;
  readonly requireOrderingCode: boolean;
  readonly targetUnitsPerHour?: number | undefined;
  /** Profile ids by the name of the set. */
  readonly jobs: ReadonlyMap<string, readonly string[]>;
}

const productionFile = z.object(productionFields);

export function toProductionSettings({ production, jobs }: z.output<typeof productionFile>): ProductionSettings {
  return { ...production, jobs: new Map(Object.entries(jobs).map(([name, { profiles }]) => [name, profiles])) };
}

/** Nothing is required. */
export const productionDefaults: ProductionSettings = {
  requireOperator: false,
  requireWorkOrder: false,
  requireLabel: false,
  requireOrderingCode: false,
  jobs: new Map(),
};

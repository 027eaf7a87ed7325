// What a station file says of the line's other systems, and of the room its by-products may take. Knows no server. A secret is never in
// the file, which is mailed and kept in version control: the file names the environment variable that holds it.
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { filePath, label, wholeNumber } from './fields.ts';

const environmentName = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable, e.g. "FLASHRACK_POSTGRES"');

const databaseFrom = environmentName
  .default('FLASHRACK_POSTGRES')
  .describe('The environment variable with the URL: postgresql://user:password@host:5432/database.');

const plainUrl = z
  .url({ protocol: /^https?$/, error: 'a URL that begins with http:// or https://' })
  .refine((url) => !/^[a-z]+:\/\/[^/]*@/i.test(url), 'a URL without a user or password: name a variable with "tokenFrom"');

const outboxCommon = {
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'a short name: lower-case letters, digits, "-" and "_"')
    .describe('On the screen, and of the file in logs/outbox that keeps how far this outbox has come. Keep it.'),
  whenAway: z
    .enum(['block', 'warn', 'continue'])
    .default('warn')
    .describe('Once the oldest record has waited afterMs. block: no new job starts until it is delivered. continue: only shown.'),
  afterMs: wholeNumber(0, 7 * 86_400_000).default(600_000),
  timeoutMs: wholeNumber(100, 600_000).default(30_000).describe('A delivery that takes longer is given up and made again.'),
};

const outbox = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('http'),
      ...outboxCommon,
      url: plainUrl,
      tokenFrom: environmentName.optional().describe('The environment variable with the bearer token.'),
    }),
    z.strictObject({
      kind: z.literal('csvFolder'),
      ...outboxCommon,
      folder: filePath.describe(
        'Relative to the folder of this station file. It must be there: a share that is not mounted is never made up.',
      ),
    }),
    z.strictObject({ kind: z.literal('postgres'), ...outboxCommon, urlFrom: databaseFrom }),
  ],
  'one of "http", "csvFolder", "postgres"',
);

const interlock = z.strictObject({
  kind: z.literal('postgres'),
  urlFrom: databaseFrom,
  previousStep: label
    .optional()
    .describe("The step, as the line's system names it in flashrack.steps, that must have passed before."),
  whenAway: z
    .enum(['block', 'warn', 'continue'])
    .default('block')
    .describe('What an unanswered question means. block: the unit is not touched.'),
  timeoutMs: wholeNumber(100, 60_000).default(3_000),
});

const megabytes = (most: number) => wholeNumber(1, most);

export const stationLinks = {
  outboxes: z.array(outbox).default([]).describe('Where every record is delivered besides the journal: in order, at least once.'),
  interlock: interlock.optional().describe("Asks the line's database before a unit is written."),
  retention: z
    .strictObject({
      transcripts: z
        .strictObject({
          maxMegabytes: megabytes(1_000_000).default(2_000),
          maxDays: wholeNumber(1, 36_500).default(180),
        })
        .prefault({}),
      operationalLog: z
        .strictObject({ fileMegabytes: megabytes(1_000).default(10), files: wholeNumber(1, 1_000).default(10) })
        .prefault({}),
    })
    .prefault({})
    .describe('Of by-products only: the oldest go first. Records and NV backups are never removed by the program.'),
} as const;

export type OutboxSettings = z.output<typeof outbox>;
export type InterlockSettings = z.output<typeof interlock>;

export interface RetentionSettings {
  readonly transcripts: { readonly maxBytes: number; readonly maxAgeMs: number };
  readonly operationalLog: { readonly maxFileBytes: number; readonly maxFiles: number };
}

export interface LinkSettings {
  /** CSV folders absolute. */
  readonly outboxes: readonly OutboxSettings[];
  readonly interlock: InterlockSettings | null;
  readonly retention: RetentionSettings;
}

/** For a rack that has none: no other system, and the room that a station file gives by default. */
export const noLinks: LinkSettings = toLinkSettings(z.strictObject(stationLinks).parse({}), '.');

interface LinkEntries {
  readonly outboxes: readonly OutboxSettings[];
  readonly interlock?: InterlockSettings | undefined;
  readonly retention: {
    readonly transcripts: { readonly maxMegabytes: number; readonly maxDays: number };
    readonly operationalLog: { readonly fileMegabytes: number; readonly files: number };
  };
}

export function toLinkSettings({ outboxes, interlock: asked, retention }: LinkEntries, path: string): LinkSettings {
  const { transcripts, operationalLog } = retention;
  return {
    outboxes: outboxes.map((one) => (one.kind === 'csvFolder' ? { ...one, folder: resolve(dirname(path), one.folder) } : one)),
    interlock: asked ?? null,
    retention: {
      transcripts: { maxBytes: transcripts.maxMegabytes * 1e6, maxAgeMs: transcripts.maxDays * 86_400_000 },
      operationalLog: { maxFileBytes: operationalLog.fileMegabytes * 1e6, maxFiles: operationalLog.files },
    },
  };
}

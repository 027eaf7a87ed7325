// The JSON Schemas of every kind of file, for editors. Generated from the zod schemas, so they cannot drift apart.
// Fields with a default are optional. Checks over several fields are not in them.
import { z } from 'zod';
import { batchFile } from './batch-file.ts';
import { profileFile } from './profile-file.ts';
import { stationFile } from './station-file.ts';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** JSON Schema (draft 2020-12) of a station file; `stations/station.schema.json` is a copy. */
export const stationJsonSchema = (): JsonSchema => z.toJSONSchema(stationFile, { io: 'input' });

/** JSON Schema (draft 2020-12) of a profile file; `profiles/profile.schema.json` is a copy. */
export const profileJsonSchema = (): JsonSchema => z.toJSONSchema(profileFile, { io: 'input' });

/** JSON Schema (draft 2020-12) of a job file of `flashrack batch`. */
export const batchJsonSchema = (): JsonSchema => z.toJSONSchema(batchFile, { io: 'input' });

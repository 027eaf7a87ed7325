// `flashrack schema`: the JSON Schema of station files, profiles or job files, for editors. Knows only config.
import { batchJsonSchema, profileJsonSchema, stationJsonSchema } from '../config/json-schemas.ts';
import { exitCodes } from './exit-codes.ts';
import { print } from './print.ts';

export type SchemaKind = 'station' | 'profile' | 'job';

const schemas = { station: stationJsonSchema, profile: profileJsonSchema, job: batchJsonSchema } as const;

export function schema(kind: SchemaKind): Promise<number> {
  print(JSON.stringify(schemas[kind](), null, 2));
  return Promise.resolve(exitCodes.pass);
}

// `flashrack schema`: the JSON Schema of station files or profiles, for editors. Knows only config.
import { profileJsonSchema, stationJsonSchema } from '../config/json-schemas.ts';
import { exitCodes } from './exit-codes.ts';
import { print } from './print.ts';

export type SchemaKind = 'station' | 'profile';

export function schema(kind: SchemaKind): Promise<number> {
  print(JSON.stringify(kind === 'station' ? stationJsonSchema() : profileJsonSchema(), null, 2));
  return Promise.resolve(exitCodes.pass);
}

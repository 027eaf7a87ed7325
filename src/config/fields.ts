// Schemas of single fields that both kinds of file use. Each message continues the sentence "expected …".
import { z } from 'zod';

/** A field that names the JSON Schema, for editors. */
export const schemaField = z.string().optional().describe('Path of the JSON Schema, for completion in an editor.');

export const wholeNumber = (least: number, most: number): z.ZodNumber => z.number().int('a whole number').min(least).max(most);

export const milliseconds = (defaultMs: number): z.ZodDefault<z.ZodNumber> => wholeNumber(100, 600_000).default(defaultMs);

/** Also a file name without `.json`: nothing in it can lead out of the profiles folder. */
export const profileId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'a profile id: lower-case letters, digits, "-" and "_", as in its file name');

export const model = z.string().regex(/^[A-Z][A-Z0-9-]{2,31}$/, 'a model as ATI answers it, e.g. "EC800E"');

const line = z.string().regex(/^[^\p{Cc}]*[^\p{Cc}\s][^\p{Cc}]*$/u, 'a text of one line, not blank');

/** Text for people: one line, not blank. */
export const label = line.max(200);
export const note = line.max(600);

export const filePath = z.string().regex(/^[^\p{Cc}]+$/u, 'a path, not empty');

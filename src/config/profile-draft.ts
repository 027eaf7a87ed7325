// A new profile file made of a template (the facts of a model: ids, interfaces, carrier, pacing, time-outs) and of what is asked for one
// package. The shipped templates are the only place that knows those facts. Knows no disk and no package format.
import { z } from 'zod';
import type { ConsentProfile } from '../domain/profile.ts';
import { readJsonText } from './json-text.ts';
import { profileFile } from './profile-file.ts';

/** A profile file that may not be pinned yet. */
const templateFile = profileFile.extend({
  package: z.strictObject({ path: z.string(), sha256: z.string(), agentboot: z.unknown().optional() }),
  expectedRevision: z.strictObject({ query: z.string().optional(), value: z.string() }),
});

export interface ProfileTemplate {
  readonly facts: z.output<typeof templateFile>;
  /** As written, so that a profile made of it says no more than it does. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Null for what is not the text of a profile. */
export function readTemplate(bytes: Uint8Array): ProfileTemplate | null {
  try {
    const { value } = readJsonText(Buffer.from(bytes).toString('utf8'));
    const parsed = templateFile.safeParse(value);
    return parsed.success ? { facts: parsed.data, json: value as Record<string, unknown> } : null;
  } catch {
    return null;
  }
}

/** 64 zeros: the template of a profile, refused by every station. */
export const isUnpinned = ({ facts }: ProfileTemplate): boolean => /^0+$/.test(facts.package.sha256);

export interface ProfileAnswers {
  readonly id: string;
  readonly revision: number;
  readonly models: readonly string[];
  readonly revisionPatterns: readonly string[];
  readonly orderingCodes: readonly string[];
  /** Relative to the folder of the new file. */
  readonly package: {
    readonly path: string;
    readonly sha256: string;
    readonly agentboot?: { readonly path: string; readonly sha256: string };
  };
  readonly expectedRevision: string;
  readonly consents: ConsentProfile;
  /** Added to those of the template that still hold. */
  readonly notes: readonly string[];
  readonly hasSchemaBeside: boolean;
}

/** The text of the file. It still has to be read by `readProfile`: an answer may be wrong. */
export function draftProfile({ json, facts }: ProfileTemplate, answers: ProfileAnswers): string {
  const { $schema: _schema, ...template } = json;
  const names = answers.models.join(', ');
  const file = {
    ...(answers.hasSchemaBeside && { $schema: './profile.schema.json' }),
    ...template,
    id: answers.id,
    revision: answers.revision,
    description: { en: `${names}, ${answers.expectedRevision}`, zh: `${names}，${answers.expectedRevision}` },
    provenOn: 'not on hardware',
    notes: [...facts.notes.filter((note) => !note.startsWith('Template:')), ...answers.notes],
    models: answers.models,
    subModels: { revisionPatterns: answers.revisionPatterns, orderingCodes: answers.orderingCodes },
    package: answers.package,
    expectedRevision: { query: facts.expectedRevision.query ?? 'AT+CGMR', value: answers.expectedRevision },
    consents: answers.consents,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** A profile id from any text, e.g. a revision; `profile` where nothing is left of it. */
export const profileIdFrom = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 64) || 'profile';

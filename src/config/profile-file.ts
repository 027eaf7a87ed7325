// The profile file: its schema with defaults, and the way from the file's bytes to a `Profile`.
// Knows no device and reads no disk; the package it names is opened by firmware/.
import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { LoadedProfile, Profile, UsbId } from '../domain/profile.ts';
import { filePath, label, milliseconds, model, note, profileId, schemaField, wholeNumber } from './fields.ts';
import { faultOf, type Problem, readAs } from './problems.ts';
import { findProfileFaults } from './profile-checks.ts';

const bilingual = z.strictObject({ en: label, zh: label });

const usbId = z.string().regex(/^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$/, 'a USB id as four and four hex digits, e.g. "17d1:0001"');

const mode = z.strictObject({
  ids: z.array(usbId).min(1).describe('USB ids of the module in this mode, "vendor:product" in hex.'),
  interfaceNumber: wholeNumber(0, 31).describe('USB interface number the station talks to in this mode.'),
});

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a SHA-256 as 64 lower-case hex digits')
  .refine(
    (digits) => !/^0+$/.test(digits),
    'a pinned package: put your release at the path beside and write here what `sha256sum` prints for it',
  );

const pinnedFile = z.strictObject({
  path: filePath.describe('Relative to the folder of this profile file.'),
  sha256: sha256.describe('What `sha256sum` prints for the file. 64 zeros mean: not pinned yet, and the profile is refused.'),
});

export const profileFile = z
  .strictObject({
    $schema: schemaField,
    id: profileId.describe('Equal to the file name without .json.'),
    revision: wholeNumber(1, 1_000_000).describe('Raised by hand whenever the profile changes; it is in every record.'),
    platform: z.enum(['eigencomm', 'unisoc8910', 'unisoc8850', 'asr']).describe('Download protocol family.'),
    description: bilingual,
    provenOn: label.describe('What this profile has really been run on.'),
    notes: z.array(note).default([]).describe('Remarks for whoever reads this file. The station does not use them.'),
    models: z.array(model).min(1).describe('Models as ATI answers them.'),
    subModels: z
      .strictObject({
        revisionPatterns: z.array(label).default([]).describe('Regular expressions "^…$" over the revision before flashing.'),
        orderingCodes: z.array(label).default([]).describe('Ordering codes as printed on the label.'),
      })
      .describe('The sub-model gate: the revision before matches a pattern, or the ordering code is listed.'),
    modes: z.strictObject({ normal: mode, download: mode }),
    carrier: z
      .strictObject({ name: label, enter: bilingual, release: bilingual, powerOn: bilingual })
      .describe('How an operator brings this carrier into download mode, lets go, and powers it on.'),
    entry: z
      .strictObject({ methods: z.array(z.enum(['strap', 'at'])).min(1, 'at least one entry method') })
      .prefault({ methods: ['strap'] })
      .describe('Ways into download mode. "at" sends AT+QDOWNLOAD=1: only where it is known to work.'),
    downloadWindow: z
      .strictObject({ seconds: z.number().min(1).max(60).default(10) })
      .prefault({})
      .describe('From enumeration in download mode to the first valid reply of the ROM.'),
    package: pinnedFile
      .extend({ agentboot: pinnedFile.optional().describe('Only where the package brings no agentboot of its own.') })
      .describe('The firmware package as released.'),
    expectedRevision: z
      .strictObject({
        query: z.enum(['ATI', 'AT+CGMR', 'AT+GMR', 'AT+QGMR']).default('AT+CGMR'),
        value: z
          .string()
          .regex(
            /^[!-~](?:[ -~]{0,126}[!-~])?$/,
            'the revision that this release answers to the query (it is what makes a PASS)',
          ),
      })
      .describe('What must be read back after the restart, character for character.'),
    restart: z.enum(['reset', 'powerCycle', 'prompt']).default('reset').describe('How the module is restarted after writing.'),
    powerCycles: wholeNumber(0, 5).default(1).describe('Power cycles tried on a mute module before it is FAIL does-not-boot.'),
    timeouts: z
      .strictObject({
        reenumerateMs: milliseconds(30_000).describe('From the end of writing until the module is back in normal mode.'),
        bootMs: milliseconds(20_000).describe('From its return until AT answers.'),
        stallMs: milliseconds(60_000).describe('Longest time without progress while programming.'),
        holdLimitMs: milliseconds(60_000).describe('Longest wait of a connected module for its permit or a label.'),
        entryMs: milliseconds(120_000).describe('Longest wait of a prompt for the operator.'),
        identifyMs: milliseconds(10_000).describe('Longest time for the AT identification.'),
      })
      .prefault({}),
    pacing: z
      .strictObject({
        bytesPerSecond: wholeNumber(1000, 10_000_000).default(64_000),
        burstBytes: wholeNumber(16, 65_536).default(512).describe('The largest single write.'),
      })
      .prefault({})
      .describe('Rate and largest single write towards the module.'),
    consents: z
      .strictObject({
        wipeUserData: z.boolean().default(false).describe("The user's file system is replaced by the package's."),
        keepUserData: z
          .boolean()
          .default(false)
          .describe("The user's file system stays as it is: the package's is left out. Not on ASR, whose partitions may move."),
        eraseNvm: z.boolean().default(false),
      })
      .prefault({})
      .describe('What this profile agrees to. Never asked while a job runs.'),
    upgrade: z
      .strictObject({
        paths: z
          .array(
            z.strictObject({
              from: label.describe('Regular expression "^…$" over the revision before.'),
              allowed: z.boolean(),
            }),
          )
          .default([])
          .describe('The first whose pattern fits decides. None: every revision that the sub-model gate lets through.'),
        unlisted: z.enum(['allowed', 'refused']).default('refused').describe('Where there are paths and none of them fits.'),
        skipIfCurrent: z
          .boolean()
          .default(false)
          .describe('A unit that answers expectedRevision already is not flashed: record kind "skip".'),
      })
      .prefault({})
      .describe('From which revisions this package may be flashed. Decided before a unit is entered.'),
  })
  .meta({ title: 'flashrack profile', description: 'What may be flashed onto which modules, and what must be read back.' });

export type ProfileFile = z.output<typeof profileFile>;

/**
 * A profile from the very bytes of its file, digest included; package paths are made absolute against the file's folder.
 * Throws `profile-invalid` with one line per problem: file, place, JSON path, found, expected.
 */
export function parseProfile(bytes: Uint8Array, file: string): LoadedProfile {
  const read = readProfile(bytes, file);
  if ('problems' in read) throw faultOf('profile-invalid', read.problems);
  return read;
}

/** `parseProfile` for a caller that gathers the problems of several files. */
export function readProfile(bytes: Uint8Array, file: string): LoadedProfile | { readonly problems: readonly Problem[] } {
  const { outcome } = readAs(profileFile, bytes, file, (value) => findProfileFaults(value, file));
  if (outcome.value === null) return { problems: outcome.problems };
  return { profile: toProfile(outcome.value, file), sha256: createHash('sha256').update(bytes).digest('hex'), file };
}

function toProfile(file: ProfileFile, path: string): Profile {
  const { $schema: _schema, notes: _notes, modes, package: packageFile, ...rest } = file;
  const pinned = (entry: z.output<typeof pinnedFile>): { path: string; sha256: string } => ({
    path: resolve(dirname(path), entry.path),
    sha256: entry.sha256,
  });
  const { agentboot } = packageFile;
  return {
    ...rest,
    modes: { normal: toMode(modes.normal), download: toMode(modes.download) },
    package: { ...pinned(packageFile), ...(agentboot && { agentboot: pinned(agentboot) }) },
  };
}

function toMode(file: z.output<typeof mode>): Profile['modes']['normal'] {
  return { ids: file.ids.map(toUsbId), interfaceNumber: file.interfaceNumber };
}

function toUsbId(text: string): UsbId {
  const [vendor = '', product = ''] = text.split(':');
  return { vendorId: Number.parseInt(vendor, 16), productId: Number.parseInt(product, 16) };
}

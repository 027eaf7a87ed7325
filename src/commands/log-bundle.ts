// `flashrack log bundle RECORD`: what support needs of one record, as one JSON file for a mail. Firmware never goes in.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findRecords } from '../trace/find.ts';
import type { WrittenRecord } from '../trace/line.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { verifyJournal } from '../trace/verify.ts';
import { printable } from '../views/words/escape.ts';
import { exitCodes } from './exit-codes.ts';
import { withIndex } from './log-query.ts';
import { print, printJson } from './print.ts';
import { softwareVersion, sourceCommit } from './version.ts';

export interface BundleOptions {
  readonly folder: string;
  readonly json: boolean;
  readonly profiles: string;
  readonly out?: string;
}

export async function logBundle(recordId: string, { folder, json, profiles, out }: BundleOptions): Promise<number> {
  const record = await recordBy(folder, recordId);
  if (record === null) {
    print(`no record ${printable(recordId)}`);
    return exitCodes.notPass;
  }
  const verified = await verifyJournal(nodeDisk, folder);
  const bundle = {
    bundle: 1,
    record,
    profile: await profileOf(record, profiles),
    transcript: await transcriptOf(record, dirname(folder)),
    journal: verified.ok ? { holds: true, lines: verified.lines, head: verified.head } : { holds: false, ...verified.bad },
    versions: {
      flashrack: softwareVersion(),
      commit: sourceCommit(),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      packages: process.versions,
    },
  };
  const file = out ?? `flashrack-${record.recordId}.json`;
  await writeFile(file, `${JSON.stringify(bundle, null, 2)}\n`);
  if (json) printJson({ file });
  else
    print(
      `${printable(file)}: record, ${bundle.profile.state} profile, ${bundle.transcript.state} transcript, versions; no firmware`,
    );
  return exitCodes.pass;
}

async function recordBy(folder: string, recordId: string): Promise<WrittenRecord | null> {
  const indexed = await withIndex(folder, async (index) => {
    const [row] = index.query({ recordId }, 1);
    return row === undefined ? null : index.read(row);
  }).catch(() => null);
  return (
    indexed ?? (await findRecords(nodeDisk, folder, recordId)).records.find((record) => record.recordId === recordId) ?? null
  );
}

interface Attached {
  readonly state: 'same' | 'changed' | 'missing' | 'no';
  readonly text?: string;
}

/** The profile file as it is now; `changed` when it is not the one of the record. */
async function profileOf({ profile }: WrittenRecord, folder: string): Promise<Attached> {
  if (profile === null) return { state: 'no' };
  return attached(join(folder, `${profile.id}.json`), profile.sha256);
}

/** Named by the record relative to the logs folder. */
async function transcriptOf({ transcript }: WrittenRecord, logs: string): Promise<Attached> {
  return transcript === null ? { state: 'no' } : attached(join(logs, transcript.file), transcript.sha256);
}

async function attached(path: string, sha256: string): Promise<Attached> {
  try {
    const bytes = await readFile(path);
    const same = createHash('sha256').update(bytes).digest('hex') === sha256;
    return { state: same ? 'same' : 'changed', text: bytes.toString('utf8') };
  } catch {
    return { state: 'missing' };
  }
}

// What `flashrack replay` needs beside the transcript: the very profile and the very package, found by their digests, or a refusal with both.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDemoPackage } from '../../src/bench/simulator/demo-package/demo-package.ts';
import { replayTranscript } from '../../src/commands/replay.ts';
import type { Transcript } from '../../src/slot/transcript.ts';
import { slotRig } from '../slot/slot-rig.ts';
import { transcriptKeeper } from '../slot/transcript-keeper.ts';

const folder = mkdtempSync(join(tmpdir(), 'flashrack-replay-'));
const shipped = join(import.meta.dirname, '..', '..', 'profiles', 'demo-ec800e.json');
const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The shipped demo profile with its package beside it. */
function profileFile(packageBytes: Uint8Array, name: string): string {
  const file = JSON.parse(readFileSync(shipped, 'utf8')) as { package: object; [field: string]: unknown };
  const text = JSON.stringify({ ...file, package: { ...file.package, path: './release.bin', sha256: sha256(packageBytes) } });
  writeFileSync(join(folder, name), text);
  return sha256(text);
}

/** A board that the pull of a hand took out, as if it had run with this profile. */
async function transcriptWith(profileSha256: string, packageSha256: string): Promise<Transcript> {
  const keeper = transcriptKeeper();
  const rig = await slotRig({ services: () => ({ keepTranscript: keeper.keepTranscript }) });
  rig.insertStrapped(1, [{ kind: 'nak', when: { command: 'AGBOOT DOWNLOAD_DATA', count: 3 }, errorCode: 0x82 }]);
  await rig.clock.advance(120_000);
  const [transcript] = keeper.transcripts();
  if (transcript === undefined) throw new Error('no transcript');
  const pinned = { id: 'demo-ec800e', sha256: profileSha256 };
  const { header } = transcript;
  const { job } = header;
  const packageOf = { name: 'release.bin', version: '', sha256: packageSha256 };
  return {
    ...transcript,
    header: {
      ...header,
      profiles: { byModel: { EC800E: pinned }, unidentified: pinned },
      job: { ...job, profile: { id: 'demo-ec800e', revision: 1, sha256: profileSha256 }, package: packageOf },
    },
  };
}

describe('flashrack replay', () => {
  let release: Uint8Array;
  let profileSha256: string;

  beforeAll(() => {
    const { expectedRevision } = JSON.parse(readFileSync(shipped, 'utf8')) as { expectedRevision: { value: string } };
    release = buildDemoPackage({ model: 'EC800E', revision: expectedRevision.value });
    profileSha256 = profileFile(release, 'demo-ec800e.json');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds profile and package by their digests', async () => {
    writeFileSync(join(folder, 'release.bin'), release);
    const transcript = await transcriptWith(profileSha256, sha256(release));
    expect(await replayTranscript(transcript, folder)).toEqual({ kind: 'same', end: transcript.end });
  });

  it('refuses a profile that was changed since, with both digests', async () => {
    const transcript = await transcriptWith('a'.repeat(64), sha256(release));
    await expect(replayTranscript(transcript, folder)).rejects.toMatchObject({
      failure: {
        code: 'transcript-of-other-files',
        expected: `SHA-256 ${'a'.repeat(64)}`,
        actual: `SHA-256 ${profileSha256}`,
      },
    });
  });

  it('refuses a folder without the profile', async () => {
    const transcript = await transcriptWith(profileSha256, sha256(release));
    await expect(replayTranscript(transcript, join(folder, 'nothing'))).rejects.toMatchObject({
      failure: { code: 'transcript-of-other-files', actual: expect.stringContaining('none of that name') },
    });
  });

  it('refuses a package that was replaced, with both digests', async () => {
    const transcript = await transcriptWith(profileSha256, sha256(release));
    const other = buildDemoPackage({ model: 'EC800E', revision: 'EC800ECNLCR99A99M08_OCPU_QPY' });
    writeFileSync(join(folder, 'release.bin'), other);
    await expect(replayTranscript(transcript, folder)).rejects.toMatchObject({
      failure: { code: 'package-digest-mismatch', expected: sha256(release), actual: sha256(other) },
    });
  });

  it('refuses a transcript of another package than the profile pins, with both digests', async () => {
    writeFileSync(join(folder, 'release.bin'), release);
    const transcript = await transcriptWith(profileSha256, 'b'.repeat(64));
    await expect(replayTranscript(transcript, folder)).rejects.toMatchObject({
      failure: { expected: `SHA-256 ${'b'.repeat(64)}`, actual: `SHA-256 ${sha256(release)}` },
    });
  });
});

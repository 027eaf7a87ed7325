// Seals and anchors: what the lines alone cannot show.
import { describe, expect, it } from 'vitest';
import { type MemoryDisk, memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { anchorsIn, anchorText, takeAnchor } from '../../src/trace/anchor.ts';
import { encodeLine, firstPrevHash, readLine } from '../../src/trace/line.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { folder, jobFacts, linesOf, open, recordOf, startWallMs } from './rig.ts';

const oneDayMs = 86_400_000;

async function twoDays() {
  const clock = new SimulatedClock({ wallMs: startWallMs });
  const medium = memoryDisk(clock);
  const disk = medium.startProcess();
  const first = await open(disk, clock);
  await first.journal.record(recordOf(jobFacts('a'), 'RA'));
  await first.journal.close();
  // The seal is right also when another process began the file.
  const { journal } = await open(disk, clock);
  await journal.record(recordOf(jobFacts('b'), 'RB'));
  clock.setWallMs(startWallMs + oneDayMs);
  await journal.record(recordOf(jobFacts('c'), 'RC'));
  await journal.record(recordOf(jobFacts('d'), 'RD'));
  return { medium, disk, journal };
}

const names = ['000001-2026-11-22-EOL3.jsonl', '000002-2026-11-23-EOL3.jsonl'] as const;

/** The whole journal written anew by somebody who knows how: every hash right, one text changed. */
function forge(medium: MemoryDisk, change: (body: string) => string): void {
  let prevHash = firstPrevHash;
  for (const name of names) {
    const lines = Buffer.from(medium.bytesOf(`${folder}/${name}`))
      .toString('utf8')
      .trimEnd()
      .split('\n');
    const forged = lines.map((text) => {
      const line = readLine(Buffer.from(text));
      if (typeof line === 'string') throw new Error(line);
      const { seq, durableSeq, at } = line;
      const { stamp, text: written } = encodeLine(`${change(text.slice(0, text.lastIndexOf(',"seq":')))}}`, at, {
        seq,
        durableSeq,
        prevHash,
      });
      prevHash = stamp.hash;
      return written;
    });
    medium.put(`${folder}/${name}`, Buffer.from(`${forged.join('\n')}\n`));
  }
}

describe('a sealed day', () => {
  it('is vouched for by the file after it, over all of its bytes', async () => {
    const { disk } = await twoDays();
    expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true, files: 2, sealed: 1 });
  });

  it('that was written anew, chain and all, no longer fits its seal', async () => {
    const { medium, disk } = await twoDays();
    forge(medium, (body) => body.replace('"recordId":"RA"', '"recordId":"RX"'));
    expect(await verifyJournal(disk, folder)).toMatchObject({
      ok: false,
      bad: { file: names[1], line: 1, finding: 'seal-broken' },
    });
  });
});

describe('an anchor', () => {
  it('names the newest line, is durable, and is found in any text around it', async () => {
    const { medium, disk } = await twoDays();
    const anchor = await takeAnchor(disk, folder);
    expect(anchor).toMatchObject({ station: 'EOL3', file: names[1], seq: 6 });
    if (anchor === null) throw new Error('no anchor');
    const mail = `Head of tonight: ${anchorText(anchor)}, regards.\nYesterday 2:${'ab'.repeat(8)}\n12:34`;
    expect(anchorsIn(mail)).toEqual([
      { seq: 6, hash: anchor.hash },
      { seq: 2, hash: 'ab'.repeat(8) },
    ]);
    medium.cutPower(() => 0);
    const after = await linesOf(medium.startProcess());
    expect(after.at(-1)?.hash).toBe(anchor.hash);
  });

  it('of every line holds for the journal as it was written, in full or by its first 16 digits', async () => {
    const { disk } = await twoDays();
    const anchors = (await linesOf(disk)).flatMap(({ seq, hash }) => [
      { seq, hash },
      { seq, hash: hash.slice(0, 16) },
    ]);
    expect(await verifyJournal(disk, folder, anchors)).toMatchObject({ ok: true });
  });

  it('finds every deleted tail, down to the last file', async () => {
    const { medium, disk } = await twoDays();
    const anchor = await takeAnchor(disk, folder);
    if (anchor === null) throw new Error('no anchor');
    const newest = `${folder}/${names[1]}`;
    const lines = Buffer.from(medium.bytesOf(newest)).toString('utf8').trimEnd().split('\n');
    for (let kept = lines.length - 1; kept >= 1; kept--) {
      medium.put(newest, Buffer.from(`${lines.slice(0, kept).join('\n')}\n`));
      expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true });
      expect(await verifyJournal(disk, folder, [anchor])).toMatchObject({
        ok: false,
        bad: { file: names[1], line: kept + 1, finding: 'tail-missing' },
      });
    }
    medium.remove(newest);
    expect(await verifyJournal(disk, folder, [anchor])).toMatchObject({ ok: false, bad: { finding: 'tail-missing' } });
    medium.remove(`${folder}/${names[0]}`);
    expect(await verifyJournal(disk, folder, [anchor])).toMatchObject({ ok: false, bad: { finding: 'tail-missing' } });
  });

  it('finds a journal that was written anew with all hashes right', async () => {
    const { medium, disk } = await twoDays();
    const anchor = await takeAnchor(disk, folder);
    if (anchor === null) throw new Error('no anchor');
    forge(medium, (body) => body.replace('"recordId":"RD"', '"recordId":"RX"'));
    expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true });
    expect(await verifyJournal(disk, folder, [anchor])).toMatchObject({
      ok: false,
      bad: { file: names[1], line: 3, finding: 'anchor-mismatch' },
    });
  });
});

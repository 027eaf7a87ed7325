// The transcript of a job that did not pass: kept before its record, whose digest it matches, and never at the cost of the record.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OperatorCommand } from '../../src/domain/slot.ts';
import type { Flasher } from '../../src/flashers/flasher.ts';
import { flasherFor } from '../../src/platforms.ts';
import type { SlotServices } from '../../src/slot/slot-services.ts';
import { parseTranscript } from '../../src/slot/transcript.ts';
import { pathOf, type SlotRig, slotRig } from './slot-rig.ts';
import { transcriptKeeper } from './transcript-keeper.ts';

const sha256 = (bytes: Uint8Array | undefined): string =>
  createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');

async function keptOf(
  run: (rig: SlotRig) => Promise<void>,
  services: (given: SlotServices) => Partial<SlotServices> = () => ({}),
) {
  const keeper = transcriptKeeper();
  const rig = await slotRig({
    services: (given) => ({ keepTranscript: keeper.keepTranscript, ...services(given) }),
  });
  await run(rig);
  const [record] = rig.journal.records;
  if (record === undefined) throw new Error('no record');
  const file = keeper.files.get(record.transcript?.file ?? '');
  return { rig, keeper, record, file, transcript: file && parseTranscript(new TextDecoder().decode(file)) };
}

/** A flasher with a bug: something of it throws what no code names. */
function brokenFlasher(): Flasher {
  const real = flasherFor('eigencomm');
  return {
    ...real,
    async connect(context, plan, image) {
      const session = await real.connect(context, plan, image);
      return Object.assign(Object.create(session) as typeof session, {
        program: () => Promise.reject(new RangeError('offset is out of bounds')),
      });
    },
  };
}

const poison = (): OperatorCommand => ({
  get type(): 'operator.confirm' {
    throw new RangeError('a bug of ours');
  },
});

describe('the transcript of a job', () => {
  it('is not made for a PASS', async () => {
    const { record, keeper } = await keptOf(async (rig) => {
      rig.insertStrapped();
      await rig.until('passed');
    });
    expect([record.verdict, record.transcript, keeper.files.size]).toEqual(['PASS', null, 0]);
  });

  it('of an actor that throws in programming is kept: station-defect, and the digest in the record is that of the file', async () => {
    const { record, file, transcript } = await keptOf(
      async (rig) => {
        rig.insertStrapped();
        await rig.until('unknown');
      },
      () => ({ flasherFor: brokenFlasher }),
    );
    expect(record.failure).toMatchObject({ code: 'station-defect', detail: 'RangeError: offset is out of bounds' });
    expect(record.transcript).toEqual({ file: `transcripts/${record.recordId}.jsonl`, sha256: sha256(file) });
    expect(transcript?.end.failure?.code).toBe('station-defect');
    expect(transcript?.entries.some((entry) => entry.is === 'sent')).toBe(true);
  });

  it('is kept by the supervisor when the machine of the slot died', async () => {
    const { record, file } = await keptOf(async (rig) => {
      rig.insertStrapped();
      await rig.until('programming');
      rig.slot().command(poison());
      await rig.clock.advance(60_000);
    });
    expect(record.failure?.code).toBe('station-defect');
    expect(record.transcript?.sha256).toBe(sha256(file));
    expect(file?.length).toBeGreaterThan(1_000);
  });

  it('of a board that was pulled tells the detach, and how the transport ended', async () => {
    const { record, transcript } = await keptOf(async (rig) => {
      rig.insertStrapped();
      await rig.until('programming');
      await rig.clock.advance(100);
      rig.rack.remove(pathOf(1));
      await rig.until('unknown');
    });
    expect(record.failure?.code).toBe('unplugged');
    expect(transcript?.entries).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ is: 'heard', event: expect.objectContaining({ type: 'device.detached' }) }),
        expect.objectContaining({ is: 'closed', reason: 'unplugged' }),
      ]),
    );
  });

  it('names job, profile, package and software in its first line', async () => {
    const { record, transcript } = await keptOf(async (rig) => {
      rig.insert(1);
      await rig.until('identifying');
      rig.rack.remove(pathOf(1));
      await rig.until('aborted');
    });
    expect(transcript?.header).toMatchObject({
      transcript: 1,
      software: { version: '0', commit: 'test' },
      job: { jobId: record.jobId, kind: 'flash', slot: record.slot, profile: record.profile, package: record.package },
      slot: { number: 1, usbPath: pathOf(1) },
    });
  });

  it('is on disk before the record is handed over', async () => {
    const order: string[] = [];
    await keptOf(
      async (rig) => {
        rig.insertStrapped();
        await rig.until('unknown');
      },
      ({ journal }) => ({
        flasherFor: brokenFlasher,
        keepTranscript: (name) => {
          order.push('transcript');
          return Promise.resolve(name);
        },
        journal: {
          ...journal,
          record: (body) => {
            order.push('record');
            return journal.record(body);
          },
        },
      }),
    );
    expect(order).toEqual(['transcript', 'record']);
  });

  it.each<[string, SlotServices['keepTranscript']]>([
    ['a disk that refuses', () => Promise.reject(new Error('ENOSPC: no space left'))],
    ['a disk that never answers', () => new Promise<never>(() => undefined)],
    [
      'a defect of the recorder itself',
      () => {
        throw new TypeError('a bug of ours');
      },
    ],
  ])('costs no record: %s', async (_, keepTranscript) => {
    const { record, rig } = await keptOf(
      async (rig_) => {
        rig_.insertStrapped();
        await rig_.until('unknown');
      },
      () => ({ flasherFor: brokenFlasher, ...(keepTranscript && { keepTranscript }) }),
    );
    expect([record.verdict, record.transcript]).toEqual(['UNKNOWN', null]);
    const notes = rig.told.flatMap(({ event }) => (event.type === 'note.added' ? [event.text] : []));
    expect(notes.at(-1)).toMatch(/^no transcript was kept: /);
  });
});

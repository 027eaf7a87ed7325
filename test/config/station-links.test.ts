// The part of a station file that speaks of other systems: defaults, secrets, names, retention.
import { describe, expect, it } from 'vitest';
import { loadStation } from '../../src/config/load-station.ts';
import { diskWith, leastProfile, leastStation, problemsOf } from './files.ts';

const file = '/rack/stations/a.json';

const load = (links: Record<string, unknown>) =>
  loadStation(diskWith({ '/rack/profiles/ec800e.json': leastProfile(), [file]: { ...leastStation(), ...links } }), file);

async function refusal(links: Record<string, unknown>): Promise<string> {
  return load(links).then(
    () => 'accepted',
    (thrown: unknown) => problemsOf(thrown).lines.join('\n'),
  );
}

describe('the links of a station file', () => {
  it('may be left out: no outbox, no interlock, and room for half a year of transcripts', async () => {
    expect((await load({})).links).toEqual({
      outboxes: [],
      interlock: null,
      retention: {
        transcripts: { maxBytes: 2e9, maxAgeMs: 180 * 86_400_000 },
        operationalLog: { maxFileBytes: 10e6, maxFiles: 10 },
      },
    });
  });

  it('need only a kind, a name and a place; a CSV folder lies beside the station file', async () => {
    const { links } = await load({
      outboxes: [
        { kind: 'http', name: 'mes', url: 'https://mes.example/records', tokenFrom: 'MES_TOKEN', whenAway: 'block' },
        { kind: 'csvFolder', name: 'drop', folder: '../drop' },
        { kind: 'postgres', name: 'db', afterMs: 1000 },
      ],
      interlock: { kind: 'postgres', previousStep: 'AOI' },
    });
    const common = { whenAway: 'warn', afterMs: 600_000, timeoutMs: 30_000 };
    expect(links.outboxes).toEqual([
      { ...common, kind: 'http', name: 'mes', url: 'https://mes.example/records', tokenFrom: 'MES_TOKEN', whenAway: 'block' },
      { ...common, kind: 'csvFolder', name: 'drop', folder: '/rack/drop' },
      { ...common, kind: 'postgres', name: 'db', urlFrom: 'FLASHRACK_POSTGRES', afterMs: 1000 },
    ]);
    expect(links.interlock).toEqual({
      kind: 'postgres',
      urlFrom: 'FLASHRACK_POSTGRES',
      previousStep: 'AOI',
      whenAway: 'block',
      timeoutMs: 3_000,
    });
  });

  it.each([
    ['a password in the URL', { kind: 'http', name: 'a', url: 'https://me:secret@mes.example/' }, 'without a user or password'],
    ['a token itself', { kind: 'http', name: 'a', url: 'https://mes.example/', tokenFrom: 'eyJhbGciOi' }, 'environment variable'],
    ['a database URL itself', { kind: 'postgres', name: 'a', urlFrom: 'postgresql://me:secret@db/x' }, 'environment variable'],
    ['another protocol', { kind: 'http', name: 'a', url: 'ftp://mes.example/' }, 'http:// or https://'],
    ['an unknown kind', { kind: 'fax', name: 'a' }, '"http", "csvFolder", "postgres"'],
    ['a name that leads out of the folder', { kind: 'postgres', name: '../a' }, 'a short name'],
  ])('refuse %s', async (_, outbox, expected) => {
    expect(await refusal({ outboxes: [outbox] })).toContain(expected);
  });

  it('refuse two outboxes of one name: they would share one place in the journal', async () => {
    const outboxes = ['db', 'db'].map((name) => ({ kind: 'postgres', name }));
    expect(await refusal({ outboxes })).toContain('a name no other outbox has');
  });

  it('tell how much room by-products may take', async () => {
    const { links } = await load({
      retention: { transcripts: { maxMegabytes: 5, maxDays: 2 }, operationalLog: { fileMegabytes: 1, files: 3 } },
    });
    expect(links.retention).toEqual({
      transcripts: { maxBytes: 5e6, maxAgeMs: 2 * 86_400_000 },
      operationalLog: { maxFileBytes: 1e6, maxFiles: 3 },
    });
  });
});

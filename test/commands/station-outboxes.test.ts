// The station's side of its outboxes over a real delivering process.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { realClock } from '../../src/bench/hardware/real-clock.ts';
import { runStationOutboxes } from '../../src/commands/station-outboxes.ts';
import type { OutboxView } from '../../src/station/read-model.ts';
import { writeBigJournal } from '../trace/big-journal.ts';

const root = mkdtempSync(join(tmpdir(), 'flashrack-outboxes-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('a folder that is not there makes its outbox late by its own policy; once it is there the records go out', async () => {
  const startWallMs = Date.UTC(2026, 10, 20, 23);
  const folder = join(root, 'logs', 'journal');
  writeBigJournal({ folder, records: 20, recordsPerDay: 20, slots: 8, seed: 1, withJobs: true, startWallMs });
  let now: readonly OutboxView[] = [];
  let look = (): void => undefined;
  const shows = (isSo: (views: readonly OutboxView[]) => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (isSo(now)) resolve();
      };
      look();
    });
  const drop = join(root, 'drop');
  const outboxes = runStationOutboxes({
    outboxes: [{ kind: 'csvFolder', name: 'drop', folder: drop, whenAway: 'block', afterMs: 0, timeoutMs: 5_000 }],
    clock: realClock,
    logsFolder: join(root, 'logs'),
    notice: (views) => {
      now = views;
      look();
    },
  });
  await shows(([view]) => view?.demand === 'block');
  expect(now[0]).toMatchObject({ name: 'drop', trouble: expect.stringContaining('ENOENT') });
  mkdirSync(drop);
  await shows(([view]) => view?.demand === 'none' && view.trouble === null);
  await outboxes.close();
  expect(readdirSync(drop)).toHaveLength(1);
}, 60_000);

// The built program asked about a journal: query, show, bundle, report, export, outbox, reindex, verify. One journal, no rack.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imeiOf, writeBigJournal } from '../trace/big-journal.ts';
import { install, type JournalEntry, recordsIn } from './installation.ts';

const installation = install();
const records = 300;
const inFolder = (name: string): string => join(installation.folder, name);

beforeAll(() => {
  writeBigJournal({
    folder: inFolder('logs/journal'),
    records,
    recordsPerDay: 200,
    slots: 8,
    seed: 1,
    withJobs: true,
    startWallMs: Date.UTC(2026, 10, 20, 23),
  });
});
afterAll(() => installation.remove());

const ask = (...args: string[]) => installation.ask(args);
const text = (entry: JournalEntry | undefined, field: string): string => String(entry?.[field]);

describe('the built program, asked about a journal', () => {
  it('finds a record by IMEI, shows the whole unit, and packs it for a mail, without firmware', () => {
    const wanted = recordsIn(installation.journal()).find((record) => JSON.stringify(record).includes(imeiOf(7)));
    const recordId = text(wanted, 'recordId');
    const queried = ask('log', 'query', '--imei', imeiOf(7));
    expect(queried).toMatchObject({ exitCode: 0 });
    expect(queried.stdout).toContain(recordId);
    expect(ask('log', 'query', '--imei', '123').exitCode).toBe(1);

    const shown = ask('log', 'show', imeiOf(7)).stdout;
    for (const part of [recordId, 'write-ap', 'margin', 'revision  before', 'evidence']) expect(shown).toContain(part);

    const bundle = ask('log', 'bundle', recordId, '--out', inFolder('mail.json'));
    expect(bundle).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(readFileSync(inFolder('mail.json'), 'utf8'))).toMatchObject({
      record: { recordId },
      journal: { holds: true },
      versions: { node: process.version },
    });
  });

  it('reports a work order as text, CSV and one page, in both languages, and exports every record', () => {
    const order = text(recordsIn(installation.journal())[0], 'workOrder');
    expect(ask('report', '--order', order).stdout).toMatch(/yield/i);
    expect(ask('report', '--order', order, '--format', 'csv', '--lang', 'zh').stdout).toContain('节拍');
    expect(ask('report', '--order', order, '--format', 'html', '--out', inFolder('order.html')).exitCode).toBe(0);
    const page = readFileSync(inFolder('order.html'), 'utf8');
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/(?:src|href)="?https?:/);

    expect(ask('export', '--out', inFolder('all.csv')).exitCode).toBe(0);
    const rows = readFileSync(inFolder('all.csv'), 'utf8').trim().split('\r\n');
    expect(rows).toHaveLength(1 + records);
  });

  it('makes the index anew and answers the same', () => {
    const before = ask('log', 'query', '--verdict', 'fail').stdout;
    rmSync(inFolder('logs/index.sqlite'));
    expect(ask('log', 'reindex').stdout).toContain(`${records} records indexed`);
    expect(ask('log', 'query', '--verdict', 'fail').stdout).toBe(before);
    expect(ask('log', 'verify').exitCode).toBe(0);
  });

  it('delivers every record to an HTTP endpoint and a folder, and nothing twice on the second day', async () => {
    const taken: string[] = [];
    const server = createServer((request, response) => {
      taken.push(String(request.headers['idempotency-key']));
      response.writeHead(201).end(JSON.stringify({ recordId: request.headers['idempotency-key'] }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    mkdirSync(inFolder('drop'));
    const deliver = () => installation.start(['outbox', '--http', url, '--csv-folder', inFolder('drop'), '--once']).ended;
    expect(await deliver()).toBe(0);
    expect(await deliver()).toBe(0);
    server.close();
    expect(taken).toHaveLength(records);
    expect(new Set(taken).size).toBe(records);
    const rows = readdirSync(inFolder('drop')).flatMap((name) =>
      readFileSync(inFolder(`drop/${name}`), 'utf8')
        .split('\r\n')
        .slice(1, -1),
    );
    expect(rows).toHaveLength(records);
  });
});

// The outbox against destinations that are away, slow, wrong or deaf: on simulated time, and over real HTTP.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { realClock } from '../../src/bench/hardware/real-clock.ts';
import { memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { csvDropDestination } from '../../src/sinks/outbox/csv-drop.ts';
import { httpDestination } from '../../src/sinks/outbox/http.ts';
import { type Destination, type Outbox, startOutbox } from '../../src/sinks/outbox/outbox.ts';
import { standingOf } from '../../src/sinks/outbox/policy.ts';
import type { WrittenRecord } from '../../src/trace/line.ts';
import { folder, jobFacts, open, recordOf, startWallMs } from '../trace/rig.ts';

const oneDayMs = 86_400_000;

async function line() {
  const clock = new SimulatedClock({ wallMs: startWallMs });
  const medium = memoryDisk(clock);
  const disk = medium.startProcess();
  const { journal } = await open(disk, clock);
  let written = 0;
  const write = async (count: number): Promise<void> => {
    for (let one = 0; one < count; one++) {
      const job = jobFacts(`j${++written}`, 1 + (written % 8));
      await journal.opened(job);
      await journal.record(recordOf(job, `R${String(written).padStart(4, '0')}`));
    }
  };
  const start = (destination: Destination, on = disk): Promise<Outbox> =>
    startOutbox({ disk: on, clock, folder, cursorPath: 'logs/outbox/x.json', destination, deliveryTimeoutMs: 30_000 });
  return { clock, medium, disk, journal, write, start };
}

/** A destination whose behaviour a test chooses for each delivery; it keeps what it was sent, also when it then fails. */
function server(behave: (attempt: number) => 'take' | 'refuse' | 'takeAndFail' | 'hang' = () => 'take') {
  const sent: string[] = [];
  let attempt = 0;
  const destination: Destination = {
    name: 'server',
    batchRecords: 7,
    async deliver(records: readonly WrittenRecord[]) {
      const how = behave(++attempt);
      if (how === 'hang') await new Promise(() => undefined);
      if (how !== 'refuse') sent.push(...records.map(({ recordId }) => recordId));
      if (how !== 'take') throw new Error(`the server ${how}s`);
    },
    close: () => Promise.resolve(),
  };
  return { destination, sent, attempts: () => attempt };
}

const idsTo = (count: number): string[] => Array.from({ length: count }, (_, index) => `R${String(index + 1).padStart(4, '0')}`);

describe('an outbox', () => {
  it('delivers what the journal holds and what comes later, in order, once where nothing goes wrong', async () => {
    const { clock, write, start } = await line();
    await write(20);
    const { destination, sent } = server();
    const outbox = await start(destination);
    await clock.runUntil(outbox.drained());
    await write(30);
    outbox.poke();
    await clock.runUntil(outbox.drained());
    expect(sent).toEqual(idsTo(50));
    expect(outbox.state()).toMatchObject({ delivered: 50, waitingSinceMs: null, trouble: null });
  });

  it('waits for days while the server is away, says since when and why, and then delivers everything', async () => {
    const { clock, write, start } = await line();
    let away = true;
    const { destination, sent } = server(() => (away ? 'refuse' : 'take'));
    await write(5);
    const outbox = await start(destination);
    await clock.run(clock.now() + 3 * oneDayMs);
    await write(40);
    expect(outbox.state()).toMatchObject({ waitingSinceMs: startWallMs, trouble: 'the server refuses', delivered: 0 });
    const policy = { whenAway: 'block', afterMs: oneDayMs } as const;
    expect(standingOf(outbox.state(), policy, clock.wallMs())).toMatchObject({ ageMs: 3 * oneDayMs, demand: 'block' });
    away = false;
    await clock.runUntil(outbox.drained());
    expect(sent).toEqual(idsTo(45));
    expect(standingOf(outbox.state(), policy, clock.wallMs())).toMatchObject({ ageMs: 0, demand: 'none' });
  });

  it('sends again what was taken without a word, never out of order and never with a gap', async () => {
    const { clock, write, start } = await line();
    await write(60);
    const { destination, sent } = server(
      (attempt) => (['takeAndFail', 'refuse', 'take', 'hang', 'take'] as const)[attempt % 5] ?? 'take',
    );
    const outbox = await start(destination);
    await clock.runUntil(outbox.drained());
    expect([...new Set(sent)]).toEqual(idsTo(60));
    expect(sent.length).toBeGreaterThan(60);
  });

  it('gives up a delivery that hangs, and makes it again', async () => {
    const { clock, write, start } = await line();
    await write(1);
    const { destination, sent, attempts } = server((attempt) => (attempt < 3 ? 'hang' : 'take'));
    const outbox = await start(destination);
    await clock.run(clock.now() + 29_000);
    expect(outbox.state().trouble).toBeNull();
    await clock.run(clock.now() + 2_000);
    expect(outbox.state().trouble).toBe('no answer within 30000 ms');
    await clock.runUntil(outbox.drained());
    expect(sent).toEqual(idsTo(1));
    expect(attempts()).toBe(3);
  });

  it('goes on where it was after every kind of death; at most one batch comes twice', async () => {
    for (let operation = 1; operation <= 24; operation++) {
      const { clock, medium, write, start } = await line();
      await write(40);
      const { destination, sent } = server();
      const dying = medium.startProcess();
      const death = medium.dieAt(operation);
      await clock.runUntil(Promise.race([death, start(destination, dying).then((outbox) => outbox.drained())]));
      void medium.dieAt(Number.POSITIVE_INFINITY);
      if (operation % 2 === 0) medium.cutPower(() => 0);
      else dying.kill();
      const again = await start(destination, medium.startProcess());
      await clock.runUntil(again.drained());
      expect([...new Set(sent)].sort()).toEqual(idsTo(40));
      expect(sent.length).toBeLessThanOrEqual(47);
    }
  });

  it('starts anew where its place does not fit the journal: rather twice than never', async () => {
    const { clock, disk, write, start } = await line();
    await write(10);
    await disk.writeWhole(
      'logs/outbox/x.json',
      Buffer.from('{"file":"000001-2026-11-22-EOL3.jsonl","offset":5,"length":9,"hash":"x"}'),
    );
    const { destination, sent } = server();
    await clock.runUntil((await start(destination)).drained());
    expect(sent).toEqual(idsTo(10));
  });

  it('is owned by one process', async () => {
    const { start, medium } = await line();
    await start(server().destination);
    await expect(start(server().destination, medium.startProcess())).rejects.toMatchObject({ code: 'EBUSY' });
  });
});

it('policies ask for nothing until the oldest record is late', () => {
  const state = { name: 'm', deliveredSeq: 0, delivered: 0, waitingSinceMs: 1_000, trouble: 'away', damaged: 0 };
  for (const whenAway of ['block', 'warn', 'continue'] as const) {
    expect(standingOf(state, { whenAway, afterMs: 500 }, 1_499).demand).toBe('none');
    expect(standingOf(state, { whenAway, afterMs: 500 }, 1_500).demand).toBe(whenAway === 'continue' ? 'none' : whenAway);
    expect(standingOf({ ...state, waitingSinceMs: null }, { whenAway, afterMs: 0 }, 9_999).demand).toBe('none');
  }
});

it('a CSV folder gets each batch once, whole, named by the lines it covers', async () => {
  const { clock, disk, write, start } = await line();
  await write(12);
  const destination = csvDropDestination({ name: 'csv', disk, folder: 'drop', batchRecords: 5 });
  await clock.runUntil((await start(destination)).drained());
  const names = await disk.list('drop');
  expect(names).toHaveLength(3);
  expect(names[0]).toMatch(/^EOL3-0{11}3-0{10}\d\d\.csv$/);
  const rows = await Promise.all(
    names.map(async (name) =>
      Buffer.from(await disk.read(`drop/${name}`))
        .toString()
        .split('\r\n')
        .slice(1, -1),
    ),
  );
  expect(rows.flat().map((row) => row.split(',')[0])).toEqual(idsTo(12));
});

describe('an HTTP endpoint', () => {
  type Answer = (request: IncomingMessage, response: ServerResponse, record: WrittenRecord) => void;

  async function endpoint(answer: Answer) {
    const stored = new Map<string, number>();
    const http = createServer((request, response) => {
      let text = '';
      request.on('data', (piece) => {
        text += piece;
      });
      request.on('end', () => {
        const record = JSON.parse(text) as WrittenRecord;
        stored.set(String(request.headers['idempotency-key']), (stored.get(record.recordId) ?? 0) + 1);
        answer(request, response, record);
      });
    });
    await new Promise<void>((resolve) => {
      http.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/records`;
    return { url, stored, close: () => http.close() };
  }

  it.each([
    ['an error', (response: ServerResponse) => response.writeHead(500).end('{}')],
    ['a login page with 200', (response: ServerResponse) => response.writeHead(200).end('<html>please log in</html>')],
    ['another record', (response: ServerResponse) => response.writeHead(200).end('{"recordId":"other"}')],
    ['nothing and hangs up', (response: ServerResponse) => response.destroy()],
    ['a redirect', (response: ServerResponse) => response.writeHead(302, { location: '/login' }).end()],
    [
      'half of an answer',
      (response: ServerResponse) => response.writeHead(200, { 'content-length': 99 }).write('{"recordId":') && response.destroy(),
    ],
    ['nothing at all', () => undefined],
  ])('that answers %s has not taken the record; it is sent until it has', async (_, wrong) => {
    const failures = new Map<string, number>();
    const { url, stored, close } = await endpoint((_request, response, record) => {
      const before = failures.get(record.recordId) ?? 0;
      failures.set(record.recordId, before + 1);
      if (before === 0) wrong(response);
      else response.writeHead(201).end(JSON.stringify({ recordId: record.recordId }));
    });
    const { disk, write } = await line();
    await write(2);
    const destination = httpDestination({ name: 'http', url, token: 'secret' });
    const outbox = await startOutbox({
      disk,
      clock: realClock,
      folder,
      cursorPath: 'logs/outbox/http.json',
      destination,
      deliveryTimeoutMs: 400,
    });
    await outbox.drained();
    await outbox.stop();
    close();
    expect([...stored]).toEqual([
      ['R0001', 2],
      ['R0002', 2],
    ]);
    expect(outbox.state().delivered).toBe(2);
  });
});

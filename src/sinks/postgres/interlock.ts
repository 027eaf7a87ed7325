// Asks the line's database before a unit is touched: is it in this order, did the step before pass, has it passed elsewhere. Always
// answers within its time-out; what silence means is the policy's. Knows no slot.
import { type Clock, pause } from '../../bench/clock.ts';
import type { Failure } from '../../domain/failure.ts';
import { askLine, type LineAnswer } from './line-query.ts';
import { migrate } from './migrations.ts';
import type { SqlClient, SqlConnect } from './sql-client.ts';

export interface PostgresInterlockOptions {
  readonly connect: SqlConnect;
  readonly clock: Clock;
  /** The station that asks: its own records do not count as elsewhere. */
  readonly station: string;
  /** Null where no step before is asked for. */
  readonly previousStep: string | null;
  readonly whenAway: 'block' | 'warn' | 'continue';
  readonly timeoutMs: number;
}

export interface UnitQuestion {
  readonly imei: string | null;
  readonly sn: string | null;
  readonly workOrder: string | null;
}

/** As the station's interlock contract has it. */
export type UnitAnswer =
  | {
      readonly kind: 'cleared';
      readonly passedElsewhere: { readonly stationId: string; readonly recordId: string; readonly finishedAt: string } | null;
      readonly warning: Failure | null;
    }
  | { readonly kind: 'refused'; readonly failure: Failure };

export interface PostgresInterlock {
  ask(question: UnitQuestion): Promise<UnitAnswer>;
  close(): Promise<void>;
}

interface Line {
  readonly client: Promise<SqlClient>;
  /** Settles when the question before has its answer. */
  turn: Promise<unknown>;
}

const step = 'interlock';

export function postgresInterlock(options: PostgresInterlockOptions): PostgresInterlock {
  const { connect, clock, station, previousStep, whenAway, timeoutMs } = options;
  /** One connection for all slots, opened when it is first needed; they ask one after the other. */
  let line: Line | null = null;

  const opened = async (): Promise<SqlClient> => {
    const client = await connect();
    try {
      await migrate(client);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  };
  const inTurn = <Result>(on: Line, ask: (client: SqlClient) => Promise<Result>): Promise<Result> => {
    const answer = on.turn.then(async () => ask(await on.client));
    on.turn = answer.catch(() => undefined);
    return answer;
  };
  /** After any doubt nothing is asked of this connection again; another slot may have dropped it already. */
  const drop = (doubtful: Line | null): void => {
    if (line === doubtful) line = null;
    doubtful?.client.then((client) => client.end()).catch(() => undefined);
  };

  const away = (error: unknown): UnitAnswer => {
    const failure: Failure = { code: 'interlock-away', step, detail: error instanceof Error ? error.message : String(error) };
    if (whenAway === 'block') return { kind: 'refused', failure };
    return { kind: 'cleared', passedElsewhere: null, warning: whenAway === 'warn' ? failure : null };
  };

  return {
    async ask({ imei, sn, workOrder }) {
      // PostgreSQL's text cannot hold a NUL, which a device may send: such a name is stored so, too.
      const unit = [imei, sn].flatMap((name) => name?.replaceAll('\0', '\uFFFD') ?? []);
      line ??= { client: opened(), turn: Promise.resolve() };
      const asked = line;
      const answered = new AbortController();
      const answer = inTurn(asked, (client) => askLine(client, { unit, station, workOrder, previousStep }));
      const late = pause(clock, timeoutMs, answered.signal).then(() => {
        throw new Error(`no answer within ${timeoutMs} ms`);
      });
      try {
        return judged(await Promise.race([answer, late]), workOrder, previousStep);
      } catch (error) {
        drop(asked);
        answer.catch(() => undefined);
        return away(error);
      } finally {
        answered.abort();
        late.catch(() => undefined);
      }
    },
    close() {
      drop(line);
      return Promise.resolve();
    },
  };
}

/** The first no refuses. */
function judged(answer: LineAnswer, workOrder: string | null, previousStep: string | null): UnitAnswer {
  const { inOrder, previousStepPassed, passedElsewhere } = answer;
  if (inOrder === false) {
    const expected = `in work order ${workOrder ?? ''}`;
    return { kind: 'refused', failure: { code: 'not-in-order', step, expected, actual: 'not in its list' } };
  }
  if (previousStepPassed === false) {
    const expected = `${previousStep ?? ''} passed`;
    return { kind: 'refused', failure: { code: 'previous-step-missing', step, expected, actual: 'no PASS' } };
  }
  const elsewhere = passedElsewhere && {
    stationId: passedElsewhere.station,
    recordId: passedElsewhere.recordId,
    finishedAt: passedElsewhere.finishedAt,
  };
  return { kind: 'cleared', passedElsewhere: elsewhere, warning: null };
}

// Delivers records to an HTTP endpoint, one POST each. Knows no journal.
//
// The endpoint gets the record as JSON with `Idempotency-Key: <recordId>` and must store it once under that key. It has taken a record
// only when it answers 200, 201 or 202 with a JSON object whose `recordId` is the record's: a proxy or a login page that answers 200 to
// everything has not. Redirects are not followed.
import type { WrittenRecord } from '../../trace/line.ts';
import type { Destination } from './outbox.ts';

export interface HttpOptions {
  readonly name: string;
  readonly url: string;
  /** Sent as `Authorization: Bearer …`; never logged. */
  readonly token: string | null;
}

export function httpDestination({ name, url, token }: HttpOptions): Destination {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    accept: 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  const post = async (record: WrittenRecord, signal: AbortSignal): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': record.recordId },
      body: JSON.stringify(record),
      redirect: 'error',
      signal,
    });
    const answer = await beginning(response);
    if (![200, 201, 202].includes(response.status)) throw new Error(`the endpoint answered ${response.status}`);
    if (recordIdIn(answer) !== record.recordId) throw new Error('the endpoint answered without the recordId: not taken');
  };
  return {
    name,
    batchRecords: 1,
    async deliver(records, signal) {
      for (const record of records) await post(record, signal);
    },
    close: () => Promise.resolve(),
  };
}

const longestAnswerBytes = 65_536;

async function beginning(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    length += piece.length;
    if (length > longestAnswerBytes) throw new Error('the endpoint answered with too much');
  }
  return Buffer.concat(pieces).toString('utf8');
}

function recordIdIn(answer: string): unknown {
  try {
    const value: unknown = JSON.parse(answer);
    return typeof value === 'object' && value !== null && 'recordId' in value ? value.recordId : null;
  } catch {
    return null;
  }
}

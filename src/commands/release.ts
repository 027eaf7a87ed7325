// `flashrack release STATION --slot N`: an operator has looked at the board of a slot that recovery locked. Knows only the journal.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock } from '../bench/hardware/real-clock.ts';
import { loadStation } from '../config/load-station.ts';
import { openJournal } from '../trace/journal.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { ulidSource } from '../trace/ulid.ts';
import { printable } from '../views/words/escape.ts';
import { exitCodes } from './exit-codes.ts';
import { print } from './print.ts';
import { identityOf, utcOffset } from './run-rack.ts';

export async function release(
  stationFile: string,
  options: { readonly slot: number; readonly operator?: string },
): Promise<number> {
  const { station } = await loadStation(readFile, stationFile);
  const journal = await openJournal({
    disk: nodeDisk,
    clock: realClock,
    folder: join(station.logsFolder, 'journal'),
    station: identityOf(station),
    newId: ulidSource(realClock, (count) => randomBytes(count)),
    utcOffset,
  });
  try {
    const lock = journal.lockedSlots().find(({ slot }) => slot === options.slot);
    if (lock === undefined) {
      print(`slot ${options.slot} is not locked`);
      return exitCodes.notPass;
    }
    await journal.released({ slot: lock.slot, recordId: lock.recordId, operator: options.operator ?? null });
    print(`slot ${options.slot} released (record ${lock.recordId}, unit ${printable(lock.unit ?? 'unknown')})`);
    return exitCodes.pass;
  } finally {
    await journal.close();
  }
}

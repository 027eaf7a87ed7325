// `flashrack release STATION`: while the station does not run, lifts the lock of recovery after somebody has looked at the board, or what a
// rule decided. Knows only the journal.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock } from '../bench/hardware/real-clock.ts';
import { loadStation } from '../config/load-station.ts';
import type { OversightSettings } from '../config/oversight-fields.ts';
import type { ReleaseTarget } from '../domain/finding.ts';
import { createOversight } from '../station/rules/oversight.ts';
import { readHistory } from '../trace/history.ts';
import { type Journal, openJournal } from '../trace/journal.ts';
import type { HistoryLine } from '../trace/line.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { ulidSource } from '../trace/ulid.ts';
import { printable } from '../views/words/escape.ts';
import { eventText } from '../views/words/event-words.ts';
import { exitCodes } from './exit-codes.ts';
import { readHiddenLine } from './hidden-line.ts';
import { print } from './print.ts';
import { identityOf, utcOffset } from './run-rack.ts';
import { codeMatches } from './supervisor-code.ts';

export interface ReleaseOptions {
  readonly slot?: number;
  readonly stop: boolean;
  /** IMEI, SN or label. */
  readonly board?: string;
  readonly operator?: string;
}

export async function release(stationFile: string, options: ReleaseOptions): Promise<number> {
  const { station } = await loadStation(readFile, stationFile);
  const folder = join(station.logsFolder, 'journal');
  const journal = await openJournal({
    disk: nodeDisk,
    clock: realClock,
    folder,
    station: identityOf(station),
    newId: ulidSource(realClock, (count) => randomBytes(count)),
    utcOffset,
  });
  try {
    const lock = journal.lockedSlots().find(({ slot }) => slot === options.slot);
    if (lock !== undefined) {
      await journal.released({ slot: lock.slot, recordId: lock.recordId, operator: options.operator ?? null });
      print(`slot ${lock.slot} released (record ${lock.recordId}, unit ${printable(lock.unit ?? 'unknown')})`);
      return exitCodes.pass;
    }
    return await releaseFinding(station.oversight, journal, await readHistory(nodeDisk, folder), options);
  } finally {
    await journal.close();
  }
}

async function releaseFinding(
  settings: OversightSettings,
  journal: Journal,
  lastLines: readonly HistoryLine[],
  { slot, stop, board, operator }: ReleaseOptions,
): Promise<number> {
  let exitCode: number = exitCodes.notPass;
  const oversight = createOversight({
    settings,
    clock: realClock,
    journal,
    lastLines,
    work: () => ({ operator: operator ?? null, shift: null, workOrder: null, lot: null }),
    codeMatches,
    tell(event) {
      print(eventText(event, 'en'));
      if (event.type === 'release.granted') exitCode = exitCodes.pass;
    },
  });
  const target: ReleaseTarget | null =
    slot !== undefined
      ? { kind: 'slot', slot }
      : board !== undefined
        ? { kind: 'board', unit: board }
        : stop
          ? { kind: 'stop' }
          : null;
  if (target === null) {
    print('say what to release: --slot, --board or --stop');
    return exitCodes.refused;
  }
  const code = settings.supervisors.length > 0 ? await readHiddenLine('Supervisor code: ') : null;
  await oversight.release(target, code);
  return exitCode;
}

// What a station file that says nothing of history means by it.
import { type HistorySettings, stationFile } from '../../src/config/station-file.ts';

export const historyDefaults: HistorySettings = stationFile.shape.history.parse(undefined);

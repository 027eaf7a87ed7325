// `flashrack log show IMEI|SN|RECORD`: a unit's whole life, or one record. Knows no station; reads only.
import type { RecordBody } from '../domain/record.ts';
import { findRecords } from '../trace/find.ts';
import type { WrittenRecord } from '../trace/line.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { printable } from '../views/words/escape.ts';
import { exitCodes } from './exit-codes.ts';
import { withIndex } from './log-query.ts';
import { print, printJson } from './print.ts';
import { table } from './table.ts';

export async function logShow(
  query: string,
  { folder, json }: { readonly folder: string; readonly json: boolean },
): Promise<number> {
  const { records, damaged } = await lifeOf(folder, query);
  if (json) printJson({ records, damaged });
  else {
    for (const line of lifeLines(records)) print(line);
    for (const { file, line } of damaged) print(`damaged, not believed: ${file} line ${line}`);
    if (records.length === 0) print(`no record of ${printable(query)}`);
  }
  return records.length > 0 && damaged.length === 0 ? exitCodes.pass : exitCodes.notPass;
}

interface Life {
  readonly records: readonly WrittenRecord[];
  readonly damaged: readonly { readonly file: string; readonly line: number }[];
}

/** By the index; where there can be none (read-only disk), or it finds nothing, the journal itself is searched. */
async function lifeOf(folder: string, query: string): Promise<Life> {
  const records = await indexed(folder, query).catch(() => []);
  return records.length > 0 ? { records, damaged: [] } : findRecords(nodeDisk, folder, query);
}

function indexed(folder: string, query: string): Promise<readonly WrittenRecord[]> {
  return withIndex(folder, async (index) => {
    // The journal itself knows which damaged lines spoke of this unit.
    if (index.damaged().length > 0) return [];
    const one = index.query({ recordId: query }, 1);
    const direct = one.length > 0 ? one : index.ofUnit([query]);
    // A unit found by its label also has its records from before the label was read, by the other names it has.
    const names = one.length > 0 ? [] : direct.flatMap(({ imei, sn }) => [imei, sn]).filter((name) => name !== null);
    const rows = one.length > 0 ? one : index.ofUnit([...new Set([query, ...names])]);
    return Promise.all(rows.map((row) => index.read(row)));
  });
}

function lifeLines(records: readonly WrittenRecord[]): string[] {
  if (records.length === 0) return [];
  const last = records.at(-1);
  const rows = records.map((record, index) => [
    String(index + 1),
    record.finishedAt.slice(0, 19).replace('T', ' '),
    record.verdict,
    record.failure?.code ?? '-',
    `${record.station.id}/${record.slot.number}`,
    shown(record.workOrder),
    shown(record.entry.marginMs),
    shown(record.recordId),
  ]);
  const overview = table(['#', 'finished', 'verdict', 'code', 'station/slot', 'order', 'margin ms', 'record'], rows);
  const before = records.find(({ unit }) => unit.revisionBefore !== null)?.unit.revisionBefore ?? null;
  const after = records.findLast(({ unit }) => unit.revisionAfter !== null)?.unit.revisionAfter ?? null;
  const unit = last?.unit;
  return [
    `unit  model ${shown(unit?.model ?? null)}  IMEI ${shown(unit?.imeiAfter ?? unit?.imeiBefore ?? null)}  SN ${shown(unit?.sn ?? unit?.labelSn ?? null)}`,
    `life  ${records.length} records, ${attempts(records)} attempts, last ${last?.verdict ?? '-'}; revision first before ${shown(before)}, last after ${shown(after)}`,
    '',
    ...overview,
    '',
    ...records.flatMap(recordLines),
  ];
}

/** ABORTED is not an attempt (DESIGN.md, Verdicts). */
const attempts = (records: readonly RecordBody[]): number => records.filter(({ verdict }) => verdict !== 'ABORTED').length;

const shown = (value: string | number | boolean | null | undefined): string => printable(String(value ?? '-'));

function recordLines(record: RecordBody): string[] {
  const { unit, slot, entry, failure, identity } = record;
  return [
    `${record.verdict}  ${record.finishedAt}  record ${record.recordId}  ${record.kind}, attempt ${record.attempt}, written ${record.written}`,
    `  unit      model ${shown(unit.model)}  SN ${shown(unit.sn)}  label ${shown(unit.labelSn)}  IMEI before ${shown(unit.imeiBefore)}  after ${shown(unit.imeiAfter)}`,
    `  revision  before ${shown(unit.revisionBefore)}  after ${shown(unit.revisionAfter)}`,
    `  identity  from ${identity.source}, unidentified boards ${identity.unidentifiedPolicy}, insertion ${identity.continuousInsertion ? 'continuous' : 'interrupted'}`,
    `  slot      ${slot.number} at ${shown(slot.usbPath)}, insertion ${slot.insertions}, station ${shown(record.station.id)}, software ${shown(record.station.softwareVersion)} ${shown(record.station.commit)}`,
    `  work      order ${shown(record.workOrder)}  lot ${shown(record.lot)}  operator ${shown(record.operator)}  shift ${shown(record.shift)}`,
    `  profile   ${shown(record.profile?.id)}  package ${shown(record.package?.name)} ${shown(record.package?.sha256)}`,
    `  entry     ${shown(entry.method)}  window ${shown(entry.windowMs)} ms  handshake ${shown(entry.handshakeMs)} ms  margin ${shown(entry.marginMs)} ms`,
    ...[...(failure === null ? [] : [failure]), ...record.laterFailures].map(
      (one, index) =>
        `  ${index === 0 ? 'failure ' : 'later   '}  ${one.code} in ${shown(one.step)}, blame ${one.blame}, expected ${shown(one.expected)}, actual ${shown(one.actual)}${one.address === undefined ? '' : ` at ${shown(one.address)}`}`,
    ),
    ...record.steps.map((step) => `  step      ${shown(step.name)}  ${step.durationMs} ms  ${step.bytes} bytes  ${step.result}`),
    ...Object.entries(record.evidence).map(([name, value]) => `  evidence  ${shown(name)}: ${shown(value)}`),
    `  restart   ${shown(record.restart)}, power cycles ${record.powerCycles}, took ${(record.durationMs / 1000).toFixed(1)} s`,
    '',
  ];
}

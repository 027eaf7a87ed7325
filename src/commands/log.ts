// `flashrack log verify` and `flashrack log show`: questions to the journal. Knows no station; reads only.
import type { RecordBody } from '../domain/record.ts';
import { findRecords } from '../trace/find.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { verifyJournal } from '../trace/verify.ts';
import { printable } from '../views/words/escape.ts';
import { exitCodes } from './exit-codes.ts';
import { print, printJson } from './print.ts';

interface LogOptions {
  readonly folder: string;
  readonly json: boolean;
}

export async function logVerify({ folder, json }: LogOptions): Promise<number> {
  const result = await verifyJournal(nodeDisk, folder);
  if (json) printJson(result);
  else if (result.ok) {
    print(`the chain holds: ${result.files} files, ${result.lines} lines, ${result.records} records, head ${result.head.hash}`);
    print('lines deleted from the very end leave no trace in the journal itself: compare the head with one noted before');
  } else {
    const { file, line, finding, detail } = result.bad;
    print(`first bad line: ${file} line ${line}: ${finding}: ${printable(detail)}`);
  }
  return result.ok ? exitCodes.pass : exitCodes.notPass;
}

export async function logShow(query: string, { folder, json }: LogOptions): Promise<number> {
  const { records, damaged } = await findRecords(nodeDisk, folder, query);
  if (json) printJson({ records, damaged });
  else {
    for (const record of records) for (const line of recordLines(record)) print(line);
    for (const { file, line } of damaged) print(`damaged, not believed: ${file} line ${line}`);
    if (records.length === 0) print(`no record of ${printable(query)}`);
  }
  return records.length > 0 && damaged.length === 0 ? exitCodes.pass : exitCodes.notPass;
}

function recordLines(record: RecordBody): string[] {
  const { unit, slot, entry, failure } = record;
  const shown = (value: string | number | null): string => printable(String(value ?? '-'));
  return [
    `${record.verdict}  ${record.finishedAt}  record ${record.recordId}  ${record.kind}, written ${record.written}`,
    `  unit      model ${shown(unit.model)}  SN ${shown(unit.sn)}  IMEI before ${shown(unit.imeiBefore)}  after ${shown(unit.imeiAfter)}`,
    `  revision  before ${shown(unit.revisionBefore)}  after ${shown(unit.revisionAfter)}`,
    `  slot      ${slot.number} at ${shown(slot.usbPath)}, insertion ${slot.insertions}, station ${shown(record.station.id)}`,
    `  profile   ${shown(record.profile?.id ?? null)}  package ${shown(record.package?.name ?? null)} ${shown(record.package?.sha256 ?? null)}`,
    `  entry     ${shown(entry.method)}  handshake ${shown(entry.handshakeMs)} ms  margin ${shown(entry.marginMs)} ms`,
    ...(failure === null
      ? []
      : [
          `  failure   ${failure.code} in ${shown(failure.step)}, blame ${failure.blame}, expected ${shown(text(failure.expected))}, actual ${shown(text(failure.actual))}`,
        ]),
    ...record.steps.map((step) => `  step      ${shown(step.name)}  ${step.durationMs} ms  ${step.bytes} bytes  ${step.result}`),
    '',
  ];
}

const text = (fact: string | number | boolean | undefined): string | null => (fact === undefined ? null : String(fact));

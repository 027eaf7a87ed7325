// The commands that ask the journal and hand its records on: their names and options. Knows nothing of their work.
import { type Command, Option } from 'commander';
import type { ExportOptions } from '../export.ts';
import { helpTexts } from '../help-texts.ts';
import type { QueryOptions } from '../log-query.ts';
import type { OutboxCommandOptions } from '../outbox.ts';
import type { ReportOptions } from '../report.ts';
import { collect, dayText, folderOption, jsonOption, langOption, settle, timeText, wholeNumber } from './options.ts';

export function recordCommands(program: Command): void {
  program.commandsGroup('Records:');
  addLog(program);
  addReplay(program);
  addReport(program);
  addExport(program);
  addOutbox(program);
}

function addReplay(program: Command): void {
  program
    .command('replay')
    .description('run the job of a transcript again without any device, and show where this station does something else')
    .argument('<file>', 'logs/transcripts/<record>.jsonl')
    .option('--profiles <folder>', 'where the profile files are', 'profiles')
    .addOption(jsonOption())
    .addHelpText('after', helpTexts.replay)
    .action((file: string, options: { profiles: string; json: boolean }) =>
      settle(async () => (await import('../replay.ts')).replay(file, options)),
    );
}

function addReport(program: Command): void {
  program
    .command('report')
    .description('print what a shift, an order or a day came to: yield, failures, slots, cycle times, margins')
    .option('--shift <name>', 'of a day (default today)')
    .option('--order <number>', 'work order')
    .option('--day <day>', "e.g. 2026-11-22, by the station's clock", dayText)
    .addOption(
      new Option('--format <format>', 'html is one page without any other file')
        .choices(['text', 'csv', 'html', 'json'])
        .default('text'),
    )
    .option('--out <file>', 'default standard output')
    .addOption(folderOption())
    .addOption(langOption())
    .addHelpText('after', helpTexts.report)
    .action((options: ReportOptions) => settle(async () => (await import('../report.ts')).report(options), options.lang));
}

function addExport(program: Command): void {
  program
    .command('export')
    .description('write records as CSV for Excel and others; the last column holds the whole record')
    .requiredOption('--out <file>', '- is standard output')
    .option('--order <number>', 'work order')
    .option('--lot <number>', 'lot')
    .option('--verdict <verdict>', 'PASS, FAIL, UNKNOWN or ABORTED')
    .option('--from <time>', 'day or time', timeText)
    .option('--to <time>', 'day (included) or time', timeText)
    .addOption(folderOption())
    .action((options: ExportOptions) => settle(async () => (await import('../export.ts')).exportCsv(options)));
}

function addOutbox(program: Command): void {
  program
    .command('outbox')
    .description('deliver records to other systems, in order and at least once; stops on a signal, goes on where it was')
    .option('--http <url>', 'POST each record there; a bearer token may be in FLASHRACK_HTTP_TOKEN')
    .option('--csv-folder <path>', 'drop CSV files there')
    .option('--postgres', 'PostgreSQL; its URL is in FLASHRACK_POSTGRES', false)
    .option('--timeout-ms <ms>', 'give a delivery up after so long, and make it again', wholeNumber, 30_000)
    .option('--once', 'end when everything in the journal has been delivered', false)
    .addOption(folderOption())
    .addOption(jsonOption())
    .addHelpText('after', helpTexts.outbox)
    .action((options: OutboxCommandOptions) => settle(async () => (await import('../outbox.ts')).outbox(options)));
}

function addLog(program: Command): void {
  const log = program.command('log').description('the journal: is it whole, what became of a unit, which records match');
  addLogVerify(log);
  addLogAnchor(log);
  addLogShow(log);
  addLogQuery(log);
  addLogReindex(log);
  addLogBundle(log);
}

function addLogVerify(log: Command): void {
  log
    .command('verify')
    .description('check the chain; names each bad line, the first ones where there are many')
    .option('--anchor <text>', 'an anchor published earlier, or a file with some; may be repeated', collect, [])
    .addOption(folderOption())
    .addOption(jsonOption())
    .addHelpText('after', helpTexts.logVerify)
    .action((options: { folder: string; json: boolean; anchor: readonly string[] }) =>
      settle(async () => (await import('../log.ts')).logVerify(options)),
    );
}

function addLogAnchor(log: Command): void {
  log
    .command('anchor')
    .description("print the journal's head for a notebook or a mail: a deleted tail is found against it")
    .addOption(folderOption())
    .addOption(jsonOption())
    .action((options: { folder: string; json: boolean }) => settle(async () => (await import('../log.ts')).logAnchor(options)));
}

function addLogShow(log: Command): void {
  log
    .command('show')
    .description("print a unit's whole life, or one record")
    .argument('<query>', 'IMEI, SN or record id')
    .addOption(folderOption())
    .addOption(jsonOption())
    .addHelpText('after', helpTexts.logShow)
    .action((query: string, options: { folder: string; json: boolean }) =>
      settle(async () => (await import('../log-show.ts')).logShow(query, options)),
    );
}

function addLogQuery(log: Command): void {
  log
    .command('query')
    .description('print the newest records that match every option given')
    .option('--imei <imei>', 'of the unit, before or after')
    .option('--sn <number>', 'of the unit, read or from the label')
    .option('--order <number>', 'work order')
    .option('--lot <number>', 'lot')
    .option('--slot <number>', 'slot number', wholeNumber)
    .option('--operator <name>', 'who worked')
    .option('--shift <name>', 'shift')
    .option('--verdict <verdict>', 'PASS, FAIL, UNKNOWN or ABORTED')
    .option('--code <code>', 'failure code')
    .option('--package <sha256>', 'digest of the package, or its first digits')
    .option('--from <time>', 'day or time, e.g. 2026-11-22 or 2026-11-22T07:30', timeText)
    .option('--to <time>', 'day (included) or time', timeText)
    .option('--limit <number>', 'how many at most', wholeNumber, 50)
    .addOption(folderOption())
    .addOption(jsonOption())
    .addHelpText('after', helpTexts.logQuery)
    .action((options: QueryOptions) => settle(async () => (await import('../log-query.ts')).logQuery(options)));
}

function addLogReindex(log: Command): void {
  log
    .command('reindex')
    .description('make the index anew from the journal')
    .addOption(folderOption())
    .addOption(jsonOption())
    .action((options: { folder: string; json: boolean }) =>
      settle(async () => (await import('../log-query.ts')).logReindex(options)),
    );
}

function addLogBundle(log: Command): void {
  log
    .command('bundle')
    .description('pack a record with its transcript, profile and versions for a support mail; no firmware')
    .argument('<record>', 'record id')
    .option('--out <file>', 'default flashrack-RECORD.json')
    .option('--profiles <folder>', 'where the profile files are', 'profiles')
    .addOption(folderOption())
    .addOption(jsonOption())
    .action((record: string, options: { folder: string; json: boolean; profiles: string; out?: string }) =>
      settle(async () => (await import('../log-bundle.ts')).logBundle(record, options)),
    );
}

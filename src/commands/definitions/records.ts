// The commands for records beside `log`: what they are called and which options they take. Knows nothing of their work.
import { type Command, Option } from 'commander';
import type { ExportOptions } from '../export.ts';
import { helpTexts } from '../help-texts.ts';
import type { OutboxCommandOptions } from '../outbox.ts';
import type { ReportOptions } from '../report.ts';
import { addLog } from './log.ts';
import { dayText, folderOption, jsonOption, langOption, timeText, wholeNumber } from './options.ts';
import { settle } from './settle.ts';

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

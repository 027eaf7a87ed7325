// `flashrack log` and what stands below it: what they are called and which options they take. Knows nothing of their work.
import type { Command } from 'commander';
import { helpTexts } from '../help-texts.ts';
import type { QueryOptions } from '../log-query.ts';
import { collect, folderOption, jsonOption, timeText, wholeNumber } from './options.ts';
import { settle } from './settle.ts';

export function addLog(program: Command): void {
  const log = program.command('log').description('the journal: is it whole, what became of a unit, which records match');
  addVerify(log);
  addAnchor(log);
  addShow(log);
  addQuery(log);
  addReindex(log);
  addBundle(log);
}

function addVerify(log: Command): void {
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

function addAnchor(log: Command): void {
  log
    .command('anchor')
    .description("print the journal's head for a notebook or a mail: a deleted tail is found against it")
    .addOption(folderOption())
    .addOption(jsonOption())
    .action((options: { folder: string; json: boolean }) => settle(async () => (await import('../log.ts')).logAnchor(options)));
}

function addShow(log: Command): void {
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

function addQuery(log: Command): void {
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

function addReindex(log: Command): void {
  log
    .command('reindex')
    .description('make the index anew from the journal')
    .addOption(folderOption())
    .addOption(jsonOption())
    .action((options: { folder: string; json: boolean }) =>
      settle(async () => (await import('../log-query.ts')).logReindex(options)),
    );
}

function addBundle(log: Command): void {
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

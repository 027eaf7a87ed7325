// The commands of whoever works at the rack, also after trouble: their names and options. Knows nothing of their work.
import { type Command, Option } from 'commander';
import type { Language } from '../../views/words/language.ts';
import { helpTexts } from '../help-texts.ts';
import type { VerifyCommandOptions } from '../verify.ts';
import {
  bellOption,
  collect,
  jsonOption,
  langOption,
  maskOption,
  type Screen,
  type Shared,
  settle,
  wholeNumber,
} from './options.ts';

export function floorCommands(program: Command): void {
  program.commandsGroup('The floor:');
  addDemo(program);
  addRun(program);
  addVerify(program);
  addBatch(program);
}

function addDemo(program: Command): void {
  program
    .command('demo')
    .description('run the simulated rack: eight boards, real protocol bytes, a package made on the spot')
    .addOption(
      new Option('--scenario <name>', 'calm: all goes well; rough: wrong model, missed window, pull, stall')
        .choices(['calm', 'rough'])
        .default('calm'),
    )
    .option('--seed <number>', 'of the boards and the hand that inserts them', wholeNumber, 1)
    .addOption(langOption())
    .addOption(bellOption())
    .addOption(maskOption())
    .addOption(jsonOption())
    .addHelpText('after', helpTexts.demo)
    .action((options: Shared & Screen & { scenario: 'calm' | 'rough'; seed: number }) =>
      settle(async () => (await import('../demo.ts')).demo(options), options.lang),
    );
}

function addRun(program: Command): void {
  program
    .command('run')
    .description('run a station: flash every board that arrives at one of its slots')
    .argument('<station>', 'station file, e.g. stations/line-1.json')
    .option('--operator <name>', 'who works; in every record')
    .option('--order <number>', 'work order; in every record')
    .option('--lot <number>', 'lot; in every record')
    .option('--shift <name>', 'shift; in every record')
    .option('--profile <id>', 'only this profile of the station (the order narrows the choice); may be repeated', collect, [])
    .option('--quiet-ms <ms>', 'without a terminal: end when nothing has happened for so long', wholeNumber, 30_000)
    .option('--keep-running', 'without a terminal too: end only when asked to (a service)', false)
    .addOption(langOption())
    .addOption(bellOption())
    .addOption(maskOption())
    .addOption(jsonOption())
    .addHelpText('after', helpTexts.run)
    .action((station: string, options: Shared & Screen & { profile: readonly string[]; quietMs: number; keepRunning: boolean }) =>
      settle(async () => (await import('../run.ts')).run(station, options), options.lang),
    );
}

function addVerify(program: Command): void {
  program
    .command('verify')
    .description('QA: look at every board, without writing: revision and identity against its profile and its record')
    .argument('<station>', 'station file')
    .option('--reflash', 'flash what has not the right revision, in the same insertion; user data as the profile consents', false)
    .option('--operator <name>', 'who works; in every record')
    .option('--order <number>', 'work order; in every record')
    .option('--lot <number>', 'lot; in every record')
    .option('--shift <name>', 'shift; in every record')
    .option('--profile <id>', 'only this profile of the station; may be repeated', collect, [])
    .option('--quiet-ms <ms>', 'without a terminal: end when nothing has happened for so long', wholeNumber, 30_000)
    .addOption(langOption())
    .addOption(jsonOption())
    .addHelpText('after', helpTexts.verify)
    .action((station: string, options: VerifyCommandOptions) =>
      settle(async () => (await import('../verify.ts')).verify(station, options), options.lang),
    );
}

function addBatch(program: Command): void {
  program
    .command('batch')
    .description('the night shift: flash what is in the rack or comes to it with nobody there, as a job file says')
    .argument('<job>', 'job file; its JSON Schema: flashrack schema job')
    .addOption(langOption())
    .addHelpText('after', helpTexts.batch)
    .action((job: string, options: { lang: Language }) =>
      settle(async () => (await import('../batch.ts')).batch(job, options), options.lang),
    );
}

export function troubleCommands(program: Command): void {
  program.commandsGroup('After trouble:');
  addRelease(program);
  addSupervisor(program);
  addNv(program);
}

function addRelease(program: Command): void {
  program
    .command('release')
    .description(
      'while the station does not run: release a slot locked after a crash or quarantined, a rejected board, or a stop',
    )
    .argument('<station>', 'station file')
    .option('--slot <number>', 'slot number', wholeNumber)
    .option('--board <unit>', 'IMEI or SN of a rejected board')
    .option('--stop', 'the stop of production', false)
    .option('--operator <name>', 'who has looked')
    .addHelpText('after', helpTexts.release)
    .action((station: string, options: { slot?: number; board?: string; stop: boolean; operator?: string }) =>
      settle(async () => (await import('../release.ts')).release(station, options)),
    );
}

function addSupervisor(program: Command): void {
  program
    .command('supervisor')
    .description('who may release what the station stopped, quarantined or rejected')
    .command('hash')
    .description('read a code from standard input (not shown) and print the JSON for "supervisors" of the station file')
    .requiredOption('--name <name>', 'whose code; in the journal at each use')
    .addHelpText('after', helpTexts.supervisorHash)
    .action((options: { name: string }) => settle(async () => (await import('../supervisor.ts')).supervisorHash(options)));
}

function addNv(program: Command): void {
  program
    .command('nv')
    .description('identity data (NV) of UNISOC modules')
    .command('restore')
    .description('put an NV backup back onto the very module it was taken of; asks first')
    .argument('<backup>', 'logs/nv/<job>-nv-backup.bin')
    .requiredOption('--station <file>', 'station file')
    .requiredOption('--slot <number>', 'where the module is', wholeNumber)
    .option('--yes', 'do not ask', false)
    .option('--operator <name>', 'who works; in the record')
    .addOption(langOption())
    .addOption(jsonOption())
    .action((backup: string, options: Shared & { station: string; slot: number; yes: boolean; operator?: string }) =>
      settle(async () => (await import('../nv-restore.ts')).nvRestore(backup, options), options.lang),
    );
}

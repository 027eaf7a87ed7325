// The commands of the floor: what they are called and which options they take. Knows nothing of their work.
import { type Command, Option } from 'commander';
import type { Language } from '../../views/words/language.ts';
import { helpTexts } from '../help-texts.ts';
import type { VerifyCommandOptions } from '../verify.ts';
import { bellOption, collect, jsonOption, langOption, maskOption, type Screen, type Shared, wholeNumber } from './options.ts';
import { settle } from './settle.ts';

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

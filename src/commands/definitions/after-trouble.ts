// The commands after trouble: what they are called and which options they take. Knows nothing of their work.
import type { Command } from 'commander';
import { helpTexts } from '../help-texts.ts';
import { jsonOption, langOption, type Shared, wholeNumber } from './options.ts';
import { settle } from './settle.ts';

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

// The commands that set a station up: what they are called and which options they take. Knows nothing of their work.
import type { Command } from 'commander';
import { helpTexts } from '../help-texts.ts';
import { collect, jsonOption, langOption, type Shared, wholeNumber } from './options.ts';
import { settle } from './settle.ts';

export function settingUpCommands(program: Command): void {
  program.commandsGroup('Setting a station up:');
  addMap(program);
  addDevices(program);
  addDoctor(program);
}

function addMap(program: Command): void {
  program
    .command('map')
    .description('teach a rack: plug a board into slot 1, 2, 3 …, and the station file gets their USB paths')
    .argument('<station>', 'station file, made when it is not there')
    .option('--slots <number>', 'how many; default: those of the station file', wholeNumber)
    .option('--profile <id>', 'of a new station file; may be repeated', collect, [])
    .option('--profiles-folder <path>', 'of a new station file, relative to it')
    .addHelpText('after', helpTexts.map)
    .action((station: string, options: { slots?: number; profile: readonly string[]; profilesFolder?: string }) =>
      settle(async () => (await import('../map.ts')).map(station, options)),
    );
}

function addDevices(program: Command): void {
  program
    .command('devices')
    .description('show controllers, hubs and boards as a tree, live on a terminal: interface, driver, serial path')
    .option('--station <file>', 'name the slots of this station')
    .option('--at', "ask the slots' boards which interface answers AT", false)
    .option('--once', 'print and end', false)
    .addHelpText('after', helpTexts.devices)
    .addOption(jsonOption())
    .action((options: { station?: string; at: boolean; once: boolean; json: boolean }) =>
      settle(async () => (await import('../devices.ts')).devices(options)),
    );
}

function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('find everything on this machine that spoils a shift, each with its cure')
    .argument('[station]', 'station file: its slots, profiles, packages and logs folder are examined too')
    .option('--write-udev', 'install the udev rules and let udev take them (needs root)', false)
    .addOption(langOption())
    .addOption(jsonOption())
    .addHelpText('after', helpTexts.doctor)
    .action((station: string | undefined, options: Shared & { writeUdev: boolean }) =>
      settle(async () => (await import('../doctor.ts')).doctor(station, options), options.lang),
    );
}

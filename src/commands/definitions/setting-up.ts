// The commands of whoever sets a station up, its packages and profiles: their names and options. Knows nothing of their work.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { helpTexts } from '../help-texts.ts';
import type { Consent, ProfileAddOptions } from '../profile-add.ts';
import type { ProfileCheckOptions } from '../profile-check.ts';
import { collect, jsonOption, langOption, type Shared, settle, wholeNumber } from './options.ts';

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

export function packageCommands(program: Command): void {
  program.commandsGroup('Packages and profiles:');
  addInspect(program);
  addPlan(program);
  addProfile(program);
}

function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('print what is inside a firmware package and whether each digest holds')
    .argument('<file>', 'package as released: .bin, .zip, .binpkg or .pac')
    .addOption(jsonOption())
    .addHelpText('after', helpTexts.inspect)
    .action((file: string, options: { json: boolean }) =>
      settle(async () => (await import('../inspect.ts')).inspect(file, options)),
    );
}

function addPlan(program: Command): void {
  program
    .command('plan')
    .description('print the ordered steps a profile makes of a package, without opening anything')
    .argument('<file>', 'package as released')
    .requiredOption('--profile <file>', 'profile file, e.g. profiles/ec800e.json')
    .addOption(jsonOption())
    .action((file: string, options: { profile: string; json: boolean }) =>
      settle(async () => (await import('../plan.ts')).plan(file, options)),
    );
}

function addProfile(program: Command): void {
  const profile = program.command('profile').description('profiles: make one for a package, check all of them, pin them');
  profile
    .command('add')
    .description('read a package, say what it is and would do, ask for the rest, and write its profile with the digest pinned')
    .argument('<package>', 'firmware package as released')
    .option('--model <model>', 'as ATI answers it, e.g. EC800E; may be repeated', collect, [])
    .option('--revision <text>', 'what a module answers to AT+CGMR once it runs this package')
    .option('--revision-pattern <regexp>', 'revision before flashing that may pass the gate, "^…$"; may be repeated', collect, [])
    .option('--ordering-code <code>', 'on the label, may pass the gate; may be repeated', collect, [])
    .addOption(
      new Option('--consent <name>', 'what the profile agrees to; may be repeated')
        .argParser((value: string, before: readonly Consent[]): readonly Consent[] => [...before, consentName(value)])
        .default([]),
    )
    .option('--agentboot <file>', "the operator's own, for an Eigencomm package that brings none")
    .option('--id <id>', 'also the file name; default: made of the revision')
    .option('--out <folder>', 'where the profile is written', 'profiles')
    .option('--force', 'replace a profile that is there; its revision number is raised', false)
    .addOption(langOption())
    .addOption(jsonOption())
    .addHelpText('after', helpTexts.profileAdd)
    .action((file: string, options: ProfileAddOptions) =>
      settle(async () => (await import('../profile-add.ts')).profileAdd(file, options), options.lang),
    );
  profile
    .command('check')
    .description('check every profile of a folder, or those of a station: file, package digest, plan')
    .argument('[folder]', 'folder of profiles', 'profiles')
    .option('--station <file>', 'only the profiles that this station maps, against its pins')
    .option('--pin', 'write their digests into the station file: any other profile is refused at start', false)
    .addOption(langOption())
    .addOption(jsonOption())
    .addHelpText('after', helpTexts.profileCheck)
    .action((folder: string, options: ProfileCheckOptions) =>
      settle(async () => (await import('../profile-check.ts')).profileCheck(folder, options), options.lang),
    );
}

function consentName(text: string): Consent {
  if (text !== 'wipeUserData' && text !== 'eraseNvm') throw new InvalidArgumentError('wipeUserData or eraseNvm is expected');
  return text;
}

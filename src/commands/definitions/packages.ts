// The commands for packages and profiles: what they are called and which options they take. Knows nothing of their work.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { helpTexts } from '../help-texts.ts';
import type { Consent, ProfileAddOptions } from '../profile-add.ts';
import type { ProfileCheckOptions } from '../profile-check.ts';
import { collect, jsonOption, langOption } from './options.ts';
import { settle } from './settle.ts';

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

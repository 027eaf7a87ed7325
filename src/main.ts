// Composes the program: commands, options, exit codes. Each command's own work is loaded when it is called.
import { Command, CommanderError, Help, InvalidArgumentError, Option } from 'commander';
import { exitCodes } from './commands/exit-codes.ts';
import type { ExportOptions } from './commands/export.ts';
import { helpTexts } from './commands/help-texts.ts';
import type { QueryOptions } from './commands/log-query.ts';
import type { OutboxCommandOptions } from './commands/outbox.ts';
import type { Consent, ProfileAddOptions } from './commands/profile-add.ts';
import type { ProfileCheckOptions } from './commands/profile-check.ts';
import type { ReportOptions } from './commands/report.ts';
import type { SchemaKind } from './commands/schema.ts';
import type { ServeCommandOptions } from './commands/sim-serve.ts';
import type { VerifyCommandOptions } from './commands/verify.ts';
import { softwareVersion } from './commands/version.ts';
import type { Language } from './views/words/language.ts';

interface Shared {
  readonly lang: Language;
  readonly json: boolean;
}

interface Screen {
  readonly bell: boolean;
  readonly maskImei: boolean;
}

const program = new Command('flashrack')
  .description('Flashes racks of Quectel QuecPython modules, many at a time, and records every one.')
  .version(softwareVersion())
  .exitOverride()
  .showHelpAfterError('(add --help for the whole text)')
  // `(default: false)` behind every switch says nothing.
  .configureHelp({
    optionDescription: (option) => new Help().optionDescription(option).replace(/ ?\(default: (?:false|\[\])\)$/, ''),
  })
  .addHelpText('after', helpTexts.program);

const jsonOption = (): Option => new Option('--json', 'JSON lines on standard output, logs on standard error').default(false);
const langOption = (): Option => new Option('--lang <language>', 'language of the screen').choices(['en', 'zh']).default('en');
const bellOption = (): Option => new Option('--no-bell', 'the screen makes no sound; the key b switches it on');
const maskOption = (): Option =>
  new Option('--mask-imei', 'show only the last four digits of an IMEI, for a screen that strangers can see').default(false);
const folderOption = (): Option => new Option('--folder <path>', 'the journal').default('logs/journal');

const wholeNumber = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is expected');
  return Number(text);
};
const timeText = (text: string): string => {
  if (Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('a day (2026-11-22) or a time (2026-11-22T07:30) is expected');
  return text;
};
const dayText = (text: string): string => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('a day is expected, e.g. 2026-11-22');
  return text;
};
const consentName = (text: string): Consent => {
  if (text !== 'wipeUserData' && text !== 'eraseNvm') throw new InvalidArgumentError('wipeUserData or eraseNvm is expected');
  return text;
};
const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

program.commandsGroup('The floor:');
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
    settle(async () => (await import('./commands/demo.ts')).demo(options), options.lang),
  );

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
    settle(async () => (await import('./commands/run.ts')).run(station, options), options.lang),
  );

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
    settle(async () => (await import('./commands/verify.ts')).verify(station, options), options.lang),
  );

program
  .command('batch')
  .description('the night shift: flash what is in the rack or comes to it with nobody there, as a job file says')
  .argument('<job>', 'job file; its JSON Schema: flashrack schema job')
  .addOption(langOption())
  .addHelpText('after', helpTexts.batch)
  .action((job: string, options: { lang: Language }) =>
    settle(async () => (await import('./commands/batch.ts')).batch(job, options), options.lang),
  );

program.commandsGroup('Setting a station up:');
program
  .command('map')
  .description('teach a rack: plug a board into slot 1, 2, 3 …, and the station file gets their USB paths')
  .argument('<station>', 'station file, made when it is not there')
  .option('--slots <number>', 'how many; default: those of the station file', wholeNumber)
  .option('--profile <id>', 'of a new station file; may be repeated', collect, [])
  .option('--profiles-folder <path>', 'of a new station file, relative to it')
  .addHelpText('after', helpTexts.map)
  .action((station: string, options: { slots?: number; profile: readonly string[]; profilesFolder?: string }) =>
    settle(async () => (await import('./commands/map.ts')).map(station, options)),
  );

program
  .command('devices')
  .description('show controllers, hubs and boards as a tree, live on a terminal: interface, driver, serial path')
  .option('--station <file>', 'name the slots of this station')
  .option('--at', "ask the slots' boards which interface answers AT", false)
  .option('--once', 'print and end', false)
  .addHelpText('after', helpTexts.devices)
  .addOption(jsonOption())
  .action((options: { station?: string; at: boolean; once: boolean; json: boolean }) =>
    settle(async () => (await import('./commands/devices.ts')).devices(options)),
  );

program
  .command('doctor')
  .description('find everything on this machine that spoils a shift, each with its cure')
  .argument('[station]', 'station file: its slots, profiles, packages and logs folder are examined too')
  .option('--write-udev', 'install the udev rules and let udev take them (needs root)', false)
  .addOption(langOption())
  .addOption(jsonOption())
  .addHelpText('after', helpTexts.doctor)
  .action((station: string | undefined, options: Shared & { writeUdev: boolean }) =>
    settle(async () => (await import('./commands/doctor.ts')).doctor(station, options), options.lang),
  );

program.commandsGroup('Packages and profiles:');
program
  .command('inspect')
  .description('print what is inside a firmware package and whether each digest holds')
  .argument('<file>', 'package as released: .bin, .zip, .binpkg or .pac')
  .addOption(jsonOption())
  .addHelpText('after', helpTexts.inspect)
  .action((file: string, options: { json: boolean }) =>
    settle(async () => (await import('./commands/inspect.ts')).inspect(file, options)),
  );

program
  .command('plan')
  .description('print the ordered steps a profile makes of a package, without opening anything')
  .argument('<file>', 'package as released')
  .requiredOption('--profile <file>', 'profile file, e.g. profiles/ec800e.json')
  .addOption(jsonOption())
  .action((file: string, options: { profile: string; json: boolean }) =>
    settle(async () => (await import('./commands/plan.ts')).plan(file, options)),
  );

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
    settle(async () => (await import('./commands/profile-add.ts')).profileAdd(file, options), options.lang),
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
    settle(async () => (await import('./commands/profile-check.ts')).profileCheck(folder, options), options.lang),
  );

program.commandsGroup('Records:');
const log = program.command('log').description('the journal: is it whole, what became of a unit, which records match');
log
  .command('verify')
  .description('check the chain; names each bad line, the first ones where there are many')
  .option('--anchor <text>', 'an anchor published earlier, or a file with some; may be repeated', collect, [])
  .addOption(folderOption())
  .addOption(jsonOption())
  .addHelpText('after', helpTexts.logVerify)
  .action((options: { folder: string; json: boolean; anchor: readonly string[] }) =>
    settle(async () => (await import('./commands/log.ts')).logVerify(options)),
  );
log
  .command('anchor')
  .description("print the journal's head for a notebook or a mail: a deleted tail is found against it")
  .addOption(folderOption())
  .addOption(jsonOption())
  .action((options: { folder: string; json: boolean }) =>
    settle(async () => (await import('./commands/log.ts')).logAnchor(options)),
  );
log
  .command('show')
  .description("print a unit's whole life, or one record")
  .argument('<query>', 'IMEI, SN or record id')
  .addOption(folderOption())
  .addOption(jsonOption())
  .addHelpText('after', helpTexts.logShow)
  .action((query: string, options: { folder: string; json: boolean }) =>
    settle(async () => (await import('./commands/log-show.ts')).logShow(query, options)),
  );
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
  .action((options: QueryOptions) => settle(async () => (await import('./commands/log-query.ts')).logQuery(options)));
log
  .command('reindex')
  .description('make the index anew from the journal')
  .addOption(folderOption())
  .addOption(jsonOption())
  .action((options: { folder: string; json: boolean }) =>
    settle(async () => (await import('./commands/log-query.ts')).logReindex(options)),
  );
log
  .command('bundle')
  .description('pack a record with its transcript, profile and versions for a support mail; no firmware')
  .argument('<record>', 'record id')
  .option('--out <file>', 'default flashrack-RECORD.json')
  .option('--profiles <folder>', 'where the profile files are', 'profiles')
  .addOption(folderOption())
  .addOption(jsonOption())
  .action((record: string, options: { folder: string; json: boolean; profiles: string; out?: string }) =>
    settle(async () => (await import('./commands/log-bundle.ts')).logBundle(record, options)),
  );

program
  .command('replay')
  .description('run the job of a transcript again without any device, and show where this station does something else')
  .argument('<file>', 'logs/transcripts/<record>.jsonl')
  .option('--profiles <folder>', 'where the profile files are', 'profiles')
  .addOption(jsonOption())
  .addHelpText('after', helpTexts.replay)
  .action((file: string, options: { profiles: string; json: boolean }) =>
    settle(async () => (await import('./commands/replay.ts')).replay(file, options)),
  );

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
  .action((options: ReportOptions) => settle(async () => (await import('./commands/report.ts')).report(options), options.lang));

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
  .action((options: ExportOptions) => settle(async () => (await import('./commands/export.ts')).exportCsv(options)));

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
  .action((options: OutboxCommandOptions) => settle(async () => (await import('./commands/outbox.ts')).outbox(options)));

program.commandsGroup('After trouble:');
program
  .command('release')
  .description('while the station does not run: release a slot locked after a crash or quarantined, a rejected board, or a stop')
  .argument('<station>', 'station file')
  .option('--slot <number>', 'slot number', wholeNumber)
  .option('--board <unit>', 'IMEI or SN of a rejected board')
  .option('--stop', 'the stop of production', false)
  .option('--operator <name>', 'who has looked')
  .addHelpText('after', helpTexts.release)
  .action((station: string, options: { slot?: number; board?: string; stop: boolean; operator?: string }) =>
    settle(async () => (await import('./commands/release.ts')).release(station, options)),
  );

program
  .command('supervisor')
  .description('who may release what the station stopped, quarantined or rejected')
  .command('hash')
  .description('read a code from standard input (not shown) and print the JSON for "supervisors" of the station file')
  .requiredOption('--name <name>', 'whose code; in the journal at each use')
  .addHelpText('after', helpTexts.supervisorHash)
  .action((options: { name: string }) => settle(async () => (await import('./commands/supervisor.ts')).supervisorHash(options)));

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
    settle(async () => (await import('./commands/nv-restore.ts')).nvRestore(backup, options), options.lang),
  );

program.commandsGroup('Reference and simulator:');
program
  .command('codes')
  .description('print every failure code: meaning, blame, and the one thing to do, in English and Chinese')
  .addOption(jsonOption())
  .action((options: { json: boolean }) => settle(async () => (await import('./commands/codes.ts')).codes(options)));

program
  .command('schema')
  .description("print the JSON Schema of a file kind, or the SQL of the line's database")
  .addArgument(program.createArgument('<kind>', 'which file').choices(['station', 'profile', 'job', 'postgres']))
  .action((kind: SchemaKind | 'postgres') =>
    settle(async () =>
      kind === 'postgres'
        ? (await import('./commands/outbox.ts')).outboxSchema()
        : (await import('./commands/schema.ts')).schema(kind),
    ),
  );

const sim = program.command('sim').description('simulated boards');
sim
  .command('serve')
  .description('serve one simulated board on a pty, for any flasher; prints one JSON line at each reset')
  .requiredOption('--board <model>', 'e.g. EC800E, EC600U, EC800N')
  .requiredOption('--link <path>', 'symbolic link to make to the pty')
  .option('--normal', 'start in normal mode (AT) instead of strapped into download mode', false)
  .option('--exit-on-reset', 'end at the first reset: exit 0 only after a clean session', false)
  .option('--seed <number>', 'of the identity of the board', wholeNumber)
  .option('--bootrom <version>', 'ASR boards: what the boot ROM says of itself, e.g. 2021.10.16')
  .option('--mtu <bytes>', 'ASR boards: the MTU they tell, e.g. 512', wholeNumber)
  .option('--split-writes <bytes>', 'ASR boards: each frame leaves in pieces of so many bytes', wholeNumber)
  .addHelpText('after', helpTexts.simServe)
  .action((options: ServeCommandOptions) => settle(async () => (await import('./commands/sim-serve.ts')).simServe(options)));

program.helpCommand(true);

async function settle(run: () => Promise<number>, lang?: Language): Promise<void> {
  const { settleExit } = await import('./commands/settle-exit.ts');
  await settleExit(run, lang);
}

try {
  await program.parseAsync();
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown;
  process.exitCode = thrown.exitCode === 0 ? exitCodes.pass : exitCodes.refused;
}

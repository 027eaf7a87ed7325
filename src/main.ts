// Composes the program: its commands group by group, and its exit codes. Each command's own work is loaded when it is called.
import { Command, CommanderError, Help } from 'commander';
import { floorCommands, troubleCommands } from './commands/definitions/floor.ts';
import { recordCommands } from './commands/definitions/records.ts';
import { referenceCommands } from './commands/definitions/reference.ts';
import { packageCommands, settingUpCommands } from './commands/definitions/setting-up.ts';
import { exitCodes } from './commands/exit-codes.ts';
import { helpTexts } from './commands/help-texts.ts';
import { softwareVersion } from './commands/version.ts';

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

floorCommands(program);
settingUpCommands(program);
packageCommands(program);
recordCommands(program);
troubleCommands(program);
referenceCommands(program);
program.helpCommand(true);

try {
  await program.parseAsync();
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown;
  process.exitCode = thrown.exitCode === 0 ? exitCodes.pass : exitCodes.refused;
}

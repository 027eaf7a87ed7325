// The commands for looking things up, and the simulator: their names and options. Knows nothing of their work.
import type { Command } from 'commander';
import { helpTexts } from '../help-texts.ts';
import type { SchemaKind } from '../schema.ts';
import type { ServeCommandOptions } from '../sim-serve.ts';
import { jsonOption, settle, wholeNumber } from './options.ts';

export function referenceCommands(program: Command): void {
  program.commandsGroup('Reference and simulator:');
  addCodes(program);
  addSchema(program);
  addSim(program);
}

function addCodes(program: Command): void {
  program
    .command('codes')
    .description('print every failure code: meaning, blame, and the one thing to do, in English and Chinese')
    .addOption(jsonOption())
    .action((options: { json: boolean }) => settle(async () => (await import('../codes.ts')).codes(options)));
}

function addSchema(program: Command): void {
  program
    .command('schema')
    .description("print the JSON Schema of a file kind, or the SQL of the line's database")
    .addArgument(program.createArgument('<kind>', 'which file').choices(['station', 'profile', 'job', 'postgres']))
    .action((kind: SchemaKind | 'postgres') =>
      settle(async () =>
        kind === 'postgres' ? (await import('../outbox.ts')).outboxSchema() : (await import('../schema.ts')).schema(kind),
      ),
    );
}

function addSim(program: Command): void {
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
    .action((options: ServeCommandOptions) => settle(async () => (await import('../sim-serve.ts')).simServe(options)));
}

// What the definitions of commands share: options, how an argument is read, how the work called for is started. Knows no command.
import { InvalidArgumentError, Option } from 'commander';
import type { Language } from '../../views/words/language.ts';

export interface Shared {
  readonly lang: Language;
  readonly json: boolean;
}

export interface Screen {
  readonly bell: boolean;
  readonly maskImei: boolean;
}

export const jsonOption = (): Option =>
  new Option('--json', 'JSON lines on standard output, logs on standard error').default(false);
export const langOption = (): Option =>
  new Option('--lang <language>', 'language of the screen').choices(['en', 'zh']).default('en');
export const bellOption = (): Option => new Option('--no-bell', 'the screen makes no sound; the key b switches it on');
export const maskOption = (): Option =>
  new Option('--mask-imei', 'show only the last four digits of an IMEI, for a screen that strangers can see').default(false);
export const folderOption = (): Option => new Option('--folder <path>', 'the journal').default('logs/journal');

export const wholeNumber = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is expected');
  return Number(text);
};

export const timeText = (text: string): string => {
  if (Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('a day (2026-11-22) or a time (2026-11-22T07:30) is expected');
  return text;
};

export const dayText = (text: string): string => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('a day is expected, e.g. 2026-11-22');
  return text;
};

export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Nothing of the work is loaded before it is called; its end is the exit code. */
export async function settle(run: () => Promise<number>, lang?: Language): Promise<void> {
  const { settleExit } = await import('../settle-exit.ts');
  await settleExit(run, lang);
}

// Runs the work of the command that was called, and lets its end be the exit code; nothing of it is loaded before. Knows no command.
import type { Language } from '../../views/words/language.ts';

export async function settle(run: () => Promise<number>, lang?: Language): Promise<void> {
  const { settleExit } = await import('../settle-exit.ts');
  await settleExit(run, lang);
}

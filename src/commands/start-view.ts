// Chooses how the station is shown: the dashboard on a terminal, plain lines everywhere else. Knows no station.
import type { StationConsole } from '../station/read-model.ts';
import { lineWriter } from '../views/cli/output.ts';
import { runPlainView } from '../views/cli/plain-lines.ts';
import type { Language } from '../views/words/language.ts';

export interface ViewOptions {
  readonly lang: Language;
  readonly json: boolean;
  /** Of the dashboard. Default: on. */
  readonly bell?: boolean;
  /** On the dashboard. Default: off. */
  readonly maskImei?: boolean;
}

export interface View {
  stop(): Promise<void>;
}

export const hasTerminal = (json: boolean): boolean => !json && process.stdout.isTTY === true && process.stdin.isTTY === true;

export async function startView(console: StationConsole, options: ViewOptions): Promise<View> {
  if (!hasTerminal(options.json)) return plainView(console, options);
  const { startScreen } = await import('../views/dashboard/start-screen.ts');
  const { stdin, stdout } = process;
  const dashboard = startScreen(console, { lang: options.lang, ...screenOptions(options), stdin, stdout });
  let fallback: View | null = null;
  void dashboard.ended.then((reason) => {
    // The screen is gone, the slots are not: go on in plain lines, and start no new job without an operator's screen.
    if (reason === null) return;
    fallback = plainView(console, options);
    console.commands.requestStop();
  });
  return {
    async stop() {
      await dashboard.stop();
      await fallback?.stop();
    },
  };
}

function plainView(console: StationConsole, { lang, json }: ViewOptions): View {
  const plain = runPlainView(console, { write: lineWriter(process.stdout), lang, json });
  return { stop: () => Promise.resolve(plain.stop()) };
}

/** What of the options is the screen's alone. */
export const screenOptions = ({
  bell,
  maskImei,
}: Pick<ViewOptions, 'bell' | 'maskImei'>): Pick<ViewOptions, 'bell' | 'maskImei'> => ({
  ...(bell !== undefined && { bell }),
  ...(maskImei !== undefined && { maskImei }),
});

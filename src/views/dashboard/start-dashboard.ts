// Starts and ends the dashboard on a terminal. Knows the terminal's life (lost, resized, restored), not what is drawn.
import type { ReadStream, WriteStream } from 'node:tty';
import type { StationConsole } from '../../station/read-model.ts';
import type { Language } from '../words/language.ts';
import { coloursWanted } from './ansi.ts';

export interface DashboardOptions {
  readonly lang: Language;
  /** Default: on. */
  readonly bell?: boolean;
  /** For a screen that strangers can see. Default: off. */
  readonly maskImei?: boolean;
  /** The process's own unless given. */
  readonly stdin?: ReadStream;
  readonly stdout?: WriteStream;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface RunningDashboard {
  /** Restores the terminal; resolves when it is restored or lost. Never rejects; may be called again. */
  stop(): Promise<void>;
  /** Resolves when nothing is drawn any more: null after `stop`, else why (terminal lost, a mistake in drawing). Never rejects. */
  readonly ended: Promise<Error | null>;
}

/**
 * Draws `station` on a terminal until `stop`. Keys become commands; Ctrl-C is one of them (`requestStop`) and ends nothing by
 * itself. A lost terminal (EIO, EPIPE) or an exception in drawing ends the dashboard alone: the caller goes on, and learns it by
 * `ended`. SIGTERM, SIGHUP and SIGINT stay the caller's: it must listen to them before this is called, else Ink ends the process.
 */
export async function startDashboard(station: StationConsole, options: DashboardOptions): Promise<RunningDashboard> {
  // Without it React's development build is loaded, which costs twice the CPU.
  process.env['NODE_ENV'] ??= 'production';
  const [{ render }, { createElement }, { Dashboard, drawIntervalMs }] = await Promise.all([
    import('ink'),
    import('react'),
    import('./dashboard.tsx'),
  ]);
  const { stdin = process.stdin, stdout = process.stdout, env = process.env, lang, bell = true, maskImei = false } = options;
  let reason: Error | null = null;

  const ring = (): void => {
    stdout.write('\u0007');
  };
  const app = render(createElement(Dashboard, { station, lang, colour: coloursWanted(env), bell, maskImei, ring }), {
    stdin,
    stdout,
    exitOnCtrlC: false,
    // Nothing of the product writes to the console, and what others write is not escaped.
    patchConsole: false,
    alternateScreen: true,
    // Whoever starts the dashboard has a terminal; `CI` in the environment must not make Ink draw only at the end.
    interactive: true,
    maxFps: Math.floor(1000 / drawIntervalMs),
  });

  const end = (): void => {
    try {
      app.unmount();
    } catch (thrown) {
      reason ??= asError(thrown);
    }
  };
  // They stay for the process's life: a lost terminal reports late writes too, and an unheard error event would end the drain.
  const lost = (error: Error): void => {
    reason ??= error;
    end();
  };
  stdin.on('error', lost);
  stdout.on('error', lost);

  const ended = app.waitUntilExit().then(
    () => reason,
    (thrown: unknown) => reason ?? asError(thrown),
  );
  return {
    ended,
    async stop() {
      end();
      await ended;
    },
  };
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

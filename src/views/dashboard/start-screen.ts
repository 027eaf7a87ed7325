// Starts the dashboard in a thread of its own and joins it with the terminal: bytes typed go in, frames come out, the read model is sent
// five times a second. Knows the terminal's life and the thread's; not what is drawn, and no key.
import { extname } from 'node:path';
import type { ReadStream, WriteStream } from 'node:tty';
import { Worker } from 'node:worker_threads';
import type { EventLine, StationCommands, StationConsole } from '../../station/read-model.ts';
import type { FromScreen, ScreenStart, TerminalSize, ToScreen } from './screen-messages.ts';
import type { DashboardOptions, RunningDashboard } from './start-dashboard.ts';

export interface ScreenOptions extends Pick<DashboardOptions, 'lang' | 'bell' | 'maskImei'> {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
}

const sendEveryMs = 200;
/** A thread that hangs in drawing must not hold the end of the station up. */
const longestStopMs = 2_000;
/** Out of the alternate screen, cursor shown: what a thread that died did not do. */
const restoreTerminal = '\u001b[?1049l\u001b[?25h';

/** As `startDashboard`: the same promises, from another thread. A thread that dies ends the dashboard alone. */
export function startScreen(station: StationConsole, options: ScreenOptions): RunningDashboard {
  const { stdin, stdout, lang, bell = true, maskImei = false } = options;
  const size = (): TerminalSize => ({ columns: stdout.columns, rows: stdout.rows });
  const start: ScreenStart = { lang, bell, maskImei, size: size(), view: station.view() };
  const worker = new Worker(new URL(`./screen-thread${extname(import.meta.filename)}`, import.meta.url), {
    workerData: start,
    stdin: true,
    stdout: true,
  });
  let reason: Error | null = null;
  let lines: EventLine[] = [];

  const send = (message: ToScreen): void => worker.postMessage(message);
  const unsubscribe = station.subscribe((line) => {
    if (line.event.type !== 'step.progressed') lines.push(line);
  });
  const timer = setInterval(() => {
    try {
      send({ type: 'view', view: { ...station.view(), events: [] }, lines });
    } catch (thrown) {
      lost(asError(thrown));
    }
    lines = [];
  }, sendEveryMs);
  const resized = (): void => send({ type: 'size', size: size() });
  const typed = (bytes: Uint8Array): void => void worker.stdin?.write(bytes);
  // They stay for the process's life: a lost terminal reports late writes too, and an unheard error event would end the drain.
  const lost = (error: Error): void => {
    reason ??= error;
    void worker.terminate();
  };
  stdin.on('error', lost);
  stdout.on('error', lost);
  stdout.on('resize', resized);
  stdin.setRawMode(true);
  stdin.on('data', typed);
  worker.stdout.on('data', (bytes: Uint8Array) => stdout.write(bytes));
  worker.on('error', (thrown) => {
    reason ??= asError(thrown);
  });

  let isRestored = false;
  worker.on('message', (message: FromScreen) => {
    if (message.type !== 'ended') carryOut(message, station.commands);
    else {
      isRestored = true;
      if (message.reason !== null) reason ??= new Error(message.reason);
    }
  });

  const letGo = (): void => {
    clearInterval(timer);
    unsubscribe();
    stdout.off('resize', resized);
    stdin.off('data', typed);
    stdin.setRawMode(false);
    stdin.pause();
    if (!isRestored) stdout.write(restoreTerminal);
  };
  // What it drew last comes before the end of its output, and that after its exit. Not `once`: it would reject with the thread's error.
  const exited = new Promise((resolve) => worker.on('exit', resolve));
  const drawn = new Promise((resolve) => worker.stdout.on('end', resolve));
  const ended = Promise.all([exited, drawn]).then(() => {
    try {
      letGo();
    } catch (thrown) {
      // The terminal is gone: there is nothing to restore.
      reason ??= asError(thrown);
    }
    return reason;
  });
  return {
    ended,
    async stop() {
      send({ type: 'stop' });
      const patience = setTimeout(() => void worker.terminate(), longestStopMs);
      await ended;
      clearTimeout(patience);
    },
  };
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

function carryOut(message: Exclude<FromScreen, { type: 'ended' }>, commands: StationCommands): void {
  switch (message.type) {
    case 'toStation':
      commands.toStation(...message.given);
      break;
    case 'toSlot':
      commands.toSlot(...message.given);
      break;
    case 'release':
      commands.release(...message.given);
      break;
    case 'requestStop':
      commands.requestStop();
      break;
  }
}

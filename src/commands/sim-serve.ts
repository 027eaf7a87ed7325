// `flashrack sim serve`: one simulated board on a real pty, for any flasher. Composes board, pty and clock; knows no protocol.
import { randomInt } from 'node:crypto';
import { pause } from '../bench/clock.ts';
import { linkPty, openPty } from '../bench/hardware/pty.ts';
import { realClock } from '../bench/hardware/real-clock.ts';
import type { BoardReport } from '../bench/simulator/board.ts';
import { buildBoard } from '../bench/simulator/board-kinds.ts';
import { serveBoard } from '../bench/simulator/board-server.ts';
import { exitCodes } from './exit-codes.ts';
import { printJson } from './print.ts';

export interface ServeCommandOptions {
  readonly board: string;
  readonly link: string;
  readonly normal: boolean;
  readonly exitOnReset: boolean;
  readonly seed?: number;
}

/** Long enough for the reply to the reset to be read from the pty before it goes. */
const lastWordsMs = 300;

export async function simServe(options: ServeCommandOptions): Promise<number> {
  const board = buildBoard(options.board, { clock: realClock, seed: options.seed ?? randomInt(2 ** 31), lapseMs: null });
  const pty = linkPty(await openPty(), options.link);
  return new Promise((resolve) => {
    const end = (exitCode: number): void => {
      served.stop();
      resolve(exitCode);
    };
    const report = (told: BoardReport): void => {
      printJson(told);
      if (options.exitOnReset)
        void pause(realClock, lastWordsMs).then(() => end(told.clean ? exitCodes.pass : exitCodes.notPass));
    };
    const served = serveBoard({
      board,
      clock: realClock,
      startIn: options.normal ? 'normal' : 'download',
      report,
      link: {
        onBytes: pty.onBytes,
        write: (bytes) => void pty.write(bytes).catch(() => undefined),
        close: () => void pty.close(),
      },
    });
    process.stderr.write(
      `${options.board} at ${options.link} (${pty.slavePath}), in ${options.normal ? 'normal' : 'download'} mode\n`,
    );
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(exitCodes.pass));
  });
}

// `flashrack sim serve`: one simulated board on a real pty, for any flasher. Composes board, pty and clock; knows no protocol.
import { randomInt } from 'node:crypto';
import { pause } from '../bench/clock.ts';
import { linkPty, openPty } from '../bench/hardware/pty.ts';
import { realClock } from '../bench/hardware/real-clock.ts';
import type { AsrHabits } from '../bench/simulator/asr/habits.ts';
import { isAsrModel } from '../bench/simulator/asr/models.ts';
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
  /** These three: of an ASR board alone. */
  readonly bootrom?: string;
  readonly mtu?: number;
  readonly splitWrites?: number;
}

/** Long enough for the reply to the reset to be read from the pty before it goes. */
const lastWordsMs = 300;

export async function simServe(options: ServeCommandOptions): Promise<number> {
  const refused = refusalOf(options);
  if (refused !== null) {
    process.stderr.write(`flashrack: ${refused}\n`);
    return exitCodes.refused;
  }
  const seed = options.seed ?? randomInt(2 ** 31);
  const board = buildBoard(options.board, { clock: realClock, seed, lapseMs: null, asr: habitsFrom(options) });
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

/** Null when every option means something for this board. */
function refusalOf({ board, bootrom, mtu, splitWrites }: ServeCommandOptions): string | null {
  const given = Object.entries({ '--bootrom': bootrom, '--mtu': mtu, '--split-writes': splitWrites })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (given.length > 0 && !isAsrModel(board)) return `${given.join(', ')}: only of an ASR board, and ${board} is none`;
  if (bootrom !== undefined && !/^\d{4}\.\d{2}\.\d{2}$/.test(bootrom)) return `--bootrom: ${bootrom} is no date like 2021.10.16`;
  if (mtu !== undefined && (mtu < 1 || mtu > 0xffff)) return `--mtu: ${mtu} is not 1 to 65535`;
  return splitWrites === 0 ? '--split-writes: at least 1 byte' : null;
}

const habitsFrom = ({ bootrom, mtu, splitWrites }: ServeCommandOptions): Partial<AsrHabits> => ({
  ...(bootrom !== undefined && { bootRom: bootrom }),
  ...(mtu !== undefined && { mtu }),
  ...(splitWrites !== undefined && { splitWrites: { bytes: splitWrites, gapMs: 1 } }),
});

// An AT module made of a script: what it answers to each command, when, and in what pieces. For the AT tests only.
import type { Clock, Timer } from '../../src/bench/clock.ts';
import type { CloseReason, IoOptions, Transport } from '../../src/bench/transport.ts';
import { fault } from '../../src/domain/failure.ts';

/** Bytes as latin1 text, `{ afterMs }` to wait, or `unplug`. */
export type Piece = string | { readonly afterMs: number } | 'unplug';

/** What follows a command. A list of lists answers the first, second … time; the last one stays. Absent: silence. */
export type Script = Readonly<Record<string, readonly Piece[] | readonly (readonly Piece[])[]>>;

export interface ScriptedModule extends Transport {
  readonly commands: readonly string[];
  /** The very bytes written, as latin1. */
  readonly written: string;
  receive(text: string): void;
  unplug(): void;
}

export interface ModuleOptions {
  readonly echo?: boolean;
  /** Every byte on its own, this far apart. */
  readonly byteEveryMs?: number;
}

export function scriptedModule(clock: Clock, script: Script, { echo = false, byteEveryMs }: ModuleOptions = {}): ScriptedModule {
  const commands: string[] = [];
  const asked = new Map<string, number>();
  let written = '';
  let unread = '';
  let partial = '';
  let open = true;
  let wake = (): void => undefined;
  let end: (reason: CloseReason) => void = () => undefined;
  const closed = new Promise<CloseReason>((resolve) => {
    end = resolve;
  });

  const receive = (text: string): void => {
    unread += text;
    wake();
  };
  const unplug = (): void => {
    open = false;
    end('unplugged');
    wake();
  };
  // One answer after the other, as a module writes them.
  let queue: Piece[] = [];
  let playing = false;
  const playOn = (): void => {
    playing = false;
    playNext();
  };
  const waitThenPlayOn = (ms: number): void => {
    playing = true;
    clock.after(ms, playOn);
  };
  const playNext = (): void => {
    const piece = playing ? undefined : queue.shift();
    if (piece === undefined) return;
    if (piece === 'unplug') unplug();
    else if (typeof piece === 'object') {
      waitThenPlayOn(piece.afterMs);
      return;
    } else if (byteEveryMs !== undefined && piece.length > 1) {
      receive(piece.slice(0, 1));
      queue.unshift(piece.slice(1));
      waitThenPlayOn(byteEveryMs);
      return;
    } else receive(piece);
    playNext();
  };
  const play = (pieces: readonly Piece[]): void => {
    queue = [...queue, ...pieces];
    playNext();
  };
  const answer = (command: string): void => {
    const times = asked.get(command) ?? 0;
    asked.set(command, times + 1);
    commands.push(command);
    play([...(echo ? [`${command}\r`] : []), ...answerAt(script[command] ?? [], times)]);
  };
  const take = (maxBytes?: number): Uint8Array => {
    const taken = unread.slice(0, maxBytes);
    unread = unread.slice(taken.length);
    return Buffer.from(taken, 'latin1');
  };

  return {
    serialPath: '/dev/scripted',
    closed,
    get commands() {
      return commands;
    },
    get written() {
      return written;
    },
    receive,
    unplug,
    async write(bytes) {
      if (!open) throw fault('transport-closed', 'write');
      const text = Buffer.from(bytes).toString('latin1');
      written += text;
      const lines = (partial + text).split('\r\n');
      partial = lines.pop() ?? '';
      lines.forEach(answer);
    },
    read: (options: IoOptions & { readonly maxBytes?: number }) =>
      new Promise((resolve, reject) => {
        let timer: Timer | undefined;
        const settle = (): void => {
          timer?.cancel();
          options.signal?.removeEventListener('abort', settle);
          wake = () => undefined;
          if (options.signal?.aborted) reject(options.signal.reason as Error);
          else if (unread === '' && !open) reject(fault('transport-closed', 'read'));
          else resolve(take(options.maxBytes));
        };
        if (unread !== '' || !open || options.timeoutMs === 0 || options.signal?.aborted) {
          settle();
          return;
        }
        timer = clock.after(options.timeoutMs, settle);
        options.signal?.addEventListener('abort', settle);
        wake = settle;
      }),
    take: () => take(),
    discardReceived: () => take().length,
    setBaudRate: async () => undefined,
    close: async () => {
      open = false;
      end('asked');
      wake();
    },
  };
}

function answerAt(pieces: Script[string], times: number): readonly Piece[] {
  const isPieces = (value: typeof pieces): value is readonly Piece[] => !value.some((piece) => Array.isArray(piece));
  if (isPieces(pieces)) return pieces;
  return pieces[Math.min(times, pieces.length - 1)] ?? [];
}

/** A whole answer as modules write it: each line between line ends, then the final result. */
export const says = (...lines: readonly string[]): readonly Piece[] => [
  `${lines.map((line) => `\r\n${line}`).join('')}\r\n\r\nOK\r\n`,
];

export const ok: readonly Piece[] = ['\r\nOK\r\n'];
export const error: readonly Piece[] = ['\r\nERROR\r\n'];

/** A healthy EC800E in normal mode. */
export const healthy: Script = {
  AT: ok,
  ATI: says('Quectel', 'EC800E', 'Revision: EC800ECNLCR01A21M04'),
  'AT+CGMR': says('EC800ECNLCR01A21M04_OCPU_QPY'),
  'AT+CGSN': says('866769048815321'),
  'AT+EGMR=0,5': says('+EGMR: "D1X22KL9P000123"'),
};

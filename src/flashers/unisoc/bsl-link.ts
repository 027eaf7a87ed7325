// One BSL dialogue with one stage (unisoc.md §3, §6, §8): a command, its one reply, each checked. Knows no flow and no package.
// Nothing is ever resent: the device counts a MIDST before it acknowledges it (§8.3).
import { fault } from '../../domain/failure.ts';
import { flagByte, HdlcDecoder, HdlcEncoder, type HdlcEvent, type HdlcFrame } from '../../framing/hdlc.ts';
import type { SessionContext } from '../flasher.ts';
import { type Command, commands, replies } from './opcodes.ts';
import { type Asked, brokenFault, replyFault } from './reply-fault.ts';
import { readChunkBytes, type Stage, timeoutsMs, writeTimeoutMs } from './stages.ts';

export interface Request {
  readonly step: string;
  readonly command: Command & keyof typeof timeoutsMs;
  readonly data?: Uint8Array;
  /** The whole frame as it goes on the wire, where it was encoded before; `data` is not looked at then. */
  readonly frame?: Uint8Array;
  /** Replies that answer it; the first is the one failures name. Default: ACK. */
  readonly accept?: readonly number[];
  /** What the command is about, for failures. */
  readonly address?: number;
}

export interface VersionPoll {
  /** Pause between two `7E`. */
  readonly everyMs: number;
  readonly forMs: number;
}

const drainLimitMs = 1_000;
const noData = new Uint8Array(0);
const ackOnly: readonly number[] = [replies.ACK];
const syncByte = Uint8Array.of(flagByte);

export class BslLink {
  readonly stage: Stage;
  readonly #context: SessionContext;
  readonly #encoder: HdlcEncoder;
  readonly #decoder: HdlcDecoder;
  readonly #received: HdlcEvent[] = [];

  constructor(context: SessionContext, stage: Stage) {
    this.stage = stage;
    this.#context = context;
    this.#encoder = new HdlcEncoder(stage.check, stage.chunkBytes);
    this.#decoder = new HdlcDecoder(stage.check, readChunkBytes);
  }

  /**
   * Sends one command and returns its reply. A VER that comes late and device logs are passed over (§8.4).
   * Rejects `reply-timed-out`, `reply-checksum-wrong`, `reply-malformed`, `reply-unexpected`, and what `replyFault` says of a refusal.
   */
  async request(request: Request): Promise<HdlcFrame> {
    const { command, data = noData, frame: prepared, accept = ackOnly } = request;
    this.#refuseStray(request);
    await this.#write(prepared ?? this.#encoder.encode(commands[command], data));
    const frame = await this.#reply(request, timeoutsMs[command]);
    if (!accept.includes(frame.type)) throw replyFault(this.#asked(request), accept[0] ?? replies.ACK, frame.type);
    return frame;
  }

  /** Sends single `7E` until a VER comes. Null: silence, or nothing but noise. */
  async pollVersion({ everyMs, forMs }: VersionPoll): Promise<Uint8Array | null> {
    const { clock } = this.#context;
    const end = clock.now() + forMs;
    while (clock.now() < end) {
      await this.#write(syncByte);
      const next = Math.min(clock.now() + everyMs, end);
      for (;;) {
        const event = await this.#next(next);
        if (event === null) break;
        if (event.kind === 'frame' && event.type === replies.VER) return event.data;
      }
    }
    return null;
  }

  /** Whether CONNECT is acknowledged: a stage that has sent its VER to somebody else is in packet mode and stays silent to `7E`. */
  async answersConnect(timeoutMs: number): Promise<boolean> {
    await this.#write(this.#encoder.encode(commands.CONNECT, noData));
    const end = this.#context.clock.now() + timeoutMs;
    for (;;) {
      const event = await this.#next(end);
      if (event === null) return false;
      if (event.kind === 'frame' && event.type === replies.ACK) return true;
    }
  }

  /** Throws away what was received, until nothing has come for `quietMs`: an error may be told in two replies (§6, rule 4). */
  async drain(quietMs: number): Promise<void> {
    const { clock, transport, signal } = this.#context;
    const end = clock.now() + drainLimitMs;
    this.#received.length = 0;
    while ((await transport.read({ timeoutMs: quietMs, signal })).length > 0 && clock.now() < end);
    this.#decoder.reset();
  }

  async #reply(request: Request, timeoutMs: number): Promise<HdlcFrame> {
    const end = this.#context.clock.now() + timeoutMs;
    for (;;) {
      const event = this.#received.shift() ?? (await this.#next(end));
      if (event === null) {
        throw fault('reply-timed-out', request.step, {
          expected: `a reply to ${request.command} within ${timeoutMs} ms`,
          actual: 'silence',
        });
      }
      if (event.kind === 'broken') throw brokenFault(this.#asked(request), event);
      if (!this.#isAside(event)) return event;
    }
  }

  /** A frame nobody asked for would be taken as the answer to what is sent next. */
  #refuseStray(request: Request): void {
    this.#received.push(...this.#decoder.push(this.#context.transport.take()));
    for (let event = this.#received.shift(); event !== undefined; event = this.#received.shift()) {
      if (event.kind === 'broken') throw brokenFault(this.#asked(request), event);
      if (!this.#isAside(event)) throw replyFault(this.#asked(request), replies.ACK, event.type);
    }
  }

  #asked(request: Request): Asked {
    return { ...request, stage: this.stage };
  }

  #isAside({ type, data }: HdlcFrame): boolean {
    if (type === replies.LOG) this.#context.emit({ type: 'note.added', text: Buffer.from(data).toString('latin1') });
    return type === replies.VER || type === replies.LOG;
  }

  /** The next event of the stream; null when `end` has passed without one. What is there by then is still taken. */
  async #next(end: number): Promise<HdlcEvent | null> {
    const { clock, transport, signal } = this.#context;
    for (let isLast = false; ; ) {
      const event = this.#received.shift();
      if (event) return event;
      if (isLast) return null;
      const timeoutMs = Math.max(0, end - clock.now());
      isLast = timeoutMs === 0;
      this.#received.push(...this.#decoder.push(await transport.read({ timeoutMs, signal })));
    }
  }

  #write(bytes: Uint8Array): Promise<void> {
    return this.#context.transport.write(bytes, { timeoutMs: writeTimeoutMs, signal: this.#context.signal });
  }
}

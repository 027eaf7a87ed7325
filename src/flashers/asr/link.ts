// One SMUX dialogue with one module (asr.md §6 to §8, §10): greeting, a command and its one final reply, the data of a download.
// Knows no package and no order of work. Nothing is ever resent; after a failure its owner sends nothing more.
import { Fault, fault } from '../../domain/failure.ts';
import { SmuxEncoder, type SmuxType, smuxFlag } from '../../framing/smux.ts';
import type { SessionContext } from '../flasher.ts';
import { Inbox } from './inbox.ts';
import { hex8, hostMtuBytes, isAnsweredAtOnce, linkLossMs, timeoutOf, timeoutsMs, uabt } from './opcodes.ts';
import { type Reply, replyText } from './replies.ts';

interface Waiting {
  readonly step: string;
  readonly what: string;
  readonly timeoutMs: number;
  /** Whether the device may be expected to send its heartbeat meanwhile. */
  readonly watched: boolean;
}

/** A write waits for its turn in the pacer, and for a device that is busy with what it got before. */
const writeTimeoutMs = 30_000;
/** After a PROG in the place of the OKAY of `call`: so long without another one, and the OKAY is taken as lost. */
const lostOkayMs = 1_000;
const alarmEveryMs = 10_000;
const holdReadMs = 60_000;
/** A USB packet: a write that ends with a full one may wait for more in the device (§5.1). */
const packetBytes = 512;

export class SmuxLink {
  readonly #context: SessionContext;
  readonly #encoder = new SmuxEncoder(hostMtuBytes);
  readonly #inbox: Inbox;
  #deviceMtuBytes = hostMtuBytes;
  #isFirstCommand = true;
  /** The OKAY of a `call` was taken as lost, and may still come. */
  #okayMayCome = false;

  /** `rest`: what was received after the answer to the preamble. */
  constructor(context: SessionContext, rest: Uint8Array, step: string) {
    this.#context = context;
    this.#inbox = new Inbox(context.clock, (text) => this.#note(text));
    this.#inbox.take(rest, step);
  }

  /** Calls `worked` at each INFO and PROG from now on: the device tells that it is at work. */
  onWork(worked: () => void): void {
    this.#inbox.onWork = worked;
  }

  /** UABT, HELLO. Resolves with the device's MTU, clamped to 1..1024. Rejects `reply-timed-out`, `reply-malformed`. */
  async greet(step: string): Promise<number> {
    await this.#exchangeUabt(step);
    await this.#send('HELLO', Uint8Array.of(hostMtuBytes >>> 8, hostMtuBytes & 0xff), step);
    const waiting = { step, what: 'HELLO', timeoutMs: timeoutsMs.hello, watched: false };
    const payload = await this.#demand(() => this.#inbox.helloReply, waiting);
    if (payload.length !== 2)
      throw fault('reply-malformed', step, { expected: '2 bytes', actual: `${payload.length} bytes`, detail: 'HELLO_REPLY' });
    const mtu = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
    this.#deviceMtuBytes = Math.min(Math.max(mtu, 1), hostMtuBytes);
    return this.#deviceMtuBytes;
  }

  /**
   * Sends one command and resolves with its OKAY, FAIL or DATA. INFO and PROG on the way are told; a PROG in the place of the OKAY of
   * `call` stands for it. Rejects `reply-timed-out`, `reply-malformed`, `reply-unexpected` (a reply nobody asked for), `link-lost`.
   */
  async command(command: string, step: string, timeoutMs = this.#timeoutOf(command)): Promise<Reply> {
    this.#refuseStray(command, step);
    this.#isFirstCommand = false;
    this.#inbox.progressed = false;
    await this.#send('ABOOT_CMD', Buffer.from(command, 'latin1'), step);
    const waiting = { step, what: command, timeoutMs, watched: isAnsweredAtOnce(command) };
    if (command !== 'call') return this.#demand(() => this.#final(command), waiting);
    const reply = await this.#replyToCall(waiting);
    // Another program runs now: whether it sends heartbeats is its own.
    this.#inbox.beats = false;
    return reply;
  }

  /**
   * `download:`, the device's own DATA, the bytes, and the final reply after them. `sent` hears the bytes handed over so far: the
   * device takes them by the back-pressure of the link, there is no other acknowledgement before the end.
   * Resolves with a FAIL in the place of DATA or OKAY; rejects `download-size-mismatch` before the first byte, and as `command`.
   */
  async download(bytes: Uint8Array, step: string, sent: (bytes: number) => void): Promise<Reply> {
    const command = `download:${hex8(bytes.length)}`;
    const granted = await this.command(command, step);
    if (granted.word === 'FAIL') return granted;
    if (granted.word !== 'DATA' || !/^[0-9a-f]{8}$/i.test(granted.text))
      throw unexpected(granted, `DATA${hex8(bytes.length)}`, command, step);
    if (Number.parseInt(granted.text, 16) !== bytes.length)
      throw fault('download-size-mismatch', step, { expected: `DATA${hex8(bytes.length)}`, actual: replyText(granted) });
    this.#okayMayCome = false;
    const early = await this.#sendData(bytes, step, sent);
    if (early !== null) return early;
    const waiting = { step, what: 'the data', timeoutMs: timeoutsMs.afterData, watched: false };
    return this.#demand(() => this.#final(command), waiting);
  }

  /** Reads on while nothing is to be said. Resolves when `until` aborts; rejects `link-lost`, `reply-unexpected`. */
  async hold(until: AbortSignal, step: string): Promise<void> {
    const { clock, signal } = this.#context;
    signal.throwIfAborted();
    if (until.aborted) return;
    const either = AbortSignal.any([signal, until]);
    const begunAtMs = clock.now();
    try {
      for (;;) {
        const lossAtMs = this.#lossAtMs(begunAtMs);
        const timeoutMs = Math.max(0, Math.min(holdReadMs, lossAtMs - clock.now()));
        if ((await this.#receive(timeoutMs, step, either)) === 0) this.#refuseSilence(lossAtMs, step);
        const [stray] = this.#inbox.replies;
        if (stray !== undefined) throw unexpected(stray, 'no reply', 'nothing', step);
      }
    } catch (thrown) {
      if (!until.aborted || thrown !== either.reason || signal.aborted) throw thrown;
    }
  }

  /** Throws away the replies that nobody asked for: before the last commands of a session, which nothing depends on. */
  forgetReplies(step: string): void {
    this.#takeReceived(step);
    for (const stray of this.#inbox.replies.splice(0)) this.#note(`a reply that nobody asked for: ${replyText(stray)}`);
  }

  /** Resent every 100 ms: answers to the preamble may be waiting in front of the echo, and one of them is as good. */
  async #exchangeUabt(step: string): Promise<void> {
    const { clock } = this.#context;
    const end = clock.now() + timeoutsMs.uabt;
    const seen = (): true | null => (this.#inbox.uabts > 0 ? true : null);
    this.#inbox.uabts = 0;
    while (clock.now() < end) {
      await this.#send('STDIO', Buffer.from(uabt, 'latin1'), step);
      if (await this.#wait(seen, { step, what: uabt, timeoutMs: timeoutsMs.uabtTick, watched: false })) return;
    }
    throw timedOut({ step, what: uabt, timeoutMs: timeoutsMs.uabt, watched: false });
  }

  async #replyToCall(waiting: Waiting): Promise<Reply> {
    const reply = await this.#demand(() => this.#final('call') ?? (this.#inbox.progressed ? 'prog' : null), waiting);
    if (reply !== 'prog') return reply;
    while (this.#inbox.progressed) {
      this.#inbox.progressed = false;
      const late = await this.#wait(() => this.#final('call'), { ...waiting, timeoutMs: lostOkayMs });
      if (late !== null) return late;
    }
    this.#note('the OKAY of call is lost: a PROG stands for it');
    this.#okayMayCome = true;
    return { word: 'OKAY', text: '' };
  }

  /**
   * A FAIL among the data ends it at once. An OKAY that overtakes the last frame is the answer to it, and the frame still goes out;
   * any earlier one belongs to something else.
   */
  async #sendData(bytes: Uint8Array, step: string, sent: (bytes: number) => void): Promise<Reply | null> {
    let wireBytes = 0;
    let early: Reply | null = null;
    for (let at = 0; at < bytes.length; at += this.#deviceMtuBytes) {
      this.#takeReceived(step);
      if (this.#inbox.replies[0]?.word === 'FAIL') return this.#inbox.replies.shift() ?? null;
      if (early === null && at > 0 && bytes.length - at <= hostMtuBytes) early = this.#inbox.replies.shift() ?? null;
      this.#refuseReplies('the data', step);
      const piece = bytes.subarray(at, at + this.#deviceMtuBytes);
      wireBytes = await this.#send('ABOOT_DATA', piece, step);
      sent(at + piece.length);
    }
    if (wireBytes > 0 && wireBytes % packetBytes === 0) await this.#write(Uint8Array.of(smuxFlag), step);
    return early;
  }

  /** Replies of an earlier command would be taken as the answer to the next one. */
  #refuseStray(command: string, step: string): void {
    this.#takeReceived(step);
    this.#refuseReplies(command, step);
  }

  #refuseReplies(command: string, step: string): void {
    for (let stray = this.#inbox.replies.shift(); stray !== undefined; stray = this.#inbox.replies.shift()) {
      if (!this.#isLateOkay(stray)) throw unexpected(stray, 'no reply yet', command, step);
    }
  }

  /** The next final reply, past the late OKAY of a `call` where the command cannot mean it. */
  #final(command: string): Reply | null {
    const reply = this.#inbox.replies.shift() ?? null;
    const isBareOkayPossible = !/^(download|getvar):/.test(command);
    if (reply === null || isBareOkayPossible || !this.#isLateOkay(reply)) return reply;
    return this.#final(command);
  }

  #isLateOkay(reply: Reply): boolean {
    if (!this.#okayMayCome || reply.word !== 'OKAY' || reply.text !== '') return false;
    this.#okayMayCome = false;
    this.#note('the OKAY of call came late');
    return true;
  }

  async #demand<T>(take: () => T | null, waiting: Waiting): Promise<T> {
    const found = await this.#wait(take, waiting);
    if (found === null) throw timedOut(waiting);
    return found;
  }

  /** Null when the time is over; what is there by then is still taken. */
  async #wait<T>(take: () => T | null, { step, what, timeoutMs, watched }: Waiting): Promise<T | null> {
    const { clock } = this.#context;
    const begunAtMs = clock.now();
    const end = begunAtMs + timeoutMs;
    let alarmAtMs = begunAtMs + alarmEveryMs;
    for (let isLast = false; ; ) {
      const found = take();
      if (found !== null) return found;
      if (isLast) return null;
      if (clock.now() >= alarmAtMs && clock.now() < end) {
        this.#note(`no answer to ${what} for ${Math.round((clock.now() - begunAtMs) / 1000)} s`);
        alarmAtMs += alarmEveryMs;
      }
      const lossAtMs = watched ? this.#lossAtMs(begunAtMs) : Number.POSITIVE_INFINITY;
      const leftMs = Math.max(0, Math.min(end, alarmAtMs, lossAtMs) - clock.now());
      isLast = clock.now() >= end;
      if ((await this.#receive(leftMs, step)) === 0) this.#refuseSilence(lossAtMs, step);
    }
  }

  /** Only a device that has sent heartbeats is missed when they stop. */
  #lossAtMs(begunAtMs: number): number {
    return this.#inbox.beats ? Math.max(begunAtMs, this.#inbox.heardAtMs) + linkLossMs : Number.POSITIVE_INFINITY;
  }

  #refuseSilence(lossAtMs: number, step: string): void {
    if (this.#context.clock.now() < lossAtMs) return;
    throw fault('link-lost', step, { expected: 'a heartbeat about every 300 ms', actual: `no frame for ${linkLossMs} ms` });
  }

  #takeReceived(step: string): void {
    this.#inbox.take(this.#context.transport.take(), step);
  }

  /** How many bytes came. */
  async #receive(timeoutMs: number, step: string, signal = this.#context.signal): Promise<number> {
    const bytes = await this.#atStep(step, this.#context.transport.read({ timeoutMs, signal }), signal);
    this.#inbox.take(bytes, step);
    return bytes.length;
  }

  /** Resolves with the bytes on the wire. */
  async #send(type: SmuxType, payload: Uint8Array, step: string): Promise<number> {
    const wire = this.#encoder.encode(type, payload);
    await this.#write(wire, step);
    return wire.length;
  }

  #write(bytes: Uint8Array, step: string): Promise<void> {
    const { transport, signal } = this.#context;
    signal.throwIfAborted();
    return this.#atStep(step, transport.write(bytes, { timeoutMs: writeTimeoutMs, signal }));
  }

  /** A transport does not know the step that it failed in. An abort keeps its reason. */
  async #atStep<T>(step: string, work: Promise<T>, signal = this.#context.signal): Promise<T> {
    try {
      return await work;
    } catch (thrown) {
      if (!(thrown instanceof Fault) || signal.aborted) throw thrown;
      throw new Fault({ ...thrown.failure, step }, { cause: thrown });
    }
  }

  #timeoutOf(command: string): number {
    return this.#isFirstCommand ? timeoutsMs.first : timeoutOf(command);
  }

  #note(text: string): void {
    this.#context.emit({ type: 'note.added', text });
  }
}

export const unexpected = (reply: Reply, expected: string, command: string, step: string): Fault =>
  fault('reply-unexpected', step, { expected, actual: replyText(reply), detail: `the reply to ${command}` });

const timedOut = ({ step, what, timeoutMs }: Waiting): Fault =>
  fault('reply-timed-out', step, { expected: `a reply to ${what} within ${timeoutMs} ms`, actual: 'silence' });

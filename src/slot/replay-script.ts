// Plays a transcript: holds what the slot does against what was recorded, in order, and lets happen what happened, when everything before
// it has been done. Never faster than it was; bytes are compared as streams, not as chunks. Knows no transport and no machine.
import type { Clock, Timer } from '../bench/clock.ts';
import { createSentCheck, type SentCheck } from './sent-check.ts';
import type { Service, ToldEvent, Transcript, TranscriptEntry } from './transcript.ts';

/** What the slot does, in the transcript's words. */
export type Deed =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'ask'; readonly what: Service; readonly facts?: Readonly<Record<string, string | number>> };

export interface Divergence {
  /** Index of the entry that was to come; one behind the last when the slot does more than was recorded. */
  readonly entry: number;
  readonly expected: string;
  readonly actual: string;
  /** Of the first byte that differs, in its frame. */
  readonly offset?: number;
}

export interface ReplayScript {
  /** Resolves when it has been held against its entry; waits while the slot is ahead of what was recorded. */
  offer(deed: Deed, signal?: AbortSignal): Promise<void>;
  /** Asked services and states are facts without a place on the wire: they are held against their kind's next entry at once. */
  asked(what: Service, facts?: Readonly<Record<string, string | number>>): void;
  told(event: ToldEvent): void;
  /** Lets what comes next happen now if it is received bytes, due within `slackMs`. */
  hurry(slackMs: number): void;
  /** True when the bytes of the last write were never taken: what was recorded next is its failure. */
  isWriteFailing(): boolean;
  /** The first thing recorded that has not been done; null when all of it has. */
  firstMissing(): number | null;
}

export interface ReplayEvents {
  happened(entry: TranscriptEntry): void;
  diverged(divergence: Divergence): void;
  /** Here the ring had dropped what came. */
  gap(entry: number): void;
}

/** The slot has done nothing for so long after something was to be done. */
const stuckMs = 600_000;
/** Answered where they were asked: their place between the bytes decides nothing. */
const onWire: ReadonlySet<Service> = new Set<Service>(['open', 'close']);

interface Offered {
  readonly deed: Deed;
  from: number;
  readonly resolve: () => void;
}

export function createReplayScript({ entries }: Transcript, clock: Clock, events: ReplayEvents): ReplayScript {
  const startedMs = clock.now();
  const isDone = new Array<boolean>(entries.length).fill(false);
  const wire = indicesOf(entries, (entry) => entry.is === 'sent' || (entry.is === 'asked' && onWire.has(entry.what)));
  const states = indicesOf(entries, isState);
  const asks = new Map<string, number[]>();
  const offered: Offered[] = [];
  let cursor = 0;
  /** How much later than recorded the slot is by now. */
  let lagMs = 0;
  let check: SentCheck | null = null;
  let timer: Timer | null = null;
  let isOver = false;

  const entryAt = (index: number): TranscriptEntry | undefined => entries[index];
  const dueMs = ({ t }: TranscriptEntry): number => startedMs + t + lagMs;

  const diverge = (divergence: Divergence): void => {
    if (isOver) return;
    isOver = true;
    timer?.cancel();
    events.diverged(divergence);
  };

  const done = (index: number): void => {
    const entry = entryAt(index);
    isDone[index] = true;
    if (entry === undefined) return;
    const endedAt = entry.t + (entry.is === 'sent' ? entry.ms : 0);
    lagMs = Math.max(0, clock.now() - startedMs - endedAt);
  };

  /** Passes what is done; stops at what the slot has still to do, and at what has still to happen. */
  const pass = (): TranscriptEntry | undefined => {
    for (let entry = entryAt(cursor); entry !== undefined; cursor += 1, entry = entryAt(cursor)) {
      if (isDone[cursor] === true || isRemark(entry)) continue;
      return entry;
    }
    return undefined;
  };

  const isHappening = (entry: TranscriptEntry | undefined): entry is TranscriptEntry =>
    entry !== undefined && !isOfSlot(entry) && !isRemark(entry);

  const wakeAt = (atMs: number): void => {
    timer?.cancel();
    timer = clock.after(Math.max(0, atMs - clock.now()), play);
  };

  /** One thing at a time: the slot's promises settle before the next one happens. */
  function play(): void {
    if (isOver) return;
    if (!matchOffered()) {
      const next = pass();
      if (isHappening(next) && clock.now() >= dueMs(next)) happen(next);
    }
    settleTimer();
  }

  const happen = (entry: TranscriptEntry): void => {
    isDone[cursor] = true;
    cursor += 1;
    if (entry.is === 'dropped') {
      isOver = true;
      events.gap(cursor - 1);
    } else events.happened(entry);
  };

  const settleTimer = (): void => {
    if (isOver) return;
    const next = pass();
    if (isHappening(next)) {
      wakeAt(dueMs(next));
      return;
    }
    const { index, entry } = wireNext();
    if (offered.length > 0 && !mustWait(index)) wakeAt(entry === undefined ? clock.now() : dueMs(entry));
    else watchStuck(next);
  };

  const watchStuck = (entry: TranscriptEntry | undefined): void => {
    timer?.cancel();
    const expected = entry === undefined ? 'closes the job' : described(entry);
    const waitMs = entry === undefined ? 0 : Math.max(0, dueMs(entry) - clock.now());
    timer = clock.after(waitMs + stuckMs, () => diverge({ entry: cursor, expected, actual: 'the station does nothing' }));
  };

  const wireNext = (): { readonly index: number; readonly entry: TranscriptEntry | undefined } => {
    while (wire.length > 0 && isDone[wire[0] ?? 0] === true) wire.shift();
    const index = wire[0] ?? entries.length;
    return { index, entry: entryAt(index) };
  };

  /** Something has to happen before this entry: the slot is ahead. */
  const mustWait = (index: number): boolean => {
    for (let at = cursor; at < index; at += 1) {
      const entry = entryAt(at);
      if (isDone[at] !== true && isHappening(entry)) return true;
    }
    return false;
  };

  /** True when something of it was taken. */
  function matchOffered(): boolean {
    let hasMatched = false;
    for (let first = offered[0]; first !== undefined && !isOver; first = offered[0]) {
      const { index, entry } = wireNext();
      if (mustWait(index)) break;
      if (entry === undefined) {
        diverge({ entry: index, expected: 'nothing more', actual: describedDeed(first.deed) });
        break;
      }
      if (check === null && clock.now() < dueMs(entry)) break;
      if (!match(first, index, entry)) break;
      hasMatched = true;
    }
    return hasMatched;
  }

  /** False when they differ. */
  function match(first: Offered, index: number, entry: TranscriptEntry): boolean {
    const { deed } = first;
    if (deed.kind === 'ask') {
      const same = entry.is === 'asked' && entry.what === deed.what && sameFacts(entry.facts, deed.facts);
      if (!same) diverge({ entry: index, expected: described(entry), actual: describedDeed(deed) });
      if (!same) return false;
      finish(first, index);
      return true;
    }
    if (entry.is !== 'sent') {
      diverge({ entry: index, expected: described(entry), actual: describedDeed(deed) });
      return false;
    }
    check ??= createSentCheck(entry);
    const piece = deed.bytes.subarray(first.from, first.from + check.left());
    const difference = check.take(piece);
    if (difference !== null) {
      diverge({ entry: index, ...difference });
      return false;
    }
    first.from += piece.length;
    if (check.left() === 0) {
      check = null;
      done(index);
    }
    if (first.from === deed.bytes.length) finish(first, null);
    return true;
  }

  const finish = (first: Offered, index: number | null): void => {
    if (index !== null) done(index);
    offered.shift();
    first.resolve();
  };

  const lane = (what: Service): number[] => {
    const known = asks.get(what) ?? indicesOf(entries, (entry) => entry.is === 'asked' && entry.what === what);
    asks.set(what, known);
    return known;
  };

  const atOnce = (indices: number[], actual: string, isSame: (entry: TranscriptEntry) => boolean): void => {
    if (isOver) return;
    // What was never recorded differs where the slot is now.
    const index = indices.shift() ?? cursor;
    const entry = entryAt(index);
    if (entry === undefined || !isSame(entry)) {
      diverge({ entry: index, expected: entry === undefined ? 'nothing more' : described(entry), actual });
      return;
    }
    done(index);
    settleTimer();
  };

  settleTimer();
  return {
    offer(deed, signal) {
      return new Promise((resolve, reject) => {
        const one: Offered = { deed, from: 0, resolve };
        offered.push(one);
        signal?.addEventListener(
          'abort',
          () => {
            const at = offered.indexOf(one);
            if (at >= 0) offered.splice(at, 1);
            reject(signal.reason as Error);
          },
          { once: true },
        );
        matchOffered();
        settleTimer();
      });
    },
    asked: (what, facts) =>
      atOnce(lane(what), describedDeed({ kind: 'ask', what, ...(facts && { facts }) }), (entry) => {
        return entry.is === 'asked' && sameFacts(entry.facts, facts);
      }),
    told(event) {
      if (event.type !== 'state.changed') return;
      atOnce(states, `state ${shown(event['state'])}`, (entry) => entry.is === 'told' && sameFacts(entry.event, event));
    },
    hurry(slackMs) {
      if (isOver) return;
      const next = pass();
      if (next?.is !== 'received' || clock.now() + slackMs < dueMs(next)) return;
      happen(next);
      settleTimer();
    },
    isWriteFailing() {
      return pass()?.is === 'write.failed';
    },
    firstMissing() {
      const index = entries.findIndex((entry, at) => isOfSlot(entry) && isDone[at] !== true && !isRemark(entry));
      return index < 0 ? null : index;
    },
  };
}

const indicesOf = (entries: readonly TranscriptEntry[], is: (entry: TranscriptEntry) => boolean): number[] =>
  entries.flatMap((entry, index) => (is(entry) ? [index] : []));

const isState = (entry: TranscriptEntry): boolean => entry.is === 'told' && entry.event.type === 'state.changed';

/** Only for whoever reads it. */
const isRemark = (entry: TranscriptEntry): boolean => entry.is === 'discarded' || (entry.is === 'told' && !isState(entry));

const isOfSlot = ({ is }: TranscriptEntry): boolean => is === 'sent' || is === 'asked' || is === 'told';

const sameFacts = (one: object = {}, other: object = {}): boolean => JSON.stringify(one) === JSON.stringify(other);

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export function describedDeed(deed: Deed): string {
  if (deed.kind === 'ask') return `asks ${deed.what}${deed.facts === undefined ? '' : ` ${JSON.stringify(deed.facts)}`}`;
  const { bytes } = deed;
  return `sends ${bytes.length} bytes ${Buffer.from(bytes.subarray(0, 32)).toString('hex')}${bytes.length > 32 ? '…' : ''}`;
}

/** One entry in words. */
export function described(entry: TranscriptEntry): string {
  switch (entry.is) {
    case 'sent':
      return `sends ${entry.bytes} bytes ${entry.hex ?? `${entry.head ?? ''}…`}`;
    case 'received':
      return `receives ${entry.hex.length / 2} bytes ${entry.hex.length > 128 ? `${entry.hex.slice(0, 128)}…` : entry.hex}`;
    case 'discarded':
      return `throws ${entry.bytes} bytes away`;
    case 'asked':
      return describedDeed({ kind: 'ask', what: entry.what, ...(entry.facts && { facts: entry.facts }) });
    case 'answered':
      return `${entry.what} ${entry.failure === undefined ? 'done' : `failed: ${entry.failure.code}`}`;
    case 'lost':
      return 'the transport ends';
    case 'closed':
      return `the transport is closed: ${entry.reason}`;
    case 'write.failed':
      return `a write fails: ${entry.failure.code}`;
    case 'heard':
      return entry.event.type;
    case 'told':
      return isState(entry) ? `state ${shown(entry.event['state'])}` : `${entry.event.type} ${shown(entry.event['step'] ?? '')}`;
    case 'dropped':
      return `${entry.entries} entries were not kept`;
  }
}

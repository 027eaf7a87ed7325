// What can go wrong with a simulated board or its wire, as values, and the script that says when. Knows no protocol:
// commands are named as the board's session report names them.
import type { DeviceMode } from '../../domain/platform.ts';
import type { Random } from './random.ts';

/** The n-th time (default 1) this command arrives; without a name, the n-th command of any kind. Counted over the board's whole life. */
export interface CommandTrigger {
  readonly command?: string;
  readonly count?: number;
}

/** Milliseconds since the board first had power. */
export interface TimeTrigger {
  readonly afterMs: number;
}

/** The closed list of faults. A fault with a trigger strikes once. */
export type BoardFault =
  /** A hand takes the board out of its slot. */
  | { readonly kind: 'pull'; readonly when: CommandTrigger | TimeTrigger }
  /** The board hangs: it answers nothing and does nothing until its power is cut. */
  | { readonly kind: 'stall'; readonly when: CommandTrigger | TimeTrigger }
  /** The board takes no more bytes, so that the host's writes find no room, until it enumerates again. */
  | { readonly kind: 'stopReading'; readonly when: CommandTrigger }
  /** The command is refused with this error code and not carried out. */
  | { readonly kind: 'nak'; readonly when: CommandTrigger; readonly errorCode: number }
  | { readonly kind: 'dropReply'; readonly when: CommandTrigger }
  | { readonly kind: 'duplicateReply'; readonly when: CommandTrigger }
  /** One bit of the reply's last byte flips on the wire. */
  | { readonly kind: 'corruptReply'; readonly when: CommandTrigger }
  /** The n-th query of an image's status (default every one) is answered with this value, whatever is true. */
  | { readonly kind: 'lyingStatus'; readonly status: number; readonly count?: number }
  /** UNISOC and ASR: the n-th image, or piece of one (default every one), is acknowledged and the flash keeps what it held. */
  | { readonly kind: 'notWritten'; readonly count?: number }
  /** A cell of the main flash that keeps its old value when it is programmed. */
  | { readonly kind: 'deadCell'; readonly address: number }
  /** After a reset by the protocol the firmware never comes up, whatever is in flash. */
  | { readonly kind: 'doesNotBoot' }
  /** The strap reads closed even when it was opened. It starts with the first time it was closed. */
  | { readonly kind: 'strapStaysClosed' }
  /** After a reset by the protocol the board comes back this much later. */
  | { readonly kind: 'lateReenumeration'; readonly delayMs: number }
  /** After a reset by the protocol nothing is on the bus until the power is cycled. */
  | { readonly kind: 'noReenumeration' }
  | { readonly kind: 'wrongIds'; readonly mode: DeviceMode; readonly vendorId: number; readonly productId: number };

type FaultOf<Kind extends BoardFault['kind']> = Extract<BoardFault, { readonly kind: Kind }>;

export type CommandAction =
  | { readonly kind: 'none' }
  | { readonly kind: 'pull' }
  | { readonly kind: 'stall' }
  | { readonly kind: 'stopReading' }
  | { readonly kind: 'nak'; readonly errorCode: number };

const noAction: CommandAction = { kind: 'none' };

/** Told each fault in the moment in which it does something. */
export type OnStrike = (kind: BoardFault['kind'], command?: string) => void;

export type Strap = 'open' | 'closed' | 'stuck';

/** The faults of one board and how often each command has been seen. */
export class FaultScript {
  private readonly faults: readonly BoardFault[];
  /** For the boards' own strikes: those that no method here can see. */
  readonly struck: OnStrike;
  private readonly seen = new Map<string, number>();
  private total = 0;
  private statusQueries = 0;
  private imagesTaken = 0;

  constructor(faults: readonly BoardFault[] = [], onStrike: OnStrike = () => undefined) {
    this.faults = faults;
    this.struck = onStrike;
  }

  has(kind: BoardFault['kind']): boolean {
    return this.faults.some((fault) => fault.kind === kind);
  }

  all<Kind extends BoardFault['kind']>(kind: Kind): readonly FaultOf<Kind>[] {
    return this.faults.filter((fault): fault is FaultOf<Kind> => fault.kind === kind);
  }

  /** Pulls and stalls that strike by time. */
  timed(): readonly { readonly kind: 'pull' | 'stall'; readonly afterMs: number }[] {
    return [...this.all('pull'), ...this.all('stall')].flatMap(({ kind, when }) =>
      'afterMs' in when ? [{ kind, afterMs: when.afterMs }] : [],
    );
  }

  /** What the strap reads after it was closed or opened. */
  onStrap(strap: Strap, isClosed: boolean): Strap {
    if (isClosed) return this.has('strapStaysClosed') ? 'stuck' : 'closed';
    if (strap === 'stuck') this.struck('strapStaysClosed');
    return strap === 'closed' ? 'open' : strap;
  }

  /** How much later than usual the board comes back from a reset by the protocol; null: not at all. */
  onReset(): number | null {
    if (this.has('doesNotBoot')) this.struck('doesNotBoot');
    if (this.has('noReenumeration')) {
      this.struck('noReenumeration');
      return null;
    }
    const [late] = this.all('lateReenumeration');
    if (late) this.struck('lateReenumeration');
    return late?.delayMs ?? 0;
  }

  /** The ids it shows in place of its own. */
  onEnumerate(mode: DeviceMode): FaultOf<'wrongIds'> | undefined {
    const wrong = this.all('wrongIds').find((fault) => fault.mode === mode);
    if (wrong) this.struck('wrongIds');
    return wrong;
  }

  /** Counts the command and says what strikes now. */
  onCommand(command: string): CommandAction {
    const action = this.actionOn(command);
    if (action.kind !== 'none') this.struck(action.kind, command);
    return action;
  }

  private actionOn(command: string): CommandAction {
    this.total += 1;
    this.seen.set(command, (this.seen.get(command) ?? 0) + 1);
    for (const fault of this.faults) {
      if (fault.kind === 'pull' && this.strikes(fault.when, command)) return { kind: 'pull' };
      if (fault.kind === 'stall' && this.strikes(fault.when, command)) return { kind: 'stall' };
      if (fault.kind === 'stopReading' && this.strikes(fault.when, command)) return { kind: 'stopReading' };
      if (fault.kind === 'nak' && this.strikes(fault.when, command)) return { kind: 'nak', errorCode: fault.errorCode };
    }
    return noAction;
  }

  /** What really goes over the wire in place of one reply to the command just counted. */
  onReply(command: string, reply: Uint8Array): readonly Uint8Array[] {
    for (const fault of this.faults) {
      if (fault.kind !== 'dropReply' && fault.kind !== 'duplicateReply' && fault.kind !== 'corruptReply') continue;
      if (!this.strikes(fault.when, command)) continue;
      this.struck(fault.kind, command);
      return disturbed(fault.kind, reply);
    }
    return [reply];
  }

  /** What the board says of an image's status. */
  onStatus(status: number): number {
    this.statusQueries += 1;
    const lie = this.all('lyingStatus').find(({ count }) => count === undefined || count === this.statusQueries);
    if (lie && lie.status !== status) this.struck('lyingStatus');
    return lie?.status ?? status;
  }

  /** Asked once per image or piece: whether it is acknowledged and not written. */
  isOnlyAcknowledged(): boolean {
    this.imagesTaken += 1;
    const lies = this.all('notWritten').some(({ count }) => count === undefined || count === this.imagesTaken);
    if (lies) this.struck('notWritten');
    return lies;
  }

  private strikes(when: CommandTrigger | TimeTrigger, command: string): boolean {
    if ('afterMs' in when) return false;
    if (when.command === undefined) return this.total === (when.count ?? 1);
    return when.command === command && this.seen.get(command) === (when.count ?? 1);
  }
}

/** What arrives in place of one reply. */
export function disturbed(how: 'dropReply' | 'duplicateReply' | 'corruptReply', reply: Uint8Array): readonly Uint8Array[] {
  switch (how) {
    case 'dropReply':
      return [];
    case 'duplicateReply':
      return [reply, reply];
    case 'corruptReply':
      return [withLastBitFlipped(reply)];
  }
}

function withLastBitFlipped(reply: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(reply);
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
  return changed;
}

/** One fault drawn at random, striking within the first `commands` commands of a session. */
export function drawFault(random: Random, commands: number): BoardFault {
  const when: CommandTrigger = { count: random.between(1, commands) };
  return random.pick<BoardFault>([
    { kind: 'pull', when },
    { kind: 'stall', when },
    { kind: 'nak', when, errorCode: 0x82 },
    { kind: 'dropReply', when },
    { kind: 'duplicateReply', when },
    { kind: 'corruptReply', when },
  ]);
}

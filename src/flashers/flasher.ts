// The contract between a slot and a protocol: plan, probe, connect, program, restart, leave. Knows no protocol and no slot.
// A protocol folder implements `Flasher`; the slot's actors are its only caller.
import type { Clock } from '../bench/clock.ts';
import type { Transport } from '../bench/transport.ts';
import type { Plan } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import type { Profile } from '../domain/profile.ts';
import type { FirmwarePackage } from '../firmware/package.ts';

/** Facts a session tells while it runs. The listener draws, counts or records them; a session never waits for it. */
export type FlashEvent =
  /** The first valid reply of the ROM: it stops the window. Told exactly once per connect. */
  | { readonly type: 'handshake.completed' }
  | { readonly type: 'step.started'; readonly step: string }
  /** Bytes of the step acknowledged by the device so far; at most 4 times a second, and once at the end. */
  | { readonly type: 'step.progressed'; readonly step: string; readonly bytes: number }
  | { readonly type: 'step.finished'; readonly step: string; readonly bytes: number }
  /** A fact for the record's evidence, e.g. `agentboot.sha256`. */
  | { readonly type: 'evidence.found'; readonly name: string; readonly value: string | number | boolean }
  /** Device log text or a remark, for log and transcript. May hold anything: escape before printing. */
  | { readonly type: 'note.added'; readonly text: string };

export interface SessionContext {
  readonly clock: Clock;
  /** Already paced by the profile. The session owns it until `closed`; the slot opens and closes it. */
  readonly transport: Transport;
  readonly emit: (event: FlashEvent) => void;
  /** Aborts the session: it stops at once, sends nothing more, and its pending promise rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Keeps bytes beside the record, durable when it resolves (an NV backup). */
  readonly keepEvidence: (name: string, bytes: Uint8Array) => Promise<void>;
}

/** Identity read by the download protocol itself (an NV backup), as the identity from before of a strapped board. */
export interface SessionIdentity {
  readonly imei?: string;
}

export interface FlashSession {
  /** What the protocol itself could read of the unit's identity, as soon as it is known. */
  identity(): SessionIdentity;

  /**
   * Keeps a connected module in its session while it waits for permit or label: reads, and answers what the protocol wants
   * answered. Rejects with the failure when the link is lost; resolves when `until` aborts, ready for `program`.
   */
  hold(until: AbortSignal): Promise<void>;

  /**
   * Runs the plan from its first write to its last, every step acknowledged and every image's device status checked.
   * The caller has made the intent durable. Does not reset. Rejects with a `Fault`; what is in flash is then unknown.
   */
  program(): Promise<void>;

  /** Sends the protocol's own reset after `program`. A reply that is cut off by the reset is not a failure. */
  restart(): Promise<void>;

  /** The protocol's own exit for a module that was not written (operator cancel, expiry). Best effort, bounded, never rejects. */
  leave(): Promise<void>;
}

export interface Flasher {
  readonly platform: Platform;

  /** Pure. Throws `Fault` with a `package-…` code when package and profile do not fit each other or a safety rule. */
  plan(image: FirmwarePackage, profile: Profile): Plan;

  /**
   * One bounded try to get a first valid ROM reply on a fixed serial path without a window. False: silence. Sends nothing
   * but the protocol's own synchronisation.
   */
  probe(context: SessionContext): Promise<boolean>;

  /**
   * Handshake and RAM loaders, up to but without the plan's first write. Emits `handshake.completed` at the first valid reply.
   * Rejects `rom-silent` when the ROM gave none, `loader-silent`, `reply-…`, `device-…`.
   */
  connect(context: SessionContext, plan: Plan, image: FirmwarePackage): Promise<FlashSession>;
}

// The slot machine alone, on simulated time, with hand-made actors: a test says when each piece of work ends and how.
import { createActor, fromPromise } from 'xstate';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import type { DeviceMode } from '../../src/domain/platform.ts';
import type { Profile } from '../../src/domain/profile.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { type Clearance, firstAttempt } from '../../src/slot/clearance.ts';
import { slotMachine } from '../../src/slot/slot.machine.ts';
import type { SlotActors } from '../../src/slot/slot-actors.ts';
import type { JobInput, MachineEvent, SlotContext, SlotSettings } from '../../src/slot/slot-types.ts';
import { ec800e, flashedA, unitA } from './profiles.ts';

type Outputs = { readonly [Name in keyof SlotActors]: Awaited<ReturnType<SlotActors[Name]>> };
export type ActorName = keyof SlotActors;

interface Call {
  readonly name: ActorName;
  readonly input: JobInput;
  readonly signal: AbortSignal;
  readonly resolve: (output: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

export interface RigOptions extends Partial<SlotSettings> {
  readonly profile?: Partial<Profile>;
  readonly locked?: boolean;
  readonly intakeOpen?: boolean;
  /** Default: every unit is cleared at once. */
  readonly clears?: 'atOnce' | 'inHand';
  /** A test gives the turn to ask a board over AT; else it comes at once. */
  readonly waitsForTurn?: boolean;
}

const cleared: Clearance = { kind: 'cleared', marks: firstAttempt };

export type MachineRig = ReturnType<typeof machineRig>;

export function settingsFor({
  profile: overrides,
  locked: _,
  intakeOpen: __,
  clears: ___,
  waitsForTurn: ____,
  ...settings
}: RigOptions = {}): SlotSettings {
  const profile = { ...ec800e, ...overrides };
  return {
    number: 3,
    usbPath: 'pci-0000:00:14.0/1.3',
    fixedStart: null,
    unidentified: 'refuse',
    removalMs: 2_000,
    powerSwitch: 'prompt',
    profiles: {
      byModel: { EC800E: profile },
      unidentified: settings.unidentified === undefined || settings.unidentified === 'refuse' ? null : profile,
    },
    runId: 'run',
    ...settings,
  };
}

export function machineRig(options: RigOptions = {}) {
  const clock = new SimulatedClock();
  const calls: Call[] = [];
  const inHand = <Name extends ActorName>(name: Name) =>
    fromPromise<Outputs[Name], JobInput>(
      ({ input, signal }) =>
        new Promise((resolve, reject) => {
          calls.push({ name, input, signal, resolve: resolve as (output: unknown) => void, reject });
        }),
    );
  const machine = slotMachine.provide({
    actors: {
      probe: inHand('probe'),
      identify: inHand('identify'),
      entryTurn: options.waitsForTurn ? inHand('entryTurn') : fromPromise<void, JobInput>(() => Promise.resolve()),
      clear: options.clears === 'inHand' ? inHand('clear') : fromPromise(() => Promise.resolve(cleared)),
      enter: inHand('enter'),
      powerCycle: inHand('powerCycle'),
      connect: inHand('connect'),
      hold: inHand('hold'),
      permit: inHand('permit'),
      intent: inHand('intent'),
      program: inHand('program'),
      leave: inHand('leave'),
      restart: inHand('restart'),
      verify: inHand('verify'),
      record: inHand('record'),
      release: inHand('release'),
      absence: inHand('absence'),
    },
  });
  const actor = createActor(machine, {
    input: { settings: settingsFor(options), locked: options.locked ?? false, intakeOpen: options.intakeOpen ?? true },
    clock: {
      setTimeout: (run: () => void, delayMs: number) => clock.after(delayMs, run),
      clearTimeout: (timer: ReturnType<SimulatedClock['after']> | undefined) => timer?.cancel(),
    },
  });
  let died: unknown = null;
  actor.subscribe({
    error: (thrown) => {
      died = thrown;
    },
  });
  actor.start();
  let devices = 0;

  const last = (name: ActorName): Call => {
    const call = calls.findLast((candidate) => candidate.name === name);
    if (call === undefined) throw new Error(`${name} was never asked for; the machine is in ${path()}`);
    return call;
  };
  const path = (): string => dotted(actor.getSnapshot().value);
  const context = (): SlotContext => actor.getSnapshot().context;
  const settle = (): Promise<void> => clock.advance(0);

  const send = async (event: MachineEvent): Promise<void> => {
    actor.send(event);
    await settle();
  };
  const attach = async (mode: DeviceMode | null, ageMs: number | null = 0): Promise<string> => {
    devices += 1;
    const id = `device-${devices}`;
    await send({ type: 'device.attached', device: { id, mode, ageMs } });
    return id;
  };
  const detach = (deviceId = context().device?.id ?? 'none'): Promise<void> => send({ type: 'device.detached', deviceId });
  /** Ends the running work of this name well. */
  const done = async <Name extends ActorName>(
    name: Name,
    ...output: Outputs[Name] extends void ? [] : [Outputs[Name]]
  ): Promise<void> => {
    last(name).resolve(output[0]);
    await settle();
  };
  const fail = async (name: ActorName, reason: unknown): Promise<void> => {
    last(name).reject(reason);
    await settle();
  };

  return {
    clock,
    path,
    context,
    settle,
    send,
    attach,
    detach,
    done,
    fail,
    advance: (ms: number) => clock.advance(ms),
    input: (name: ActorName) => last(name).input,
    /** Whether the work of this name was begun and its state not left since. */
    isRunning: (name: ActorName) => calls.some((call) => call === last(name) && !call.signal.aborted),
    count: (name: ActorName) => calls.filter((call) => call.name === name).length,
    /** Every piece of work ever begun, in order. */
    begun: () => calls.map(({ name }) => name),
    died: () => died,
    /** What would be recorded, as `VERDICT code written`. */
    decided: () => {
      const { decision } = context();
      return decision === null ? null : [decision.verdict, decision.failure?.code ?? '-', decision.written].join(' ');
    },
    recorded: (verdict: Verdict = context().decision?.verdict ?? 'UNKNOWN') => done('record', { verdict, released: true }),
  };
}

/** Identified in normal mode, the strap prompt is shown. */
export async function atStrapPrompt(options: RigOptions = {}): Promise<MachineRig> {
  const rig = machineRig(options);
  await rig.attach('normal');
  await rig.done('identify', unitA);
  return rig;
}

/** Strapped, handshake and loaders done: holding, its permit asked for. */
export async function atHolding(options: RigOptions = {}): Promise<MachineRig> {
  const rig = await atStrapPrompt(options);
  await rig.detach();
  await rig.attach('download');
  await rig.send({ type: 'handshake.completed', jobId: rig.context().jobId ?? '' });
  await rig.done('connect', { imei: null });
  return rig;
}

export async function atProgramming(options: RigOptions = {}): Promise<MachineRig> {
  const rig = await atHolding(options);
  await rig.done('permit');
  await rig.done('intent');
  return rig;
}

/** Written and reset; the device has not come back yet. */
export async function atAwaiting(options: RigOptions = {}): Promise<MachineRig> {
  const rig = await atProgramming(options);
  await rig.done('program', { imei: null });
  await rig.done('restart');
  await rig.detach();
  return rig;
}

export async function atVerifying(options: RigOptions = {}): Promise<MachineRig> {
  const rig = await atAwaiting(options);
  await rig.attach('normal');
  return rig;
}

export async function atPassed(options: RigOptions = {}): Promise<MachineRig> {
  const rig = await atVerifying(options);
  await rig.done('verify', { after: flashedA, revision: flashedA.revision });
  await rig.recorded();
  return rig;
}

/** A board found in download mode, connected without having been identified. */
export async function atHoldingUnidentified(options: RigOptions): Promise<MachineRig> {
  const rig = machineRig(options);
  await rig.attach('download');
  await rig.send({ type: 'handshake.completed', jobId: rig.context().jobId ?? '' });
  await rig.done('connect', { imei: null });
  return rig;
}

function dotted(value: unknown): string {
  if (typeof value === 'string') return value;
  const [entry] = Object.entries(value as Record<string, unknown>);
  return entry === undefined ? '' : `${entry[0]}.${dotted(entry[1])}`;
}

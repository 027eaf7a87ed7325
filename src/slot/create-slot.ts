// Joins the slot machine with its actors and gives the station one small handle. Knows no routing and no other slot.
import { createActor, fromPromise, type SnapshotFrom } from 'xstate';
import type { Clock } from '../bench/clock.ts';
import type { Device } from '../bench/device-source.ts';
import { type Failure, failureOf } from '../domain/failure.ts';
import type { OperatorCommand, SlotState } from '../domain/slot.ts';
import type { Written } from '../domain/verdict.ts';
import { judgeAfterIntent, judgeBeforeIntent, modeOf } from './decisions.ts';
import { promptFor } from './prompts.ts';
import { recordSlot } from './record-transcript.ts';
import { slotMachine } from './slot.machine.ts';
import { createSlotActors, type SlotActors } from './slot-actors.ts';
import type { SlotServices } from './slot-services.ts';
import type { DeviceRef, JobInput, MachineEvent, SlotContext, SlotSettings } from './slot-types.ts';

export interface Slot {
  readonly number: number;
  attach(device: Device): void;
  detach(device: Device): void;
  command(command: OperatorCommand): void;
  /** Closed: no new job starts; the one that runs goes on to its record. */
  setIntake(open: boolean): void;
  /** Quarantined: like closed intake, and the slot says so once its board is gone. */
  setQuarantined(quarantined: boolean): void;
  state(): SlotState;
  /** From the durable intent until the last write is acknowledged or given up. */
  isBeingWritten(): boolean;
  /** A job is open: its record is still to come. */
  isBusy(): boolean;
  /** Ends whatever still runs between jobs (looking for a board at a fixed path). Only for a slot that is not busy. */
  stop(): Promise<void>;
}

export interface SlotOptions {
  readonly settings: SlotSettings;
  readonly locked: boolean;
  /** Absent: not. */
  readonly quarantined?: boolean;
  readonly intakeOpen: boolean;
  /** For a job that is run again: what its slot knew before it. */
  readonly earlier?: Pick<SlotContext, 'passedImei' | 'retryOf'>;
  /** Everything but what only the slot itself knows: its device. */
  readonly services: Omit<SlotServices, 'deviceNow'>;
  /** Called when the machine itself died; its job has been closed as `station-defect` by then. */
  readonly died: (failure: Failure) => void;
}

/** States in which a job is open. */
const busyStates: ReadonlySet<SlotState> = new Set<SlotState>([
  'identifying',
  'waitingForBoot',
  'entering',
  'connecting',
  'holding',
  'programming',
  'restarting',
  'verifying',
  'recording',
  // Its record is written, and the next job of the same board is about to be opened.
  'retrying',
]);

/** Machine states that are not words of the product, and what they are shown as. */
const shownAs: Readonly<Record<string, SlotState>> = {
  starting: 'empty',
  removed: 'empty',
  probing: 'empty',
  arrived: 'empty',
  releasing: 'locked',
  gating: 'identifying',
  clearing: 'identifying',
  approaching: 'connecting',
  reappearing: 'connecting',
  leaving: 'holding',
  returning: 'verifying',
};

export function createSlot({
  settings,
  locked,
  quarantined = false,
  intakeOpen,
  earlier,
  services: given,
  died,
}: SlotOptions): Slot {
  let device: Device | null = null;
  let context: SlotContext | null = null;
  let state: SlotState = 'empty';
  let isDead = false;
  let isClosingDeadJob = false;
  let shown = '';
  const plain: SlotServices = { ...given, deviceNow: () => device };
  const recorder = given.keepTranscript === undefined ? null : recordSlot(plain, settings);
  const services = recorder?.services ?? plain;
  const workshop = createSlotActors(services, (jobId) => actor.send({ type: 'handshake.completed', jobId }));
  const actor = createActor(provided(workshop.actors), {
    input: { settings, locked, quarantined, intakeOpen, ...(earlier && { earlier }) },
    clock: machineClock(services.clock),
  });

  const show = (snapshot: SnapshotFrom<typeof slotMachine>): void => {
    context = snapshot.context;
    const path = pathOf(snapshot.value);
    const now = shownState(path);
    state = now;
    const prompt = promptFor(path, snapshot.context);
    const key = `${now} ${JSON.stringify(prompt)}`;
    if (key === shown) return;
    shown = key;
    services.emit({ type: 'state.changed', state: now, prompt });
  };

  /** What is thrown here is this slot's own: it must not reach the device source or the station, which serve the others. */
  const survive = (run: () => void): void => {
    if (isDead) return;
    try {
      run();
    } catch (thrown) {
      actor.stop();
      void closeDeadJob(failureOf(thrown, state));
    }
  };
  const send = (event: MachineEvent): void => survive(() => actor.send(event));

  actor.subscribe({
    next(snapshot) {
      // What an observer throws, xstate throws again outside of every slot: it would end the whole station.
      survive(() => show(snapshot));
    },
    error(thrown) {
      void closeDeadJob(failureOf(thrown, state));
    },
  });

  /** The machine is dead; its job must still get its record, and the other slots must not notice. */
  const closeDeadJob = async (failure: Failure): Promise<void> => {
    if (isDead) return;
    isDead = true;
    const open = context !== null && busyStates.has(state) ? decided(context, state, failure) : null;
    if (open !== null && open === context) workshop.attach(failure);
    isClosingDeadJob = true;
    state = 'outOfService';
    services.emit({ type: 'defect.found', failure });
    try {
      await workshop.abandon();
      if (open !== null) await workshop.closeDead(open);
    } catch (thrown) {
      services.emit({ type: 'defect.found', failure: failureOf(thrown, 'recording') });
    }
    isClosingDeadJob = false;
    services.emit({ type: 'state.changed', state: 'outOfService', prompt: null });
    died(failure);
  };

  const refer = (attached: Device): DeviceRef => {
    const { byModel, unidentified } = settings.profiles;
    const profiles = unidentified === null ? Object.values(byModel) : [unidentified, ...Object.values(byModel)];
    const mode = settings.fixedStart ?? modeOf(attached, profiles);
    const { id, enumeratedAtMs, vendorId, productId } = attached;
    const ageMs = enumeratedAtMs === null ? null : services.clock.now() - enumeratedAtMs;
    return { id, mode, ageMs, ...(vendorId !== null && productId !== null && { ids: { vendorId, productId } }) };
  };

  actor.start();
  return {
    number: settings.number,
    attach(attached) {
      device = attached;
      survive(() => {
        const ref = refer(attached);
        recorder?.heard({ type: 'device.attached', device: attached, ageMs: ref.ageMs });
        actor.send({ type: 'device.attached', device: ref });
      });
    },
    detach(detached) {
      recorder?.heard({ type: 'device.detached', deviceId: detached.id });
      if (device?.id === detached.id) device = null;
      send({ type: 'device.detached', deviceId: detached.id });
    },
    command(command) {
      recorder?.heard(command);
      send(command);
    },
    setIntake: (open) => send({ type: open ? 'intake.opened' : 'intake.closed' }),
    setQuarantined: (imposed) => send({ type: imposed ? 'quarantine.imposed' : 'quarantine.lifted' }),
    state: () => state,
    isBeingWritten: () => state === 'programming',
    isBusy: () => busyStates.has(state) || isClosingDeadJob,
    async stop() {
      actor.stop();
      await workshop.abandon();
    },
  };
}

function provided(actors: SlotActors) {
  return slotMachine.provide({
    actors: {
      probe: work(actors.probe),
      identify: work(actors.identify),
      entryTurn: work(actors.entryTurn),
      clear: work(actors.clear),
      enter: work(actors.enter),
      powerCycle: work(actors.powerCycle),
      connect: work(actors.connect),
      hold: work(actors.hold),
      permit: work(actors.permit),
      intent: work(actors.intent),
      program: work(actors.program),
      leave: work(actors.leave),
      restart: work(actors.restart),
      verify: work(actors.verify),
      record: work(actors.record),
      release: work(actors.release),
      absence: work(actors.absence),
    },
  });
}

function work<Output>(run: (input: JobInput, signal: AbortSignal) => Promise<Output>) {
  return fromPromise<Output, JobInput>(({ input, signal }) => run(input, signal));
}

/** The machine's timers on the product's clock. */
function machineClock(clock: Clock) {
  return {
    setTimeout: (run: (...args: unknown[]) => void, delayMs: number) => clock.after(delayMs, run),
    clearTimeout: (timer: ReturnType<Clock['after']> | undefined) => timer?.cancel(),
  };
}

function pathOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [entry] = Object.entries(value as Record<string, unknown>);
  return entry === undefined ? '' : `${entry[0]}.${pathOf(entry[1])}`;
}

function shownState(path: string): SlotState {
  const top = path.split('.')[0] ?? '';
  return shownAs[top] ?? (top as SlotState);
}

/** The context of a job whose machine died: what was decided by then stands, else the defect decides. */
function decided(context: SlotContext, state: SlotState, defect: Failure): SlotContext {
  if (context.decision !== null) return context;
  const written = writtenIn(state);
  const decision = written === 'none' ? judgeBeforeIntent(defect) : judgeAfterIntent(defect, written);
  return { ...context, decision, swappedWith: null };
}

function writtenIn(state: SlotState): Written {
  if (state === 'programming') return 'maybe';
  return state === 'restarting' || state === 'verifying' || state === 'recording' ? 'all' : 'none';
}

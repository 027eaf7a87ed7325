// Supervises the slots of one rack: routes devices by path, grants permits, drains, ends, and keeps the read model.
// Knows no protocol and no view; one slot's defect is its own.
import type { Device, DeviceEvent, DeviceSource } from '../bench/device-source.ts';
import type { PowerSwitch } from '../bench/power-switch.ts';
import type { SlotSettings as ConfiguredSlot, StationSettings } from '../config/station-file.ts';
import { type Failure, failureOf } from '../domain/failure.ts';
import type { ReleaseTarget } from '../domain/finding.ts';
import type { LoadedProfile, Profile } from '../domain/profile.ts';
import type { OperatorCommand, SlotEvent } from '../domain/slot.ts';
import { firstAttempt } from '../slot/clearance.ts';
import { createSlot, type Slot } from '../slot/create-slot.ts';
import type { ProfileMap, Purpose } from '../slot/decisions.ts';
import type { SlotJournal, SlotServices } from '../slot/slot-services.ts';
import type { Journal, JournalEvent } from '../trace/journal.ts';
import type { HistoryLine, LockedSlot, WrittenRecord } from '../trace/line.ts';
import { createFigures } from './figures.ts';
import type { Interlock } from './interlock.ts';
import { isNews, notDelivered } from './outbox-news.ts';
import { createPermits, type Permits } from './permits.ts';
import { createProduction } from './production.ts';
import type { EventLine, OutboxView, StationCommand, StationConsole, StationEvent, StationView } from './read-model.ts';
import { createClearing, createRecount, type UnitRecords } from './rules/clearing.ts';
import type { CodeMatches } from './rules/code-lock.ts';
import { createLooking } from './rules/looking.ts';
import { createOversight } from './rules/oversight.ts';
import type { ClearanceRule } from './rules/rule.ts';
import { createUnitClaims } from './rules/unit-claims.ts';
import { createSlotRow, type SlotRow } from './slot-view.ts';
import { createTurns } from './turns.ts';

/** Events kept for a view that starts late or draws the last ones. */
const keptEvents = 200;

export interface StationOptions
  extends Pick<
    SlotServices,
    | 'clock'
    | 'pacer'
    | 'flasherFor'
    | 'kitFor'
    | 'keepEvidence'
    | 'keepTranscript'
    | 'work'
    | 'station'
    | 'newRecordId'
    | 'localTime'
  > {
  readonly settings: StationSettings;
  readonly profiles: ReadonlyMap<string, LoadedProfile>;
  readonly source: DeviceSource;
  readonly journal: Journal;
  readonly powerSwitchFor: (slot: ConfiguredSlot) => PowerSwitch;
  readonly runId: string;
  /** Default: flash. */
  readonly purpose?: Purpose;
  readonly end: EndPolicy;
  /** Default: those of the settings' limits. */
  readonly permits?: Permits;
  /** The journal's last records and overrides, the oldest first. Default: none. */
  readonly lastLines?: Iterable<HistoryLine>;
  /** Default: no code is a supervisor's. */
  readonly codeMatches?: CodeMatches;
  /** Default: none is kept, and every unit is at its first attempt. */
  readonly history?: UnitRecords;
  /** Default: no other system is asked. */
  readonly interlock?: Interlock;
  /** Asked of a unit besides the station's own. */
  readonly rules?: readonly ClearanceRule[];
}

/** When a run ends by itself. `never`: only by request. `whenDone`: when the boards that came have their verdicts. */
export type EndPolicy = { readonly kind: 'never' } | { readonly kind: 'whenDone'; readonly quietMs: number };

export interface Station {
  readonly console: StationConsole;
  start(): Promise<void>;
  /** A hook's failure is told like every event, and does nothing else. */
  noticeHook(event: Extract<StationEvent, { type: 'hook.failed' }>): void;
  /** What the journal tells of its disk. */
  noticeJournal(event: JournalEvent): void;
  /** How the outboxes stand now, as often as it is known. While one demands `block`, no new job starts. */
  noticeOutboxes(outboxes: readonly OutboxView[]): void;
  /** Resolves with the exit code when no job is open any more and the source is stopped. */
  readonly ended: Promise<number>;
}

interface Place {
  readonly configured: ConfiguredSlot;
  readonly row: SlotRow;
  slot: Slot | null;
  verdicts: number;
  /** What the slot was last told. */
  isQuarantined: boolean;
}

export function createStation(options: StationOptions): Station {
  const { settings, clock, journal, source } = options;
  const permits = options.permits ?? createPermits(settings.limits);
  const places = new Map<string, Place>();
  for (const configured of settings.slots) {
    const { number, usbPath } = configured;
    places.set(usbPath, { configured, row: createSlotRow(number, usbPath), slot: null, verdicts: 0, isQuarantined: false });
  }
  const listeners = new Set<(line: EventLine) => void>();
  const startedAtMs = clock.now();
  let events: readonly EventLine[] = [];
  const today = (): string => options.localTime(clock.wallMs()).slice(0, 10);
  const figures = createFigures({
    clock,
    today,
    targetUnitsPerHour: settings.production.targetUnitsPerHour ?? null,
    lastLines: options.lastLines ?? [],
  });
  let phase: StationView['phase'] = 'running';
  /** What is wrong now: a lost bench stays lost, a journal comes back. */
  const faults = new Map<'bench' | 'journal' | 'outboxes', Failure>();
  let outboxes: readonly OutboxView[] = [];
  /** A slot whose machine died: the station is not what it was, whatever the records say. */
  let hasDefect = false;
  let lastEventAtMs = startedAtMs;
  let finish: (exitCode: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    finish = resolve;
  });

  const publish = (slot: number | null, event: SlotEvent | StationEvent): void => {
    const line: EventLine = { wallMs: clock.wallMs(), slot, event };
    if (event.type !== 'step.progressed') events = [...events.slice(1 - keptEvents), line];
    lastEventAtMs = clock.now();
    for (const listener of listeners) undisturbed(() => listener(line));
  };

  const production = createProduction({
    settings: settings.production,
    holdsBack: (options.purpose?.kind ?? 'flash') === 'flash',
    first: options.work(),
    lastLines: options.lastLines ?? [],
    journal,
    today,
    tell: (event) => {
      if (event.type === 'shift.changed') figures.beginShift();
      publish(null, event);
    },
    changed: () => applyIntake(),
  });
  const oversight = createOversight({
    settings: settings.oversight,
    clock,
    journal,
    lastLines: options.lastLines ?? [],
    work: () => production.work(),
    order: production.order,
    codeMatches: options.codeMatches ?? (() => Promise.resolve(false)),
    tell: (event) => publish('slot' in event ? event.slot : null, event),
  });
  const entryTurns = createTurns(clock, settings.atEntryGapMs);
  const takesBoards = (): boolean => phase === 'running' && !oversight.isStopped() && production.isOpen();
  let intakeOpen = takesBoards();

  /** Makes the slots what phase and findings want them to be. Only changes are told: opening forgets a waiting device's age. */
  const applyIntake = (): void => {
    const wanted = takesBoards();
    if (wanted !== intakeOpen) for (const slot of slots()) slot.setIntake(wanted);
    intakeOpen = wanted;
    for (const place of places.values()) {
      const isQuarantined = oversight.isQuarantined(place.configured.usbPath);
      if (isQuarantined !== place.isQuarantined) place.slot?.setQuarantined(isQuarantined);
      place.isQuarantined = isQuarantined;
    }
  };

  const noteRecord = (record: WrittenRecord): void => {
    try {
      production.noteRecord(record);
      oversight.noteRecord(record);
      applyIntake();
    } catch (thrown) {
      // Its record is durable, and that is what counts for the slot.
      hasDefect = true;
      publish(null, { type: 'fault.found', failure: failureOf(thrown, 'concluding') });
    }
  };

  /** What the slots write; the station learns from each record as soon as it is durable. */
  const slotJournal: SlotJournal = {
    opened: (job) => journal.opened(job),
    intent: (job, firstWrite) => journal.intent(job, firstWrite),
    async record(body) {
      const written = await journal.record(body);
      noteRecord(written);
      return written;
    },
  };
  /** Device ids by path: a device that leaves after its successor came takes nothing away. */
  const present = new Map<string, string>();
  const claims = createUnitClaims((number) => {
    const place = [...places.values()].find(({ configured }) => configured.number === number);
    return place?.slot?.isBusy() === true || (place !== undefined && present.has(place.configured.usbPath));
  });
  const past = { clock, settings: settings.history, history: options.history ?? null };
  const clearing = createClearing({
    ...past,
    interlock: options.interlock ?? null,
    rules: [...oversight.rules, ...production.rules, ...(options.rules ?? [])],
    work: production.workOf,
    othersOf: claims.othersOf,
  });

  const looking = createLooking({ clock, history: options.history ?? null, othersOf: claims.othersOf });

  const slots = (): Slot[] => [...places.values()].flatMap(({ slot }) => slot ?? []);
  const writing = (): number[] => slots().flatMap((slot) => (slot.isBeingWritten() ? [slot.number] : []));

  const view = (): StationView => {
    const nowMs = clock.now();
    const rows = [...places.values()].map(({ row }) => row.view(nowMs));
    return {
      station: { ...settings.station, bench: settings.bench },
      session: production.view(),
      purpose: shownPurpose(options.purpose),
      phase,
      nowMs,
      startedAtMs,
      ...figures.view(rows),
      fault: [...faults.values()][0] ?? null,
      oversight: oversight.view(),
      outboxes,
      events,
    };
  };

  const fromSlot = (place: Place, event: SlotEvent): void => {
    place.row.apply(event, clock.now());
    if (event.type === 'job.opened') production.jobOpened(place.configured.number);
    if (event.type === 'defect.found') hasDefect = true;
    if (event.type === 'board.identified')
      claims.learn(place.configured.number, { imei: null, sn: null, labelSn: null, ...event.identification });
    if (
      event.type === 'job.opened' ||
      (event.type === 'state.changed' && (event.state === 'empty' || event.state === 'replaced'))
    )
      claims.forget(place.configured.number);
    if (event.type === 'record.written') {
      figures.add(event, place.row.view(clock.now()));
      place.verdicts += 1;
    }
    publish(place.configured.number, event);
    if (phase === 'draining') queueMicrotask(endIfDrained);
  };

  const setFault = (where: 'bench' | 'journal' | 'outboxes', failure: Failure): void => {
    faults.set(where, failure);
    if (phase === 'running') phase = 'faulted';
    applyIntake();
    publish(null, { type: 'fault.found', failure });
  };

  const clearFault = (where: 'journal' | 'outboxes'): void => {
    faults.delete(where);
    if (phase === 'faulted' && faults.size === 0) {
      phase = 'running';
      applyIntake();
    }
    publish(null, { type: 'fault.cleared' });
  };

  /** By path or by number: a station file that was renumbered since must not unlock a board that nobody has looked at. */
  const locksOf = ({ number, usbPath }: ConfiguredSlot): readonly LockedSlot[] =>
    journal.lockedSlots().filter((lock) => lock.usbPath === usbPath || lock.slot === number);

  const openSlot = (place: Place): Slot => {
    const { configured } = place;
    const locks = locksOf(configured);
    const last = locks.at(-1);
    if (last !== undefined) place.row.locked(last.unit, last.step ?? '-');
    const powerSwitch = options.powerSwitchFor(configured);
    return createSlot({
      settings: {
        number: configured.number,
        usbPath: configured.usbPath,
        fixedStart: configured.fixed?.startsIn ?? null,
        unidentified: configured.unidentified.policy,
        removalMs: settings.removalMs,
        powerSwitch: powerSwitch.kind,
        profiles: profileMap(configured, options.profiles),
        automaticRetries: settings.history.automaticRetries,
        runId: options.runId,
        ...(options.purpose && { purpose: options.purpose }),
      },
      locked: locks.length > 0,
      quarantined: place.isQuarantined,
      intakeOpen,
      services: {
        ...options,
        work: () => production.workOf(configured.number),
        source,
        powerSwitch,
        journal: slotJournal,
        takeEntryTurn: (signal) => entryTurns.take(signal),
        baudRate: configured.baudRate,
        clear: (question) => {
          claims.learn(configured.number, question.unit);
          return options.purpose?.kind === 'nvRestore'
            ? Promise.resolve({ kind: 'cleared', marks: { ...firstAttempt, kind: 'nvRestore' } })
            : question.stage === 'readOnly'
              ? looking(question)
              : clearing(question);
        },
        recount: createRecount(past),
        acquirePermit: (signal) => permits.acquire(configured.usbPath, signal),
        releaseLock: async () => {
          const { operator } = production.work();
          await Promise.all(locks.map(({ slot, recordId }) => journal.released({ slot, recordId, operator })));
        },
        emit: (event) => fromSlot(place, event),
      },
      died: (failure) => {
        publish(null, { type: 'fault.found', failure });
        if (phase === 'draining') endIfDrained();
      },
    });
  };

  const route = (event: DeviceEvent): void => {
    switch (event.type) {
      case 'device.attached': {
        present.set(event.device.usbPath, event.device.id);
        const place = places.get(event.device.usbPath);
        if (place?.slot) place.slot.attach(event.device);
        else publish(null, { type: 'device.skipped', usbPath: event.device.usbPath, ids: idsOf(event.device) });
        break;
      }
      case 'device.detached':
        if (present.get(event.device.usbPath) === event.device.id) present.delete(event.device.usbPath);
        places.get(event.device.usbPath)?.slot?.detach(event.device);
        break;
      case 'device.unusable':
        publish(places.get(event.device.usbPath)?.configured.number ?? null, {
          type: 'device.unusable',
          usbPath: event.device.usbPath,
          reason: event.reason,
          cure: event.cure,
        });
        break;
      case 'bench.lost':
        setFault('bench', { code: 'bench-lost', step: 'watching devices', detail: event.reason });
        break;
    }
  };

  const endIfDrained = (): void => {
    if (phase !== 'draining' || slots().some((slot) => slot.isBusy())) return;
    end();
  };

  const end = (): void => {
    if (phase === 'ended') return;
    phase = 'ended';
    const isLocked = slots().some((slot) => slot.state() === 'locked');
    const everyUnitPassed = figures.everyUnitPassed() && !isLocked;
    const isFaulted = faults.has('bench') || faults.has('journal') || hasDefect;
    const exitCode = isFaulted ? 3 : everyUnitPassed ? 0 : 1;
    publish(null, { type: 'station.ended', exitCode });
    const stopped = Promise.allSettled([...slots().map((slot) => slot.stop()), source.stop()]);
    void stopped.then(() => finish(exitCode));
  };

  /** Looks again when nothing has happened for a while: the boards that came have their verdicts, and no other one comes. */
  const endWhenDone = (quietMs: number): void => {
    clock.after(Math.min(quietMs, 250), () => {
      if (phase === 'ended') return;
      const everySlotDone = [...places.values()].every(({ slot, verdicts }) => verdicts > 0 || isShut(slot));
      const quiet = clock.now() - lastEventAtMs >= quietMs;
      const idle = !slots().some((slot) => slot.isBusy());
      if (phase !== 'draining' && idle && (everySlotDone || quiet || faults.has('bench'))) end();
      else endWhenDone(quietMs);
    });
  };

  const requestStop = (): void => {
    if (phase === 'ended') return;
    const inWriting = writing();
    if (phase === 'draining') {
      if (inWriting.length > 0) publish(null, { type: 'stop.refused', writing: inWriting });
      else if (faults.has('journal') && slots().every((slot) => !slot.isBusy() || slot.state() === 'recording')) end();
      return;
    }
    phase = 'draining';
    publish(null, { type: 'drain.started', writing: inWriting });
    applyIntake();
    for (const slot of slots()) slot.command({ type: 'operator.cancel' });
    endIfDrained();
  };

  const release = (target: ReleaseTarget, code: string | null): void => {
    void oversight.release(target, code).then(applyIntake);
  };

  const toSlot = (number: number, command: OperatorCommand): void => {
    const slot = slots().find((candidate) => candidate.number === number);
    if (slot?.state() === 'quarantined' && command.type === 'operator.release') release({ kind: 'slot', slot: number }, null);
    else slot?.command(command);
  };

  const toStation = ({ scan }: StationCommand): void => {
    void production.take(scan);
  };

  return {
    console: {
      view,
      slotView: (number) => [...places.values()].find(({ configured }) => configured.number === number)?.row.view(clock.now()),
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      commands: { toSlot, toStation, release, requestStop },
    },

    async start() {
      if (phase === 'ended') return;
      publish(null, { type: 'station.started', slots: places.size });
      for (const record of journal.recovered) {
        const { jobId, verdict, unit, slot, failure } = record;
        const board = { slot: slot.number, unit: unit.imeiBefore ?? unit.sn ?? unit.labelSn, step: failure?.step ?? '' };
        publish(null, { type: 'job.recovered', jobId, verdict, board });
      }
      applyIntake();
      for (const place of places.values()) place.slot = openSlot(place);
      try {
        await source.start(route);
      } catch (thrown) {
        setFault('bench', failureOf(thrown, 'watching devices'));
      }
      if (options.end.kind === 'whenDone') endWhenDone(options.end.quietMs);
    },

    noticeHook: (event) => publish(null, event),

    noticeJournal(event) {
      switch (event.type) {
        case 'journal.faulted':
          setFault('journal', event.failure);
          break;
        case 'journal.restored':
          clearFault('journal');
          break;
        case 'tail.cutOff':
          publish(null, event);
          break;
      }
    },

    noticeOutboxes(now) {
      const before = new Map(outboxes.map((outbox) => [outbox.name, outbox]));
      outboxes = now;
      for (const outbox of now) if (isNews(outbox, before.get(outbox.name))) publish(null, { type: 'outbox.changed', outbox });
      const blocking = now.filter(({ demand }) => demand === 'block');
      if (blocking.length > 0 && !faults.has('outboxes')) setFault('outboxes', notDelivered(blocking));
      if (blocking.length === 0 && faults.has('outboxes')) clearFault('outboxes');
    },

    ended,
  };
}

/** Whoever listens may be lost, but must not take a slot or the station with it. */
function undisturbed(run: () => void): void {
  try {
    run();
  } catch {
    // The listener's own affair: whatever it was to draw or send is late or lost.
  }
}

function shownPurpose(purpose: Purpose | undefined): StationView['purpose'] {
  return purpose?.kind === 'verify' && purpose.reflash ? 'reflash' : (purpose?.kind ?? 'flash');
}

/** Nothing will happen there without a person. */
function isShut(slot: Slot | null): boolean {
  const state = slot?.state();
  return state === 'locked' || state === 'quarantined' || state === 'outOfService';
}

function profileMap(slot: ConfiguredSlot, profiles: ReadonlyMap<string, LoadedProfile>): ProfileMap {
  const byModel: Record<string, Profile> = {};
  for (const [model, id] of slot.profiles) {
    const loaded = profiles.get(id);
    if (loaded !== undefined) byModel[model] = loaded.profile;
  }
  const { unidentified } = slot;
  const chosen = unidentified.policy === 'refuse' ? undefined : profiles.get(unidentified.profileId);
  return { byModel, unidentified: chosen?.profile ?? null };
}

function idsOf({ vendorId, productId }: Device): string {
  const hex4 = (id: number | null): string => (id === null ? '----' : id.toString(16).padStart(4, '0'));
  return `${hex4(vendorId)}:${hex4(productId)}`;
}

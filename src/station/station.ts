// Supervises the slots of one rack: opens them, learns from what they tell and write, decides when they take boards, and shows it all as
// one read model. Knows no protocol and no view; one slot's defect is its own.
import { failureOf } from '../domain/failure.ts';
import type { ReleaseTarget } from '../domain/finding.ts';
import type { OperatorCommand, SlotEvent } from '../domain/slot.ts';
import type { Slot } from '../slot/create-slot.ts';
import type { Purpose } from '../slot/decisions.ts';
import type { SlotJournal, SlotServices } from '../slot/slot-services.ts';
import type { JournalEvent } from '../trace/journal.ts';
import type { HistoryLine, WrittenRecord } from '../trace/line.ts';
import { createDeviceRouting } from './device-routing.ts';
import { createEventFeed } from './event-feed.ts';
import { createFigures } from './figures.ts';
import type { Interlock } from './interlock.ts';
import { openSlot, type SlotSurroundings } from './open-slot.ts';
import { isNews, notDelivered } from './outbox-news.ts';
import { createPermits, type Permits } from './permits.ts';
import { type Place, placeOf, placesOf, slotsOf } from './places.ts';
import { createProduction } from './production.ts';
import type { OutboxView, StationCommand, StationConsole, StationEvent, StationView } from './read-model.ts';
import type { UnitRecords } from './rules/clearing.ts';
import type { CodeMatches } from './rules/code-lock.ts';
import { createOversight } from './rules/oversight.ts';
import type { ClearanceRule } from './rules/rule.ts';
import { createUnitAnswers } from './rules/unit-answers.ts';
import { createRunPhase } from './run-phase.ts';
import { createTurns } from './turns.ts';

export interface StationOptions extends SlotSurroundings {
  /** Who works at what, when the run starts. */
  readonly work: SlotServices['work'];
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

export function createStation(options: StationOptions): Station {
  const { settings, clock, journal, source } = options;
  const permits = options.permits ?? createPermits(settings.limits);
  const places = placesOf(settings.slots);
  const startedAtMs = clock.now();
  const feed = createEventFeed(clock);
  const { publish } = feed;
  const today = (): string => options.localTime(clock.wallMs()).slice(0, 10);
  const figures = createFigures({
    clock,
    today,
    targetUnitsPerHour: settings.production.targetUnitsPerHour ?? null,
    lastLines: options.lastLines ?? [],
  });
  const phase = createRunPhase({ clock, feed, places, figures, source, changed: () => applyIntake() });
  let outboxes: readonly OutboxView[] = [];

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
  const takesBoards = (): boolean => phase.now() === 'running' && !oversight.isStopped() && production.isOpen();
  let intakeOpen = takesBoards();

  /** Makes the slots what phase and findings want them to be. Only changes are told: opening forgets a waiting device's age. */
  const applyIntake = (): void => {
    const wanted = takesBoards();
    if (wanted !== intakeOpen) for (const slot of slotsOf(places)) slot.setIntake(wanted);
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
      phase.noteDefect();
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

  const routing = createDeviceRouting(places, publish, (failure) => phase.setFault('bench', failure));
  const answers = createUnitAnswers({
    clock,
    purpose: options.purpose?.kind ?? 'flash',
    settings: settings.history,
    history: options.history ?? null,
    interlock: options.interlock ?? null,
    rules: [...oversight.rules, ...production.rules, ...(options.rules ?? [])],
    work: production.workOf,
    isThere(number) {
      const place = placeOf(places, number);
      return place?.slot?.isBusy() === true || (place !== undefined && routing.isPresent(place.configured.usbPath));
    },
  });

  const view = (): StationView => {
    const nowMs = clock.now();
    const rows = [...places.values()].map(({ row }) => row.view(nowMs));
    return {
      station: { ...settings.station, bench: settings.bench },
      session: production.view(),
      purpose: shownPurpose(options.purpose),
      phase: phase.now(),
      nowMs,
      startedAtMs,
      ...figures.view(rows),
      fault: phase.fault(),
      oversight: oversight.view(),
      outboxes,
      events: feed.kept(),
    };
  };

  const fromSlot = (place: Place, event: SlotEvent): void => {
    place.row.apply(event, clock.now());
    if (event.type === 'job.opened') production.jobOpened(place.configured.number);
    if (event.type === 'defect.found') phase.noteDefect();
    answers.heed(place.configured.number, event);
    if (event.type === 'record.written') {
      figures.add(event, place.row.view(clock.now()));
      place.verdicts += 1;
    }
    publish(place.configured.number, event);
    if (phase.now() === 'draining') queueMicrotask(phase.endIfDrained);
  };

  const opened = (place: Place): Slot =>
    openSlot(place, options, {
      slotJournal,
      production,
      permits,
      entryTurns,
      answers,
      intakeOpen,
      tell: (event) => fromSlot(place, event),
      died(failure) {
        publish(null, { type: 'fault.found', failure });
        if (phase.now() === 'draining') phase.endIfDrained();
      },
    });

  const release = (target: ReleaseTarget, code: string | null): void => {
    void oversight.release(target, code).then(applyIntake);
  };

  const toSlot = (number: number, command: OperatorCommand): void => {
    const slot = slotsOf(places).find((candidate) => candidate.number === number);
    if (slot?.state() === 'quarantined' && command.type === 'operator.release') release({ kind: 'slot', slot: number }, null);
    else slot?.command(command);
  };

  const toStation = ({ scan }: StationCommand): void => {
    void production.take(scan);
  };

  return {
    console: {
      view,
      slotView: (number) => placeOf(places, number)?.row.view(clock.now()),
      subscribe: feed.subscribe,
      commands: { toSlot, toStation, release, requestStop: phase.requestStop },
    },

    async start() {
      if (phase.now() === 'ended') return;
      publish(null, { type: 'station.started', slots: places.size });
      for (const record of journal.recovered) {
        const { jobId, verdict, unit, slot, failure } = record;
        const board = { slot: slot.number, unit: unit.imeiBefore ?? unit.sn ?? unit.labelSn, step: failure?.step ?? '' };
        publish(null, { type: 'job.recovered', jobId, verdict, board });
      }
      applyIntake();
      for (const place of places.values()) place.slot = opened(place);
      try {
        await source.start(routing.route);
      } catch (thrown) {
        phase.setFault('bench', failureOf(thrown, 'watching devices'));
      }
      if (options.end.kind === 'whenDone') phase.endWhenDone(options.end.quietMs);
    },

    noticeHook: (event) => publish(null, event),

    noticeJournal(event) {
      switch (event.type) {
        case 'journal.faulted':
          phase.setFault('journal', event.failure);
          break;
        case 'journal.restored':
          phase.clearFault('journal');
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
      if (blocking.length > 0 && !phase.hasFault('outboxes')) phase.setFault('outboxes', notDelivered(blocking));
      if (blocking.length === 0 && phase.hasFault('outboxes')) phase.clearFault('outboxes');
    },

    ended: phase.ended,
  };
}

function shownPurpose(purpose: Purpose | undefined): StationView['purpose'] {
  return purpose?.kind === 'verify' && purpose.reflash ? 'reflash' : (purpose?.kind ?? 'flash');
}

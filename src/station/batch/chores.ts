// What a batch leaves for a person, gathered from the station's facts. Knows no words and commands nothing.
import type { Chore } from '../../domain/batch.ts';
import type { FailureCode } from '../../domain/failure.ts';
import type { Pattern } from '../../domain/finding.ts';
import type { PromptKind } from '../../domain/slot.ts';
import { placeOf } from '../permits.ts';
import type { EventLine, SlotView, StationView } from '../read-model.ts';

/** Two boards of one hub that leave within this are no coincidence where there is no hand. */
const togetherMs = 10_000;

/** What a dead hub looks like from its slots: in mid-job, before one, and while a restart is awaited. */
const leavings: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'unplugged',
  'removed-early',
  'restart-not-seen',
  'does-not-boot',
]);

export interface Chores {
  /** `slot` as it is after the event. */
  note(line: EventLine, slot: SlotView | undefined): void;
  /** The job that runs in the slot was ended, or left to itself, since it asked for a hand. */
  noteHand(slot: SlotView, prompt: PromptKind): void;
  notNeeded(): number;
  /** In the order in which a person should go about them. */
  list(view: StationView, missing: number): readonly Chore[];
}

type BoardChore = Extract<Chore, { kind: 'board' }>;

export function gatherChores(): Chores {
  /** By unit; of one that told no name by its insertion. */
  const boards = new Map<string, BoardChore>();
  const gone: { readonly slot: number; readonly hub: string; readonly code: FailureCode; readonly wallMs: number }[] = [];
  const dead = new Map<string, Set<number>>();
  const found = new Map<string, Chore>();
  const hands = new Map<string, PromptKind>();
  let notNeeded = 0;

  const noteLeaving = (slot: SlotView, code: FailureCode, wallMs: number): void => {
    const { hub } = placeOf(slot.usbPath);
    if (hub === null) return;
    gone.push({ slot: slot.number, hub, code, wallMs });
    const together = gone.filter((other) => other.hub === hub && Math.abs(other.wallMs - wallMs) <= togetherMs);
    const slots = new Set([...(dead.get(hub) ?? []), ...together.map(({ slot: number }) => number)]);
    if (slots.size < 2) return;
    dead.set(hub, slots);
    found.set(`hub ${hub}`, { kind: 'hub', usbPath: hub, slots: [...slots], code });
  };

  const noteRecord = (slot: SlotView, { wallMs, event }: EventLine): void => {
    if (event.type !== 'record.written' || event.kind === 'skip') return;
    const unit = slot.imei ?? slot.sn;
    const key = unit ?? `${slot.number}/${slot.insertion}`;
    const code = event.failure?.code ?? null;
    if (code === 'quantity-reached') {
      notNeeded += 1;
      return;
    }
    boards.delete(key);
    if (event.verdict === 'PASS') return;
    if (code !== null && leavings.has(code)) noteLeaving(slot, code, wallMs);
    const { verdict, forRework, recordId } = event;
    const prompt = hands.get(slot.jobId ?? '') ?? null;
    boards.set(key, { kind: 'board', slot: slot.number, unit, model: slot.model, verdict, code, forRework, prompt, recordId });
  };

  return {
    note(line, slot) {
      if (slot !== undefined && line.event.type === 'record.written') noteRecord(slot, line);
      const told = choreOf(line);
      if (told !== null) found.set(told.name, told.chore);
    },
    noteHand(slot, prompt) {
      if (slot.jobId !== null) hands.set(slot.jobId, prompt);
    },
    notNeeded: () => notNeeded,
    list(view, missing) {
      // A nameless board that left with its hub is the hub's affair.
      const ofHub = new Set([...found.values()].flatMap((chore) => (chore.kind === 'hub' ? chore.slots : [])));
      const own = [...boards.values()].filter(
        ({ slot, unit, code }) => unit !== null || code !== 'removed-early' || !ofHub.has(slot),
      );
      return [...found.values(), ...standing(view), ...own, ...(missing > 0 ? [short(missing)] : [])];
    },
  };
}

/** What a fact of the station itself asks of a person; the same name is the same thing. */
function choreOf({ slot, event }: EventLine): { readonly name: string; readonly chore: Chore } | null {
  if (event.type === 'pattern.found') return ofPattern(event.pattern);
  if (event.type === 'production.stopped') return { name: 'stop', chore: { kind: 'stop', stop: event.stop } };
  if (event.type === 'fault.found') return { name: event.failure.code, chore: { kind: 'fault', failure: event.failure } };
  if (event.type === 'power.failed' && slot !== null)
    return { name: `power ${slot}`, chore: { kind: 'power', slot, failure: event.failure } };
  if (event.type !== 'device.unusable') return null;
  const { usbPath, reason, cure } = event;
  return { name: `unusable ${usbPath}`, chore: { kind: 'unusable', slot, usbPath, reason, cure } };
}

function ofPattern({ code, slots, suspect }: Pattern): { readonly name: string; readonly chore: Chore } {
  switch (suspect.kind) {
    case 'hub':
      return { name: `hub ${suspect.usbPath}`, chore: { kind: 'hub', usbPath: suspect.usbPath, slots, code } };
    case 'package':
      return { name: `package ${suspect.name}`, chore: { kind: 'package', name: suspect.name, slots, code } };
    case 'station':
      return { name: 'station', chore: { kind: 'station', slots, code } };
  }
}

const short = (missing: number): Chore => ({ kind: 'short', missing });

/** What is still so at the end. */
function standing({ oversight, slots, outboxes }: StationView): readonly Chore[] {
  const { golden } = oversight;
  return [
    ...(golden === 'needed' || golden === 'failed' ? [{ kind: 'golden', state: golden } as const] : []),
    ...slots.flatMap(({ number, state, imei, sn }): Chore[] =>
      state === 'locked' || state === 'quarantined' || state === 'outOfService'
        ? [{ kind: 'slot', slot: number, state, unit: imei ?? sn }]
        : [],
    ),
    ...outboxes.flatMap(({ name, trouble, demand }): Chore[] => (demand === 'none' ? [] : [{ kind: 'outbox', name, trouble }])),
  ];
}

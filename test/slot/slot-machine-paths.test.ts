// Every path of the slot machine, walked without time and without actors: what may never happen, does not happen on any of them.
import { beforeAll, describe, expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { fault } from '../../src/domain/failure.ts';
import type { DeviceMode } from '../../src/domain/platform.ts';
import { type Clearance, firstAttempt } from '../../src/slot/clearance.ts';
import { slotMachine } from '../../src/slot/slot.machine.ts';
import type { SlotContext } from '../../src/slot/slot-types.ts';
import { type RigOptions, settingsFor } from './machine-rig.ts';
import { ec800e, flashedA, flashedB, imeiB, unitA } from './profiles.ts';

type Snapshot = ReturnType<typeof initialTransition<typeof slotMachine>>[0];
type Step = { readonly type: string; readonly [field: string]: unknown };

/** What has happened in the job that is open, as the outside world would see it. */
interface History {
  readonly intended: boolean;
  readonly programmed: boolean;
  readonly verified: boolean;
  /** `mayGo`: the rules cleared it, or an operator allowed what they asked. */
  readonly rules: 'notAsked' | 'mayGo' | 'mustNot';
  readonly recorded: number;
}
interface Place {
  readonly snapshot: Snapshot;
  readonly history: History;
  readonly path: string;
  readonly next: string[];
}

const nothingYet: History = { intended: false, programmed: false, verified: false, rules: 'notAsked', recorded: 0 };
const jobStates =
  /^(identifying|clearing|waitingForBoot|entering|connecting|reappearing|holding|leaving|programming|restarting|verifying|returning|recording)/;

const commands: readonly Step[] = [
  { type: 'operator.cancel' },
  { type: 'operator.confirm' },
  { type: 'operator.retry' },
  { type: 'operator.release' },
];
const label: Step = { type: 'operator.label', imei: imeiB, orderingCode: 'EC800ECNLC-Q1' };
const arrivals: readonly { readonly mode: DeviceMode | null; readonly ageMs: number | null }[] = [
  { mode: 'normal', ageMs: 0 },
  { mode: 'download', ageMs: 0 },
  { mode: 'download', ageMs: null },
  { mode: null, ageMs: 0 },
];

/** What bench and operator may do now: one device at a time, each enumeration a new one. */
function fromOutside({ device, settings, programmedDeviceId }: SlotContext): readonly Step[] {
  const said = settings.unidentified === 'requireLabel' ? [...commands, label] : commands;
  if (device !== null) return [...said, { type: 'device.detached', deviceId: device.id }];
  const id = programmedDeviceId === 'one' ? 'two' : 'one';
  return [...said, ...arrivals.map((arrival) => ({ type: 'device.attached', device: { id, ...arrival } }))];
}

const passedBefore = { code: 'passed-before', step: 'clearing' } as const;
const allowed = { ...firstAttempt, retestReason: 'passed-before' };
const clearances: readonly Clearance[] = [
  { kind: 'cleared', marks: firstAttempt },
  { kind: 'ask', reason: passedBefore, marks: firstAttempt, ifAllowed: allowed },
  { kind: 'skip', reason: { code: 'already-current', step: 'clearing' }, marks: { ...firstAttempt, kind: 'skip' } },
  { kind: 'refused', reason: passedBefore, marks: firstAttempt },
];

/** How each piece of work can end well. */
const outputs: Readonly<Record<string, (context: SlotContext) => readonly unknown[]>> = {
  probe: () => [undefined],
  identify: () => ['silent', unitA, { ...unitA, imei: imeiB }, { ...unitA, model: 'other' }],
  clear: () => clearances,
  enter: () => ['accepted', 'vanished', { code: 'download-mode-refused', step: 'enter' }],
  connect: () => [{ imei: null }, { imei: imeiB }],
  program: () => [{ imei: null }],
  verify: () => [
    { after: flashedA, revision: flashedA.revision },
    { after: flashedB, revision: flashedB.revision },
    { after: null, revision: null },
    { after: flashedA, revision: unitA.revision },
  ],
  record: ({ decision }) => [
    { verdict: decision?.verdict ?? 'UNKNOWN', released: true },
    { verdict: decision?.verdict ?? 'UNKNOWN', released: false },
  ],
};

describe.each<[string, RigOptions]>([
  ['a slot that refuses unidentified boards', {}],
  ['a slot that accepts them and switches power itself', { unidentified: 'accept', powerSwitch: 'command' }],
  ['a slot that tries again by itself, and switches power', { automaticRetries: 1, powerSwitch: 'command' }],
  ['a slot that requires a label', { unidentified: 'requireLabel' }],
  ['a slot that enters by AT, then by strap', { profile: { entry: { methods: ['at', 'strap'] } } }],
  ['a locked slot', { locked: true }],
  ['a fixed serial path in download mode', { fixedStart: 'download', unidentified: 'accept' }],
  ['a fixed serial path in normal mode', { fixedStart: 'normal', profile: { entry: { methods: ['at'] } } }],
])('%s', (_, options) => {
  let places = new Map<string, Place>();
  let all: readonly Place[] = [];
  beforeAll(() => {
    places = walk(options);
    all = [...places.values()];
  }, 120_000);
  const at = (pattern: RegExp): Place[] => all.filter(({ path }) => pattern.test(path));

  it('passes only what was programmed after a durable intent, read back, and recorded exactly once', () => {
    expect(at(/^passed/).length).toBeGreaterThan(0);
    for (const { history } of at(/^passed/))
      expect(history).toMatchObject({ intended: true, programmed: true, verified: true, recorded: 1 });
  });

  it('shows as passed, or as current already, only the device that was judged', () => {
    const current = at(/^skipped/).filter(({ snapshot }) => snapshot.context.marks?.kind === 'skip');
    for (const { snapshot } of [...at(/^passed/), ...current])
      expect([null, snapshot.context.judgedDeviceId]).toContain(snapshot.context.device?.id ?? null);
  });

  it('asks a unit for its entry and programs only one that the rules cleared, or that an operator allowed', () => {
    for (const { history } of [...at(/^entering/), ...at(/^programming/)]) expect(history.rules).toBe('mayGo');
  });

  it('shows as skipped what has nothing to be done, and passes no such unit', () => {
    const skipped = at(/^skipped/).filter(({ snapshot }) => snapshot.context.marks?.kind === 'skip');
    expect(skipped.length).toBeGreaterThan(0);
    for (const { history } of skipped) expect(history).toMatchObject({ intended: false, rules: 'mustNot', recorded: 1 });
  });

  it('programs only after the durable intent, and only a board that was identified or that the slot takes', () => {
    expect(at(/^programming/).length).toBeGreaterThan(0);
    for (const { history, snapshot } of at(/^programming/)) {
      expect(history.intended).toBe(true);
      const { identification, label, settings } = snapshot.context;
      if (identification !== null) continue;
      expect(settings.unidentified).not.toBe('refuse');
      if (settings.unidentified === 'requireLabel') expect(ec800e.subModels.orderingCodes).toContain(label.orderingCode);
    }
  });

  it('says that nothing was written only before the intent, and ABORTED only when nothing was written', () => {
    for (const { snapshot, history } of at(/^recording/)) {
      const { decision } = snapshot.context;
      expect(decision).not.toBeNull();
      if (decision?.written === 'none') expect(history.programmed).toBe(false);
      if (decision?.verdict === 'ABORTED') expect(decision.written).toBe('none');
      if (decision?.verdict === 'PASS') expect(decision.written).toBe('all');
    }
  });

  it('can reach the record from every state in which a job is open', () => {
    const canRecord = reaching(places, (place) => place.path === 'recording');
    const stuck = all.filter((place) => jobStates.test(place.path) && !canRecord.has(keyOf(place)));
    expect(stuck.map(({ path }) => path)).toEqual([]);
  });

  it('never dies, whatever comes in whatever order', () => {
    expect(all.filter(({ snapshot }) => snapshot.status === 'error').map(({ path }) => path)).toEqual([]);
  });
});

/** All places from the start, breadth first. A job's own history is part of the place. */
function walk(options: RigOptions): Map<string, Place> {
  const input = { settings: settingsFor(options), locked: options.locked ?? false, intakeOpen: true };
  const [snapshot] = initialTransition(slotMachine, input);
  const start = placeOf(snapshot, nothingYet);
  const found = new Map([[keyOf(start), start]]);
  const queue = [start];
  for (let place = queue.shift(); place !== undefined; place = queue.shift()) {
    for (const step of stepsFrom(place)) {
      const [after] = transition(slotMachine, place.snapshot, step as never);
      const next = placeOf(after, historyAfter(place, step, after));
      const key = keyOf(next);
      place.next.push(key);
      if (found.has(key)) continue;
      found.set(key, next);
      queue.push(next);
    }
    if (found.size > 5_000) throw new Error('the walk does not end');
  }
  return found;
}

function stepsFrom({ snapshot }: Place): readonly Step[] {
  const { jobId } = snapshot.context;
  const own: Step[] = [{ type: 'handshake.completed', jobId }];
  for (const node of snapshot._nodes) {
    for (const { id, src } of node.invoke) {
      if (src !== 'record' && src !== 'probe' && src !== 'release' && src !== 'absence')
        own.push({ type: `xstate.error.actor.${id}`, error: fault('stalled', 'work'), actorId: id });
      for (const output of outputs[String(src)]?.(snapshot.context) ?? [undefined])
        own.push({ type: `xstate.done.actor.${id}`, output, actorId: id });
    }
    for (const { eventType } of node.after) own.push({ type: eventType });
  }
  return [...fromOutside(snapshot.context), ...own];
}

function historyAfter(place: Place, step: Step, after: Snapshot): History {
  if (after.context.jobsOpened !== place.snapshot.context.jobsOpened || after.context.jobId === null) return nothingYet;
  const ended = [...place.snapshot._nodes].flatMap(({ invoke }) =>
    invoke.filter(({ id }) => step.type === `xstate.done.actor.${id}`).map(({ src }) => String(src)),
  );
  const { history } = place;
  return {
    intended: history.intended || ended.includes('intent'),
    programmed: history.programmed || ended.includes('program'),
    rules: rulesAfter(history.rules, place, step, after),
    verified: history.verified || (ended.includes('verify') && isGood(step)),
    recorded: history.recorded + (ended.includes('record') ? 1 : 0),
  };
}

function rulesAfter(before: History['rules'], { path }: Place, step: Step, { context }: Snapshot): History['rules'] {
  const clearance = clearances.find((each) => each === step['output']);
  if (clearance !== undefined) return clearance.kind === 'cleared' ? 'mayGo' : 'mustNot';
  if (/asking$/.test(path) && step.type === 'operator.confirm') return 'mayGo';
  return context.marks === null && context.asked === null ? 'notAsked' : before;
}

const isGood = ({ output }: Step): boolean =>
  typeof output === 'object' && output !== null && 'revision' in output && output.revision === flashedA.revision;

function placeOf(snapshot: Snapshot, history: History): Place {
  return { snapshot, history, path: JSON.stringify(snapshot.value).replaceAll(/[{}"]/g, '').replaceAll(':', '.'), next: [] };
}

/** Two places that differ only in what no guard asks for go on alike: names, counters, the words of a failure. */
function keyOf({ snapshot, history, path }: Place): string {
  const { device, decision, label: scanned, programmedDeviceId, ...context } = snapshot.context;
  const isProgrammed = device !== null && device.id === programmedDeviceId;
  const always = [
    path,
    snapshot.status,
    history,
    device?.mode,
    device?.ageMs,
    isProgrammed,
    decision?.verdict,
    decision?.written,
  ];
  if (!jobStates.test(path) || path === 'recording') return JSON.stringify([...always, scanned]);
  const { identification, imeiFromSession, profile, continuous, powerCycles, bootLoops, marks } = context;
  const ofJob = [identification, imeiFromSession, profile?.id, continuous, powerCycles, bootLoops, marks?.kind];
  return JSON.stringify([...always, scanned, ...ofJob]);
}

function reaching(places: ReadonlyMap<string, Place>, isGoal: (place: Place) => boolean): ReadonlySet<string> {
  const before = new Map<string, string[]>();
  for (const [key, { next }] of places) {
    for (const target of next) before.set(target, [...(before.get(target) ?? []), key]);
  }
  const reached = new Set([...places].filter(([, place]) => isGoal(place)).map(([key]) => key));
  const queue = [...reached];
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    for (const earlier of before.get(key) ?? []) {
      if (reached.has(earlier)) continue;
      reached.add(earlier);
      queue.push(earlier);
    }
  }
  return reached;
}

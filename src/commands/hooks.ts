// Runs the station file's hook commands (light tower, buzzer): one at a time per hook, each with a time limit, in the order of the
// events. Nothing waits for them: a hook that fails, hangs or cannot keep up is told as an event and touches no slot.
import type { HookSettings } from '../config/station-file.ts';
import { fault } from '../domain/failure.ts';
import { hookNamesOf, mayBeHooked } from '../station/hook-names.ts';
import type { EventLine, StationConsole, StationEvent } from '../station/read-model.ts';
import { isEventType } from '../views/words/event-words.ts';
import type { RunProgram } from './run-program.ts';

export interface HookOptions {
  readonly run: RunProgram;
  /** The record with this id, while it is among the last ones. */
  readonly recordOf: (recordId: string) => object | null;
  readonly failed: (event: Extract<StationEvent, { type: 'hook.failed' }>) => void;
}

export interface Hooks {
  /** Hears no more; resolves when what was asked for has run. After ten seconds only the running ones are waited for. Never rejects. */
  close(): Promise<void>;
}

const closingMs = 10_000;

/** More than these wait for nobody: a lamp wants the newest state, so the oldest are dropped. */
const longestQueue = 32;

/** Rejects names that no event has: a lamp that never lights must not be found out by a burnt board. */
export function checkHooks(hooks: readonly HookSettings[]): void {
  const unknown = hooks.flatMap(({ on }) => on).filter((name) => !mayBeHooked(name, isEventType));
  if (unknown.length === 0) return;
  throw fault('station-file-invalid', 'hooks', {
    expected: 'events, e.g. record.written:FAIL, slot.prompted, fault.found, station.ended',
    actual: unknown.join(', '),
  });
}

export function startHooks(hooks: readonly HookSettings[], console: StationConsole, options: HookOptions): Hooks {
  const queues = hooks.map((hook) => createQueue(hook, options));
  const unsubscribe = console.subscribe((line) => {
    const names = hookNamesOf(line);
    for (const [index, hook] of hooks.entries()) {
      const name = hook.on.find((wanted) => names.includes(wanted));
      if (name !== undefined) queues[index]?.add(inputOf(line, name, console, options), environmentOf(line, name));
    }
  });
  return {
    async close() {
      unsubscribe();
      const enough = setTimeout(() => {
        for (const { forget } of queues) forget();
      }, closingMs);
      await Promise.all(queues.map(({ idle }) => idle()));
      clearTimeout(enough);
    },
  };
}

/** One JSON value: the event, the board in its slot, and for a record the record itself as the journal has it. */
function inputOf({ wallMs, slot, event }: EventLine, name: string, console: StationConsole, { recordOf }: HookOptions): string {
  const { station, slots } = console.view();
  const board = slots.find(({ number }) => number === slot) ?? null;
  const record = event.type === 'record.written' ? recordOf(event.recordId) : null;
  return JSON.stringify({ time: new Date(wallMs).toISOString(), name, station, slot, event, board, record });
}

const environmentOf = ({ slot }: EventLine, name: string): Readonly<Record<string, string>> => ({
  FLASHRACK_EVENT: name,
  FLASHRACK_SLOT: slot === null ? '' : String(slot),
});

interface Waiting {
  readonly input: string;
  readonly environment: Readonly<Record<string, string>>;
}

function createQueue({ command, timeoutMs }: HookSettings, { run, failed }: HookOptions) {
  let waiting: readonly Waiting[] = [];
  let running: Promise<void> | null = null;
  const tell = (reason: string): void => failed({ type: 'hook.failed', command: command.join(' '), reason });

  const runAll = async (): Promise<void> => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      waiting = waiting.slice(1);
      const reason = await run(command, { ...next, timeoutMs });
      if (reason !== null) tell(reason);
    }
    running = null;
  };

  return {
    add(input: string, environment: Waiting['environment']): void {
      if (waiting.length === longestQueue) tell('cannot keep up: the oldest event was dropped');
      waiting = [...waiting.slice(1 - longestQueue), { input, environment }];
      running ??= runAll();
    },
    forget(): void {
      waiting = [];
    },
    idle: async (): Promise<void> => {
      await running;
    },
  };
}

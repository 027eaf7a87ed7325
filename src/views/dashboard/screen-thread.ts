// The dashboard's own thread: draws what it is sent, and sends back what the keys ask for. Loaded by start-screen.ts as a Worker, because
// a frame of 64 slots blocks a thread for 10 to 20 ms, and the serial paths cannot wait for that (serial-and-usb.md). Knows no station.
import { parentPort, workerData } from 'node:worker_threads';
import type { EventLine, StationConsole, StationView } from '../../station/read-model.ts';
import type { FromScreen, ScreenStart, TerminalSize, ToScreen } from './screen-messages.ts';
import { startDashboard } from './start-dashboard.ts';

/** As many as the station keeps for a view that starts late. */
const keptEvents = 200;

const { lang, bell, maskImei, size, view: first } = workerData as ScreenStart;
const listeners = new Set<(line: EventLine) => void>();
let events: readonly EventLine[] = first.events;
let view: StationView = first;

const send = (message: FromScreen): void => parentPort?.postMessage(message);

const remote: StationConsole = {
  view: () => view,
  slotView: (number) => view.slots.find((slot) => slot.number === number),
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  commands: {
    toStation: (...given) => send({ type: 'toStation', given }),
    toSlot: (...given) => send({ type: 'toSlot', given }),
    release: (...given) => send({ type: 'release', given }),
    requestStop: (...given) => send({ type: 'requestStop', given }),
  },
};

/** A Worker's own streams are pipes to the terminal of the process; Ink asks them what a terminal is asked. */
const asTerminal = ({ columns, rows }: TerminalSize): void => {
  Object.assign(process.stdout, { isTTY: true, columns, rows });
};

asTerminal(size);
Object.assign(process.stdin, {
  isTTY: true,
  setRawMode: () => process.stdin,
  ref: () => process.stdin,
  unref: () => process.stdin,
});

const { stdin, stdout, env } = process;
const dashboard = await startDashboard(remote, { lang, bell, maskImei, stdin, stdout, env });

parentPort?.on('message', (message: ToScreen) => {
  switch (message.type) {
    case 'view':
      events = [...events, ...message.lines].slice(-keptEvents);
      view = { ...message.view, events };
      for (const line of message.lines) for (const listener of listeners) listener(line);
      break;
    case 'size':
      asTerminal(message.size);
      process.stdout.emit('resize');
      break;
    case 'stop':
      void dashboard.stop();
      break;
  }
});

send({ type: 'ended', reason: (await dashboard.ended)?.message ?? null });
parentPort?.close();

// Opens one serial path exclusively, raw, 8N1, without flow control. Knows no slot and does not know whose path it is.
import { fstatSync } from 'node:fs';
import { LinuxBinding, type LinuxPortBinding } from '@serialport/bindings-cpp';
import { type FailureCode, type Fault, fault } from '../../domain/failure.ts';
import { pause } from '../clock.ts';
import { within } from './deadline.ts';
import { realClock } from './real-clock.ts';
import { ChannelTransport, type SerialTransport } from './serial-transport.ts';
import { TtyChannel } from './tty-channel.ts';

export interface SerialPathOptions {
  readonly baudRate: number;
  /** Longest wait for a node that appears late, that udev has not given its rights yet, or that another program is looking at. */
  readonly timeoutMs: number;
  /** Whether waiting still makes sense; asked between two tries. Default: yes. */
  readonly stillThere?: () => boolean;
}

const retryEveryMs = 25;

/** An open that has begun may wait for the device: the kernel's own control requests end after 5 s. Giving it up sooner frees nothing. */
const longestOpenMs = 10_000;

/**
 * Opens `path` (a symbolic link is followed now, not remembered), takes the exclusive lock and raises DTR and RTS.
 * What was received before is thrown away. A path that another program has (ModemManager looks at each new one for a while) is waited for
 * like one that is not there yet.
 * Rejects `serial-path-missing`, `serial-path-no-rights`, `serial-path-busy`.
 */
export async function openSerialTransport(path: string, options: SerialPathOptions): Promise<SerialTransport> {
  const { baudRate, timeoutMs, stillThere = () => true } = options;
  const deadlineMs = realClock.now() + timeoutMs;
  for (;;) {
    const openMs = Math.max(deadlineMs - realClock.now(), longestOpenMs);
    const opened = await open(path, baudRate, openMs).catch((error: unknown) => openFault(path, error));
    if (!(opened instanceof Error)) return transportOver(path, opened);
    const leftMs = deadlineMs - realClock.now();
    if (leftMs <= 0 || !stillThere()) throw opened;
    await pause(realClock, Math.min(retryEveryMs, leftMs));
  }
}

/** An open that comes back after its deadline is closed again: nobody else would. */
function open(path: string, baudRate: number, timeoutMs: number): Promise<LinuxPortBinding> {
  // The bindings cannot clear HUPCL, only leave it as it is: `hupcl: false` is the most that can be asked for.
  const opening = LinuxBinding.open({ path, baudRate, hupcl: false });
  let isLate = false;
  const late = (): Error => {
    isLate = true;
    return new Error('open did not return in time');
  };
  opening.then(
    (binding) => (isLate ? binding.close() : undefined),
    () => undefined,
  );
  return within(opening, timeoutMs, late);
}

async function transportOver(serialPath: string, binding: LinuxPortBinding): Promise<SerialTransport> {
  const descriptor = binding.fd;
  if (descriptor === null) throw openFault(serialPath, new Error('closed while it was opened'));
  const deviceNumber = fstatSync(descriptor).rdev;
  const notes = await raiseModemLines(binding);
  const transport = new ChannelTransport({
    serialPath,
    notes,
    line: {
      drain: () => binding.drain(),
      flush: () => binding.flush(),
      setBaudRate: (baudRate) => binding.update({ baudRate }),
      close: () => binding.close(),
    },
    connect: (listener) => new TtyChannel(binding, descriptor, listener),
  });
  return Object.assign(transport, { deviceNumber });
}

/** Fails as a whole on ptys, `option` and some cdc_acm, where nothing needs it (F4). */
async function raiseModemLines(binding: LinuxPortBinding): Promise<readonly string[]> {
  const lines = { brk: false, cts: false, dsr: false, dtr: true, rts: true, lowLatency: false };
  return binding.set(lines).then(
    () => [],
    (error: unknown) => [`modem lines not set: ${textOf(error)}`],
  );
}

/** The bindings give text without an errno; strerror speaks English here because Node never calls setlocale. */
const codeOfText: readonly (readonly [RegExp, FailureCode])[] = [
  [/Permission denied|Operation not permitted/, 'serial-path-no-rights'],
  [/Cannot lock port|Device or resource busy|did not return in time/, 'serial-path-busy'],
];

/** Anything else (no node, no device behind it, not a tty) is a path at which there is no serial device now. */
function openFault(path: string, error: unknown): Fault {
  const text = textOf(error);
  const code = codeOfText.find(([pattern]) => pattern.test(text))?.[1] ?? 'serial-path-missing';
  return fault(code, 'open', { actual: path, detail: text }, error);
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

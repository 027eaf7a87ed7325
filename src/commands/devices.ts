// `flashrack devices`: the USB tree of this machine, live on a terminal. Touches no board, unless asked which interface answers AT.
import { readFile } from 'node:fs/promises';
import { createAtDialogue } from '../at/at-dialogue.ts';
import { openSerialTransport } from '../bench/hardware/open-serial-path.ts';
import { realClock } from '../bench/hardware/real-clock.ts';
import { troubleWith } from '../bench/hardware/usb-readiness.ts';
import { hasUsb, listHubs, listUsbDevices, systemRoot, ttyNode, type UsbDevice } from '../bench/hardware/usb-tree.ts';
import { loadStation } from '../config/load-station.ts';
import { exitCodes } from './exit-codes.ts';
import { usbSource } from './hardware-bench.ts';
import { print, printJson } from './print.ts';
import { answerKey, type TreeNotes, usbTreeLines } from './usb-tree-text.ts';

export interface DevicesOptions {
  /** Names the slots; with `at`, only their boards are asked. */
  readonly station?: string;
  /** Asks `AT` on every serial path of the slots' boards. */
  readonly at: boolean;
  readonly once: boolean;
  readonly json: boolean;
}

const atTimeoutMs = 500;
const redrawMs = 200;

export async function devices(options: DevicesOptions): Promise<number> {
  if (!hasUsb(systemRoot)) {
    print('this machine has no USB subsystem (/sys/bus/usb is missing)');
    return exitCodes.stationFault;
  }
  const slots = options.station === undefined ? new Map<string, number>() : await slotsOf(options.station);
  const isLive = process.stdout.isTTY === true && !options.once && !options.json;
  const known: Answers = new Map();
  if (isLive) await redrawOnChange(() => draw(options, slots, known, true));
  else await draw(options, slots, known, false);
  return exitCodes.pass;
}

/** What each enumeration answered: a board is asked once, however often the tree is drawn. */
type Answers = Map<string, Promise<readonly [string, string][]>>;

async function slotsOf(stationFile: string): Promise<ReadonlyMap<string, number>> {
  const { station } = await loadStation(readFile, stationFile);
  return new Map(station.slots.flatMap(({ fixed, usbPath, number }) => (fixed === null ? [[usbPath, number] as const] : [])));
}

async function draw(
  { at, json }: DevicesOptions,
  slots: ReadonlyMap<string, number>,
  known: Answers,
  clear: boolean,
): Promise<void> {
  const [hubs, found] = await Promise.all([listHubs(systemRoot), listUsbDevices(systemRoot)]);
  const troubles = new Map<string, string>();
  for (const device of found) {
    const trouble = device.isHub ? null : troubleWith(systemRoot, device);
    if (trouble !== null) troubles.set(device.usbPath, `${trouble.reason}: ${trouble.cure}`);
  }
  // One without nodes or rights is asked when it has them.
  const asked = at ? found.filter(({ usbPath }) => slots.has(usbPath) && !troubles.has(usbPath)) : [];
  const answers = new Map((await Promise.all(asked.map((device) => askedOnce(known, device)))).flat());
  const notes: TreeNotes = { slots, answers, troubles };
  if (json) for (const device of found) printJson(jsonOf(device, notes));
  else print(`${clear ? '\u001b[H\u001b[J' : ''}${usbTreeLines(hubs, found, notes).join('\n')}`);
}

function askedOnce(known: Answers, device: UsbDevice): Promise<readonly [string, string][]> {
  const answers = known.get(device.enumeration) ?? answersOf(device);
  known.set(device.enumeration, answers);
  return answers;
}

function jsonOf(device: UsbDevice, { slots, answers, troubles }: TreeNotes) {
  const { usbPath, interfaces } = device;
  return {
    ...device,
    slot: slots.get(usbPath) ?? null,
    trouble: troubles.get(usbPath) ?? null,
    interfaces: interfaces.map((one) => ({ ...one, at: answers.get(answerKey(usbPath, one.number)) ?? null })),
  };
}

/** One interface of a board after the other; several boards at once. */
async function answersOf({ usbPath, interfaces }: UsbDevice): Promise<[string, string][]> {
  const answers: [string, string][] = [];
  const asked = new Set<string>();
  for (const { number, tty } of interfaces) {
    if (tty === null || asked.has(tty)) continue;
    asked.add(tty);
    answers.push([answerKey(usbPath, number), await askAt(ttyNode(systemRoot, tty))]);
  }
  return answers;
}

async function askAt(path: string): Promise<string> {
  try {
    const transport = await openSerialTransport(path, { baudRate: 115_200, timeoutMs: atTimeoutMs });
    try {
      const answer = await createAtDialogue(transport, realClock).ask('AT', { timeoutMs: atTimeoutMs });
      return answer.result === 'ok' ? 'answered AT' : 'silent';
    } finally {
      await transport.close(2000);
    }
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** Until Ctrl-C. One drawing at a time; what changes meanwhile is in the next one. */
async function redrawOnChange(redraw: () => Promise<void>): Promise<void> {
  const source = usbSource(realClock);
  const stop = Promise.withResolvers<void>();
  process.once('SIGINT', () => stop.resolve());
  let drawing = redraw();
  let isPlanned = false;
  await source.start(() => {
    if (isPlanned) return;
    isPlanned = true;
    realClock.after(redrawMs, () => {
      drawing = drawing.then(() => {
        isPlanned = false;
        return redraw();
      });
      drawing.catch(stop.reject);
    });
  });
  drawing.catch(stop.reject);
  try {
    await stop.promise;
  } finally {
    await source.stop();
  }
}

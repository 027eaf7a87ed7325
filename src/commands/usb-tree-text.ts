// The tree of controllers, hubs and devices as text, for `map` and `devices`. Pure; it draws what it is given.
import { hubOf, type UsbDevice, type UsbHub } from '../bench/hardware/usb-tree.ts';
import { printable } from '../views/words/escape.ts';
import { idOf } from './moved-hubs.ts';

export interface TreeNotes {
  /** Slot number by USB path; a slot without a board is drawn too. */
  readonly slots: ReadonlyMap<string, number>;
  /** What to say of an interface, by `usbPath` and number: which one answered AT. */
  readonly answers: ReadonlyMap<string, string>;
  /** What is in the way of a device, by USB path. */
  readonly troubles: ReadonlyMap<string, string>;
}

export const answerKey = (usbPath: string, interfaceNumber: number): string => `${usbPath}#${interfaceNumber}`;

interface Branch {
  readonly usbPath: string;
  readonly lines: readonly string[];
}

export function usbTreeLines(hubs: readonly UsbHub[], devices: readonly UsbDevice[], notes: TreeNotes): string[] {
  const branches = new Map<string, Branch>();
  for (const path of notes.slots.keys())
    branches.set(path, { usbPath: path, lines: [`${slotWord(path, notes)}nothing plugged`] });
  for (const hub of hubs)
    if (hub.usbPath.includes('/')) branches.set(hub.usbPath, { usbPath: hub.usbPath, lines: [`hub ${idOf(hub)}`] });
  for (const device of devices) if (!device.isHub) branches.set(device.usbPath, branchOf(device, notes));
  const roots = new Set([...hubs.filter(({ usbPath }) => !usbPath.includes('/')).map(({ usbPath }) => usbPath)]);
  for (const path of branches.keys()) roots.add(hubOf(path).controller);
  return [...roots].sort().flatMap((root) => [root, ...below(root, [...branches.values()], '  ')]);
}

function below(parent: string, branches: readonly Branch[], indent: string): string[] {
  const children = branches.filter((branch) => parentOf(branch.usbPath, branches) === parent);
  const byPort = children.sort((a, b) => hubOf(a.usbPath).hubPort - hubOf(b.usbPath).hubPort);
  return byPort.flatMap(({ usbPath, lines }) => {
    const [first = '', ...rest] = lines;
    const { hubPort } = hubOf(usbPath);
    return [
      `${indent}${hubPort}: ${first}`,
      ...rest.map((line) => `${indent}     ${line}`),
      ...below(usbPath, branches, `${indent}  `),
    ];
  });
}

/** The nearest hub above that is drawn; a slot below a missing hub hangs on what is left. */
function parentOf(usbPath: string, branches: readonly Branch[]): string {
  const { controller, hub } = hubOf(usbPath);
  if (hub === null) return controller;
  return branches.some((branch) => branch.usbPath === hub) ? hub : parentOf(hub, branches);
}

function branchOf(device: UsbDevice, notes: TreeNotes): Branch {
  const { usbPath, product, serialNumber, interfaces } = device;
  const words = [idOf(device), product ?? '', serialNumber === null ? '' : `serial ${serialNumber}`].filter(
    (word) => word !== '',
  );
  const trouble = notes.troubles.get(usbPath);
  return {
    usbPath,
    lines: [
      `${slotWord(usbPath, notes)}${words.map((word) => printable(word)).join('  ')}  ${usbPath}`,
      ...(trouble === undefined ? [] : [`! ${trouble}`]),
      ...interfaces.map(({ number, driver, tty }) => {
        const answer = notes.answers.get(answerKey(usbPath, number));
        const path = tty === null ? '-' : `/dev/${tty}`;
        return `interface ${number}  ${driver ?? 'no driver'}  ${path}${answer === undefined ? '' : `  ${answer}`}`;
      }),
    ],
  };
}

function slotWord(usbPath: string, { slots }: TreeNotes): string {
  const slot = slots.get(usbPath);
  return slot === undefined ? '' : `slot ${slot}  `;
}

// Whether the boards and serial paths that are at the slots now can be opened, and by nobody else. Opens none of them.
import { join } from 'node:path';
import type { UsbDevice } from '../bench/hardware/usb-tree.ts';
import { systemRoot, ttyNode, usbfsNode } from '../bench/hardware/usb-tree.ts';
import type { Diagnosis } from '../domain/diagnosis.ts';
import { bySubject } from './by-subject.ts';
import { type Check, type Subject, usbSlots } from './check.ts';
import { findHolders } from './holders.ts';
import type { Machine } from './machine.ts';

/** A node that a station opens for a slot. */
interface SlotNode {
  readonly path: string;
  readonly slot: number;
}

export const checkBoards: Check = async (machine, subject) => {
  const slots = usbSlots(subject);
  if (slots.length > 0 && !machine.usb.isPresent)
    return [
      { code: 'usb-absent', facts: { slots: slots.map(({ number }) => number) } },
      ...(await checkNodes(machine, fixedNodes(subject))),
    ];
  const devices = slots.length === 0 ? [] : await machine.usb.devices();
  const boards = slots.flatMap(({ number, usbPath }) =>
    devices.filter((device) => device.usbPath === usbPath && !device.isHub).map((device) => ({ slot: number, device })),
  );
  const nodes = [
    ...fixedNodes(subject),
    ...boards.flatMap(({ slot, device }) => nodesOf(device).map((path) => ({ path, slot }))),
  ];
  return [
    ...boards.flatMap(({ slot, device }) => troubleOf(machine, slot, device)),
    ...(await autosuspend(machine, boards)),
    ...(await checkNodes(machine, fixedNodes(subject))),
    ...(await heldNodes(machine, nodes)),
    ...(await groupOf(machine, slots.length > 0)),
  ];
};

const fixedNodes = ({ station }: Subject): readonly SlotNode[] =>
  station?.bench === 'hardware'
    ? station.slots.flatMap(({ fixed, number }) => (fixed === null ? [] : [{ path: fixed.serialPath, slot: number }]))
    : [];

function nodesOf(device: UsbDevice): readonly string[] {
  const ttys = new Set(device.interfaces.flatMap(({ tty }) => tty ?? []));
  return [usbfsNode(systemRoot, device), ...[...ttys].map((tty) => ttyNode(systemRoot, tty))];
}

function troubleOf(machine: Machine, slot: number, device: UsbDevice): readonly Diagnosis[] {
  const trouble = machine.usb.troubleWith(device);
  if (trouble === null) return [];
  const slots = [slot];
  switch (trouble.kind) {
    case 'noRights':
      return [{ code: 'node-no-rights', facts: { path: trouble.subject, slots } }];
    case 'noNode':
      return [{ code: 'node-absent', facts: { path: trouble.subject, slots } }];
    case 'undriven':
      return [{ code: 'driver-missing', facts: { id: trouble.subject, slots } }];
    case 'unconfigured':
    case 'noSerialPath':
      return [{ code: 'board-unusable', facts: { usbPath: device.usbPath, slots } }];
  }
}

async function autosuspend(
  machine: Machine,
  boards: readonly { readonly slot: number; readonly device: UsbDevice }[],
): Promise<readonly Diagnosis[]> {
  const suspended: number[] = [];
  for (const { slot, device } of boards) {
    const control = await machine.readText(join(systemRoot.sys, 'bus/usb/devices', device.sysName, 'power/control'));
    if (control?.trim() === 'auto') suspended.push(slot);
  }
  return suspended.length === 0 ? [] : [{ code: 'autosuspend-on', facts: { slots: suspended } }];
}

async function checkNodes(machine: Machine, nodes: readonly SlotNode[]): Promise<readonly Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const { path, slot } of nodes) {
    const slots = [slot];
    if ((await machine.resolved(path)) === null) found.push({ code: 'node-absent', facts: { path, slots } });
    else if (machine.rights(path) !== 'ours') found.push({ code: 'node-no-rights', facts: { path, slots } });
  }
  return found;
}

async function heldNodes(machine: Machine, nodes: readonly SlotNode[]): Promise<readonly Diagnosis[]> {
  const slotsOf = bySubject(nodes.map(({ path, slot }) => ({ subject: path, slot })));
  const holders = await findHolders(machine, [...slotsOf.keys()]);
  const slotsHeldBy = (path: string): readonly number[] => slotsOf.get(path) ?? [];
  const stations = bySubject(
    holders
      .filter(({ isStation }) => isStation)
      .flatMap(({ pid, path }) => slotsHeldBy(path).map((slot) => ({ subject: String(pid), slot }))),
  );
  return [
    ...[...stations].map(([pid, slots]): Diagnosis => ({ code: 'station-running', facts: { slots, pid: Number(pid) } })),
    ...holders
      .filter(({ isStation }) => !isStation)
      .map(
        ({ path, program, pid }): Diagnosis => ({ code: 'node-held', facts: { path, slots: slotsHeldBy(path), program, pid } }),
      ),
  ];
}

/** The group that the udev rules give the nodes. */
const nodesGroup = 'dialout';

/** What a node of a board to come will be refused for: the rules are there, the user is not in their group. */
async function groupOf(machine: Machine, hasUsbSlots: boolean): Promise<readonly Diagnosis[]> {
  if (!hasUsbSlots || machine.isRoot) return [];
  const answer = await machine.run('id', ['-nG']);
  if (answer?.exitCode !== 0 || answer.stdout.trim().split(/\s+/).includes(nodesGroup)) return [];
  const user = (await machine.run('id', ['-nu']))?.stdout.trim() ?? '';
  return [{ code: 'group-missing', facts: { user, group: nodesGroup } }];
}

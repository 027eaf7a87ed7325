// Boards pulled in every state of a job, on real ttys and the real clock: how soon the slot is free, and what stays behind.
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Device } from '../../../src/bench/device-source.ts';
import { realClock } from '../../../src/bench/hardware/real-clock.ts';
import { usbDeviceSource } from '../../../src/bench/hardware/usb-device-source.ts';
import { createPacer } from '../../../src/bench/pacer.ts';
import { buildBoard } from '../../../src/bench/simulator/board-kinds.ts';
import type { SlotEvent } from '../../../src/domain/slot.ts';
import { pathOf, type SlotRig, slotRig } from '../../slot/slot-rig.ts';
import { BoardOnTree } from './board-on-tree.ts';
import { FakeUsbTree } from './fake-usb-tree.ts';

interface Pull {
  readonly slot: number;
  readonly while: string;
  readonly when: (event: SlotEvent) => boolean;
  readonly afterMs: number;
  readonly strapped: boolean;
  readonly record: string;
}

const isState = (state: string) => (event: SlotEvent) => event.type === 'state.changed' && event.state === state;

const pulls: readonly Pull[] = [
  {
    slot: 1,
    while: 'identified',
    when: isState('identifying'),
    afterMs: 20,
    strapped: false,
    record: 'ABORTED removed-early none',
  },
  {
    slot: 2,
    while: 'connected',
    when: (event) => event.type === 'step.started' && event.step === 'load-agentboot',
    afterMs: 30,
    strapped: true,
    record: 'ABORTED removed-early none',
  },
  { slot: 3, while: 'programmed', when: isState('programming'), afterMs: 200, strapped: true, record: 'UNKNOWN unplugged maybe' },
];

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;
const isRecorded = (rig: SlotRig, slot: number): boolean =>
  rig.journal.records.some((record) => record.slot.usbPath === pathOf(slot));

let tree: FakeUsbTree;
beforeEach(() => {
  tree = new FakeUsbTree();
});
afterEach(() => tree.dispose());

it('a board pulled at any moment frees its slot within 1 s, and leaves no descriptor, no open job and no spinning core', async () => {
  const source = usbDeviceSource({
    root: tree.root,
    hotPlug: tree.hotPlug,
    clock: realClock,
    openBulk: () => Promise.reject(new Error('no bulk device here')),
  });
  const boards = new Map<number, BoardOnTree>();
  const pulledAtMs = new Map<number, number>();
  const recordedAtMs = new Map<number, number>();
  const onSlotEvent = (slot: number, event: SlotEvent): void => {
    if (event.type === 'record.written') recordedAtMs.set(slot, performance.now());
    const pull = pulls.find((one) => one.slot === slot && !pulledAtMs.has(slot) && one.when(event));
    if (pull === undefined) return;
    pulledAtMs.set(slot, Number.POSITIVE_INFINITY);
    setTimeout(() => {
      pulledAtMs.set(slot, performance.now());
      boards.get(slot)?.pull();
    }, pull.afterMs);
  };
  let slots = 0;
  const rig = await slotRig({
    slots: pulls.length,
    services: ({ emit }) => {
      const slot = ++slots;
      const tell = (event: SlotEvent): void => {
        emit(event);
        onSlotEvent(slot, event);
      };
      return { clock: realClock, source, pacer: createPacer(realClock), emit: tell };
    },
  });
  const slotAt = ({ usbPath }: Device) => rig.slot(pulls.find(({ slot }) => pathOf(slot) === usbPath)?.slot);
  await source.start((event) => {
    if (event.type === 'device.attached') slotAt(event.device).attach(event.device);
    if (event.type === 'device.detached') slotAt(event.device).detach(event.device);
  });
  const before = openDescriptors();

  for (const { slot, strapped } of pulls) {
    const board = buildBoard('EC800E', { clock: realClock, seed: slot, lapseMs: 60_000 });
    board.setStrap(strapped);
    const onTree = new BoardOnTree(tree, `1-1.${slot}`, board);
    boards.set(slot, onTree);
    onTree.insert();
  }
  await vi.waitFor(() => expect(pulls.every(({ slot }) => isRecorded(rig, slot))).toBe(true), { timeout: 20_000, interval: 10 });

  for (const { slot, while: when, record } of pulls) {
    const body = rig.journal.records.find(({ slot: { usbPath } }) => usbPath === pathOf(slot));
    expect([when, `${body?.verdict} ${body?.failure?.code} ${body?.written}`]).toEqual([when, record]);
    const freedMs = (recordedAtMs.get(slot) ?? Number.POSITIVE_INFINITY) - (pulledAtMs.get(slot) ?? 0);
    process.stdout.write(`pulled while ${when}: recorded after ${freedMs.toFixed(0)} ms\n`);
    expect(freedMs).toBeLessThan(1000);
    expect(rig.slot(slot).isBusy()).toBe(false);
  }
  // The device source compares everything once more after the last event, and then has nothing to do.
  await vi.waitFor(
    async () => {
      const cpu = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { user, system } = process.cpuUsage(cpu);
      expect((user + system) / 1000).toBeLessThan(20);
    },
    { timeout: 2000, interval: 1 },
  );
  expect(openDescriptors()).toBeLessThanOrEqual(before);
  await source.stop();
  for (const { slot } of pulls) await rig.slot(slot).stop();
});

// Teach mode, moved hubs, and the tree that is shown: what an operator builds a station file with.
import { describe, expect, it } from 'vitest';
import type { UsbDevice, UsbHub } from '../../src/bench/hardware/usb-tree.ts';
import { movedHubs } from '../../src/commands/moved-hubs.ts';
import { isTaught, startTeaching, type Teaching, teach, untaught } from '../../src/commands/teaching.ts';
import { answerKey, usbTreeLines } from '../../src/commands/usb-tree-text.ts';

const taughtAfter = (teaching: Teaching, ...paths: readonly string[]): Teaching =>
  paths.reduce((now, path) => {
    const lesson = teach(now, path);
    return lesson.kind === 'taught' ? lesson.teaching : now;
  }, teaching);

describe('teach mode', () => {
  it('gives the slots their paths in the order the boards are plugged', () => {
    const teaching = taughtAfter(startTeaching([1, 2]), 'pci/1.3', 'pci/1.1');
    expect(teaching.taught).toEqual([
      { number: 1, usbPath: 'pci/1.3' },
      { number: 2, usbPath: 'pci/1.1' },
    ]);
    expect(isTaught(teaching)).toBe(true);
  });

  it('refuses a path twice, and names the slot that has it', () => {
    const lesson = teach(taughtAfter(startTeaching([1, 2]), 'pci/1.3'), 'pci/1.3');
    expect(lesson).toEqual({ kind: 'refused', clash: { number: 1, usbPath: 'pci/1.3' }, isSame: true });
  });

  it('refuses a path below a slot: there would be a hub where its board sits', () => {
    expect(teach(taughtAfter(startTeaching([1, 2]), 'pci/1.3'), 'pci/1.3.2').kind).toBe('refused');
    expect(teach(taughtAfter(startTeaching([1, 2]), 'pci/1.3'), 'pci/1.31').kind).toBe('taught');
  });

  it('takes the last one back', () => {
    const teaching = untaught(taughtAfter(startTeaching([1, 2]), 'pci/1.3'));
    expect(teaching).toEqual({ waiting: [1, 2], taught: [] });
  });
});

const hub = (usbPath: string, serialNumber: string | null = null): UsbHub => ({
  sysName: '1-1',
  usbPath,
  vendorId: 0x05e3,
  productId: 0x0610,
  serialNumber,
});
const mapped = (usbPath: string, serialNumber: string | null = null) => ({ usbPath, id: '05e3:0610', serialNumber });

describe('the hubs of a rack', () => {
  it('may be refused only when they have moved', () => {
    expect(movedHubs([mapped('pci/1'), mapped('pci/1.4')], [hub('pci/1'), hub('pci/1.4'), hub('pci/2')])).toEqual([]);
  });

  it('are refused with both paths named when one has moved', () => {
    expect(movedHubs([mapped('pci/1'), mapped('pci/2')], [hub('pci/1'), hub('pci/3')])).toEqual([
      'hub 05e3:0610 was mapped at pci/2 and is at pci/3 now: plug it back, or map the rack again',
    ]);
  });

  it('are refused when two with serial numbers have changed places', () => {
    const lines = movedHubs([mapped('pci/1', 'A'), mapped('pci/2', 'B')], [hub('pci/1', 'B'), hub('pci/2', 'A')]);
    expect(lines).toHaveLength(2);
  });

  it('are refused when one is not there at all', () => {
    expect(movedHubs([mapped('pci/1')], [])[0]).toContain('is not on the bus');
  });
});

describe('the tree of devices', () => {
  const board: UsbDevice = {
    sysName: '1-1.2',
    usbPath: 'pci/1.2',
    enumeration: 'x',
    busNumber: 1,
    deviceNumber: 5,
    vendorId: 0x2c7c,
    productId: 0x0903,
    serialNumber: '0000',
    product: 'LTE\u001b[2J',
    ageMs: 1,
    isHub: false,
    interfaces: [
      { number: 2, classCode: 255, driver: 'option', tty: 'ttyUSB1' },
      { number: 5, classCode: 255, driver: null, tty: null },
    ],
  };

  it('shows controller, hub, slot, interfaces, drivers, serial paths, and which one answered AT', () => {
    const lines = usbTreeLines([hub('pci'), hub('pci/1')], [board], {
      slots: new Map([
        ['pci/1.2', 7],
        ['pci/1.10', 8],
      ]),
      answers: new Map([[answerKey('pci/1.2', 2), 'answered AT']]),
      troubles: new Map([['pci/1.2', 'no driver for interface 5: do this']]),
    });
    expect(lines).toEqual([
      'pci',
      '  1: hub 05e3:0610',
      '    2: slot 7  2c7c:0903  LTE<1B>[2J  serial 0000  pci/1.2',
      '         ! no driver for interface 5: do this',
      '         interface 2  option  /dev/ttyUSB1  answered AT',
      '         interface 5  no driver  -',
      '    10: slot 8  nothing plugged',
    ]);
  });
});

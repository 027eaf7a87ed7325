// A machine and a set-up with nothing wrong, and the ways to plant trouble in them. Knows no check.
import type { Clock } from '../../src/bench/clock.ts';
import type { Trouble } from '../../src/bench/hardware/usb-readiness.ts';
import type { NodeRights, UsbDevice, UsbHub } from '../../src/bench/hardware/usb-tree.ts';
import { parseProfile } from '../../src/config/profile-file.ts';
import { type StationFile, stationFile, toStationSettings } from '../../src/config/station-file.ts';
import type { Release, Subject } from '../../src/doctor/check.ts';
import type { Machine, ProgramAnswer } from '../../src/doctor/machine.ts';
import { bytesOf, type Json, leastProfile } from '../config/files.ts';

/** All that a test may change before the doctor looks. */
export interface World {
  files: Record<string, string>;
  /** Symbolic links and things that are just there: path to what is behind it. */
  links: Record<string, string>;
  rights: Record<string, NodeRights>;
  programs: Record<string, ProgramAnswer>;
  env: Record<string, string>;
  wallMs: number;
  /** Added to the wall clock each time a program is run. */
  wallStepMs: number;
  isRoot: boolean;
  nodeVersion: string;
  terminal: { columns: number; rows: number } | null;
  freeBytes: number;
  syncMs: number;
  syncError: string | null;
  indexError: string | null;
  hasUsb: boolean;
  devices: UsbDevice[];
  hubs: UsbHub[];
  troubles: Map<string, Trouble>;
  release: Release;
  subject: Omit<Subject, 'release'>;
}

export const controller = 'pci-0000:00:14.0';

export const board = (chain: string, changes: Partial<UsbDevice> = {}): UsbDevice => ({
  sysName: `1-${chain}`,
  usbPath: `${controller}/${chain}`,
  enumeration: chain,
  busNumber: 1,
  deviceNumber: Number(chain.replaceAll('.', '')),
  vendorId: 0x2c7c,
  productId: 0x0903,
  serialNumber: null,
  product: null,
  ageMs: 1000,
  isHub: false,
  interfaces: [{ number: 3, classCode: 0xff, driver: 'option', tty: `ttyUSB${chain.replaceAll('.', '')}` }],
  ...changes,
});

export function stationOf(changes: Json = {}): StationFile {
  return stationFile.parse({
    station: { id: 'S1', line: 'L1' },
    bench: 'hardware',
    defaults: { profiles: { EC800E: 'ec800e' } },
    slots: [
      { number: 1, usbPath: `${controller}/1.1` },
      { number: 2, usbPath: `${controller}/1.2` },
      { number: 3, serialPath: '/dev/ttyS1', startsIn: 'normal' },
    ],
    ...changes,
  });
}

export const settingsOf = (changes: Json = {}) => toStationSettings(stationOf(changes), '/rack/stations/line-1.json');

const rules = 'SUBSYSTEM=="usb", …';

export function soundWorld(): World {
  return {
    files: {
      '/rack/node_modules/zod/package.json': '{"name":"zod","version":"4.6.7"}',
      '/etc/udev/rules.d/70-flashrack.rules': rules,
      '/proc/1/comm': 'systemd\n',
      '/proc/77/comm': 'minicom\n',
      '/rack/logs/journal/000001-2026-11-22-S1.jsonl': '',
      '/sys/bus/usb/devices/1-1.1/power/control': 'on\n',
      '/sys/bus/usb/devices/1-1.1/1-1.1:1.3/bNumEndpoints': '03\n',
    },
    links: {
      '/dev/ttyS1': '/dev/ttyS1',
      '/proc/77/fd/0': '/dev/pts/0',
      [`/sys/bus/pci/devices/0000:00:14.0/driver`]: '/sys/bus/pci/drivers/xhci_hcd',
    },
    rights: {},
    programs: {
      timedatectl: { exitCode: 0, stdout: 'yes\n' },
      modinfo: { exitCode: 0, stdout: 'usb:v2C7Cp0903d*dc*dsc*dp*icFFisc*ip*in*\n' },
      id: { exitCode: 0, stdout: 'line dialout\n' },
    },
    env: { UV_THREADPOOL_SIZE: '64', LANG: 'zh_CN.UTF-8', TERM: 'xterm-256color', PATH: '/usr/bin' },
    wallMs: Date.parse('2026-11-22T10:00:00Z'),
    wallStepMs: 0,
    isRoot: false,
    nodeVersion: '24.21.0',
    terminal: { columns: 80, rows: 24 },
    freeBytes: 50e9,
    syncMs: 4,
    syncError: null,
    indexError: null,
    hasUsb: true,
    devices: [board('1.1')],
    hubs: [],
    troubles: new Map(),
    release: { folder: '/rack', nodeVersion: '24.21.0', libraries: new Map([['zod', '4.6.7']]), udevRules: rules },
    subject: {
      station: settingsOf(),
      profiles: new Map([['ec800e', parseProfile(bytesOf(leastProfile()), '/rack/profiles/ec800e.json')]]),
      failures: [],
      logsFolder: '/rack/logs',
    },
  };
}

export function machineOf(world: World): Machine {
  let wallMs = world.wallMs;
  const clock: Clock = { now: () => 1000, wallMs: () => wallMs, after: () => ({ cancel: () => undefined }) };
  const paths = [...Object.keys(world.files), ...Object.keys(world.links)];
  return {
    readText: async (path) => world.files[path] ?? null,
    list: async (folder) => [
      ...new Set(
        paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''),
      ),
    ],
    resolved: async (path) => world.links[path] ?? (path in world.files ? path : null),
    rights: (path) => world.rights[path] ?? 'ours',
    run: async (program) => {
      wallMs += world.wallStepMs;
      return world.programs[program] ?? null;
    },
    env: (name) => world.env[name],
    clock,
    pid: 4242,
    isRoot: world.isRoot,
    nodeVersion: world.nodeVersion,
    terminal: world.terminal,
    freeBytes: async () => world.freeBytes,
    timeSyncs: async () => {
      if (world.syncError !== null) throw new Error(world.syncError);
      return [world.syncMs, world.syncMs, 900];
    },
    tryIndex: async () => {
      if (world.indexError !== null) throw new Error(world.indexError);
    },
    usb: {
      isPresent: world.hasUsb,
      devices: async () => world.devices,
      hubs: async () => world.hubs,
      troubleWith: (device) => world.troubles.get(device.usbPath) ?? null,
    },
  };
}

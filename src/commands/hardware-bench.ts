// Composes the hardware bench of one station: its device source, its power switches, and the check that the rack is still the one
// that was mapped. Knows the settings; decides nothing about a slot.

import type { Clock } from '../bench/clock.ts';
import type { DeviceSource } from '../bench/device-source.ts';
import { combinedSource, type SourcePart } from '../bench/hardware/combined-source.ts';
import { fixedPathSource } from '../bench/hardware/fixed-path-source.ts';
import { libusbHotPlug } from '../bench/hardware/hot-plug.ts';
import { openBulkTransport } from '../bench/hardware/open-bulk.ts';
import { commandCalls, uhubctlCalls } from '../bench/hardware/power-programs.ts';
import { powerTurns, runProgram, switchedPower } from '../bench/hardware/switched-power.ts';
import { usbDeviceSource } from '../bench/hardware/usb-device-source.ts';
import { findUsbDevice, listHubs, systemRoot } from '../bench/hardware/usb-tree.ts';
import { type PowerSwitch, promptPowerSwitch } from '../bench/power-switch.ts';
import type { SlotSettings, StationSettings } from '../config/station-file.ts';
import { fault } from '../domain/failure.ts';
import { movedHubs } from './moved-hubs.ts';

export interface HardwareBench {
  readonly source: DeviceSource;
  readonly powerSwitchFor: (slot: SlotSettings) => PowerSwitch;
}

/** Rejects `station-file-invalid` when a hub of the rack is not where it was mapped. Opens nothing. */
export async function hardwareBench(settings: StationSettings, clock: Clock): Promise<HardwareBench> {
  if (settings.hubs.length > 0) {
    const moved = movedHubs(settings.hubs, await listHubs(systemRoot));
    if (moved.length > 0) throw fault('station-file-invalid', 'hubs', { detail: moved.join('\n') });
  }
  return { source: sourceOf(settings.slots, clock), powerSwitchFor: powerSwitches(settings, clock) };
}

/** Without a slot at a USB path, USB is not even looked at. */
function sourceOf(slots: readonly SlotSettings[], clock: Clock): DeviceSource {
  const serialPaths = slots.flatMap(({ fixed }) => fixed?.serialPath ?? []);
  const parts: SourcePart[] = [];
  if (serialPaths.length > 0) {
    parts.push({ source: fixedPathSource(serialPaths, clock), owns: ({ vendorId }) => vendorId === null });
  }
  if (slots.some(({ fixed }) => fixed === null)) {
    parts.push({ source: usbSource(clock), owns: ({ vendorId }) => vendorId !== null });
  }
  return combinedSource(parts);
}

export const usbSource = (clock: Clock): DeviceSource =>
  usbDeviceSource({ root: systemRoot, hotPlug: libusbHotPlug(), clock, openBulk: openBulkTransport });

function powerSwitches(settings: StationSettings, clock: Clock): (slot: SlotSettings) => PowerSwitch {
  const turns = powerTurns(clock, settings.powerUpGapMs);
  return ({ powerSwitch }) => {
    if (powerSwitch.kind === 'prompt') return promptPowerSwitch;
    return switchedPower({
      clock,
      turns,
      run: runProgram,
      offMs: powerSwitch.offMs,
      callFor: powerSwitch.kind === 'uhubctl' ? uhubctlCalls(systemRoot, powerSwitch.program) : commandCalls(powerSwitch.command),
      isPresent: async (usbPath) => (await findUsbDevice(systemRoot, usbPath)) !== null,
    });
  };
}

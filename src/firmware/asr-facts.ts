// What `flashrack inspect` shows of an aboot package beside its members: choice of strategy, chip, flash chips, partition table.
import { hex } from '../domain/failure.ts';
import { chipOfBootRom } from './asr-boot-roms.ts';
import type { AsrPackage } from './asr-package.ts';
import type { PackageFact } from './findings.ts';

export function factsOf(image: AsrPackage): readonly PackageFact[] {
  const { container, strategy, bootRoms, withheld, entries, flashInfo, partitions } = image;
  const checks = entries.flatMap((entry) => (entry.command === 'require' || entry.command === 'reject' ? [entry] : []));
  return [
    { name: 'container', value: container },
    { name: 'strategy', value: strategy.kind },
    { name: 'strategyReason', value: strategy.reason },
    ...bootRoms.map((version) => ({ name: `bootRom ${version}`, value: chipOfBootRom(version) })),
    ...checks.map(({ command, name, values }) => ({ name: `${command} ${name}`, value: values.join(' or ') })),
    ...withheld.map((entry) => ({ name: 'productionOnly, never run', value: entry })),
    { name: 'flash', value: `${flashInfo.type} ${hex(flashInfo.sizeBytes)} bytes, block ${hex(flashInfo.blockBytes)}` },
    ...flashInfo.devices.map(({ vendor, device, name }) => ({ name: `flashDevice ${hex(vendor)}:${hex(device)}`, value: name })),
    ...partitions.map(({ name, format, start, size, imageSize }) => ({
      name: `partition ${name}`,
      value: `${hex(start)} + ${hex(size)}, ${format}, image ${hex(imageSize)}`,
    })),
  ];
}

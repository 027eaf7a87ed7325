// What an NV restore writes and in which steps (unisoc.md §11): the module's own blob, checked afresh, and nothing of the package
// but its loaders. Pure; knows no link.
import { fault, hex } from '../../domain/failure.ts';
import type { Plan, PlanStep } from '../../domain/plan.ts';
import type { Profile } from '../../domain/profile.ts';
import type { FirmwarePackage } from '../../firmware/package.ts';
import type { UnisocChip, UnisocPackage } from '../../firmware/unisoc-package.ts';
import { type NvBackup, sum32, verifyBackup } from './nv.ts';
import { sha256, size8850, size8910 } from './nv-dialogue.ts';
import { logicalAddresses } from './opcodes.ts';
import { checkDownloadIds, closing, connect8850, connect8910, expectPackage, platforms, stepNames } from './plan.ts';

export const writeStep = 'write-nv';

/** A backup that holds: its CRC was computed again, and item 0x5 is there. */
export interface NvToRestore {
  readonly backup: NvBackup;
  readonly sum32: number;
  readonly sha256: string;
}

/** Throws `nv-backup-corrupt`, `nv-imei-missing`. */
export function checkedBackup(blob: Uint8Array): NvToRestore {
  return { backup: verifyBackup(blob, 'backup'), sum32: sum32(blob), sha256: sha256(blob) };
}

/**
 * Throws `package-platform-mismatch`, `package-member-missing`, and `nv-backup-corrupt` for a blob of a size that this chip never
 * gives or takes. The package's template plays no part.
 */
export function restorePlanOf(chip: UnisocChip, image: FirmwarePackage, profile: Profile, nv: NvToRestore): Plan {
  checkDownloadIds(chip, profile);
  const unisoc = expectPackage(chip, image);
  checkSize(chip, unisoc, nv.backup.blob.length);
  const connect = chip === '8910' ? connect8910(unisoc) : connect8850(unisoc);
  const steps = [...connect, writeOf(nv), ...closing];
  return {
    platform: platforms[chip],
    package: image.identity,
    steps,
    firstWrite: chip === '8910' ? writeStep : stepNames.startNorfdl,
    totalBytes: steps.reduce((sum, { kind, bytes }) => (kind === 'load' || kind === 'write' ? sum + bytes : sum), 0),
    userData: 'untouched',
    notes: ['restores the NV of one unit; nothing of the package but its loaders is sent'],
  };
}

/** An 8910 always tells its whole NV; an 8850 up to what its package says. */
function checkSize(chip: UnisocChip, image: UnisocPackage, actual: number): void {
  const largest = chip === '8910' ? size8910 : size8850(image);
  const fits = chip === '8910' ? actual === largest : actual <= largest && actual % 2 === 0;
  if (fits) return;
  throw fault('nv-backup-corrupt', 'plan', { expected: `${hex(largest)} bytes of an ${chip}`, actual: hex(actual) });
}

const writeOf = ({ backup, sha256: digest }: NvToRestore): PlanStep => ({
  name: writeStep,
  kind: 'write',
  target: 'NV',
  address: logicalAddresses.FIXED_NV,
  bytes: backup.blob.length,
  sha256: digest,
});

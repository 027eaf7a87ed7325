// The session report of a UNISOC board: what stands in flash, file systems and NV, and whether the host behaved. Knows no wire.
import { hex } from '../../../domain/failure.ts';
import type { BoardCondition, BoardIdentity, BoardReport, DigestOfRange } from '../board.ts';
import type { SessionLog } from '../session-log.ts';
import type { BootResult } from './boot.ts';
import { decodeImei } from './imei-item.ts';
import { cpioFolder, type ModuleStorage, sha256 } from './module-storage.ts';
import type { NvItem } from './nv-blob.ts';
import { firstImeiItem, readNvItem, readNvItems } from './nv-store.ts';
import { logicalAddresses } from './wire.ts';

/** One item of the fixed NV; digests are SHA-256, lower-case hex, null for an item that is not there. */
export interface NvItemChange {
  /** Hex text. */
  readonly id: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface UnisocReport extends BoardReport {
  /** Every item that was there when the session began or is there now. */
  readonly nv: readonly NvItemChange[];
  /** What AT would answer; null for an item 0x5 that is absent or no IMEI. */
  readonly imeiInNv: string | null;
  readonly phaseCheckSha256: string;
}

export interface ReportFacts {
  readonly identity: BoardIdentity;
  readonly seed: number;
  readonly storage: ModuleStorage;
  readonly log: SessionLog;
  /** At the start of the session. */
  readonly nvBefore: readonly NvItem[];
  readonly boot: BootResult;
}

export function conditionOf({ identity, seed, storage, log, boot }: ReportFacts): BoardCondition {
  const isWhole = storage.images.every((image) => image.sha256 !== null);
  return {
    model: identity.model,
    imei: identity.imei,
    seed,
    commands: log.commands(),
    violations: [...log.violations],
    clean: log.violations.length === 0 && isWhole && boot.boots,
    destroyed: false,
    boots: boot.boots,
    bootProblem: boot.boots ? null : boot.problem,
    revision: boot.boots ? boot.revision : null,
  };
}

export function reportOf(facts: ReportFacts): UnisocReport {
  const { storage, nvBefore } = facts;
  const regions: readonly DigestOfRange[] = [
    ...storage.banks.map(({ name, address, size, flash }) => ({
      name,
      flash: name,
      address: hex(address),
      size,
      sha256: flash.digest(),
    })),
    ...Object.values(storage.fileSystems).map((fileSystem) => ({
      name: `/${fileSystem.name}`,
      flash: 'file system',
      address: hex(0),
      size: fileSystem.size(),
      sha256: fileSystem.digest(),
    })),
  ];
  return {
    ...conditionOf(facts),
    regions,
    images: [...imagesInFlash(storage), ...streamsInFileSystem(storage)],
    nv: changesOf(nvBefore, readNvItems(storage.fileSystems)),
    imeiInNv: decodeImei(readNvItem(storage.fileSystems, firstImeiItem)),
    phaseCheckSha256: sha256(storage.phaseCheck),
  };
}

/** What the host has written; the factory's own images are left out. */
function imagesInFlash(storage: ModuleStorage): readonly DigestOfRange[] {
  return storage.images
    .filter(({ isFactory }) => !isFactory)
    .map(({ address, size }) => ({
      name: hex(address),
      flash: storage.bankOf(address, size)?.name ?? '',
      address: hex(address),
      size,
      sha256: sha256(storage.read({ address, size }) ?? new Uint8Array()),
    }));
}

function streamsInFileSystem({ fileSystems }: ModuleStorage): readonly DigestOfRange[] {
  return (fileSystems.sys?.paths(cpioFolder) ?? []).map((path) => {
    const bytes = fileSystems.sys?.read(path) ?? new Uint8Array();
    return { name: path, flash: '/sys', address: hex(logicalAddresses.CPIO), size: bytes.length, sha256: sha256(bytes) };
  });
}

function changesOf(before: readonly NvItem[], after: readonly NvItem[]): readonly NvItemChange[] {
  const digestIn = (items: readonly NvItem[], id: number): string | null => {
    const found = items.find((item) => item.id === id);
    return found ? sha256(found.data) : null;
  };
  const ids = new Set([...before, ...after].map(({ id }) => id));
  return [...ids].map((id) => ({ id: hex(id), before: digestIn(before, id), after: digestIn(after, id) }));
}

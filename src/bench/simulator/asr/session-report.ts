// The session report of an ASR board: digests of its partitions and images, and whether the host behaved. Knows no wire.
import { hex } from '../../../domain/failure.ts';
import type { BoardCondition, BoardIdentity, BoardReport, DigestOfRange } from '../board.ts';
import type { SessionLog } from '../session-log.ts';
import { type BootResult, tableInForce } from './boot.ts';
import type { ModuleFlash } from './module-flash.ts';
import { holdsImage } from './partition-table.ts';

export interface ReportFacts {
  readonly identity: BoardIdentity;
  readonly seed: number;
  readonly flash: ModuleFlash;
  readonly log: SessionLog;
  readonly boot: BootResult;
}

export function conditionOf({ identity, seed, flash, log, boot }: ReportFacts): BoardCondition {
  return {
    model: identity.model,
    imei: identity.imei,
    seed,
    commands: log.commands(),
    violations: [...log.violations],
    clean: log.violations.length === 0 && !flash.isDestroyed && flash.unfinished.length === 0 && boot.boots,
    destroyed: flash.isDestroyed,
    boots: boot.boots,
    bootProblem: boot.boots ? null : boot.problem,
    revision: boot.boots ? boot.revision : null,
  };
}

export function reportOf(facts: ReportFacts): BoardReport {
  const { flash } = facts;
  const digest = (name: string, address: number, size: number): DigestOfRange => ({
    name,
    flash: flash.nor.name,
    address: hex(address),
    size,
    sha256: flash.nor.digest(address, size),
  });
  const table = tableInForce(flash);
  const partitions = (typeof table === 'string' ? flash.table : table).filter(holdsImage);
  return {
    ...conditionOf(facts),
    regions: partitions.map(({ name, start, size }) => digest(name, start, size)),
    images: flash.flashed.map(({ name, address, size }) => digest(name, address, size)),
  };
}

// The session report of a board: digests of flash regions and images, and whether the host behaved. Knows no wire.
import { hex } from '../../../domain/failure.ts';
import type { BoardCondition, BoardIdentity, BoardReport, DigestOfRange } from '../board.ts';
import type { NorFlash } from '../nor-flash.ts';
import type { SessionLog } from '../session-log.ts';
import type { Agent } from './agent.ts';
import { type BootResult, flashMap } from './boot.ts';
import { headBytes } from './image-head.ts';

export interface ReportFacts {
  readonly identity: BoardIdentity;
  readonly seed: number;
  readonly ap: NorFlash;
  readonly cp: NorFlash;
  readonly log: SessionLog;
  readonly agent: Agent | null;
  readonly boot: BootResult;
}

const digest = (name: string, flash: NorFlash, address: number, size: number): DigestOfRange => ({
  name,
  flash: flash.name,
  address: hex(address),
  size,
  sha256: flash.digest(address, size),
});

export function conditionOf({ identity, seed, log, agent, boot }: ReportFacts): BoardCondition {
  const isWhole = !agent?.hasUnfinishedImage;
  return {
    model: identity.model,
    imei: identity.imei,
    seed,
    commands: log.commands(),
    violations: [...log.violations],
    clean: log.violations.length === 0 && !log.destroyed && isWhole && boot.boots,
    destroyed: log.destroyed,
    boots: boot.boots,
    bootProblem: boot.boots ? null : boot.problem,
    revision: boot.boots ? boot.revision : null,
  };
}

export function reportOf(facts: ReportFacts): BoardReport {
  const { ap, cp, agent } = facts;
  return {
    ...conditionOf(facts),
    regions: [
      digest('AP flash', ap, 0, ap.size),
      digest('CP flash', cp, 0, cp.size),
      digest('BL head', ap, flashMap.blHead, headBytes),
      digest('AP head', ap, flashMap.apHead, headBytes),
    ],
    images: (agent?.burned ?? []).map(({ name, flash, address, size }) => digest(name, flash, address, size)),
  };
}

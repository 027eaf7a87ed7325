// Puts an NV backup back onto its module: a flasher whose program writes that one blob, reads it back and compares every item
// (unisoc.md §11). What the module holds now need not be valid. Who the module is was settled before by AT; whatever its own NV
// still tells must not say otherwise.
import { Fault, fault } from '../../domain/failure.ts';
import type { UnisocChip, UnisocPackage } from '../../firmware/unisoc-package.ts';
import type { Flasher, FlashSession, SessionContext } from '../flasher.ts';
import { runStep } from '../run-step.ts';
import type { BslLink } from './bsl-link.ts';
import { load8850, pdlAnswers, rom8850Answers, start8910, startNorfdl } from './connect.ts';
import { download } from './download.ts';
import { hold } from './hold.ts';
import { computedCrc, storedCrc, verifyBackup } from './nv.ts';
import { expectItems, imeiOf, readNv, sha256 } from './nv-dialogue.ts';
import { logicalAddresses } from './opcodes.ts';
import { expectPackage, platforms, stepNames } from './plan.ts';
import { leaveLoader, orLeave, restart } from './reset.ts';
import { checkedBackup, type NvToRestore, restorePlanOf, writeStep } from './restore-plan.ts';

export type { NvToRestore } from './restore-plan.ts';

/** An error may be told in two replies. */
const quietMs = 100;

/** The backup and the IMEI it holds, if it is in the packing known here. Throws `nv-backup-corrupt`, `nv-imei-missing`. */
export function readNvToRestore(blob: Uint8Array): NvToRestore & { readonly imei: string | undefined } {
  const nv = checkedBackup(blob);
  return { ...nv, imei: imeiOf(nv.backup) };
}

/**
 * Besides the codes of the contract, 8910 `connect` and 8850 `program` reject `nv-backup-of-other-unit` when the NV in the module
 * tells another IMEI than `imei`; nothing of the backup was written then. `program` rejects `nv-changed` when the read-back differs.
 */
export function unisocRestoreFlasher(chip: UnisocChip, nv: NvToRestore, imei: string): Flasher {
  return {
    platform: platforms[chip],
    plan: (image, profile) => restorePlanOf(chip, image, profile, nv),
    probe: chip === '8910' ? pdlAnswers : rom8850Answers,
    connect: async (context, _plan, image) => {
      const job: Job = { context, image: expectPackage(chip, image), nv, imei };
      return chip === '8910' ? session8910(job) : session8850(job);
    },
  };
}

interface Job {
  readonly context: SessionContext;
  readonly image: UnisocPackage;
  readonly nv: NvToRestore;
  readonly imei: string;
}

async function session8910(job: Job): Promise<FlashSession> {
  const { context, image } = job;
  const link = await start8910(context, image);
  const found = await orLeave(context, link, () => keepPresent(job, link));
  let isProgrammed = false;
  return {
    identity: () => identityOf(found),
    hold: (until) => hold(context, until),
    program: async () => {
      isProgrammed = true;
      await writeAndCompare(job, link);
    },
    restart: () => restart(context, link),
    leave: async () => {
      if (!isProgrammed) await leaveLoader(context, link);
    },
  };
}

async function session8850(job: Job): Promise<FlashSession> {
  const { context, image } = job;
  const rom = await load8850(context, image);
  let loader: BslLink | null = null;
  let found: string | null = null;
  return {
    identity: () => identityOf(found),
    hold: (until) => hold(context, until),
    program: async () => {
      const link = await startNorfdl(context, rom, image);
      loader = link;
      found = await orLeave(context, link, () => keepPresent(job, link));
      await writeAndCompare(job, link);
    },
    restart: async () => {
      if (loader !== null) await restart(context, loader);
    },
    // The ROM knows no exit but a power cycle.
    leave: () => Promise.resolve(),
  };
}

/** Keeps on disk what the module holds now, and what will replace it. Gives the IMEI that its NV tells, null where it tells none. */
function keepPresent(job: Job, link: BslLink): Promise<string | null> {
  const { context, image, nv, imei } = job;
  const step = stepNames.backup;
  return runStep(context, step, async () => {
    const blob = await readIfAnswered(link, context, image, step);
    if (blob !== null) await context.keepEvidence('nv-before-restore.bin', blob);
    await context.keepEvidence('nv-restore.json', evidenceOf(job, blob));
    context.emit({ type: 'evidence.found', name: 'nv.restored.sha256', value: nv.sha256 });
    if (blob !== null) context.emit({ type: 'evidence.found', name: 'nv.before.sha256', value: sha256(blob) });
    const found = blob === null ? null : imeiIn(blob);
    if (found !== null && found !== imei) throw fault('nv-backup-of-other-unit', step, { expected: imei, actual: found });
    return found;
  });
}

/** Null where the loader refuses the read: a file system that does not mount is what a restore may be for. Silence stays a failure. */
async function readIfAnswered(
  link: BslLink,
  { emit }: SessionContext,
  image: UnisocPackage,
  step: string,
): Promise<Uint8Array | null> {
  try {
    return await readNv(link, image, step);
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.failure.code !== 'device-refused') throw thrown;
    await link.drain(quietMs);
    emit({ type: 'note.added', text: `the NV in the module cannot be read: ${thrown.message}` });
    return null;
  }
}

/** Only a blob that holds is believed. */
function imeiIn(blob: Uint8Array): string | null {
  try {
    return imeiOf(verifyBackup(blob, stepNames.backup)) ?? null;
  } catch (thrown) {
    if (thrown instanceof Fault) return null;
    throw thrown;
  }
}

async function writeAndCompare({ context, image, nv }: Job, link: BslLink): Promise<void> {
  const { backup } = nv;
  await runStep(context, writeStep, (report) => {
    const { sum32 } = checkedBackup(backup.blob);
    return download(link, { step: writeStep, address: logicalAddresses.FIXED_NV, bytes: backup.blob, sum32 }, report);
  });
  const everyItem = backup.items.map(({ id }) => id);
  await runStep(context, stepNames.compare, () => expectItems(link, backup, everyItem, image, stepNames.compare));
}

function evidenceOf({ context, nv, imei, image }: Job, before: Uint8Array | null): Uint8Array {
  const evidence = {
    takenAt: new Date(context.clock.wallMs()).toISOString(),
    imei,
    package: { name: image.identity.name, pac: image.pac.fileName, sha256: image.pac.sha256 },
    restored: { bytes: nv.backup.blob.length, sha256: nv.sha256, crc: storedCrc(nv.backup.blob), sum32: nv.sum32 },
    before: before && { bytes: before.length, sha256: sha256(before), crcHolds: storedCrc(before) === computedCrc(before) },
  };
  return Buffer.from(`${JSON.stringify(evidence, null, 2)}\n`);
}

const identityOf = (imei: string | null): { readonly imei?: string } => (imei === null ? {} : { imei });

// The scheme's operations over a running FDL2 or NORFDL, in order, then the NV compare (unisoc.md §10, §11). Knows no handshake.
// There is no way in without an NV that is backed up, verified and on disk.
import { fault } from '../../domain/failure.ts';
import type { SessionContext } from '../flasher.ts';
import { type Report, runStep } from '../run-step.ts';
import type { BslLink } from './bsl-link.ts';
import { download, erase } from './download.ts';
import { compareNv, type SecuredNv } from './nv-dialogue.ts';
import type { Operation, WriteNvOperation } from './operations.ts';
import { stepNames, type Work } from './plan.ts';

/** A running flash loader and the NV secured over it. */
export interface Loader {
  readonly link: BslLink;
  readonly nv: SecuredNv;
}

/** `onDone` is called after each operation that the device has acknowledged to its end. */
export async function runOperations(
  context: SessionContext,
  { link, nv }: Loader,
  work: Work,
  onDone: () => void,
): Promise<void> {
  for (const operation of work.operations) {
    await runStep(context, operation.step, (report) => run(link, nv, operation, report));
    onDone();
  }
  await runStep(context, stepNames.compare, () => compareNv(link, nv, work.image, stepNames.compare));
}

/** The template the scheme will write, or null: the NV entry may be unchecked. */
export const templateOf = ({ operations }: Work): Uint8Array | null =>
  operations.find((operation): operation is WriteNvOperation => operation.kind === 'writeNv')?.template ?? null;

async function run(link: BslLink, nv: SecuredNv, operation: Operation, report: Report): Promise<void> {
  const { step, address } = operation;
  switch (operation.kind) {
    case 'erase':
      return erase(link, step, address, operation.size);
    case 'write':
      return download(link, { step, address, bytes: operation.bytes }, report);
    case 'writeNv': {
      if (nv.merge === null)
        throw fault('nv-merge-failed', step, { detail: 'no merged blob: the template itself is never written' });
      return download(link, { step, address, bytes: nv.merge.blob, sum32: nv.merge.sum32 }, report);
    }
  }
}

// What a pac's scheme does to flash, in order: the rules of both flows (unisoc.md §10.2, §10.3) as a pure function. Erases come from the
// XML only. Knows no link.
import { type Fault, fault, hex } from '../../domain/failure.ts';
import type { PlacedFile, UnisocChip, UnisocPackage } from '../../firmware/unisoc-package.ts';
import { checkErase, checkWrite, flashRange, overlaps } from './address-rules.ts';
import { evenSize } from './download.ts';
import { logicalAddresses } from './opcodes.ts';

interface Place {
  /** Name of the plan step. */
  readonly step: string;
  readonly id: string;
  readonly address: number;
}

export interface EraseOperation extends Place {
  readonly kind: 'erase';
  /** As the device is told; the name of the block device where a file system is formatted. */
  readonly size: number;
}

export interface WriteOperation extends Place {
  readonly kind: 'write';
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** The template is never sent as it is: the session merges the module's own items into it first. */
export interface WriteNvOperation extends Place {
  readonly kind: 'writeNv';
  readonly template: Uint8Array;
}

export type Operation = EraseOperation | WriteOperation | WriteNvOperation;

export interface Operations {
  readonly operations: readonly Operation[];
  /** Files passed over by a rule, for the plan's notes. */
  readonly skipped: readonly string[];
}

type Rule = Operation | { readonly kind: 'skip'; readonly why: string };

const loaders: Readonly<Record<UnisocChip, readonly string[]>> = { '8910': ['HOST_FDL', 'FDL2'], '8850': ['FDL'] };
const erasedBy8910 = ['ERASE_BOOT', 'ERASE_PY_FS_U', 'ERASE_PY_FS_B'];
const skippedBy8910 = ['FMT_FSSYS', 'FMT_FSEXT'];

/** Throws `package-structure-invalid`, `package-image-out-of-range`. */
export function operationsOf(image: UnisocPackage): Operations {
  const rule = image.chip === '8910' ? ruleOf8910 : ruleOf8850;
  const files = image.files.filter(({ id }) => !loaders[image.chip].includes(id.toUpperCase()));
  const ruled = files.map((file) => ({ file, rule: rule(file) }));
  const operations = ruled.flatMap(({ rule: found }) => (found.kind === 'skip' ? [] : [found]));
  for (const operation of operations) checkAddress(image.chip, operation);
  const ordered = image.chip === '8850' ? splLast(operations) : operations;
  if (!ordered.some(({ kind }) => kind !== 'erase')) throw invalid('at least one image', 'none');
  refuseLostWrites(ordered);
  const skipped = ruled.flatMap(({ file, rule: found }) => (found.kind === 'skip' ? [`${file.id}: ${found.why}`] : []));
  return { operations: ordered, skipped };
}

/** The check flags play no part here, as in the vendor's tool. */
function ruleOf8910(file: PlacedFile): Rule {
  const id = file.id.toUpperCase();
  if (erasedBy8910.includes(id)) return eraseOf(file);
  if (hasFile(file)) return writeOf(file);
  if (skippedBy8910.includes(id)) return skip('never formatted on 8910');
  if (isPhaseCheck(file)) return skip('PhaseCheck is never written');
  if (id === 'FLASH' && file.type === 'EraseFlash') return eraseRunningNv(file);
  if (file.type === 'EraseFlash2') return eraseOf(file);
  return skip('an operation the 8910 flow does not know');
}

function ruleOf8850(file: PlacedFile): Rule {
  const isChecked = file.entry.checkFlag === 1 || file.checkFlag === 1;
  if (!isChecked) return skip('not checked in the package');
  if (file.id.toUpperCase() === 'ERASE_SPL') return eraseOf(file);
  if (hasFile(file)) return writeOf(file);
  if (isPhaseCheck(file)) return skip('PhaseCheck is never written');
  if (file.type === 'EraseFlash' || file.type === 'EraseFlash2') return eraseOf(file);
  throw invalid('a known operation or a file', `File ${file.id} of type ${file.type}`);
}

const hasFile = ({ entry }: PlacedFile): boolean => entry.fileName !== '';
const isPhaseCheck = ({ id, type }: PlacedFile): boolean => id.toUpperCase() === 'PHASECHECK' && type === 'CODE';
const skip = (why: string): Rule => ({ kind: 'skip', why });

const stepName = (kind: 'erase' | 'write', id: string): string =>
  `${kind}-${id
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^erase-/, '')}`;

function eraseOf({ id, base, blockSize }: PlacedFile): EraseOperation {
  return { kind: 'erase', step: stepName('erase', id), id, address: base, size: blockSize };
}

function eraseRunningNv(file: PlacedFile): EraseOperation {
  if (file.base === logicalAddresses.ERASE_RUNNING_NV) return eraseOf(file);
  throw invalid(`FLASH at ${hex(logicalAddresses.ERASE_RUNNING_NV)}`, hex(file.base));
}

/** A blob that calls itself NV and one that goes where NV lives are the same thing, or the package is wrong. */
function writeOf({ id, type, base, entry }: PlacedFile): WriteOperation | WriteNvOperation {
  const step = stepName('write', id);
  const isNv = base === logicalAddresses.FIXED_NV;
  if (isNv !== (type === 'NV'))
    throw invalid(`NV at ${hex(logicalAddresses.FIXED_NV)} and nothing else there`, `${id} of type ${type} at ${hex(base)}`);
  if (isNv) return { kind: 'writeNv', step, id, address: base, template: entry.bytes };
  return { kind: 'write', step, id, address: base, bytes: entry.bytes, sha256: entry.sha256 };
}

function checkAddress(chip: UnisocChip, operation: Operation): void {
  if (operation.kind === 'erase') checkErase(chip, operation.id, operation.address, operation.size);
  else checkWrite(chip, operation.id, operation.address, sizeOf(operation));
}

/** Bytes that it covers, as the device is told. */
export const sizeOf = (operation: Operation): number => {
  switch (operation.kind) {
    case 'erase':
      return operation.size;
    case 'write':
      return evenSize(operation.bytes.length);
    case 'writeNv':
      return operation.template.length;
  }
};

/** Without SPL the module stays in its ROM: it is erased first and written last, so that a broken run can be repeated (§10.3). */
function splLast(operations: readonly Operation[]): readonly Operation[] {
  const isErase = ({ id }: Operation): boolean => id.toUpperCase() === 'ERASE_SPL';
  const isSpl = ({ id }: Operation): boolean => id.toUpperCase() === 'SPL';
  if (operations.some(isErase) && !operations.some(isSpl))
    throw invalid('SPL after ERASE_SPL', 'no SPL: the module would not boot');
  return [
    ...operations.filter(isErase),
    ...operations.filter((operation) => !isErase(operation) && !isSpl(operation)),
    ...operations.filter(isSpl),
  ];
}

/** An image that a later image or erase reaches into would be acknowledged, and gone. */
function refuseLostWrites(operations: readonly Operation[]): void {
  operations.forEach((operation, index) => {
    const written = operation.kind === 'write' ? flashRange(operation.address, sizeOf(operation)) : null;
    if (written === null) return;
    const later = operations.slice(index + 1).find((other) => {
      const range = flashRange(other.address, sizeOf(other));
      return range !== null && overlaps(range, written);
    });
    if (later) throw invalid(`${operation.id} left as it was written`, `${later.step} at ${hex(later.address)} reaches into it`);
  });
}

const invalid = (expected: string, actual: string): Fault => fault('package-structure-invalid', 'plan', { expected, actual });

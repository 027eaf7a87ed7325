// What an ASR chip makes of its flash at start: a board boots what is there, or stays in its boot ROM. Knows no wire.
// The reference names no boot check: that the parts below are whole is the simulator's own rule.
import type { BoardIdentity } from '../board.ts';
import { demoLayout, partitionTable } from '../demo-package/asr-tables.ts';
import { madeUpBytes } from '../demo-package/xorshift.ts';
import type { ModuleFlash } from './module-flash.ts';
import { type Partition, type PartitionTable, parsePartitionTable, partitionNamed, tableBytes } from './partition-table.ts';

export type BootResult =
  | { readonly boots: true /** Null for an application without a revision string. */; readonly revision: string | null }
  | { readonly boots: false; readonly problem: string };

const revisionPattern = /E[CG]\d{3}[A-Z][A-Z]{2}[A-Z]{2}[A-Z0-9]*R\d{2}A\d{2}[A-Z0-9_]*/;
/** Needed where the table has them. */
const systemParts = ['bootloader', 'cp', 'dsp'] as const;
/** The first one that the table has is the application. */
const applicationNames = ['customer_app', 'user_app'] as const;
const firstBytes = 0x1000;

export function readBoot(flash: ModuleFlash): BootResult {
  if (flash.isDestroyed) return { boots: false, problem: 'fuses were burned or factory data is gone' };
  const table = tableInForce(flash);
  if (typeof table === 'string') return { boots: false, problem: table };
  const application = applicationNames.map((name) => partitionNamed(table, name)).find((partition) => partition !== undefined);
  if (!application) return { boots: false, problem: 'no application partition' };
  const parts = [...systemParts.flatMap((name) => partitionNamed(table, name) ?? []), application];
  const problem = parts.map((partition) => partProblem(flash, partition)).find((found) => found !== null);
  if (problem) return { boots: false, problem };
  const text = Buffer.from(flash.nor.read(application.start, application.size)).toString('latin1');
  return { boots: true, revision: revisionPattern.exec(text)?.[0] ?? null };
}

/** What lies at `ptable`; the table that `partition` took last where it has no such place. */
export function tableInForce(flash: ModuleFlash): PartitionTable | string {
  const place = partitionNamed(flash.table, 'ptable');
  if (!place) return flash.table;
  const table = parsePartitionTable(flash.nor.read(place.start, tableBytes), flash.nor.size);
  return typeof table === 'string' ? `ptable: ${table}` : table;
}

function partProblem(flash: ModuleFlash, { name, start, size }: Partition): string | null {
  if (flash.isUnfinishedAt(start)) return `${name} is incomplete`;
  const head = flash.nor.read(start, Math.min(size, firstBytes));
  return head.every((byte) => byte === 0xff) ? `${name} is empty` : null;
}

export function factoryTable(flashBytes: number): PartitionTable {
  const table = parsePartitionTable(partitionTable(demoLayout(flashBytes)), flashBytes);
  if (typeof table === 'string') throw new Error(table);
  return table;
}

/** Puts a small system, an application that names the revision, and data of this unit alone into an erased flash. */
export function installFactoryImage(flash: ModuleFlash, { imei, revisionBefore }: BoardIdentity): void {
  const application = madeUpBytes('factory application', 0x1800);
  application.set(Buffer.from(`\0${revisionBefore}\0`, 'latin1'), 0x100);
  const contents: Readonly<Record<string, Uint8Array>> = {
    ptable: partitionTable(demoLayout(flash.nor.size)),
    customer_app: application,
    ...Object.fromEntries(systemParts.map((name) => [name, madeUpBytes(`factory ${name}`, 0x1000)])),
    ...Object.fromEntries(['rd', 'nvm', 'factory_a', 'factory_b'].map((name) => [name, madeUpBytes(`${imei} ${name}`, 0x1000)])),
  };
  for (const [name, bytes] of Object.entries(contents)) {
    const partition = partitionNamed(flash.table, name);
    if (partition) flash.nor.program(partition.start, bytes);
  }
}

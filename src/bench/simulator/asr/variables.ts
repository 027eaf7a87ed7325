// What `getvar` answers. Knows no session. Source: asr.md §8.
import { type Partition, type PartitionTable, partitionNamed } from './partition-table.ts';
import { hex8 } from './wire.ts';

export interface VariableFacts {
  readonly bootRom: string;
  readonly maxDownloadBytes: number;
  /** Empty before partition.bin was taken. */
  readonly table: PartitionTable;
}

/** Null: there is no such variable now. */
export function variable(name: string, { bootRom, maxDownloadBytes, table }: VariableFacts): string | null {
  switch (name) {
    case 'version':
      return '0.5';
    case 'version-bootrom':
      return bootRom;
    case 'product':
      return 'arom-tiny';
    case 'platform':
      return 'SILICON';
    case 'boardid':
      return '';
    case 'max-download-size':
      return hex8(maxDownloadBytes);
    default: {
      const [, what = '', of = ''] = /^partition-([a-z]+):(.+)$/.exec(name) ?? [];
      const partition = partitionNamed(table, of);
      return partition ? partitionFact(what, partition) : null;
    }
  }
}

/** The reference gives no form for the numbers: eight hex digits, as elsewhere. */
function partitionFact(what: string, { format, size, start, vstart }: Partition): string | null {
  switch (what) {
    case 'type':
      return format;
    case 'size':
      return hex8(size);
    case 'start':
      return hex8(start);
    case 'vstart':
      return hex8(vstart);
    default:
      return null;
  }
}

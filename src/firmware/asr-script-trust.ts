// Decides whether the script of an aboot package may be replayed (asr.md §13, "stale script"): it must say the same as the manifest
// and carry the same images, or at least not be older than an image it may lack. Knows no wire.
import { chipOfBootRom } from './asr-boot-roms.ts';
import type { AsrEntry, AsrImage, AsrStrategy } from './asr-package.ts';
import type { ScriptGroup, ScriptStep } from './asr-script.ts';
import { isSparse, piecesWrite, readSparse } from './asr-sparse.ts';

export interface ScriptCase {
  readonly groups: readonly ScriptGroup[];
  /** Of firmware.bin itself; null where unknown. */
  readonly modified: number | null;
  readonly entries: readonly AsrEntry[];
  readonly bootRoms: readonly string[];
}

/** The choice between the two strategies for a package that has a script. */
export function judgeScript(script: ScriptCase): AsrStrategy {
  const doubt =
    doubtAboutChip(script) ??
    doubtAboutLoads(script) ??
    doubtAboutErases(script) ??
    doubtAboutTargets(script) ??
    doubtAboutWrites(script);
  if (doubt !== null) return { kind: 'manifest', reason: `firmware.bin is not trusted: ${doubt}` };
  return { kind: 'script', reason: 'firmware.bin says the same as download.json and is not older than its images' };
}

function doubtAboutChip({ groups, bootRoms }: ScriptCase): string | null {
  const steps = groups.flatMap((group) => group.steps);
  const firstDownload = steps.findIndex(({ data }) => data !== undefined);
  const check = steps.slice(0, firstDownload).find(({ command }) => command === 'getvar:version-bootrom');
  if (check === undefined) return 'it does not ask for the boot ROM before its first download';
  const bootRom = check.expect.slice('OKAY'.length);
  if (bootRoms.includes(bootRom)) return null;
  return `it is for boot ROM ${bootRom}, ${chipOfBootRom(bootRom)}, the manifest for ${bootRoms.join(' or ')}`;
}

/** Loaders and tables go plain, so each must be the one that the manifest names, in its order. */
function doubtAboutLoads({ groups, entries }: ScriptCase): string | null {
  const sent = groups.filter(({ kind }) => kind === 'load' || kind === 'table').map(payloadsOf);
  const named = entries.flatMap((entry): (readonly AsrImage[])[] => {
    if (entry.command === 'call') return [entry.variants.map(({ part }) => part)];
    return entry.command === 'partition' ? [[entry.part]] : [];
  });
  if (sent.length !== named.length) return `it loads ${sent.length} parts, the manifest ${named.length}`;
  const different = named.find((variants, index) => {
    const [payload, second] = sent[index] ?? [];
    return payload === undefined || second !== undefined || !variants.some(({ bytes }) => Buffer.compare(bytes, payload) === 0);
  });
  return different === undefined ? null : `its ${different[0]?.name ?? 'loader'} is not the package's`;
}

function doubtAboutErases({ groups, entries }: ScriptCase): string | null {
  const sent = groups.flatMap(({ kind, partition }) => (kind === 'erase' && partition !== undefined ? [partition] : []));
  const named = entries.flatMap((entry) => (entry.command === 'erase' ? [entry.partition] : []));
  return difference('erases', sent, named);
}

function doubtAboutTargets({ groups, entries }: ScriptCase): string | null {
  const sent = groups.flatMap(({ kind, partition }) => (kind === 'flash' && partition !== undefined ? [partition] : []));
  const named = entries.flatMap((entry) => (entry.command === 'flash' ? [entry.partition] : []));
  return difference('writes', sent, named);
}

function difference(verb: string, sent: readonly string[], named: readonly string[]): string | null {
  if ([...sent].sort().join(' ') === [...named].sort().join(' ')) return null;
  return `it ${verb} ${sent.join(' ') || 'nothing'}, the manifest ${named.join(' ') || 'nothing'}`;
}

function doubtAboutWrites({ groups, entries, modified }: ScriptCase): string | null {
  for (const entry of entries) {
    if (entry.command !== 'flash') continue;
    const group = groups.find(({ kind, partition }) => kind === 'flash' && partition === entry.partition);
    const doubt = doubtAboutImage(entry.part, group === undefined ? [] : payloadsOf(group), modified);
    if (doubt !== null) return doubt;
  }
  return null;
}

function doubtAboutImage(image: AsrImage, payloads: readonly Uint8Array[], modified: number | null): string | null {
  const [first] = payloads;
  if (first !== undefined && payloads.length === 1 && Buffer.compare(first, image.bytes) === 0) return null;
  if (payloads.every(isSparse)) {
    const pieces = payloads.map(readSparse).filter((piece) => piece !== null);
    const isSame = pieces.length === payloads.length && piecesWrite(pieces, image.bytes);
    return isSame ? null : `what it writes is not ${image.name}`;
  }
  // Compressed payloads cannot be compared; a file merged into the zip later is newer than the script.
  if (modified === null || image.modified === null) return `${image.name} is compressed in it, and the times are unknown`;
  return image.modified > modified ? `${image.name} is newer than it` : null;
}

const payloadsOf = ({ steps }: ScriptGroup): Uint8Array[] =>
  steps.flatMap(({ data }: ScriptStep) => (data === undefined ? [] : [data]));

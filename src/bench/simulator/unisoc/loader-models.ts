// The models that an 8850 loader was built for: names that stand in its bytes, a group per build. Knows no wire.
// Source: unisoc.md §10.4; how the loader keeps the list is not in the reference, that the names stand there as text is chosen.
import type { BoardIdentity } from '../board.ts';

/** As revisions begin. */
const subModelPattern = /E[CG]\d{3}[A-Z][A-Z]{4}/g;

/** Whether the loader names the module's sub-model, or names none at all. */
export function namesModel(loader: Uint8Array, { revisionBefore }: BoardIdentity): boolean {
  const text = Buffer.from(loader.buffer, loader.byteOffset, loader.length).toString('latin1');
  const names: readonly string[] = text.match(subModelPattern) ?? [];
  return names.length === 0 || names.some((name) => revisionBefore.startsWith(name));
}

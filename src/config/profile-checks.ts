// Checks of a profile file that reach over several fields, or that a JSON Schema cannot tell. Pure; knows no disk.
import { basename } from 'node:path';
import { type Finding, shown } from './problems.ts';
import type { ProfileFile } from './profile-file.ts';

/** Every fault of a profile file that has the right shape. */
export function findProfileFaults(file: ProfileFile, path: string): readonly Finding[] {
  return [
    ...idFaults(file, path),
    ...subModelFaults(file),
    ...upgradeFaults(file),
    ...consentFaults(file),
    ...modeFaults(file),
    ...revisionFaults(file),
    ...repeats(file.models, ['models']),
    ...repeats(file.entry.methods, ['entry', 'methods']),
    ...pacingFaults(file),
  ];
}

function idFaults({ id }: ProfileFile, path: string): Finding[] {
  const name = basename(path).replace(/\.json$/, '');
  return id === name ? [] : [{ path: ['id'], found: shown(id), expected: `${shown(name)}, as the file is named` }];
}

function subModelFaults({ subModels }: ProfileFile): Finding[] {
  const { revisionPatterns, orderingCodes } = subModels;
  const faults = revisionPatterns.flatMap((pattern, index): Finding[] => {
    const expected = patternExpectation(pattern);
    return expected === null ? [] : [{ path: ['subModels', 'revisionPatterns', index], found: shown(pattern), expected }];
  });
  if (revisionPatterns.length + orderingCodes.length > 0) return faults;
  return [{ path: ['subModels'], found: 'an open gate', expected: 'at least one revision pattern or ordering code' }];
}

function upgradeFaults({ upgrade }: ProfileFile): Finding[] {
  return upgrade.paths.flatMap(({ from }, index): Finding[] => {
    const expected = compile(from) === null ? 'a regular expression that compiles' : isAnchored(from) ? null : anchored;
    return expected === null ? [] : [{ path: ['upgrade', 'paths', index, 'from'], found: shown(from), expected }];
  });
}

function consentFaults({ consents }: ProfileFile): Finding[] {
  if (!consents.wipeUserData || !consents.keepUserData) return [];
  return [{ path: ['consents', 'keepUserData'], found: 'true', expected: 'false where wipeUserData is true: one of both' }];
}

const anchored = 'a pattern anchored at both ends as a whole: "^…$", alternatives in brackets "^(a|b)$"';

/** Null for a good pattern. The gate keeps wrong-variant firmware out, so one that lets anything through is no gate. */
function patternExpectation(pattern: string): string | null {
  const compiled = compile(pattern);
  if (compiled === null) return 'a regular expression that compiles';
  if (!isAnchored(pattern)) return anchored;
  if (['', '?', 'another module'].some((text) => compiled.test(text))) return 'a pattern that does not match any text at all';
  return null;
}

function compile(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern);
  } catch {
    return null;
  }
}

function isAnchored(pattern: string): boolean {
  const bare = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
  return bare.startsWith('^') && bare.endsWith('$') && !hasTopLevelAlternative(bare);
}

function hasTopLevelAlternative(bare: string): boolean {
  let depth = 0;
  for (const char of bare) {
    if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === '|' && depth === 0) return true;
  }
  return false;
}

function modeFaults({ modes }: ProfileFile): Finding[] {
  const lower = (ids: readonly string[]): string[] => ids.map((id) => id.toLowerCase());
  const [normal, download] = [lower(modes.normal.ids), lower(modes.download.ids)];
  const shared = download.flatMap((id, index): Finding[] =>
    normal.includes(id)
      ? [{ path: ['modes', 'download', 'ids', index], found: shown(id), expected: 'an id that normal mode does not have' }]
      : [],
  );
  return [...shared, ...repeats(normal, ['modes', 'normal', 'ids']), ...repeats(download, ['modes', 'download', 'ids'])];
}

/** A unit must still pass the gate after it was flashed; and a revision of another family is a mistake of the author. */
function revisionFaults({ expectedRevision, subModels }: ProfileFile): Finding[] {
  const { revisionPatterns } = subModels;
  if (revisionPatterns.length === 0 || revisionPatterns.some((pattern) => compile(pattern)?.test(expectedRevision.value)))
    return [];
  return [
    {
      path: ['expectedRevision', 'value'],
      found: shown(expectedRevision.value),
      expected: 'a revision that matches one of subModels.revisionPatterns',
    },
  ];
}

function pacingFaults({ pacing }: ProfileFile): Finding[] {
  if (pacing.burstBytes <= pacing.bytesPerSecond) return [];
  return [
    {
      path: ['pacing', 'burstBytes'],
      found: shown(pacing.burstBytes),
      expected: `at most bytesPerSecond (${pacing.bytesPerSecond})`,
    },
  ];
}

function repeats(values: readonly string[], path: readonly string[]): Finding[] {
  return values.flatMap((value, index): Finding[] =>
    values.indexOf(value) < index ? [{ path: [...path, index], found: shown(value), expected: 'each value once' }] : [],
  );
}

// Profile and station files of the config tests: small good ones, and a disk that is a map.
import { join } from 'node:path';
import type { ReadFile } from '../../src/config/load-station.ts';

export type Json = Record<string, unknown>;

/** The least that a profile file must say; everything else has a default. */
export const leastProfile = (model = 'EC800E', id = model.toLowerCase()): Json => ({
  id,
  revision: 1,
  platform: 'eigencomm',
  description: { en: 'Test profile', zh: '测试' },
  provenOn: 'nothing',
  models: [model],
  subModels: { revisionPatterns: [`^${model}CN(LC|LE)R.*$`] },
  modes: {
    normal: { ids: ['2C7C:0903'], interfaceNumber: 3 },
    download: { ids: ['17d1:0001'], interfaceNumber: 0 },
  },
  carrier: {
    name: 'board',
    enter: { en: 'Close the strap.', zh: '短接。' },
    release: { en: 'Open the strap.', zh: '断开。' },
    powerOn: { en: 'Power on.', zh: '上电。' },
  },
  package: { path: '../packages/release.bin', sha256: 'ab'.repeat(32) },
  expectedRevision: { value: `${model}CNLCR02A01M08` },
});

export const leastStation = (): Json => ({
  station: { id: 'S1', line: 'L1' },
  bench: 'hardware',
  defaults: { profiles: { EC800E: 'ec800e' } },
  slots: [
    { number: 1, usbPath: 'pci-0000:00:14.0/1.1' },
    { number: 2, usbPath: 'pci-0000:00:14.0/1.2' },
  ],
});

/** The object with one value replaced, or with the key taken away for `undefined`. */
export function changed(root: Json, path: readonly (string | number)[], value: unknown): Json {
  const copy = structuredClone(root);
  let at: unknown = copy;
  for (const step of path.slice(0, -1)) at = (at as Record<string | number, unknown>)[step];
  const [last = ''] = path.slice(-1);
  const parent = at as Record<string | number, unknown>;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

export const bytesOf = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value, null, 2));

/** A disk that holds these files; any other is absent. */
export function diskWith(files: Readonly<Record<string, unknown>>): ReadFile {
  return async (path) => {
    const name = Object.keys(files).find((file) => join(file) === path);
    if (name === undefined) throw Object.assign(new Error('absent'), { code: 'ENOENT' });
    return bytesOf(files[name]);
  };
}

/** The lines of the failure's detail, one per problem. */
export function problemsOf(thrown: unknown): { readonly code: string; readonly lines: readonly string[] } {
  const failure = (thrown as { failure?: { code: string; detail?: string } }).failure;
  if (!failure) throw thrown;
  return { code: failure.code, lines: (failure.detail ?? '').split('\n') };
}

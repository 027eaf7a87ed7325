// `platform_config.json` of a QuecPython release: which platform it says it is for (eigencomm.md §11.1). Knows no platform.
import { fault } from '../domain/failure.ts';
import type { PackageFile } from './package-files.ts';

const configName = 'platform_config.json';

/** The configs that speak for `folder`: in it or in a folder around it. Null: all there are. */
export function platformConfigs(files: readonly PackageFile[], folder: string | null): readonly PackageFile[] {
  return files.filter(({ path }) => {
    if (path !== configName && !path.endsWith(`/${configName}`)) return false;
    return folder === null || `${folder}/`.startsWith(path.slice(0, -configName.length));
  });
}

/** The platform in upper case, e.g. `EIGEN`; null when the file does not say. */
export function declaredPlatform(config: PackageFile): string | null {
  try {
    const value: unknown = JSON.parse(
      Buffer.from(config.bytes)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    );
    const platform = typeof value === 'object' && value !== null && 'platform' in value ? value.platform : null;
    return typeof platform === 'string' ? platform.toUpperCase() : null;
  } catch {
    return null;
  }
}

/** Throws `package-platform-mismatch`, or `package-structure-invalid` for a config that names no platform. */
export function requirePlatform(configs: readonly PackageFile[], expected: string): void {
  for (const config of configs) {
    const actual = declaredPlatform(config);
    if (actual === null)
      throw fault('package-structure-invalid', config.path, { expected: 'the name of a platform', actual: 'none' });
    if (actual !== expected) throw fault('package-platform-mismatch', config.path, { expected, actual });
  }
}

// The vendor's ini files as a list of settings. Knows no file and no meaning.
import { fault } from '../domain/failure.ts';

export interface IniSetting {
  /** Section and key in lower case: vendor files disagree about it. */
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** Lines that are no setting are passed over: vendor files hold remarks in several notations and encodings. */
export function parseIni(bytes: Uint8Array): readonly IniSetting[] {
  const settings: IniSetting[] = [];
  let section = '';
  for (const raw of Buffer.from(bytes)
    .toString('latin1')
    .replace(/^\xEF\xBB\xBF/, '')
    .split(/\r\n|\r|\n/)) {
    const line = raw.replace(/(^|\s)[;#].*$/, '').trim();
    const heading = /^\[([^\]]*)\]$/.exec(line);
    if (heading) section = (heading[1] ?? '').trim().toLowerCase();
    const equals = line.indexOf('=');
    if (!heading && equals > 0) {
      settings.push({ section, key: line.slice(0, equals).trim().toLowerCase(), value: line.slice(equals + 1).trim() });
    }
  }
  return settings;
}

/** Throws `package-structure-invalid` when it is missing, given twice, or no match of `form`; `step` names the file. */
export function requireSetting(ini: readonly IniSetting[], section: string, key: string, form: RegExp, step: string): string {
  const found = ini.filter((setting) => setting.section === section.toLowerCase() && setting.key === key.toLowerCase());
  const [first] = found;
  const place = `${step} [${section}] ${key}`;
  if (first === undefined || found.length > 1) {
    throw fault('package-structure-invalid', place, { expected: 'one setting', actual: found.length });
  }
  if (!form.test(first.value)) throw fault('package-structure-invalid', place, { expected: form.source, actual: first.value });
  return first.value;
}

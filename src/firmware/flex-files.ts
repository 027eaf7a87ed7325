// The flex files of a QuecPython release for Eigencomm modules: which there are and where they go (eigencomm.md §11.2).
// Knows no flash map.
import { fault } from '../domain/failure.ts';
import type { FlexFile } from './eigencomm-package.ts';
import type { FindPart } from './eigencomm-release.ts';
import { type IniSetting, parseIni, requireSetting } from './ini.ts';

/** `[File_1]` to `[File_4]`. The ini gives ranges only; the names are the vendor's convention. */
const flexFileNames: readonly string[] = ['ap_application.bin', 'ap_updater.bin', 'customer_fs.bin', 'customer_backup_fs.bin'];

const hexNumber = /^0x[0-9a-f]{1,8}$/i;

const flexIniName = 'quec_download_config.ini';

/** Throws `package-member-missing`, `package-structure-invalid`. No ini and none of the files: no flex files. */
export function readFlexFiles(findPart: FindPart): FlexFile[] {
  const ini = findPart(flexIniName);
  if (ini === null) {
    const orphan = flexFileNames.find((name) => findPart(name) !== null);
    if (orphan === undefined) return [];
    throw fault('package-member-missing', orphan, { expected: flexIniName, actual: 'nothing that says where it goes' });
  }
  const settings = parseIni(ini.bytes);
  // A number, whatever its notation: compared as text, a count of 4 once lost the backup file system.
  const count = Number(requireSetting(settings, 'File', 'File_Count', /^\d{1,3}$/, flexIniName));
  if (count > flexFileNames.length) {
    throw fault('package-structure-invalid', flexIniName, { expected: `at most ${flexFileNames.length} files`, actual: count });
  }
  return flexFileNames.slice(0, count).map((name, index) => readFlexFile(settings, name, `File_${index + 1}`, findPart));
}

function readFlexFile(settings: readonly IniSetting[], name: string, section: string, findPart: FindPart): FlexFile {
  const number = (key: string): number => Number.parseInt(requireSetting(settings, section, key, hexNumber, flexIniName), 16);
  const startAddress = number('START_ADDR');
  const maxSize = number('MAX_SIZE');
  const part = findPart(name);
  if (part === null)
    throw fault('package-member-missing', name, { expected: name, actual: `missing, but named by ${flexIniName}` });
  if (part.bytes.length === 0) throw fault('package-structure-invalid', name, { detail: 'the file is empty' });
  return { part, startAddress, maxSize };
}

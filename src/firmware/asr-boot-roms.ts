// Boot ROM versions of ASR chips and the chips they stand for (asr.md §3.2). The version is the check against a wrong chip.

/** The first Crane silicon: it takes `nop` in place of `call` (asr.md §13), and it may speak ETHOS, which is refused. */
export const craneA0BootRom = '2019.01.15';

const chips: Readonly<Record<string, string>> = {
  [craneA0BootRom]: 'Crane A0 (ASR3601, ASR1601)',
  '2020.07.30': 'CraneG/CraneM A0 (ASR3603, ASR1603)',
  '2021.05.31': 'Jacana A0 (ASR5311)',
  '2021.10.10': 'CraneW MCU Z1 (ASR3606)',
  '2021.10.16': 'CraneL A0 (ASR1606)',
  '2022.03.31': 'SC2 A0',
  '2022.04.18': 'CraneLS Z1 (ASR1609)',
  '2022.07.28': 'CraneW MCU Z2 (ASR3606)',
  '2022.08.08': 'CraneW CR5 (ASR3606)',
};

/** For messages only. */
export const chipOfBootRom = (version: string): string =>
  (Object.hasOwn(chips, version) ? chips[version] : null) ?? 'unknown chip';

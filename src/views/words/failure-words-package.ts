// Words for failures found before a board is touched: station file, profile, package.
import type { FailureCode } from '../../domain/failure.ts';
import type { FailureWords } from './failure-words.ts';

export const packageFailureWords = {
  'station-file-invalid': {
    en: { says: 'The station file has a mistake.', action: 'Correct the station file at the place named.' },
    zh: { says: '工位配置文件有错误。', action: '请按提示位置修改工位配置文件。' },
  },
  'profile-invalid': {
    en: { says: 'The profile has a mistake.', action: 'Correct the profile at the place named.' },
    zh: { says: '机型配置文件有错误。', action: '请按提示位置修改机型配置文件。' },
  },
  'profile-changed': {
    en: {
      says: 'The profile is not the one that the station file pins.',
      action: 'Put the released profile back, or check the new one and pin it with flashrack profile check --pin.',
    },
    zh: {
      says: '机型配置文件与工位文件锁定的不是同一个文件。',
      action: '请恢复正式发布的配置文件，或检查新文件后用 flashrack profile check --pin 重新锁定。',
    },
  },
  'profile-exists': {
    en: { says: 'There is a profile of this name already.', action: 'Give another --id, or --force to replace it.' },
    zh: { says: '同名配置文件已存在。', action: '请换一个 --id，或用 --force 覆盖。' },
  },
  'answer-missing': {
    en: { says: 'No file can tell this, it must be said.', action: 'Give the options named, or run the command on a terminal.' },
    zh: { says: '有内容必须由人给出，文件中无法得知。', action: '请补上所列选项，或在终端中运行本命令。' },
  },
  'package-unreadable': {
    en: { says: 'The firmware package cannot be opened.', action: 'Check that the file is at the path the profile names.' },
    zh: { says: '固件包无法打开。', action: '请确认固件包在配置指定的路径下。' },
  },
  'package-format-unknown': {
    en: {
      says: 'The file is not a firmware package this station knows.',
      action: 'Ask the engineer for the released package file.',
    },
    zh: { says: '该文件不是本工位支持的固件包格式。', action: '请向工程师索取正式发布的固件包。' },
  },
  'package-truncated': {
    en: { says: 'The firmware package ends too early.', action: 'Copy the package again from the release folder.' },
    zh: { says: '固件包不完整，文件被截断。', action: '请从发布目录重新拷贝固件包。' },
  },
  'package-hash-mismatch': {
    en: {
      says: 'An image in the package does not match its own checksum.',
      action: 'Copy the package again from the release folder.',
    },
    zh: { says: '固件包内的镜像与自身校验值不符。', action: '请从发布目录重新拷贝固件包。' },
  },
  'package-digest-mismatch': {
    en: {
      says: 'The firmware package is not the one the profile asks for.',
      action: 'Copy the released package again from the release folder.',
    },
    zh: { says: '固件包与配置要求的不是同一个文件。', action: '请从发布目录重新拷贝正式固件包。' },
  },
  'package-unsafe-entry': {
    en: { says: 'The package holds a file with an unsafe name.', action: 'Send the package to the engineer and do not use it.' },
    zh: { says: '固件包内有文件名不安全的文件。', action: '请停用该固件包并交给工程师。' },
  },
  'package-duplicate-entry': {
    en: { says: 'The package holds two files of the same name.', action: 'Send the package to the engineer and do not use it.' },
    zh: { says: '固件包内有重名文件。', action: '请停用该固件包并交给工程师。' },
  },
  'package-too-large': {
    en: { says: 'The package unpacks to more than is allowed.', action: 'Send the package to the engineer and do not use it.' },
    zh: { says: '固件包解压后超过允许大小。', action: '请停用该固件包并交给工程师。' },
  },
  'package-size-forged': {
    en: {
      says: 'A file in the package is not as long as the package says.',
      action: 'Send the package to the engineer and do not use it.',
    },
    zh: { says: '固件包内文件的实际长度与声明不符。', action: '请停用该固件包并交给工程师。' },
  },
  'package-crc-mismatch': {
    en: { says: 'A file in the package is damaged.', action: 'Copy the package again from the release folder.' },
    zh: { says: '固件包内有文件已损坏。', action: '请从发布目录重新拷贝固件包。' },
  },
  'package-member-missing': {
    en: { says: 'A file that the package needs is not in it.', action: 'Ask the engineer for the complete package.' },
    zh: { says: '固件包缺少必需的文件。', action: '请向工程师索取完整的固件包。' },
  },
  'package-structure-invalid': {
    en: { says: 'The package contradicts itself.', action: 'Send the package to the engineer and do not use it.' },
    zh: { says: '固件包内部结构自相矛盾。', action: '请停用该固件包并交给工程师。' },
  },
  'package-image-out-of-range': {
    en: {
      says: 'The package would write where writing is forbidden.',
      action: 'Send the package to the engineer and do not use it.',
    },
    zh: { says: '固件包要写入禁止写入的地址区域。', action: '请停用该固件包并交给工程师。' },
  },
  'package-agentboot-missing': {
    en: {
      says: 'The package brings no agentboot and the profile names none.',
      action: 'Ask the engineer to name the agentboot file in the profile.',
    },
    zh: { says: '固件包内没有 agentboot，配置也未指定。', action: '请工程师在配置中指定 agentboot 文件。' },
  },
  'package-agentboot-mismatch': {
    en: { says: 'The agentboot file is not the one the profile asks for.', action: 'Copy the released agentboot file again.' },
    zh: { says: 'agentboot 文件与配置要求的不一致。', action: '请重新拷贝正式发布的 agentboot 文件。' },
  },
  'package-platform-mismatch': {
    en: {
      says: 'The package is for another kind of chip than the profile.',
      action: 'Choose the package that belongs to this profile.',
    },
    zh: { says: '固件包与配置的芯片平台不一致。', action: '请选择与该配置对应的固件包。' },
  },
  'package-consent-missing': {
    en: {
      says: 'The package would erase data and the profile does not agree to it.',
      action: 'Ask the engineer to release a profile for this package.',
    },
    zh: { says: '固件包会擦除数据，而配置没有授权。', action: '请工程师为该固件包发布授权的配置。' },
  },
  'user-data-not-kept': {
    en: {
      says: "The profile keeps the user's files, and this package cannot be flashed without replacing them.",
      action: 'Ask the engineer for a package without a user file system, or for a profile that wipes it.',
    },
    zh: {
      says: '配置要求保留用户文件，而烧录此固件包必须替换用户文件。',
      action: '请工程师提供不含用户文件系统的固件包，或允许清除的配置。',
    },
  },
} as const satisfies Partial<Record<FailureCode, FailureWords>>;

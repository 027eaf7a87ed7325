// Words for failures of the download dialogue, of NV identity data and of the read-back.
import type { FailureCode } from '../../domain/failure.ts';
import type { FailureWords } from './failure-words.ts';

export const downloadFailureWords = {
  'rom-silent': {
    en: {
      says: 'The module in download mode does not answer.',
      action: 'Power the board off and start it in download mode again.',
    },
    zh: { says: '下载模式下模块没有应答。', action: '请断电后重新进入下载模式。' },
  },
  'loader-silent': {
    en: { says: 'The loader was sent but does not answer.', action: 'Put the board in again.' },
    zh: { says: '引导程序已发送，但没有应答。', action: '请重新插入模块。' },
  },
  'reply-timed-out': {
    en: { says: 'The module stopped answering in this step.', action: 'Put the board in again.' },
    zh: { says: '模块在该步骤停止应答。', action: '请重新插入模块。' },
  },
  'reply-malformed': {
    en: { says: 'The module gave an answer that makes no sense.', action: 'Put the board in again.' },
    zh: { says: '模块的应答格式错误。', action: '请重新插入模块。' },
  },
  'reply-checksum-wrong': {
    en: {
      says: 'Answers of the module arrive damaged.',
      action: 'Check cable and seat of the slot, then put the board in again.',
    },
    zh: { says: '模块的应答在传输中损坏。', action: '请检查该工位的线缆和接触，再重新插入模块。' },
  },
  'reply-unexpected': {
    en: { says: 'The module answered another question than the one asked.', action: 'Put the board in again.' },
    zh: { says: '模块的应答与命令不对应。', action: '请重新插入模块。' },
  },
  'device-refused': {
    en: { says: 'The module refuses this step.', action: 'Put the board in the rework box.' },
    zh: { says: '模块拒绝执行该步骤。', action: '请将模块放入返修盒。' },
  },
  'device-error': {
    en: { says: 'The module reports an error in this step.', action: 'Put the board in the rework box.' },
    zh: { says: '模块在该步骤报告错误。', action: '请将模块放入返修盒。' },
  },
  'image-id-mismatch': {
    en: { says: 'The module asks for another image than the one that is its turn.', action: 'Put the board in again.' },
    zh: { says: '模块请求的镜像与当前步骤不符。', action: '请重新插入模块。' },
  },
  'grant-invalid': {
    en: { says: 'The module asks for an amount of data that cannot be right.', action: 'Put the board in the rework box.' },
    zh: { says: '模块请求的数据长度不合理。', action: '请将模块放入返修盒。' },
  },
  'burn-failed': {
    en: { says: 'The module could not write an image into its flash.', action: 'Put the board in the rework box.' },
    zh: { says: '模块写入闪存失败。', action: '请将模块放入返修盒。' },
  },
  'verify-mismatch': {
    en: { says: 'What is in flash is not what was sent.', action: 'Put the board in the rework box.' },
    zh: { says: '闪存内容与发送的数据不一致。', action: '请将模块放入返修盒。' },
  },
  'loader-reset': {
    en: { says: 'The module restarted in the middle of loading.', action: 'Put the board in again.' },
    zh: { says: '模块在加载过程中自行重启。', action: '请重新插入模块。' },
  },
  'package-for-other-model': {
    en: {
      says: 'The firmware package is for another model than this module.',
      action: 'Ask the engineer to check the package of this profile.',
    },
    zh: { says: '固件包不适用于该型号的模块。', action: '请工程师核对该配置的固件包。' },
  },
  'boot-rom-mismatch': {
    en: {
      says: 'The firmware package is for another chip version than this module.',
      action: 'Ask the engineer to check the package of this profile.',
    },
    zh: { says: '固件包与该模块的芯片版本不符。', action: '请工程师核对该配置的固件包。' },
  },
  'download-size-mismatch': {
    en: { says: 'The module counted another amount of data than was sent.', action: 'Put the board in the rework box.' },
    zh: { says: '模块统计的数据量与发送的不一致。', action: '请将模块放入返修盒。' },
  },
  'signature-refused': {
    en: {
      says: 'The module does not accept the signature of the firmware.',
      action: 'Ask the engineer to check the package of this profile.',
    },
    zh: { says: '模块不接受固件的签名。', action: '请工程师核对该配置的固件包。' },
  },
  'link-not-supported': {
    en: { says: 'The module cannot be flashed over this connection.', action: 'Put the board in the rework box.' },
    zh: { says: '模块不支持通过该接口烧录。', action: '请将模块放入返修盒。' },
  },
  'nv-backup-unreadable': {
    en: {
      says: 'The identity data of the module cannot be read; it was not changed.',
      action: 'Put the board in the rework box.',
    },
    zh: { says: '模块的 NV 身份数据读不出，未做修改。', action: '请将模块放入返修盒。' },
  },
  'nv-backup-corrupt': {
    en: { says: 'The identity data of the module is damaged; it was not changed.', action: 'Put the board in the rework box.' },
    zh: { says: '模块的 NV 身份数据已损坏，未做修改。', action: '请将模块放入返修盒。' },
  },
  'nv-imei-missing': {
    en: { says: 'The identity data of the module holds no IMEI.', action: 'Put the board in the rework box.' },
    zh: { says: '模块的 NV 数据中没有 IMEI。', action: '请将模块放入返修盒。' },
  },
  'nv-merge-failed': {
    en: {
      says: 'The identity data of the module does not fit the package.',
      action: 'Ask the engineer to check the package of this profile.',
    },
    zh: { says: '模块的 NV 身份数据与固件包无法合并。', action: '请工程师核对该配置的固件包。' },
  },
  'nv-changed': {
    en: {
      says: 'The identity data of the module changed while it was flashed.',
      action: 'Set the board aside and give its number to the engineer.',
    },
    zh: { says: '烧录后模块的 NV 身份数据发生变化。', action: '请将模块单独存放，并把编号交给工程师。' },
  },
  'nv-backup-unidentified': {
    en: {
      says: 'Nothing proves which module this backup was taken of.',
      action: 'Use a backup of logs/nv that has its evidence file or its record.',
    },
    zh: { says: '无法证明该备份属于哪个模块。', action: '请使用 logs/nv 中带有证据文件或记录的备份。' },
  },
  'nv-backup-of-other-unit': {
    en: {
      says: 'The backup was taken of another module; nothing was written.',
      action: 'Insert the module that the backup names.',
    },
    zh: { says: '该备份属于另一个模块，未写入任何数据。', action: '请插入备份所对应的模块。' },
  },
  'does-not-boot': {
    en: { says: 'The module does not start after flashing.', action: 'Put the board in the rework box.' },
    zh: { says: '模块烧录后无法启动。', action: '请将模块放入返修盒。' },
  },
  'model-changed': {
    en: { says: 'The module says it is another model than before.', action: 'Put the board in the rework box.' },
    zh: { says: '烧录后模块报告的型号与之前不同。', action: '请将模块放入返修盒。' },
  },
  'revision-mismatch': {
    en: { says: 'The module does not run the firmware version of the order.', action: 'Put the board in the rework box.' },
    zh: { says: '模块运行的固件版本与工单不符。', action: '请将模块放入返修盒。' },
  },
  'revision-unreadable': {
    en: { says: 'The firmware version of the module cannot be read back.', action: 'Put the board in the rework box.' },
    zh: { says: '读不出模块的固件版本。', action: '请将模块放入返修盒。' },
  },
} as const satisfies Partial<Record<FailureCode, FailureWords>>;

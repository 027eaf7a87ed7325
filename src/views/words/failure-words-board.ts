// Words for failures of who the board is and how it enters: identity, download mode, window, hands.
import type { FailureCode } from '../../domain/failure.ts';
import type { FailureWords } from './failure-words.ts';

export const boardFailureWords = {
  'model-not-allowed': {
    en: {
      says: 'This module is not a model of this order; nothing was written.',
      action: 'Take the board out and put it with its own model.',
    },
    zh: { says: '该模块型号不属于本工单，未写入任何数据。', action: '请取出模块，放回对应型号的料盒。' },
  },
  'sub-model-not-allowed': {
    en: {
      says: 'This variant of the module is not allowed here; nothing was written.',
      action: 'Take the board out and compare its label with the order.',
    },
    zh: { says: '该模块的子型号不允许在此烧录，未写入任何数据。', action: '请取出模块，核对标签与工单。' },
  },
  'board-unidentified': {
    en: {
      says: 'The board came in download mode and nobody knows its model; nothing was written.',
      action: 'Release BOOT and put the board in again so that it can be identified.',
    },
    zh: { says: '模块直接进入下载模式，型号未知，未写入任何数据。', action: '请松开 BOOT 后重新插入，让系统先识别模块。' },
  },
  'label-missing': {
    en: { says: 'The label of this board was not scanned in time.', action: 'Put the board in again and scan its label.' },
    zh: { says: '未及时扫描该模块的标签。', action: '请重新插入模块并扫描标签。' },
  },
  'imei-missing': {
    en: { says: 'The module gives no IMEI.', action: 'Put the board in the rework box.' },
    zh: { says: '模块读不出 IMEI。', action: '请将模块放入返修盒。' },
  },
  'imei-invalid': {
    en: { says: 'The IMEI of the module is not a valid number.', action: 'Put the board in the rework box.' },
    zh: { says: '模块的 IMEI 号码无效。', action: '请将模块放入返修盒。' },
  },
  'at-dialogue-broken': {
    en: { says: 'The module answers the first questions wrongly or not to the end.', action: 'Put the board in again.' },
    zh: { says: '模块的 AT 应答不完整或有错误。', action: '请重新插入模块。' },
  },
  'entry-timed-out': {
    en: {
      says: 'The board did not come into download mode in time; nothing was written.',
      action: 'Put the board in again and follow the BOOT steps on the screen.',
    },
    zh: { says: '模块未在规定时间内进入下载模式，未写入任何数据。', action: '请重新插入模块，并按屏幕上的 BOOT 步骤操作。' },
  },
  'download-mode-refused': {
    en: { says: 'The module refuses to go into download mode.', action: 'Put the board in the rework box.' },
    zh: { says: '模块拒绝进入下载模式。', action: '请将模块放入返修盒。' },
  },
  'window-missed': {
    en: {
      says: 'The module was in download mode but the time to reach it ran out; nothing was written.',
      action: 'Power the board off and start it in download mode again.',
    },
    zh: { says: '模块已进入下载模式，但握手窗口已超时，未写入任何数据。', action: '请断电后重新进入下载模式。' },
  },
  'device-age-unknown': {
    en: {
      says: 'The board was in download mode already and nobody knows since when; nothing was sent to it.',
      action: 'Power the board off and on again.',
    },
    zh: { says: '模块早已处于下载模式，时间未知，未发送任何数据。', action: '请将模块断电后重新上电。' },
  },
  'hold-expired': {
    en: { says: 'The board waited too long for its turn; nothing was written.', action: 'Put the board in again.' },
    zh: { says: '模块等待烧录的时间过长，未写入任何数据。', action: '请重新插入模块。' },
  },
  'operator-cancelled': {
    en: {
      says: 'The operator cancelled this job before anything was written.',
      action: 'Put the board in again when it is to be flashed.',
    },
    zh: { says: '操作员在写入前取消了本次烧录。', action: '需要烧录时请重新插入模块。' },
  },
  'removed-early': {
    en: {
      says: 'The board was taken out before anything was written.',
      action: 'Put the board in again and leave it until the verdict.',
    },
    zh: { says: '模块在写入前被拔出。', action: '请重新插入模块，出结果前不要拔出。' },
  },
  unplugged: {
    en: {
      says: 'The board went away while it was being written; what is in its flash is not known.',
      action: 'Put the board in again to flash it once more.',
    },
    zh: { says: '烧录过程中模块断开，闪存内容不确定。', action: '请重新插入模块，再烧录一次。' },
  },
  'already-passed': {
    en: { says: 'This board has just passed here and was not flashed again.', action: 'Take the board out.' },
    zh: { says: '该模块刚在此工位烧录通过，未再次烧录。', action: '请取出模块。' },
  },
  swapped: {
    en: {
      says: 'Another board than the identified one is in the slot.',
      action: 'Take the board out and set it aside with its slot number.',
    },
    zh: { says: '工位上的模块与识别时的不是同一块。', action: '请取出模块，注明工位号后单独存放。' },
  },
  'strap-still-closed': {
    en: {
      says: 'BOOT is still closed, so the module starts in download mode instead of its firmware.',
      action: 'Release BOOT, then power the board off and on.',
    },
    zh: { says: 'BOOT 仍处于短接状态，模块又进入了下载模式。', action: '请松开 BOOT，再断电重新上电。' },
  },
  'identity-unproven': {
    en: {
      says: 'Nothing proves that the board read back is the board that was flashed.',
      action: 'Put the board in again to be identified and flashed.',
    },
    zh: { says: '无法证明回读的模块就是刚烧录的模块。', action: '请重新插入模块，识别后再烧录。' },
  },
} as const satisfies Partial<Record<FailureCode, FailureWords>>;

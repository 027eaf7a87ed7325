// Words for a unit that is stopped, or let by, before anything is written: its past, its version, its double.
import type { FailureCode } from '../../domain/failure.ts';
import type { FailureWords } from './failure-words.ts';

export const clearanceFailureWords = {
  'unit-in-two-slots': {
    en: {
      says: 'A board with the same IMEI or SN is in another slot; nothing was written.',
      action: 'Take this board out and compare both labels.',
    },
    zh: { says: '另一工位上有 IMEI 或 SN 相同的模块，未写入任何数据。', action: '请取出该模块，核对两块模块的标签。' },
  },
  'passed-before': {
    en: { says: 'This unit has passed before.', action: 'Put the board with the passed ones.' },
    zh: { says: '该模块以前已烧录合格。', action: '请将模块放入合格盒。' },
  },
  'passed-in-order': {
    en: { says: 'This unit has passed in this order already.', action: 'Put the board with the passed ones.' },
    zh: { says: '该模块在本工单中已烧录合格。', action: '请将模块放入合格盒。' },
  },
  'golden-unit-first': {
    en: {
      says: 'The golden unit has not passed in this shift, so nothing was written to this board.',
      action: 'Put the golden unit in first.',
    },
    zh: { says: '本班标准件尚未通过，未向该模块写入任何数据。', action: '请先插入标准件。' },
  },
  'board-rejected': {
    en: { says: 'This unit has failed in several slots, so it is not tried again.', action: 'Put the board in the rework box.' },
    zh: { says: '该模块在多个工位均失败，不再重试。', action: '请将模块放入返修盒。' },
  },
  'rework-needed': {
    en: { says: 'This unit has failed too often to be tried again.', action: 'Put the board in the rework box.' },
    zh: { says: '该模块失败次数过多，不再重试。', action: '请将模块放入返修盒。' },
  },
  'already-current': {
    en: {
      says: 'This unit has the right version already; nothing was written.',
      action: 'Put the board with those that need no flashing.',
    },
    zh: { says: '该模块已是目标版本，未写入任何数据。', action: '请将模块放入无需烧录的料盒。' },
  },
  'upgrade-path-forbidden': {
    en: {
      says: 'This package must not be flashed onto the version that the unit has; nothing was written.',
      action: 'Take the board out and give it to the engineer.',
    },
    zh: { says: '该模块的当前版本不允许升级到此固件包，未写入任何数据。', action: '请取出模块并交给工程师。' },
  },
  'order-complete': {
    en: {
      says: 'The work order has its quantity, counting the boards that are being flashed; nothing was written.',
      action: 'Take the board out, and scan the next work order.',
    },
    zh: { says: '工单数量已满（含正在烧录的模块），未写入任何数据。', action: '请取出模块，并扫描下一张工单。' },
  },
  'profile-not-in-job': {
    en: {
      says: 'The job that was scanned does not flash boards of this kind; nothing was written.',
      action: 'Take the board out and compare it with the work order.',
    },
    zh: { says: '当前任务不包含该型号的模块，未写入任何数据。', action: '请取出模块，并与工单核对。' },
  },
  'history-unavailable': {
    en: {
      says: "The unit's history cannot be read, so nothing was written.",
      action: 'Call the engineer: the index of the records is behind or damaged.',
    },
    zh: { says: '无法读取该模块的历史记录，因此未写入任何数据。', action: '请呼叫工程师：记录索引滞后或损坏。' },
  },
} as const satisfies Partial<Record<FailureCode, FailureWords>>;

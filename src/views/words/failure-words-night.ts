// Words for units that were only looked at, and for a night shift that cannot start. Knows no failure's facts.
import type { FailureCode } from '../../domain/failure.ts';
import type { FailureWords } from './failure-words.ts';

export const nightFailureWords = {
  'module-silent': {
    en: { says: 'The module does not answer.', action: 'Seat the board again; if it stays mute, put it in the rework box.' },
    zh: { says: '模块没有应答。', action: '请重新插好模块；若仍无应答，请放入返修盒。' },
  },
  'record-differs': {
    en: {
      says: 'The module does not tell what its record says of it.',
      action: 'Take the board out and give it to the engineer, with its record.',
    },
    zh: { says: '模块的信息与其烧录记录不一致。', action: '请取出模块，连同其记录交给工程师。' },
  },
  'record-not-passed': {
    en: { says: 'The last flashing of this unit did not pass.', action: 'Flash the board again.' },
    zh: { says: '该模块最近一次烧录未合格。', action: '请重新烧录该模块。' },
  },
  'verify-failed': {
    en: { says: 'A verification of this unit failed after it had been flashed.', action: 'Flash the board again.' },
    zh: { says: '该模块烧录后的检验未通过。', action: '请重新烧录该模块。' },
  },
  'batch-file-invalid': {
    en: { says: 'The job file is not right; nothing was touched.', action: 'Correct what is named above.' },
    zh: { says: '任务文件有误，未触碰任何模块。', action: '请更正上面列出的内容。' },
  },
  'batch-needs-hands': {
    en: {
      says: 'This batch would need a person at the rack, so it was not started.',
      action: 'Change the slots or the profiles that are named above.',
    },
    zh: { says: '此批次需要有人在机架旁操作，因此未启动。', action: '请修改上面列出的工位或配置。' },
  },
  'rack-in-use': {
    en: { says: 'Another batch is running on this rack.', action: 'Wait until it has ended, or stop it.' },
    zh: { says: '另一个批次正在使用此机架。', action: '请等待其结束，或先停止它。' },
  },
  'quantity-reached': {
    en: {
      says: 'The batch has as many boards as it asks for; nothing was written.',
      action: 'Keep the board for the next order.',
    },
    zh: { says: '该批次已达到所需数量，未写入任何数据。', action: '请将模块留给下一个工单。' },
  },
} as const satisfies Partial<Record<FailureCode, FailureWords>>;

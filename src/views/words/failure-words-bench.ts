// Words for failures of the rack and the station itself: serial paths, USB, power, records.
import type { FailureCode } from '../../domain/failure.ts';
import type { FailureWords } from './failure-words.ts';

export const benchFailureWords = {
  'serial-path-missing': {
    en: {
      says: 'The module is there but gives no serial path to talk to it.',
      action: 'Put the board in again; if it stays so, change the USB cable.',
    },
    zh: { says: '检测到模块，但没有可用的串口。', action: '请重新插入模块；若仍如此，请更换数据线。' },
  },
  'serial-path-no-rights': {
    en: {
      says: 'This user may not open the serial path.',
      action: 'Ask the engineer to give this user the right to serial paths.',
    },
    zh: { says: '当前用户没有打开串口的权限。', action: '请工程师为当前用户开通串口权限。' },
  },
  'serial-path-busy': {
    en: { says: 'Another program holds the serial path.', action: 'Close the other program that uses the module.' },
    zh: { says: '串口被其他程序占用。', action: '请关闭占用该模块的其他程序。' },
  },
  'serial-path-not-of-slot': {
    en: {
      says: 'The opened serial path belongs to another slot; nothing was sent.',
      action: 'Put the board in again; if it stays so, call the engineer.',
    },
    zh: { says: '打开的串口属于其他工位，未发送任何数据。', action: '请重新插入模块；若仍如此，请呼叫工程师。' },
  },
  'driver-missing': {
    en: { says: 'This PC has no driver for the module.', action: 'Ask the engineer to install the driver.' },
    zh: { says: '本机缺少该模块的驱动。', action: '请工程师安装驱动。' },
  },
  'transport-closed': {
    en: {
      says: 'The connection to the module closed by itself.',
      action: 'Check cable and seat of the slot, then put the board in again.',
    },
    zh: { says: '与模块的连接自行断开。', action: '请检查该工位的线缆和接触，再重新插入模块。' },
  },
  'write-timed-out': {
    en: { says: 'The module took no more data.', action: 'Check cable and seat of the slot, then put the board in again.' },
    zh: { says: '模块不再接收数据。', action: '请检查该工位的线缆和接触，再重新插入模块。' },
  },
  'write-too-large': {
    en: {
      says: 'The station tried to send more at once than the profile allows.',
      action: 'Stop this station and call the engineer.',
    },
    zh: { says: '程序单次发送的数据超过配置允许值。', action: '请停用本工位并呼叫工程师。' },
  },
  'close-timed-out': {
    en: {
      says: 'The serial path of this slot does not close; the slot is out of service.',
      action: 'Restart the station program when the other slots are done.',
    },
    zh: { says: '该工位的串口无法关闭，工位已停用。', action: '请在其他工位完成后重启烧录程序。' },
  },
  'power-switch-failed': {
    en: { says: 'The power switch of the slot does not work.', action: 'Call the engineer to check the power switch.' },
    zh: { says: '该工位的电源开关失效。', action: '请呼叫工程师检查电源开关。' },
  },
  'link-lost': {
    en: {
      says: 'The link to the module broke in the middle.',
      action: 'Check cable and seat of the slot, then put the board in again.',
    },
    zh: { says: '与模块的通信中途中断。', action: '请检查该工位的线缆和接触，再重新插入模块。' },
  },
  stalled: {
    en: {
      says: 'The flashing stood still for too long; what is in flash is not known.',
      action: 'Put the board into another slot and flash it again.',
    },
    zh: { says: '烧录长时间没有进展，闪存内容不确定。', action: '请将模块换到其他工位重新烧录。' },
  },
  'restart-not-seen': {
    en: {
      says: 'The module did not come back after flashing, so the result is not known.',
      action: 'Check cable and power of the slot, then put the board in again.',
    },
    zh: { says: '烧录后没有看到模块重新启动，结果不确定。', action: '请检查该工位的线缆和供电，再重新插入模块。' },
  },
  'process-killed': {
    en: {
      says: 'The station program was killed during this job, so the result is not known.',
      action: 'Flash this board again after releasing the slot.',
    },
    zh: { says: '烧录过程中程序被强制结束，结果不确定。', action: '请解锁该工位后重新烧录该模块。' },
  },
  'record-not-writable': {
    en: {
      says: 'Records cannot be saved, so no board can be finished.',
      action: 'Leave all boards in and call the engineer to check the disk.',
    },
    zh: { says: '记录无法保存，所有模块都不能判定完成。', action: '请不要取出模块，呼叫工程师检查磁盘。' },
  },
  'journal-damaged': {
    en: {
      says: 'The journal of records was changed or is damaged.',
      action: 'Call the engineer before any more boards are flashed.',
    },
    zh: { says: '记录日志被改动或已损坏。', action: '请先呼叫工程师，不要继续烧录。' },
  },
  'journal-in-use': {
    en: { says: 'Another station program already writes these records.', action: 'Close the other station program.' },
    zh: { says: '另一个烧录程序正在写入同一份记录。', action: '请关闭另一个烧录程序。' },
  },
  'records-not-delivered': {
    en: {
      says: "Records do not reach the line's system, so no new board is started.",
      action: 'Leave the boards in and call the engineer to check network and server; work goes on by itself.',
    },
    zh: {
      says: '记录无法送达产线系统，暂停开始新模块。',
      action: '请不要取出模块，呼叫工程师检查网络和服务器；恢复后自动继续。',
    },
  },
  'interlock-away': {
    en: {
      says: "The line's system did not say whether this board may be flashed.",
      action: 'Call the engineer to check network and server, then put the board in again.',
    },
    zh: { says: '产线系统没有应答，无法确认该模块是否允许烧录。', action: '请呼叫工程师检查网络和服务器，然后重新插入模块。' },
  },
  'not-in-order': {
    en: { says: 'This unit does not belong to the work order.', action: 'Take the board out and check it against the order.' },
    zh: { says: '该模块不属于当前工单。', action: '请取出模块并核对工单。' },
  },
  'previous-step-missing': {
    en: {
      says: 'The step before has not passed for this unit.',
      action: 'Take the board back to the step before.',
    },
    zh: { says: '该模块的上一道工序没有合格记录。', action: '请将模块退回上一道工序。' },
  },
  'bench-lost': {
    en: { says: 'The station no longer sees its USB rack.', action: 'Check the USB cable between PC and rack.' },
    zh: { says: '工位与料架的 USB 连接已丢失。', action: '请检查电脑与料架之间的 USB 线。' },
  },
  'station-defect': {
    en: {
      says: 'The station program made a mistake in this slot.',
      action: 'Set the board aside and give the logs to the engineer.',
    },
    zh: { says: '程序在该工位发生内部错误。', action: '请将模块单独存放，并把日志交给工程师。' },
  },
  'transcript-unreadable': {
    en: { says: 'This file is not a whole transcript of a job.', action: 'Take the file that the record names, unchanged.' },
    zh: { says: '该文件不是完整的任务过程记录。', action: '请使用记录中写明的原始文件。' },
  },
  'transcript-of-other-files': {
    en: {
      says: 'The job of this transcript ran with another profile or package than the one found here.',
      action: 'Point --profiles to the folder with the very profile and package of that job.',
    },
    zh: { says: '该任务使用的配置或固件包与这里找到的不同。', action: '请用 --profiles 指定当时使用的配置和固件包所在目录。' },
  },
} as const satisfies Partial<Record<FailureCode, FailureWords>>;

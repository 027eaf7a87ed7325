// Words for what to do now: the screen's largest text, and the ladder for a board that keeps failing. Complete by type.
import type { SessionNeed } from '../../domain/session.ts';
import type { InEach } from './language.ts';

interface TaskSpeech {
  /** At most 20 columns wide, in capitals where there are any. */
  readonly title: string;
  readonly step: string;
}

interface TaskWords {
  readonly takeOutPassed: TaskSpeech;
  readonly takeOutFailed: TaskSpeech;
  readonly load: TaskSpeech;
  readonly wait: TaskSpeech;
  readonly stopped: TaskSpeech;
  /** What must be scanned before a board is entered. */
  readonly session: Readonly<Record<SessionNeed, TaskSpeech>>;
  readonly release: TaskSpeech;
  /** The step is the fault's own action. */
  readonly fault: string;
  readonly now: string;
  readonly next: string;
  readonly nextFree: string;
  readonly handsOff: string;
}

export const taskWords: InEach<TaskWords> = {
  en: {
    takeOutPassed: { title: 'TAKE OUT', step: 'Passed and recorded: safe to take out.' },
    takeOutFailed: { title: 'TAKE OUT', step: 'Safe to take out.' },
    load: { title: 'PUT A BOARD IN', step: 'Put the next board in this slot.' },
    wait: { title: 'NOTHING TO DO', step: 'Wait: the station works by itself.' },
    stopped: { title: 'NO NEW BOARDS', step: 'No new job starts.' },
    session: {
      operator: { title: 'SCAN YOUR BADGE', step: 'OP: No board is entered before.' },
      workOrder: { title: 'SCAN THE ORDER', step: 'WO: No board is entered before.' },
      nextOrder: { title: 'ORDER COMPLETE', step: 'Scan the next order (WO:). No board is entered before.' },
    },
    release: { title: 'RELEASE QUANTITY', step: 'More than the order was given: press s to release it, or scan another order.' },
    fault: 'STATION FAULT',
    now: 'NOW',
    next: 'then',
    nextFree: 'A slot is free in about:',
    handsOff: 'Hands off, being written:',
  },
  zh: {
    takeOutPassed: { title: '取出模块', step: '合格且已记录，可以安全取出。' },
    takeOutFailed: { title: '取出模块', step: '可以安全取出。' },
    load: { title: '放入模块', step: '请在该工位放入下一块模块。' },
    wait: { title: '无需操作', step: '请等待，系统自动进行。' },
    stopped: { title: '不要放入新模块', step: '不再开始新任务。' },
    session: {
      operator: { title: '请扫描工牌', step: 'OP: 扫描前不烧录任何模块。' },
      workOrder: { title: '请扫描工单', step: 'WO: 扫描前不烧录任何模块。' },
      nextOrder: { title: '工单已完成', step: '请扫描下一张工单（WO:），扫描前不烧录任何模块。' },
    },
    release: { title: '请放行数量', step: '超过工单原定数量：请按 s 放行，或扫描其他工单。' },
    fault: '设备故障',
    now: '现在',
    next: '然后',
    nextFree: '下一个工位空闲约需：',
    handsOff: '请勿触碰，烧录中：',
  },
};

/** The vendor's ladder: from the second failure of a board on, one rung more each time; the last one stays. */
export const ladder: InEach<readonly string[]> = {
  en: [
    'Seat the board firmly and check its power.',
    'Bring the board into download mode by hand, by the BOOT steps.',
    'Change the USB cable of this slot.',
    'Try the board in another slot.',
    'Power the board off, wait 10 s, power it on.',
    'Stop the station and restart the PC.',
    'Try the board at another station.',
  ],
  zh: [
    '请压紧模块并检查供电。',
    '请按 BOOT 步骤手动进入下载模式。',
    '请更换该工位的 USB 线。',
    '请将模块换到其他工位重试。',
    '请将模块断电，等待 10 秒后重新上电。',
    '请停止程序并重启电脑。',
    '请将模块换到其他烧录站重试。',
  ],
};

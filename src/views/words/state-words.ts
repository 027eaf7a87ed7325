// Words for what a slot and the station can be: states, prompts, verdicts, blame, phases. Complete by type in each language.
import type { Blame } from '../../domain/failure.ts';
import type { PromptKind, SlotState } from '../../domain/slot.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { InEach } from './language.ts';

export interface StateSpeech {
  /** At most 14 columns wide: it stands in a table. */
  readonly name: string;
  /** For the help screen. */
  readonly means: string;
}

const speech = (name: string, means: string): StateSpeech => ({ name, means });

export const stateWords: InEach<Readonly<Record<SlotState, StateSpeech>>> = {
  en: {
    empty: speech('Empty', 'no board; put one in'),
    identifying: speech('Identifying', 'asks the board who it is'),
    waitingForBoot: speech('Waiting BOOT', 'waits for your hands: follow the BOOT steps'),
    entering: speech('Entering', 'asks the board for its download mode'),
    connecting: speech('Connecting', 'reaches the board and loads the loader'),
    holding: speech('Holding', 'connected; waits for its turn or its label'),
    programming: speech('Writing', 'writes the firmware; do not unplug'),
    restarting: speech('Restarting', 'waits for the board to start its new firmware'),
    verifying: speech('Reading back', 'reads model, version and IMEI back'),
    recording: speech('Saving record', 'the verdict comes when the record is safe'),
    retrying: speech('Trying again', 'starts again by itself; leave the board in'),
    passed: speech('Passed', 'good; take the board out'),
    failed: speech('Failed', 'not good; put the board in the rework box'),
    unknown: speech('Result unknown', 'maybe written and nothing proves the result'),
    aborted: speech('Aborted', 'nothing was written; not counted'),
    locked: speech('Locked', 'an interrupted job; flash again after release'),
    skipped: speech('Skipped', 'not flashed on purpose'),
    replaced: speech('Not proven', 'came after the PASS: take it out, then put it in again'),
    quarantined: speech('Quarantined', 'different boards failed here; a supervisor releases it'),
    outOfService: speech('Out of service', 'the slot itself is faulty until restart'),
  },
  zh: {
    empty: speech('空闲', '没有模块，请插入'),
    identifying: speech('识别中', '正在读取模块信息'),
    waitingForBoot: speech('等待 BOOT', '等待人工操作，请按 BOOT 步骤进行'),
    entering: speech('进入下载', '请求模块进入下载模式'),
    connecting: speech('连接中', '与模块握手并加载引导程序'),
    holding: speech('排队等待', '已连接，等待烧录或扫描标签'),
    programming: speech('烧录中', '正在写入固件，禁止拔出'),
    restarting: speech('重启中', '等待模块启动新固件'),
    verifying: speech('回读校验', '回读型号、版本和 IMEI'),
    recording: speech('保存记录', '记录保存后才出结果'),
    retrying: speech('自动重试', '即将自动重新烧录，请勿取出模块'),
    passed: speech('合格', '烧录合格，请取出模块'),
    failed: speech('不合格', '请将模块放入返修盒'),
    unknown: speech('结果未知', '可能已写入，但结果无法证明'),
    aborted: speech('已中止', '未写入任何数据，不计入统计'),
    locked: speech('已锁定', '上次烧录被中断，解锁后重新烧录'),
    skipped: speech('已跳过', '按规定不烧录'),
    replaced: speech('未验证', '合格判定后换入：请取出，再重新插入'),
    quarantined: speech('已隔离', '不同模块在此连续失败，由主管解除'),
    outOfService: speech('停用', '工位故障，重启程序后恢复'),
  },
};

export interface PromptSpeech {
  /** At most 14 columns wide. */
  readonly name: string;
  /** Where the carrier brings no step of its own. */
  readonly step: string;
}

const prompt = (name: string, step: string): PromptSpeech => ({ name, step });

export const promptWords: InEach<Readonly<Record<PromptKind, PromptSpeech>>> = {
  en: {
    closeStrap: prompt('Close BOOT', 'Close BOOT and power the board on.'),
    powerOn: prompt('Power on', 'Power the board on.'),
    powerCycle: prompt('Power off, on', 'Power the board off and on again.'),
    releaseStrap: prompt('Release BOOT', 'Release BOOT, then power the board off and on.'),
    scanLabel: prompt('Scan label', 'Select this slot, press l and scan the label.'),
    removeBoard: prompt('Take board out', 'Take the board out.'),
    checkBoard: prompt('Check board', 'Look at the board and its seat, then release the slot with u.'),
    checkSlot: prompt('Check slot', 'Several boards failed here: check cable, contacts and power, then release the slot with u.'),
    allowRetest: prompt('Flash again?', 'Select this slot; c flashes it again, x leaves it as it is.'),
  },
  zh: {
    closeStrap: prompt('短接 BOOT', '请短接 BOOT 后给模块上电。'),
    powerOn: prompt('上电', '请给模块上电。'),
    powerCycle: prompt('断电再上电', '请将模块断电后重新上电。'),
    releaseStrap: prompt('松开 BOOT', '请松开 BOOT，再断电重新上电。'),
    scanLabel: prompt('扫描标签', '请选中该工位，按 l 后扫描标签。'),
    removeBoard: prompt('取出模块', '请取出模块。'),
    checkBoard: prompt('检查模块', '请检查模块及接触情况，然后按 u 解锁工位。'),
    checkSlot: prompt('检查工位', '多块模块在此失败：请检查线缆、触点和供电，然后按 u 解锁工位。'),
    allowRetest: prompt('再次烧录？', '请选中该工位：按 c 再次烧录，按 x 放弃。'),
  },
};

/** Beside the verdict's own word, which is the same in each language. */
export const verdictWords: InEach<Readonly<Record<Verdict, string>>> = {
  en: { PASS: 'passed', FAIL: 'failed', UNKNOWN: 'unknown', ABORTED: 'aborted' },
  zh: { PASS: '合格', FAIL: '不合格', UNKNOWN: '未知', ABORTED: '中止' },
};

/** For the help screen. */
export const verdictMeans: InEach<Readonly<Record<Verdict, string>>> = {
  en: {
    PASS: 'proven good, record safe: the board may be taken out',
    FAIL: 'proven not good; the card below says what to do',
    UNKNOWN: 'maybe written, nothing proves the result: not good',
    ABORTED: 'nothing was written; not counted',
  },
  zh: {
    PASS: '已证明合格且记录已保存，可以取出',
    FAIL: '已证明不合格，处理方法见下方卡片',
    UNKNOWN: '可能已写入，但结果无法证明，不算合格',
    ABORTED: '未写入任何数据，不计入统计',
  },
};

export const blameWords: InEach<Readonly<Record<Blame, string>>> = {
  en: { unit: 'unit', slot: 'slot', station: 'station', package: 'package', operator: 'operator' },
  zh: { unit: '模块', slot: '工位', station: '设备', package: '固件包', operator: '操作' },
};

export type Phase = 'running' | 'draining' | 'faulted' | 'ended';

export const phaseWords: InEach<Readonly<Record<Phase, string>>> = {
  en: { running: 'RUNNING', draining: 'STOPPING', faulted: 'FAULT', ended: 'ENDED' },
  zh: { running: '运行中', draining: '正在停止', faulted: '故障', ended: '已结束' },
};

/** For the help screen. */
export const phaseMeans: InEach<Readonly<Record<Phase, string>>> = {
  en: {
    running: 'the station takes boards',
    draining: 'no new job starts; it ends when nothing is being written any more',
    faulted: 'the station itself has a fault, named at the top; no new job starts',
    ended: 'the station has ended',
  },
  zh: {
    running: '正常生产，可以放入模块',
    draining: '不再开始新任务，烧录全部完成后结束',
    faulted: '设备本身故障，见顶部说明；不再开始新任务',
    ended: '程序已结束',
  },
};

// The fixed words of the dashboard: headings, alerts, keys, help. Complete by type in each language.
import type { InEach } from './language.ts';

interface ScreenWords {
  readonly doNotUnplug: string;
  readonly window: string;
  readonly slot: string;
  /** Heads the column of slot numbers: at most 3 columns wide. */
  readonly number: string;
  readonly model: string;
  readonly state: string;
  readonly time: string;
  readonly progress: string;
  readonly order: string;
  readonly job: string;
  readonly lot: string;
  readonly operator: string;
  readonly simulator: string;
  /** What the slots do where they do not simply flash. */
  readonly purpose: Readonly<Record<'verify' | 'reflash' | 'nvRestore', string>>;
  readonly yield: string;
  readonly beingWritten: string;
  readonly stopping: string;
  readonly fault: string;
  readonly outbox: string;
  readonly recordsWait: string;
  readonly page: string;
  readonly pageKey: string;
  readonly alsoWriting: string;
  readonly blame: string;
  readonly shift: string;
  readonly perHour: string;
  /** Seconds from one good unit to the next. */
  readonly takt: string;
  readonly free: string;
  readonly toDo: string;
  readonly today: (count: number) => string;
  readonly failedTimes: (count: number, rung: number, rungs: number) => string;
  readonly labelKeys: string;
  readonly labelFor: string;
  readonly badImei: string;
  readonly noSlot: string;
  readonly bellOn: string;
  readonly bellOff: string;
  readonly releaseStopKey: string;
  readonly supervisorCode: string;
  readonly helpTitle: string;
  readonly helpKeys: string;
  readonly helpStates: string;
  readonly helpVerdicts: string;
  readonly helpPrompts: string;
  readonly helpPhases: string;
  readonly helpSigns: string;
  readonly helpScans: string;
  /** Key, what it does in a word, and for the help screen in a sentence; the most wanted first. */
  readonly keys: readonly (readonly [key: string, does: string, means: string])[];
  /** What stands on the screen beside states, verdicts, requests and keys. */
  readonly signs: readonly (readonly [sign: string, means: string])[];
  readonly scans: readonly (readonly [prefix: string, means: string])[];
}

export const screenWords: InEach<ScreenWords> = {
  en: {
    doNotUnplug: 'DO NOT UNPLUG',
    window: 'window',
    slot: 'slot',
    number: 'no',
    model: 'model',
    state: 'state',
    time: 'time',
    progress: 'progress',
    order: 'order',
    job: 'job',
    lot: 'lot',
    operator: 'operator',
    simulator: 'SIMULATOR',
    purpose: { verify: 'VERIFY, READ ONLY', reflash: 'VERIFY, THEN FLASH', nvRestore: 'NV RESTORE' },
    yield: 'yield',
    beingWritten: 'writing',
    stopping: 'Stopping: no new job starts; ends when these slots are done:',
    fault: 'Station fault:',
    outbox: 'outbox',
    recordsWait: 'Records wait for delivery:',
    page: 'page',
    pageKey: 'space',
    alsoWriting: 'other pages:',
    blame: 'blame',
    shift: 'shift',
    perHour: '/h',
    takt: 'takt',
    free: 'free in',
    toDo: 'DO:',
    today: (count) => `today ${count}x`,
    failedTimes: (count, rung, rungs) => `failed ${count} times, advice ${rung} of ${rungs}`,
    labelKeys: 'Enter sends, Esc leaves',
    labelFor: 'Label of slot',
    badImei: 'Not a valid IMEI, nothing sent: scan it again',
    noSlot: 'No slot selected',
    bellOn: 'Bell on',
    bellOff: 'Bell off',
    releaseStopKey: '(s: release)',
    supervisorCode: 'Supervisor code',
    helpTitle: 'flashrack help: any key goes back',
    helpKeys: 'Keys',
    helpStates: 'States of a slot',
    helpVerdicts: 'Verdicts',
    helpPrompts: 'What a slot asks for',
    helpPhases: 'The station, top right',
    helpSigns: 'Signs',
    helpScans: 'Scanner',
    keys: [
      ['q', 'stop', 'stops the station: no new job starts, the running ones end first; Ctrl-C does the same'],
      ['?', 'help', 'this help'],
      ['g', '中文', 'switches between English and Chinese'],
      ['0-9', 'slot', 'chooses a slot by its number; so do the arrow keys'],
      ['c', 'done', 'tells the chosen slot that you did what it asks'],
      ['x', 'cancel', 'cancels the job of the chosen slot; refused while it is written'],
      ['r', 'retry', 'flashes the board in the chosen slot once more'],
      ['u', 'release', 'once you have looked: releases a locked or quarantined slot, or a rejected board'],
      ['l', 'label', 'takes the label of the board in the chosen slot: type or scan, Enter'],
      ['space', 'page', 'turns the page of slots, and of this help'],
      ['b', 'bell', 'switches the bell on or off'],
      [
        's',
        'release stop',
        'lifts a stop of production, or lets a greater quantity of the order through; may ask for the supervisor code',
      ],
    ],
    signs: [
      ['01  42 s', 'big number: the slot that needs you now; beside it the seconds it still waits'],
      ['--  !!', 'in place of the number: nothing to do; a fault of the station'],
      ['>07', 'the slot you chose: the keys c x r u l are for it'],
      ['DO NOT UNPLUG', 'the board is written now; taking it out may destroy it'],
      ['window', 'seconds in which a module in download mode must be reached'],
      ['yield', 'share of PASS among PASS, FAIL and UNKNOWN'],
      ['outbox', 'a system that records go to, and how long the oldest one has waited'],
      ['412/480 /h', 'good units per hour, and the target'],
      ['takt', 'seconds from one good unit to the next'],
      ['free in', 'seconds until a slot is likely to be free again'],
      ['today 3x', 'how often this failure came today'],
      ['blame', 'where the failure points: unit, slot, station, package or operator'],
      ['advice 2 of 7', 'the board failed again and again: try these one after the other'],
    ],
    scans: [
      ['SLOT:7', 'the labels that follow are of the board in slot 7'],
      ['SN: OC:', 'serial number or IMEI, and ordering code, of that board'],
      ['OP: SHIFT:', 'operator badge: another operator begins another shift; name of the shift'],
      ['WO:', 'work order, also with its quantity: WO:4711/500'],
      ['LOT: JOB:', 'lot; job: which profiles may be flashed'],
    ],
  },
  zh: {
    doNotUnplug: '禁止拔出',
    window: '窗口',
    slot: '工位',
    number: '号',
    model: '型号',
    state: '状态',
    time: '用时',
    progress: '进度',
    order: '工单',
    job: '任务',
    lot: '批次',
    operator: '操作员',
    simulator: '模拟料架',
    purpose: { verify: '检验（只读）', reflash: '检验后重烧', nvRestore: 'NV 恢复' },
    yield: '良率',
    beingWritten: '烧录中',
    stopping: '正在停止，不再开始新任务；等待以下工位完成：',
    fault: '设备故障：',
    outbox: '发送',
    recordsWait: '记录等待送达：',
    page: '页',
    pageKey: '空格',
    alsoWriting: '其他页：',
    blame: '责任',
    shift: '班次',
    perHour: '块/时',
    takt: '节拍',
    free: '空闲还需',
    toDo: '处理：',
    today: (count) => `今日 ${count} 次`,
    failedTimes: (count, rung, rungs) => `已失败 ${count} 次，建议 ${rung}/${rungs}`,
    labelKeys: '回车发送，Esc 退出',
    labelFor: '标签录入，工位',
    badImei: 'IMEI 无效，未发送，请重新扫描',
    noSlot: '未选择工位',
    bellOn: '铃声已打开',
    bellOff: '铃声已关闭',
    releaseStopKey: '（s：解除）',
    supervisorCode: '主管密码',
    helpTitle: 'flashrack 帮助：按任意键返回',
    helpKeys: '按键',
    helpStates: '工位状态',
    helpVerdicts: '结果',
    helpPrompts: '工位的操作要求',
    helpPhases: '本站状态（右上角）',
    helpSigns: '标记',
    helpScans: '扫码枪',
    keys: [
      ['q', '停止', '停止：不再开始新任务，等待正在进行的任务完成；Ctrl-C 相同'],
      ['?', '帮助', '本帮助'],
      ['g', 'English', '切换中文和英文'],
      ['0-9', '选工位', '按号码选择工位，也可用方向键'],
      ['c', '确认', '告诉所选工位：要求的操作已完成'],
      ['x', '取消', '取消所选工位的任务；烧录中不能取消'],
      ['r', '重试', '重新烧录所选工位的模块'],
      ['u', '解锁', '检查后解除：锁定或隔离的工位、拒收的模块'],
      ['l', '标签', '录入所选工位模块的标签：键入或扫描后回车'],
      ['空格', '翻页', '工位翻页，帮助翻页'],
      ['b', '铃声', '打开或关闭铃声'],
      ['s', '解除停产', '解除停产，或放行工单追加数量；可能需要主管密码'],
    ],
    signs: [
      ['01  42 s', '大号数字：现在需要操作的工位；旁边是剩余秒数'],
      ['--  !!', '代替工位号：无需操作；设备故障'],
      ['>07', '已选中的工位，按键 c x r u l 对它生效'],
      ['禁止拔出', '正在烧录，拔出可能损坏模块'],
      ['窗口', '下载模式下必须完成握手的剩余秒数'],
      ['良率', '合格数占合格、不合格、未知总数的比例'],
      ['发送', '记录的接收系统，以及最早一条记录已等待的时间'],
      ['412/480', '每小时合格数与目标'],
      ['节拍', '两块合格模块之间的秒数'],
      ['空闲还需', '预计多少秒后有工位空闲'],
      ['今日 3 次', '该故障今天出现的次数'],
      ['责任', '故障指向：模块、工位、设备、固件包或操作'],
      ['建议 2/7', '模块反复失败，请依次尝试各项建议'],
    ],
    scans: [
      ['SLOT:7', '随后扫描的标签属于 7 号工位的模块'],
      ['SN: OC:', '该模块的序列号或 IMEI、订货号'],
      ['OP: SHIFT:', '操作员工牌（换人即换班）、班次名称'],
      ['WO:', '工单，可带数量：WO:4711/500'],
      ['LOT: JOB:', '批次、任务（可烧录的一组配置）'],
    ],
  },
};

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
  readonly lot: string;
  readonly operator: string;
  readonly simulator: string;
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
  readonly labelKeys: string;
  readonly labelFor: string;
  readonly badImei: string;
  readonly scanIgnored: string;
  readonly noSlot: string;
  readonly releaseStopKey: string;
  readonly supervisorCode: string;
  readonly helpTitle: string;
  /** Key and what it does, the most wanted first. */
  readonly keys: readonly (readonly [key: string, does: string])[];
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
    lot: 'lot',
    operator: 'operator',
    simulator: 'SIMULATOR',
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
    labelKeys: 'Enter sends, Esc leaves',
    labelFor: 'Label of slot',
    badImei: 'Not a valid IMEI, nothing sent: scan it again',
    scanIgnored: 'Scan ignored: select the slot and press l first',
    noSlot: 'No slot selected',
    releaseStopKey: '(s: release)',
    supervisorCode: 'Supervisor code',
    helpTitle: 'flashrack help: any key goes back',
    keys: [
      ['q', 'stop'],
      ['?', 'help'],
      ['g', '中文'],
      ['0-9', 'slot'],
      ['c', 'done'],
      ['x', 'cancel'],
      ['r', 'retry'],
      ['u', 'release'],
      ['l', 'label'],
      ['space', 'page'],
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
    lot: '批次',
    operator: '操作员',
    simulator: '模拟料架',
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
    labelKeys: '回车发送，Esc 退出',
    labelFor: '标签录入，工位',
    badImei: 'IMEI 无效，未发送，请重新扫描',
    scanIgnored: '已忽略扫描：请先选工位并按 l',
    noSlot: '未选择工位',
    releaseStopKey: '（s：解除）',
    supervisorCode: '主管密码',
    helpTitle: 'flashrack 帮助：按任意键返回',
    keys: [
      ['q', '停止'],
      ['?', '帮助'],
      ['g', 'English'],
      ['0-9', '选工位'],
      ['c', '确认'],
      ['x', '取消'],
      ['r', '重试'],
      ['u', '解锁'],
      ['l', '标签'],
      ['空格', '翻页'],
    ],
  },
};

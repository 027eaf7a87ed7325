// The words of a report in each language, complete by type. What codes mean comes from outside. Knows no layout.
import type { Blame, FailureCode } from '../domain/failure.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { CyclePhase } from './cycle.ts';

export type ReportLanguage = 'en' | 'zh';

export interface ReportWords {
  readonly lang: ReportLanguage;
  readonly title: string;
  readonly made: string;
  readonly station: string;
  readonly order: string;
  readonly period: string;
  readonly records: string;
  readonly units: string;
  readonly attempted: string;
  readonly passedUnits: string;
  readonly firstPassYield: string;
  readonly finalYield: string;
  readonly perHour: string;
  readonly hour: string;
  readonly passed: string;
  readonly other: string;
  readonly pareto: string;
  readonly code: string;
  readonly meaning: string;
  readonly blame: string;
  readonly count: string;
  readonly cumulative: string;
  readonly slots: string;
  readonly slot: string;
  readonly attempts: string;
  readonly aborted: string;
  readonly yield: string;
  readonly insertions: string;
  readonly medianTime: string;
  readonly worstMargin: string;
  readonly cycle: string;
  readonly cycleNote: string;
  readonly phase: string;
  readonly median: string;
  readonly p95: string;
  readonly margins: string;
  readonly marginNote: string;
  readonly secondsLeft: string;
  readonly least: string;
  readonly unknown: string;
  readonly noUnknown: string;
  readonly unit: string;
  readonly time: string;
  readonly step: string;
  readonly record: string;
  readonly nothing: string;
  readonly page: string;
  readonly verdicts: Readonly<Record<Verdict, string>>;
  readonly blames: Readonly<Record<Blame, string>>;
  readonly phases: Readonly<Record<CyclePhase, string>>;
}

/** Meanings of codes and names of steps, in the language of the report. */
export interface ReportSpeech {
  readonly meaningOf: (code: FailureCode) => string;
  readonly stepName: (step: string) => string;
}

export const reportWords: Readonly<Record<ReportLanguage, ReportWords>> = {
  en: {
    lang: 'en',
    title: 'Flashing report',
    made: 'made',
    station: 'station',
    order: 'work order',
    period: 'period',
    records: 'records',
    units: 'units',
    attempted: 'units attempted',
    passedUnits: 'units passed',
    firstPassYield: 'first-pass yield',
    finalYield: 'final yield',
    perHour: 'Records per hour',
    hour: 'hour',
    passed: 'passed',
    other: 'not passed',
    pareto: 'Failures by code',
    code: 'code',
    meaning: 'meaning',
    blame: 'cause lies with',
    count: 'count',
    cumulative: 'cumulative',
    slots: 'Slots: yield and wear',
    slot: 'slot',
    attempts: 'attempts',
    aborted: 'aborted',
    yield: 'yield',
    insertions: 'insertions so far',
    medianTime: 'median time',
    worstMargin: 'least margin',
    cycle: 'Cycle time of passed units',
    cycleNote:
      'load: from the record before in the same slot (pauses over 10 minutes left out); restart includes read-back where they are one',
    phase: 'step',
    median: 'median',
    p95: '95 %',
    margins: 'Download window: seconds left at the handshake',
    marginNote: 'missed windows are in the failures, not here',
    secondsLeft: 'seconds left',
    least: 'least',
    unknown: 'UNKNOWN: nothing proves what is in these units',
    noUnknown: 'none',
    unit: 'unit',
    time: 'time',
    step: 'step',
    record: 'record',
    nothing: 'no records',
    page: 'ABORTED is no attempt of a unit and not in the yield.',
    verdicts: { PASS: 'PASS', FAIL: 'FAIL', UNKNOWN: 'UNKNOWN', ABORTED: 'ABORTED' },
    blames: { unit: 'unit', slot: 'slot', station: 'station', package: 'package', operator: 'operator' },
    phases: { load: 'load', enter: 'enter', connect: 'connect', program: 'program', restart: 'restart', verify: 'verify' },
  },
  zh: {
    lang: 'zh',
    title: '烧录报告',
    made: '生成时间',
    station: '工站',
    order: '工单',
    period: '时段',
    records: '记录数',
    units: '模块',
    attempted: '烧录模块数',
    passedUnits: '合格模块数',
    firstPassYield: '一次合格率',
    finalYield: '最终合格率',
    perHour: '每小时产量',
    hour: '小时',
    passed: '合格',
    other: '未合格',
    pareto: '失败代码排列',
    code: '代码',
    meaning: '含义',
    blame: '责任方',
    count: '次数',
    cumulative: '累计',
    slots: '工位：合格率与磨损',
    slot: '工位',
    attempts: '烧录次数',
    aborted: '中止',
    yield: '合格率',
    insertions: '累计插拔次数',
    medianTime: '用时中位数',
    worstMargin: '最小余量',
    cycle: '合格模块的节拍',
    cycleNote: '上料：同一工位距上一条记录的时间（超过 10 分钟的停顿不计）；重启与回读无法区分时计入重启',
    phase: '步骤',
    median: '中位数',
    p95: '95 %',
    margins: '下载窗口：握手时的剩余秒数',
    marginNote: '错过窗口的记录列在失败代码中，不在此图',
    secondsLeft: '剩余秒数',
    least: '最小',
    unknown: '未知（UNKNOWN）：无法证明这些模块中的内容',
    noUnknown: '无',
    unit: '模块',
    time: '时间',
    step: '步骤',
    record: '记录',
    nothing: '没有记录',
    page: '中止（ABORTED）不算一次烧录，不计入合格率。',
    verdicts: { PASS: '合格 PASS', FAIL: '不合格 FAIL', UNKNOWN: '未知 UNKNOWN', ABORTED: '中止 ABORTED' },
    blames: { unit: '模块', slot: '工位', station: '设备', package: '固件包', operator: '操作' },
    phases: { load: '上料', enter: '进入下载', connect: '连接', program: '烧录', restart: '重启', verify: '回读' },
  },
};

/** Rounded down: 99.97 % is not 100 %. */
export const percentText = (share: number | null): string =>
  share === null ? '-' : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
export const secondsText = (ms: number | null): string => (ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`);
export const timeText = (at: string | null): string => (at === null ? '-' : at.slice(0, 16).replace('T', ' '));

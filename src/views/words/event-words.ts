// One line of words for each event of a slot or the station. Knows the slots' events by type, and the station's by shape
// (`StationFact`): a view that passes a station event without words does not compile. What it returns is not escaped.
import type { Failure } from '../../domain/failure.ts';
import type { FindingEvent } from '../../domain/finding.ts';
import type { SessionRefusal, SessionScan } from '../../domain/scan.ts';
import type { SlotEvent } from '../../domain/slot.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { printable } from './escape.ts';
import { failureWords } from './failure-words.ts';
import { findingWords } from './finding-words.ts';
import { seconds, size, slotList, stopwatch } from './format.ts';
import type { InEach, Language } from './language.ts';
import { scanWords } from './scan-words.ts';
import { promptWords, stateWords, verdictWords } from './state-words.ts';
import { stepWords } from './step-words.ts';

/** What the station tells of itself. The shape of the read model's `StationEvent`. */
export type StationFact =
  | { readonly type: 'station.started'; readonly slots: number }
  | { readonly type: 'station.ended'; readonly exitCode: number }
  | { readonly type: 'drain.started'; readonly writing: readonly number[] }
  | { readonly type: 'stop.refused'; readonly writing: readonly number[] }
  | { readonly type: 'device.skipped'; readonly usbPath: string; readonly ids: string }
  | { readonly type: 'device.unusable'; readonly usbPath: string; readonly reason: string; readonly cure: string }
  | {
      readonly type: 'job.recovered';
      readonly jobId: string;
      readonly verdict: Verdict;
      /** The board to check first: where it lies, what it is known by (IMEI, SN or label), the step that was to follow. */
      readonly board?: { readonly slot: number; readonly unit: string | null; readonly step: string };
    }
  | { readonly type: 'fault.found'; readonly failure: Failure }
  | { readonly type: 'fault.cleared' }
  | { readonly type: 'scan.taken'; readonly scan: SessionScan }
  | { readonly type: 'scan.refused'; readonly scan: SessionScan; readonly reason: SessionRefusal }
  | { readonly type: 'hook.failed'; readonly command: string; readonly reason: string }
  | FindingEvent
  | {
      readonly type: 'outbox.changed';
      readonly outbox: {
        readonly name: string;
        readonly ageMs: number;
        readonly trouble: string | null;
        readonly demand: 'none' | 'warn' | 'block';
      };
    }
  | { readonly type: 'tail.cutOff'; readonly file: string; readonly copiedTo: string; readonly bytes: number };

type AnyEvent = SlotEvent | StationFact;
type ByType = { readonly [E in AnyEvent as E['type']]: E };
type EventOf<T extends keyof ByType> = { readonly [K in T]: { readonly type: K } & ByType[K] }[T];
type EventWords = { readonly [K in keyof ByType]: (event: EventOf<K>) => string };

/** Bounds one fact from outside, so that one board's noise cannot push everything else off the line. */
const fact = (text: string | undefined): string => (text === undefined ? '-' : printable(text, 80));

function stateText(event: EventOf<'state.changed'>, lang: Language): string {
  const { name, means } = stateWords[lang][event.state];
  if (!event.prompt) return event.state === 'empty' ? name : `${name}: ${means}`;
  const { kind, carrierStep, reason } = event.prompt;
  const words = promptWords[lang][kind];
  const why =
    reason === undefined ? '' : `${reason.code} (${failureFacts(reason, lang)}) ${failureWords[reason.code][lang].says} `;
  return `${name}: ${words.name}: ${why}${carrierStep?.[lang] ?? words.step}`;
}

/** Code, place, facts, meaning, action: all of a failure in one line. */
export function failureText(failure: Failure, lang: Language): string {
  const { says, action } = failureWords[failure.code][lang];
  return [failure.code, `(${failureFacts(failure, lang)})`, says, action].join(' ');
}

/** `step=write-ap expected=… actual=… at=0x24000`, only what is known. */
export function failureFacts(failure: Failure, lang: Language): string {
  const parts = [stepWords(fact(failure.step), lang)];
  const labels = { en: ['expected', 'actual', 'at'], zh: ['应为', '实际', '地址'] }[lang];
  for (const [index, value] of [failure.expected, failure.actual, failure.address].entries())
    if (value !== undefined) parts.push(`${labels[index]} ${fact(String(value))}`);
  return parts.join(', ');
}

const recorded = (event: EventOf<'record.written'>, lang: Language): string =>
  [event.verdict, verdictWords[lang][event.verdict], event.failure?.code, event.recordId]
    .filter((part) => part !== undefined)
    .join(' ');

const scanText = ({ kind, text }: SessionScan, lang: Language): string => `${scanWords[lang].kinds[kind]} ${fact(text)}`;

const en: EventWords = {
  'state.changed': (event) => stateText(event, 'en'),
  'job.opened': (event) => `job ${event.jobId} opened, insertion ${event.insertion}`,
  'board.identified': ({ identification: { model, revision, imei, sn } }) =>
    `identified: ${fact(model)}, version ${fact(revision)}, IMEI ${fact(imei)}, SN ${fact(sn)}`,
  'profile.chosen': ({ profileId, plan }) =>
    `profile ${fact(profileId)}: package ${fact(plan.package.name)} ${fact(plan.package.version)}, ${plan.steps.length} steps, ${size(plan.totalBytes)}`,
  'window.opened': (event) => `download window: ${seconds(event.windowMs - event.ageMs)} of ${seconds(event.windowMs)} left`,
  'window.closed': (event) => `reached after ${seconds(event.handshakeMs)}, ${seconds(event.marginMs)} to spare`,
  'step.started': (event) => `${stepWords(fact(event.step), 'en')}: started`,
  'step.progressed': (event) => `${stepWords(fact(event.step), 'en')}: ${size(event.bytes)}`,
  'step.finished': (event) => `${stepWords(fact(event.step), 'en')}: done, ${size(event.bytes)}`,
  'note.added': (event) => `note: ${printable(event.text, 200)}`,
  'power.cycled': ({ proof }) =>
    proof === 'vanished'
      ? 'power switched: the board left the bus meanwhile'
      : 'power switched: no board was there, so nothing proves that the switch works',
  'power.failed': (event) => failureText(event.failure, 'en'),
  'record.written': (event) => recorded(event, 'en'),
  'defect.found': (event) => failureText(event.failure, 'en'),
  'station.started': (event) => `station started with ${event.slots} slots`,
  'station.ended': (event) => `station ended, exit code ${event.exitCode}`,
  'drain.started': ({ writing }) =>
    writing.length === 0
      ? 'stopping: no new job starts'
      : `stopping: no new job starts; still being written, do not unplug: slots ${slotList(writing)}`,
  'stop.refused': ({ writing }) => `not stopped yet: being written, do not unplug: slots ${slotList(writing)}`,
  'device.skipped': (event) => `device ${fact(event.ids)} at ${fact(event.usbPath)} belongs to no slot and is left alone`,
  'device.unusable': (event) =>
    `device at ${fact(event.usbPath)} cannot be used: ${printable(event.reason, 200)}. ${printable(event.cure, 200)}`,
  'job.recovered': ({ jobId, verdict, board }) =>
    `${verdict} for job ${jobId}, left open when the station program was killed${board === undefined ? '' : `: check this board first: slot ${board.slot}, unit ${board.unit ?? 'not identified'}, step ${stepWords(board.step, 'en')}`}`,
  'fault.found': (event) => `station fault: ${failureText(event.failure, 'en')}`,
  'fault.cleared': () => 'station fault cleared',
  'scan.taken': ({ scan }) => `scanned: ${scanText(scan, 'en')}`,
  'scan.refused': ({ scan, reason }) => `scan refused: ${scanText(scan, 'en')}: ${scanWords.en.answers[reason]}`,
  'hook.failed': ({ command, reason }) => `hook ${fact(command)} failed: ${fact(reason)}`,
  ...findingWords.en,
  'outbox.changed': ({ outbox: { name, ageMs, trouble, demand } }) =>
    trouble === null && demand === 'none'
      ? `outbox ${fact(name)}: records are delivered again`
      : `outbox ${fact(name)}: ${{ none: '', warn: 'late, ', block: 'late, no new job starts, ' }[demand]}oldest record waits ${stopwatch(ageMs)}${trouble === null ? '' : `: ${printable(trouble, 200)}`}`,
  'tail.cutOff': ({ file, copiedTo, bytes }) =>
    `journal ${fact(file)}: ${size(bytes)} of a write that was cut off removed, kept in ${fact(copiedTo)}`,
};

const zh: EventWords = {
  'state.changed': (event) => stateText(event, 'zh'),
  'job.opened': (event) => `任务 ${event.jobId} 开始，第 ${event.insertion} 次插入`,
  'board.identified': ({ identification: { model, revision, imei, sn } }) =>
    `已识别：${fact(model)}，版本 ${fact(revision)}，IMEI ${fact(imei)}，SN ${fact(sn)}`,
  'profile.chosen': ({ profileId, plan }) =>
    `配置 ${fact(profileId)}：固件包 ${fact(plan.package.name)} ${fact(plan.package.version)}，${plan.steps.length} 步，${size(plan.totalBytes)}`,
  'window.opened': (event) => `下载窗口：剩余 ${seconds(event.windowMs - event.ageMs)}，共 ${seconds(event.windowMs)}`,
  'window.closed': (event) => `${seconds(event.handshakeMs)} 后握手成功，余量 ${seconds(event.marginMs)}`,
  'step.started': (event) => `${stepWords(fact(event.step), 'zh')}：开始`,
  'step.progressed': (event) => `${stepWords(fact(event.step), 'zh')}：${size(event.bytes)}`,
  'step.finished': (event) => `${stepWords(fact(event.step), 'zh')}：完成，${size(event.bytes)}`,
  'note.added': (event) => `备注：${printable(event.text, 200)}`,
  'power.cycled': ({ proof }) =>
    proof === 'vanished' ? '已断电重启：模块期间已离开总线' : '已断电重启：当时没有模块，无法证明电源开关有效',
  'power.failed': (event) => failureText(event.failure, 'zh'),
  'record.written': (event) => recorded(event, 'zh'),
  'defect.found': (event) => failureText(event.failure, 'zh'),
  'station.started': (event) => `工位程序启动，共 ${event.slots} 个工位`,
  'station.ended': (event) => `工位程序结束，退出码 ${event.exitCode}`,
  'drain.started': ({ writing }) =>
    writing.length === 0
      ? '正在停止，不再开始新任务'
      : `正在停止，不再开始新任务；以下工位烧录中，禁止拔出：${slotList(writing)}`,
  'stop.refused': ({ writing }) => `暂不能停止，以下工位烧录中，禁止拔出：${slotList(writing)}`,
  'device.skipped': (event) => `设备 ${fact(event.ids)}（${fact(event.usbPath)}）不属于任何工位，未处理`,
  'device.unusable': (event) =>
    `设备（${fact(event.usbPath)}）无法使用：${printable(event.reason, 200)}。${printable(event.cure, 200)}`,
  'job.recovered': ({ jobId, verdict, board }) =>
    `${verdict} ${verdictWords.zh[verdict]}：任务 ${jobId} 因程序被强制结束而中断${board === undefined ? '' : `；请先检查此板：工位 ${board.slot}，模块 ${board.unit ?? '未识别'}，步骤 ${stepWords(board.step, 'zh')}`}`,
  'fault.found': (event) => `设备故障：${failureText(event.failure, 'zh')}`,
  'fault.cleared': () => '设备故障已解除',
  'scan.taken': ({ scan }) => `已扫描：${scanText(scan, 'zh')}`,
  'scan.refused': ({ scan, reason }) => `扫描无效：${scanText(scan, 'zh')}：${scanWords.zh.answers[reason]}`,
  'hook.failed': ({ command, reason }) => `外部命令 ${fact(command)} 失败：${fact(reason)}`,
  ...findingWords.zh,
  'outbox.changed': ({ outbox: { name, ageMs, trouble, demand } }) =>
    trouble === null && demand === 'none'
      ? `发送队列 ${fact(name)}：记录已恢复送达`
      : `发送队列 ${fact(name)}：${{ none: '', warn: '已超时，', block: '已超时，不再开始新任务，' }[demand]}最早的记录已等待 ${stopwatch(ageMs)}${trouble === null ? '' : `：${printable(trouble, 200)}`}`,
  'tail.cutOff': ({ file, copiedTo, bytes }) =>
    `记录日志 ${fact(file)}：末尾未写完的 ${size(bytes)} 已移除，保存于 ${fact(copiedTo)}`,
};

export const isEventType = (type: string): type is keyof ByType => Object.hasOwn(en, type);

const words: InEach<EventWords> = { en, zh };

const tell = <T extends keyof ByType>(told: EventWords, event: EventOf<T>): string => told[event.type](event);

export function eventText(event: AnyEvent, lang: Language): string {
  return tell(words[lang], event);
}

// The report by exception of a night batch, in each language: how it ended, and one line for each thing that a person must do.
import type { BatchEnd, BatchReport, Chore } from '../../domain/batch.ts';
import type { FailureCode } from '../../domain/failure.ts';
import { printable } from './escape.ts';
import { actionFor, failureWords } from './failure-words.ts';
import { goldenText, stopText } from './finding-words.ts';
import { slotList } from './format.ts';
import type { InEach, Language } from './language.ts';
import { promptWords, stateWords } from './state-words.ts';

interface BatchWords {
  readonly ends: Readonly<Record<BatchEnd, string>>;
  readonly title: (report: BatchReport, from: string, to: string) => string;
  readonly counts: (report: BatchReport) => string;
  readonly notNeeded: (boards: number) => string;
  readonly released: (slots: string) => string;
  readonly nothing: string;
  readonly toDo: string;
  readonly slot: (slot: number) => string;
  readonly unknownUnit: string;
  /** A job that was ended, or ended itself, since nobody was there to do this. */
  readonly wanted: (prompt: string) => string;
  /** Its job had written nothing when the batch ended. */
  readonly cutOff: string;
  readonly reset: string;
  readonly hub: (usbPath: string, slots: string, code: string) => string;
  readonly package: (name: string, slots: string, code: string) => string;
  readonly station: (slots: string, code: string) => string;
  readonly outbox: (name: string, trouble: string) => string;
  readonly short: (missing: number) => string;
}

const en: BatchWords = {
  ends: {
    quantity: 'the quantity was reached',
    endTime: 'the end time came',
    stopped: 'production stopped by itself',
    idle: 'no board came any more',
    asked: 'it was asked to stop',
    fault: 'the station lost its bench',
  },
  title: ({ batch, station, workOrder, end }, from, to) =>
    `Batch ${batch} at station ${station}${workOrder === null ? '' : `, order ${workOrder}`}: ${from} to ${to}; ${en.ends[end]}.`,
  counts: ({ quantity, counts: { PASS, FAIL, UNKNOWN, ABORTED } }) =>
    `${quantity === null ? '' : `Asked for ${quantity}. `}Records: ${PASS} PASS, ${FAIL} FAIL, ${UNKNOWN} UNKNOWN, ${ABORTED} ABORTED.`,
  notNeeded: (boards) => `${boards} boards were not needed any more; nothing was written to them.`,
  released: (slots) => `Locked slots released by the job file's policy: ${slots}.`,
  nothing: 'Nothing is left to do.',
  toDo: 'To do:',
  slot: (slot) => `slot ${slot}`,
  unknownUnit: 'a board that told no name',
  wanted: (prompt) => `It asked for a hand (${prompt}), and nobody was there: run it by day.`,
  cutOff: 'The batch ended before anything was written to it: run it by day.',
  reset: 'Look at it, then release the slot.',
  hub: (usbPath, slots, code) =>
    `Hub ${usbPath} lost or failed its boards (slots ${slots}, ${code}). Check its cable and power before these slots are used.`,
  package: (name, slots, code) => `Package ${name}: slots ${slots} failed with ${code}. Give it to the engineer.`,
  station: (slots, code) => `Slots ${slots} failed with ${code} and share no hub: check this PC. Give it to the engineer.`,
  outbox: (name, trouble) => `Records wait for ${name}${trouble}. Check the network and the server.`,
  short: (missing) => `${missing} boards are missing from the quantity: run them by day.`,
};

const zh: BatchWords = {
  ends: {
    quantity: '已达到所需数量',
    endTime: '已到结束时间',
    stopped: '生产自动停止',
    idle: '不再有模块到来',
    asked: '按要求停止',
    fault: '测试台断开',
  },
  title: ({ batch, station, workOrder, end }, from, to) =>
    `批次 ${batch}，工站 ${station}${workOrder === null ? '' : `，工单 ${workOrder}`}：${from} 至 ${to}，${zh.ends[end]}。`,
  counts: ({ quantity, counts: { PASS, FAIL, UNKNOWN, ABORTED } }) =>
    `${quantity === null ? '' : `计划 ${quantity} 块。`}记录：合格 ${PASS}，不合格 ${FAIL}，未知 ${UNKNOWN}，中止 ${ABORTED}。`,
  notNeeded: (boards) => `${boards} 块模块已超出所需数量，未写入任何数据。`,
  released: (slots) => `按任务文件的策略解锁的工位：${slots}。`,
  nothing: '没有遗留事项。',
  toDo: '待处理：',
  slot: (slot) => `工位 ${slot}`,
  unknownUnit: '未能识别的模块',
  wanted: (prompt) => `需要人工操作（${prompt}），但无人在场：请在白班处理。`,
  cutOff: '批次结束时尚未写入任何数据：请在白班补做。',
  reset: '请检查后再解锁该工位。',
  hub: (usbPath, slots, code) =>
    `集线器 ${usbPath} 上的模块掉线或失败（工位 ${slots}，${code}）。使用这些工位前请检查其线缆和供电。`,
  package: (name, slots, code) => `固件包 ${name}：工位 ${slots} 均失败（${code}）。请交给工程师。`,
  station: (slots, code) => `工位 ${slots} 均失败（${code}），且不在同一集线器上：请检查本机，并交给工程师。`,
  outbox: (name, trouble) => `记录等待送达 ${name}${trouble}。请检查网络和服务器。`,
  short: (missing) => `距所需数量还差 ${missing} 块：请在白班补做。`,
};

export const batchWords: InEach<BatchWords> = { en, zh };

/** Lines without newlines; device-supplied text is escaped. `timeText` gives a wall time as the station writes it. */
export function batchText(report: BatchReport, lang: Language, timeText: (wallMs: number) => string): readonly string[] {
  const words = batchWords[lang];
  const { chores, notNeeded, released } = report;
  return [
    words.title(report, timeText(report.startedWallMs), timeText(report.endedWallMs)),
    words.counts(report),
    ...(notNeeded > 0 ? [words.notNeeded(notNeeded)] : []),
    ...(released.length > 0 ? [words.released(slotList(released))] : []),
    ...(chores.length === 0 ? [words.nothing] : [words.toDo]),
    ...chores.map((chore, index) => ` ${index + 1}. ${choreText(chore, lang)}`),
  ].map((line) => printable(line, 1_000));
}

export function choreText(chore: Chore, lang: Language): string {
  const words = batchWords[lang];
  switch (chore.kind) {
    case 'board':
      return boardText(chore, lang);
    case 'hub':
      return words.hub(chore.usbPath, slotList(chore.slots), chore.code);
    case 'package':
      return words.package(chore.name, slotList(chore.slots), chore.code);
    case 'station':
      return words.station(slotList(chore.slots), chore.code);
    case 'slot':
      return parts([words.slot(chore.slot), stateWords[lang][chore.state].name, chore.unit], [words.reset], lang);
    case 'unusable':
      return parts([chore.slot === null ? chore.usbPath : words.slot(chore.slot)], [chore.reason, chore.cure], lang);
    case 'power':
      return parts([words.slot(chore.slot)], [codeText(chore.failure.code, false, lang)], lang);
    case 'stop':
      return stopText(chore.stop, lang);
    case 'golden':
      return goldenText(chore.state, lang);
    case 'outbox':
      return words.outbox(chore.name, chore.trouble === null ? '' : ` (${chore.trouble})`);
    case 'fault':
      return codeText(chore.failure.code, false, lang);
    case 'short':
      return words.short(chore.missing);
  }
}

function boardText(chore: Extract<Chore, { kind: 'board' }>, lang: Language): string {
  const words = batchWords[lang];
  const { slot, unit, model, verdict, code, forRework, prompt, recordId } = chore;
  const head = [words.slot(slot), model, unit ?? words.unknownUnit, verdict, code];
  const says = code === null || code === 'operator-cancelled' ? [] : [codeText(code, forRework, lang)];
  // Nobody but the batch has cancelled: for want of a hand, or at its end.
  const why =
    prompt !== null ? [words.wanted(promptWords[lang][prompt].name)] : code === 'operator-cancelled' ? [words.cutOff] : [];
  return parts(head, [...why, ...says, `(${recordId})`], lang);
}

const codeText = (code: FailureCode, forRework: boolean, lang: Language): string =>
  `${failureWords[code][lang].says} ${actionFor(code, forRework, lang)}`;

function parts(head: readonly (string | null)[], rest: readonly string[], lang: Language): string {
  const named = head.filter((part) => part !== null).join(' ');
  return `${named}${lang === 'en' ? ': ' : '：'}${rest.join(' ')}`;
}

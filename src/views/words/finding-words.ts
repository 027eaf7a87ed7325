// Words for what the station concludes from many jobs: quarantine, rejection, patterns, stops, golden unit, margins, releases. Complete by type
// in each language. What they return is not escaped.
import type { FindingEvent, GoldenState, Margins, Pattern, ReleaseRefusal, ReleaseTarget, Stop } from '../../domain/finding.ts';
import { printable } from './escape.ts';
import { failureWords } from './failure-words.ts';
import { seconds, slotList } from './format.ts';
import type { InEach, Language } from './language.ts';

const fact = (text: string | null): string => (text === null || text === '' ? '-' : printable(text, 80));

type Told<T extends FindingEvent['type']> = Extract<FindingEvent, { type: T }>;
type FindingWords = { readonly [T in FindingEvent['type']]: (event: Told<T>) => string };

const en: FindingWords = {
  'slot.quarantined': ({ slot, boards, code }) =>
    `slot ${slot} is quarantined: ${boards} different boards failed in it, the last with ${code}. Check the slot; a supervisor releases it`,
  'board.rejected': ({ unit, slots, code }) =>
    `board ${fact(unit)} is rejected: it failed in slots ${slotList(slots)}, the last time with ${code}. Put it in the rework box`,
  'pattern.found': ({ pattern }) => patternText(pattern, 'en'),
  'production.stopped': ({ stop }) => stopText(stop, 'en'),
  'golden.changed': ({ state }) => goldenText(state, 'en'),
  'margin.shrinking': ({ margins }) =>
    `entries run short of time: ${groupText(margins, 'en')}, 1 of 20 has ${seconds(margins.p95Ms)} or less of ${seconds(margins.windowMs)} left`,
  'margin.recovered': ({ margins }) =>
    `entries have time again: ${groupText(margins, 'en')}, 95 % leave ${seconds(margins.p95Ms)} or more`,
  'release.granted': ({ target, by, authority }) => `${targetText(target, 'en')} released by ${authority} ${fact(by)}`,
  'release.refused': ({ target, refusal }) => `${targetText(target, 'en')} not released: ${refusalText(refusal, 'en')}`,
};

const zh: FindingWords = {
  'slot.quarantined': ({ slot, boards, code }) =>
    `工位 ${slot} 已隔离：${boards} 块不同模块在此失败，最后一次为 ${code}。请检查工位，由主管解除`,
  'board.rejected': ({ unit, slots, code }) =>
    `模块 ${fact(unit)} 已拒收：在工位 ${slotList(slots)} 均失败，最后一次为 ${code}。请放入返修盒`,
  'pattern.found': ({ pattern }) => patternText(pattern, 'zh'),
  'production.stopped': ({ stop }) => stopText(stop, 'zh'),
  'golden.changed': ({ state }) => goldenText(state, 'zh'),
  'margin.shrinking': ({ margins }) =>
    `进入下载的时间余量不足：${groupText(margins, 'zh')}，每 20 次有 1 次只剩 ${seconds(margins.p95Ms)} 或更少（窗口 ${seconds(margins.windowMs)}）`,
  'margin.recovered': ({ margins }) => `时间余量已恢复：${groupText(margins, 'zh')}，95 % 至少剩 ${seconds(margins.p95Ms)}`,
  'release.granted': ({ target, by, authority }) =>
    `${targetText(target, 'zh')}已解除，${authority === 'supervisor' ? '主管' : '操作员'} ${fact(by)}`,
  'release.refused': ({ target, refusal }) => `${targetText(target, 'zh')}未解除：${refusalText(refusal, 'zh')}`,
};

export const findingWords: InEach<FindingWords> = { en, zh };

/** Why production stands, and what to do. */
export function stopText(stop: Stop, lang: Language): string {
  switch (stop.rule) {
    case 'failuresInRow': {
      const { says } = failureWords[stop.lastCode][lang];
      return lang === 'en'
        ? `PRODUCTION STOPPED: ${stop.failures} boards failed one after the other, the last with ${stop.lastCode}: ${says} A supervisor releases it`
        : `生产已停止：连续 ${stop.failures} 块模块失败，最后一次为 ${stop.lastCode}：${says}由主管解除`;
    }
    case 'firstPassYield':
      return lang === 'en'
        ? `PRODUCTION STOPPED: ${stop.passed} of the last ${stop.attempts} boards passed at the first attempt, less than ${stop.belowPercent} %. A supervisor releases it`
        : `生产已停止：最近 ${stop.attempts} 块中仅 ${stop.passed} 块一次通过，低于 ${stop.belowPercent} %。由主管解除`;
  }
}

export function patternText({ code, slots, suspect }: Pattern, lang: Language): string {
  const where = slotList(slots);
  const count = slots.length;
  const text = (english: string, chinese: string): string => (lang === 'en' ? english : chinese);
  switch (suspect.kind) {
    case 'hub':
      return text(
        `${code} in ${count} slots (${where}) of one hub: check hub ${fact(suspect.usbPath)}, its cable and its power`,
        `同一集线器的 ${count} 个工位（${where}）均出现 ${code}：请检查集线器 ${fact(suspect.usbPath)} 及其线缆和供电`,
      );
    case 'package':
      return text(
        `${code} in ${count} slots (${where}) with one package: check package ${fact(suspect.name)} (${suspect.sha256.slice(0, 12)})`,
        `${count} 个工位（${where}）使用同一固件包均出现 ${code}：请检查固件包 ${fact(suspect.name)}（${suspect.sha256.slice(0, 12)}）`,
      );
    case 'station':
      return text(
        `${code} in ${count} slots (${where}) of several hubs and packages: check the station itself`,
        `${count} 个工位（${where}）均出现 ${code}，集线器和固件包各不相同：请检查本站`,
      );
  }
}

const goldenWords: InEach<Readonly<Record<GoldenState, string>>> = {
  en: {
    off: 'no golden unit is asked for',
    needed: 'Golden unit first: no other board is flashed before it has passed',
    failed: 'The golden unit failed: no board is flashed until it passes. Check the slot and the package',
    passed: 'the golden unit passed: production is open',
  },
  zh: {
    off: '不要求标准件',
    needed: '请先测标准件：标准件通过之前不烧录其他模块',
    failed: '标准件失败：通过之前不烧录任何模块，请检查工位和固件包',
    passed: '标准件已通过，可以生产',
  },
};

export const goldenText = (state: GoldenState, lang: Language): string => goldenWords[lang][state];

function groupText({ by, name }: Margins, lang: Language): string {
  const words = { en: { model: 'model', slot: 'slot', hub: 'hub' }, zh: { model: '型号', slot: '工位', hub: '集线器' } };
  return `${words[lang][by]} ${fact(name)}`;
}

function targetText(target: ReleaseTarget, lang: Language): string {
  switch (target.kind) {
    case 'stop':
      return lang === 'en' ? 'stop of production' : '生产停止';
    case 'slot':
      return lang === 'en' ? `slot ${target.slot}` : `工位 ${target.slot}`;
    case 'board':
      return lang === 'en' ? `board ${fact(target.unit)}` : `模块 ${fact(target.unit)}`;
    case 'order':
      return lang === 'en' ? 'greater quantity of the order' : '工单追加数量';
  }
}

export function refusalText(refusal: ReleaseRefusal, lang: Language): string {
  const text = (english: string, chinese: string): string => (lang === 'en' ? english : chinese);
  switch (refusal.reason) {
    case 'codeNeeded':
      return text('a supervisor code is needed', '需要主管密码');
    case 'codeWrong':
      return text(
        `wrong code (${refusal.wrongCodes} so far), next try in ${seconds(refusal.waitMs)}`,
        `密码错误（已 ${refusal.wrongCodes} 次），${seconds(refusal.waitMs)} 后可再试`,
      );
    case 'tooSoon':
      return text(`wait ${seconds(refusal.waitMs)} before the next try`, `请等待 ${seconds(refusal.waitMs)} 后再试`);
    case 'nothingToRelease':
      return text('there is nothing to release', '没有需要解除的内容');
    case 'notRecorded':
      return text('the release could not be recorded', '解除操作无法写入记录');
  }
}

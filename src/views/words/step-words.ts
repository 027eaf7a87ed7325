// Words for the steps that plans and the slot machine name. A step without words is shown by its own name.
import type { Language } from './language.ts';

/** Whole names first, then the beginnings that protocols number or extend (`write-ap`, `erase-nvm`). */
const whole: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  handshake: { en: 'handshake', zh: '握手' },
  plan: { en: 'plan', zh: '计划' },
  opening: { en: 'open serial path', zh: '打开串口' },
  identifying: { en: 'identify', zh: '识别' },
  enter: { en: 'enter download mode', zh: '进入下载' },
  entering: { en: 'enter download mode', zh: '进入下载' },
  connecting: { en: 'connect', zh: '连接' },
  holding: { en: 'wait', zh: '等待' },
  programming: { en: 'write', zh: '烧录' },
  restarting: { en: 'restart', zh: '重启' },
  verifying: { en: 'read back', zh: '回读' },
  recording: { en: 'save record', zh: '保存记录' },
  'read-revision': { en: 'read version', zh: '读取版本' },
  reset: { en: 'restart', zh: '重启' },
};

const beginnings: readonly { readonly prefix: string; readonly en: string; readonly zh: string }[] = [
  { prefix: 'load-', en: 'load ', zh: '加载 ' },
  { prefix: 'backup-', en: 'back up ', zh: '备份 ' },
  { prefix: 'erase-', en: 'erase ', zh: '擦除 ' },
  { prefix: 'write-', en: 'write ', zh: '写入 ' },
  { prefix: 'verify-', en: 'check ', zh: '校验 ' },
  { prefix: 'compare-', en: 'compare ', zh: '比对 ' },
  { prefix: 'start-', en: 'start ', zh: '启动 ' },
];

export function stepWords(step: string, lang: Language): string {
  if (Object.hasOwn(whole, step)) return whole[step]?.[lang] ?? step;
  const beginning = beginnings.find(({ prefix }) => step.startsWith(prefix) && step.length > prefix.length);
  return beginning ? `${beginning[lang]}${step.slice(beginning.prefix.length)}` : step;
}

// What the doctor found and the cure, in each language. Exhaustive by type: a new code without words does not compile.
import type { DiagnosisCode, DiagnosisFacts, ExaminedArea, Severity } from '../../domain/diagnosis.ts';
import { describeFailure } from '../../domain/failure.ts';
import { hostDiagnosisWords } from './doctor-words-host.ts';
import { failureWords } from './failure-words.ts';
import { slotList } from './format.ts';
import type { InEach, Language } from './language.ts';

export interface DiagnosisSpeech {
  readonly found: string;
  /** The one thing to do. */
  readonly cure: string;
}

export type DiagnosisWords<Codes extends DiagnosisCode> = {
  readonly [Code in Codes]: InEach<(facts: DiagnosisFacts[Code]) => DiagnosisSpeech>;
};

/** What is found in the program, the set-up and at the slots. */
export type SlotDiagnosisCode =
  | 'node-wrong'
  | 'library-wrong'
  | 'thread-pool-small'
  | 'setup-refused'
  | 'usb-absent'
  | 'node-absent'
  | 'node-no-rights'
  | 'node-held'
  | 'station-running'
  | 'driver-missing'
  | 'board-unusable'
  | 'autosuspend-on'
  | 'power-program-missing';

export type HostDiagnosisCode = Exclude<DiagnosisCode, SlotDiagnosisCode>;

const slotDiagnosisWords: DiagnosisWords<SlotDiagnosisCode> = {
  'node-wrong': {
    en: ({ actual, expected }) => ({
      found: `The program runs on Node ${actual}; it is tested on ${expected}.`,
      cure: 'Start it as npx flashrack …, which runs on the Node that was installed with it.',
    }),
    zh: ({ actual, expected }) => ({
      found: `当前运行在 Node ${actual}，测试版本为 ${expected}。`,
      cure: '请用 npx flashrack … 启动，它会使用随程序安装的 Node。',
    }),
  },
  'library-wrong': {
    en: ({ libraries }) => ({
      found: `Libraries are not the locked ones: ${libraries}.`,
      cure: 'Run npm ci --ignore-scripts in the folder of the program.',
    }),
    zh: ({ libraries }) => ({
      found: `依赖库与锁定版本不一致：${libraries}。`,
      cure: '请在程序目录运行 npm ci --ignore-scripts。',
    }),
  },
  'thread-pool-small': {
    en: ({ actual, expected }) => ({
      found: `libuv's thread pool is too small (UV_THREADPOOL_SIZE ${actual}): four boards that do not read can stop every slot.`,
      cure: `Start it as npx flashrack …, or set UV_THREADPOOL_SIZE=${expected} before the start.`,
    }),
    zh: ({ actual, expected }) => ({
      found: `libuv 线程池太小（UV_THREADPOOL_SIZE ${actual}）：四块不接收数据的板即可卡住全部工位。`,
      cure: `请用 npx flashrack … 启动，或启动前设置 UV_THREADPOOL_SIZE=${expected}。`,
    }),
  },
  'setup-refused': {
    en: ({ failure }) => ({
      found: `${failureWords[failure.code].en.says} ${describeFailure(failure)}`,
      cure: failureWords[failure.code].en.action,
    }),
    zh: ({ failure }) => ({
      found: `${failureWords[failure.code].zh.says} ${describeFailure(failure)}`,
      cure: failureWords[failure.code].zh.action,
    }),
  },
  'usb-absent': {
    en: ({ slots }) => ({
      found: `This machine has no USB subsystem, and slots ${slotList(slots)} are at USB paths.`,
      cure: 'Run the station on a PC with USB, or give a virtual machine its USB controllers.',
    }),
    zh: ({ slots }) => ({
      found: `本机没有 USB 子系统，而工位 ${slotList(slots)} 使用 USB 路径。`,
      cure: '请在带 USB 的电脑上运行；若为虚拟机，请直通 USB 控制器。',
    }),
  },
  'node-absent': {
    en: ({ path, slots }) => ({
      found: `Slot ${slotList(slots)}: there is no node ${path}.`,
      cure: 'Check the cable and that udev runs, then plug the board in again.',
    }),
    zh: ({ path, slots }) => ({
      found: `工位 ${slotList(slots)}：没有设备节点 ${path}。`,
      cure: '请检查线缆和 udev 服务，然后重新插入模块。',
    }),
  },
  'node-no-rights': {
    en: ({ path, slots }) => ({
      found: `Slot ${slotList(slots)}: this user may not open ${path}.`,
      cure: 'Run sudo src/launch/linux/install.sh USER, log in again and plug the board in again.',
    }),
    zh: ({ path, slots }) => ({
      found: `工位 ${slotList(slots)}：当前用户无权打开 ${path}。`,
      cure: '请运行 sudo src/launch/linux/install.sh 用户名，重新登录并重新插入模块。',
    }),
  },
  'node-held': {
    en: ({ path, slots, program, pid }) => ({
      found: `Slot ${slotList(slots)}: ${program} (process ${pid}) holds ${path}.`,
      cure: `End ${program}, or stop its service.`,
    }),
    zh: ({ path, slots, program, pid }) => ({
      found: `工位 ${slotList(slots)}：${program}（进程 ${pid}）占用了 ${path}。`,
      cure: `请关闭 ${program} 或停止其服务。`,
    }),
  },
  'station-running': {
    en: ({ slots, pid }) => ({
      found: `Another flashrack (process ${pid}) works at slot ${slotList(slots)}.`,
      cure: 'Stop it at its own screen with q and let it finish; never kill it, a module may be being written.',
    }),
    zh: ({ slots, pid }) => ({
      found: `另一个 flashrack（进程 ${pid}）正在使用工位 ${slotList(slots)}。`,
      cure: '请在其界面按 q 停止并等待完成；切勿强行结束，可能正在写入模块。',
    }),
  },
  'driver-missing': {
    en: ({ id, slots }) => ({
      found: `Slot ${slotList(slots)}: no driver takes the serial interfaces of ${id}.`,
      cure: 'Run sudo npx flashrack doctor --write-udev and plug the board in again.',
    }),
    zh: ({ id, slots }) => ({
      found: `工位 ${slotList(slots)}：没有驱动接管 ${id} 的串行接口。`,
      cure: '请运行 sudo npx flashrack doctor --write-udev，然后重新插入模块。',
    }),
  },
  'board-unusable': {
    en: ({ slots, usbPath }) => ({
      found: `Slot ${slotList(slots)}: the board at ${usbPath} gives no serial path.`,
      cure: 'Unplug it and plug it in again; if it stays so, change the cable.',
    }),
    zh: ({ slots, usbPath }) => ({
      found: `工位 ${slotList(slots)}：${usbPath} 上的模块没有可用串口。`,
      cure: '请拔下重新插入；若仍如此，请更换数据线。',
    }),
  },
  'autosuspend-on': {
    en: ({ slots }) => ({
      found: `Slots ${slotList(slots)}: the kernel may put the boards to sleep (power/control is auto).`,
      cure: 'Run sudo npx flashrack doctor --write-udev and plug the boards in again.',
    }),
    zh: ({ slots }) => ({
      found: `工位 ${slotList(slots)}：系统可能让模块自动休眠（power/control 为 auto）。`,
      cure: '请运行 sudo npx flashrack doctor --write-udev，然后重新插入模块。',
    }),
  },
  'power-program-missing': {
    en: ({ program, slots }) => ({
      found: `Slots ${slotList(slots)}: the program ${program}, which switches their power, is not there.`,
      cure: `Install ${program}, or set powerSwitch in the station file to what is there.`,
    }),
    zh: ({ program, slots }) => ({
      found: `工位 ${slotList(slots)}：找不到控制电源的程序 ${program}。`,
      cure: `请安装 ${program}，或修改工位文件中的 powerSwitch。`,
    }),
  },
};

const words: DiagnosisWords<DiagnosisCode> = { ...slotDiagnosisWords, ...hostDiagnosisWords };

export function diagnosisSpeech<Code extends DiagnosisCode>(
  { code, facts }: { readonly code: Code; readonly facts: DiagnosisFacts[Code] },
  lang: Language,
): DiagnosisSpeech {
  return words[code][lang](facts);
}

interface DoctorWords {
  readonly areas: Readonly<Record<ExaminedArea, string>>;
  readonly severities: Readonly<Record<Severity, string>>;
  readonly inOrder: string;
  readonly cure: string;
  readonly sums: (blocking: number, warnings: number) => string;
  readonly rules: string;
  readonly installed: string;
  readonly needsRoot: string;
  readonly withoutStation: string;
}

export const doctorWords: InEach<DoctorWords> = {
  en: {
    areas: {
      program: 'Program: Node, libraries, thread pool',
      setup: 'Set-up: station file, profiles, packages, power switches',
      usb: 'USB: boards, rights, holders, drivers, udev, budget',
      records: 'Records: logs folder, disk space, sync time, index',
      clock: 'Clock: plausible, steady, synchronised',
      screen: 'Screen: terminal, locale',
    },
    severities: { blocking: 'WILL NOT WORK', warning: 'WARNING' },
    inOrder: ': in order',
    cure: 'cure: ',
    sums: (blocking, warnings) =>
      blocking + warnings === 0 ? 'Nothing is wrong.' : `${blocking} will not work, ${warnings} warnings.`,
    rules: 'The udev rules (install them with: sudo npx flashrack doctor --write-udev):',
    installed: 'The udev rules are installed; plug the boards in again.',
    needsRoot: 'Writing the udev rules needs root: sudo npx flashrack doctor --write-udev',
    withoutStation: 'No station file was named: slots, profiles and packages were not looked at.',
  },
  zh: {
    areas: {
      program: '程序：Node、依赖库、线程池',
      setup: '配置：工位文件、机型配置、固件包、电源开关',
      usb: 'USB：模块、权限、占用、驱动、udev、容量',
      records: '记录：日志目录、磁盘空间、写盘时间、索引',
      clock: '时钟：合理、稳定、已同步',
      screen: '屏幕：终端、字符集',
    },
    severities: { blocking: '无法工作', warning: '警告' },
    inOrder: '：正常',
    cure: '处理：',
    sums: (blocking, warnings) => (blocking + warnings === 0 ? '一切正常。' : `无法工作 ${blocking} 项，警告 ${warnings} 项。`),
    rules: 'udev 规则（安装命令：sudo npx flashrack doctor --write-udev）：',
    installed: 'udev 规则已安装，请重新插入模块。',
    needsRoot: '写入 udev 规则需要 root 权限：sudo npx flashrack doctor --write-udev',
    withoutStation: '未指定工位文件：没有检查工位、机型配置和固件包。',
  },
};

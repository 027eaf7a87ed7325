// What the doctor found about the host (udev, USB budget, disk, clock, screen) and the cure, in each language.
import type { DiagnosisWords, HostDiagnosisCode } from './doctor-words.ts';

export const hostDiagnosisWords: DiagnosisWords<HostDiagnosisCode> = {
  'group-missing': {
    en: ({ user, group }) => ({
      found: `The user ${user} is not in the group ${group}, which may open the boards.`,
      cure: `Run sudo usermod -aG ${group} ${user} and log in again.`,
    }),
    zh: ({ user, group }) => ({
      found: `用户 ${user} 不在 ${group} 组，无权打开模块。`,
      cure: `请运行 sudo usermod -aG ${group} ${user}，然后重新登录。`,
    }),
  },
  'option-driver-absent': {
    en: ({ ids }) => ({
      found: `This kernel has no option driver: boards in normal mode (${ids}) get no serial path.`,
      cure: 'Install the kernel modules of this kernel (Debian: linux-image-amd64; Ubuntu: linux-modules-extra).',
    }),
    zh: ({ ids }) => ({
      found: `当前内核没有 option 驱动：正常模式的模块（${ids}）没有串口。`,
      cure: '请安装与内核对应的模块包（Debian：linux-image-amd64；Ubuntu：linux-modules-extra）。',
    }),
  },
  'option-ids-missing': {
    en: ({ ids }) => ({
      found: `The option driver does not know ${ids}.`,
      cure: 'Run sudo npx flashrack doctor --write-udev: its rules add the ids.',
    }),
    zh: ({ ids }) => ({
      found: `option 驱动不认识 ${ids}。`,
      cure: '请运行 sudo npx flashrack doctor --write-udev，规则会自动添加。',
    }),
  },
  'udev-rule-missing': {
    en: ({ path }) => ({
      found: `The udev rules are not installed (${path}).`,
      cure: 'Run sudo npx flashrack doctor --write-udev and plug the boards in again.',
    }),
    zh: ({ path }) => ({
      found: `udev 规则未安装（${path}）。`,
      cure: '请运行 sudo npx flashrack doctor --write-udev，然后重新插入模块。',
    }),
  },
  'udev-rule-differs': {
    en: ({ path }) => ({
      found: `The udev rules at ${path} are not those of this version.`,
      cure: 'Run sudo npx flashrack doctor --write-udev and plug the boards in again.',
    }),
    zh: ({ path }) => ({
      found: `${path} 的 udev 规则与本版本不一致。`,
      cure: '请运行 sudo npx flashrack doctor --write-udev，然后重新插入模块。',
    }),
  },
  'modem-manager-running': {
    en: ({ pid }) => ({
      found: `ModemManager (process ${pid}) runs and will probe every board, for longer than the download window.`,
      cure: 'Run sudo npx flashrack doctor --write-udev, or sudo systemctl disable --now ModemManager.',
    }),
    zh: ({ pid }) => ({
      found: `ModemManager（进程 ${pid}）正在运行，会抢占新插入的模块，时间超过下载窗口。`,
      cure: '请运行 sudo npx flashrack doctor --write-udev，或 sudo systemctl disable --now ModemManager。',
    }),
  },
  'usb-devices-over': {
    en: ({ controller, needed, limit }) => ({
      found: `${controller}: the full rack needs ${needed} device addresses, USB has ${limit}.`,
      cure: 'Move some of its slots to another USB controller (a PCIe card) and map the rack again.',
    }),
    zh: ({ controller, needed, limit }) => ({
      found: `${controller}：满载需要 ${needed} 个设备地址，USB 上限为 ${limit}。`,
      cure: '请把部分工位移到另一个 USB 控制器（PCIe 扩展卡），并重新映射。',
    }),
  },
  'usb-endpoints-over': {
    en: ({ controller, needed, limit, slotsThatFit }) => ({
      found: `${controller}: the full rack needs about ${needed} endpoints, an xHCI controller often has ${limit}: about ${slotsThatFit} slots fit.`,
      cure: 'Move some of its slots to another USB controller (a PCIe card) and map the rack again.',
    }),
    zh: ({ controller, needed, limit, slotsThatFit }) => ({
      found: `${controller}：满载约需 ${needed} 个端点，xHCI 控制器通常只有 ${limit} 个，约可容纳 ${slotsThatFit} 个工位。`,
      cure: '请把部分工位移到另一个 USB 控制器（PCIe 扩展卡），并重新映射。',
    }),
  },
  'logs-not-writable': {
    en: ({ folder, error }) => ({
      found: `Records cannot be written to ${folder}: ${error}.`,
      cure: 'Give the station user this folder, on a local disk that is mounted for writing.',
    }),
    zh: ({ folder, error }) => ({
      found: `无法写入记录目录 ${folder}：${error}。`,
      cure: '请让工位用户拥有该目录，且位于可写的本地磁盘。',
    }),
  },
  'disk-full': {
    en: ({ folder, freeMegabytes, expected }) => ({
      found: `The disk of ${folder} is full: ${freeMegabytes} MB free, at least ${expected} MB are needed.`,
      cure: 'Free space on this disk; move old logs to the archive.',
    }),
    zh: ({ folder, freeMegabytes, expected }) => ({
      found: `${folder} 所在磁盘已满：剩余 ${freeMegabytes} MB，至少需要 ${expected} MB。`,
      cure: '请清理磁盘，把旧日志移到归档。',
    }),
  },
  'disk-nearly-full': {
    en: ({ folder, freeMegabytes, expected }) => ({
      found: `The disk of ${folder} has ${freeMegabytes} MB left; a shift should start with ${expected} MB.`,
      cure: 'Free space on this disk; move old logs to the archive.',
    }),
    zh: ({ folder, freeMegabytes, expected }) => ({
      found: `${folder} 所在磁盘剩余 ${freeMegabytes} MB，开班时应有 ${expected} MB。`,
      cure: '请清理磁盘，把旧日志移到归档。',
    }),
  },
  'sync-slow': {
    en: ({ folder, medianMs, expected }) => ({
      found: `${folder}: a record takes ${medianMs} ms to become durable, at most ${expected} ms are good.`,
      cure: 'Put the logs folder on a local SSD, not on a network share or an SD card.',
    }),
    zh: ({ folder, medianMs, expected }) => ({
      found: `${folder}：每条记录落盘需 ${medianMs} ms，应不超过 ${expected} ms。`,
      cure: '请把日志目录放在本地固态硬盘，不要用网络盘或 SD 卡。',
    }),
  },
  'index-not-kept': {
    en: ({ folder, error }) => ({
      found: `${folder} keeps records but no index of them (SQLite says: ${error}): queries, reports and the look at a unit's past fail.`,
      cure: 'Put the logs folder on a local disk: network and shared folders lack the file locks and shared memory that an index needs.',
    }),
    zh: ({ folder, error }) => ({
      found: `${folder} 可以保存记录，但无法保存索引（SQLite：${error}）：查询、报表和模块历史核对将失败。`,
      cure: '请把日志目录放在本地磁盘：网络盘和共享目录缺少索引所需的文件锁和共享内存。',
    }),
  },
  'clock-implausible': {
    en: ({ time }) => ({ found: `The clock says ${time}.`, cure: 'Set the clock and replace the battery of the PC.' }),
    zh: ({ time }) => ({ found: `系统时钟为 ${time}。`, cure: '请校准时钟，并更换电脑主板电池。' }),
  },
  'clock-behind-journal': {
    en: ({ time, journal }) => ({
      found: `The clock says ${time}, but the journal already has a file of ${journal}.`,
      cure: 'Set the clock, or find out when it was wrong before new records get a wrong date.',
    }),
    zh: ({ time, journal }) => ({
      found: `系统时钟为 ${time}，但流水记录中已有 ${journal} 的文件。`,
      cure: '请校准时钟，避免新记录日期错误。',
    }),
  },
  'clock-jumps': {
    en: ({ jumpMs }) => ({
      found: `The clock jumped by ${jumpMs} ms while it was looked at.`,
      cure: 'Let one service alone keep the clock (systemd-timesyncd or chrony).',
    }),
    zh: ({ jumpMs }) => ({
      found: `检查期间系统时钟跳变了 ${jumpMs} ms。`,
      cure: '请只保留一个对时服务（systemd-timesyncd 或 chrony）。',
    }),
  },
  'clock-not-synchronised': {
    en: () => ({
      found: 'The clock is not synchronised.',
      cure: 'Run sudo timedatectl set-ntp true, and name a server that the line reaches.',
    }),
    zh: () => ({ found: '系统时钟未同步。', cure: '请运行 sudo timedatectl set-ntp true，并配置产线可达的对时服务器。' }),
  },
  'clock-sync-unknown': {
    en: () => ({
      found: 'Nothing on this machine says whether the clock is synchronised.',
      cure: 'Install systemd-timesyncd or chrony.',
    }),
    zh: () => ({ found: '无法判断系统时钟是否已同步。', cure: '请安装 systemd-timesyncd 或 chrony。' }),
  },
  'terminal-dumb': {
    en: ({ term }) => ({
      found: `The terminal cannot be drawn on (TERM is "${term}").`,
      cure: 'Start it in a real terminal, e.g. with TERM=xterm-256color.',
    }),
    zh: ({ term }) => ({ found: `终端不支持绘制（TERM 为 "${term}"）。`, cure: '请使用正常终端，例如 TERM=xterm-256color。' }),
  },
  'terminal-small': {
    en: ({ columns, rows }) => ({
      found: `The terminal has ${columns} columns and ${rows} rows; the dashboard needs 80 and 24.`,
      cure: 'Enlarge the window or choose a smaller font.',
    }),
    zh: ({ columns, rows }) => ({
      found: `终端为 ${columns} 列 ${rows} 行，看板需要 80 列 24 行。`,
      cure: '请放大窗口或缩小字号。',
    }),
  },
  'locale-not-utf8': {
    en: ({ locale }) => ({
      found: `The locale is not UTF-8 (${locale === '' ? 'none is set' : locale}): Chinese will not be shown right.`,
      cure: 'Set LANG=C.UTF-8, or any other UTF-8 locale.',
    }),
    zh: ({ locale }) => ({
      found: `字符集不是 UTF-8（${locale === '' ? '未设置' : locale}），中文将无法正常显示。`,
      cure: '请设置 LANG=zh_CN.UTF-8 或其他 UTF-8 字符集。',
    }),
  },
};

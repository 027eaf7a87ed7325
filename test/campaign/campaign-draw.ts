// Draws what is wrong with a simulated board, and what strikes a whole station. Knows the wire commands of each platform by name.
import type { BoardOrder } from '../../src/bench/simulator/board-kinds.ts';
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import type { Random } from '../../src/bench/simulator/random.ts';
import { type CampaignPlatform, platformOf } from './campaign-kits.ts';
import { type BoardScript, type StationEffect, slotsPerHub } from './campaign-script.ts';

const named = (stage: string, names: string): readonly string[] => names.split(' ').map((name) => `${stage} ${name}`);

/** What the station sends in a whole job, as the boards name it; the coverage table shows a name that is missing here. */
const commands: Readonly<Record<CampaignPlatform, readonly string[]>> = {
  eigencomm: [
    ...named('DLBOOT', 'sync GET_VERSION SEL_IMAGE VERIFY_IMAGE DATA_HEAD DOWNLOAD_DATA DONE'),
    ...named('AGBOOT', 'sync GET_VERSION SEL_IMAGE VERIFY_IMAGE DATA_HEAD DOWNLOAD_DATA DONE'),
    ...named('LPC', 'sync BURN_ONE GET_BURN_STATUS FLASH_ERASE SYS_RST'),
  ],
  unisoc8910: [
    ...named('PDL', 'CONNECT START MID END EXEC'),
    ...named('FDL1', 'CHECK_BAUD CONNECT START_DATA MIDST_DATA END_DATA EXEC_DATA'),
    ...named('FDL2', 'READ_FLASH START_DATA MIDST_DATA END_DATA ERASE_FLASH NORMAL_RESET'),
  ],
  unisoc8850: [
    ...named('ROM', 'CHECK_BAUD CONNECT START_DATA MIDST_DATA END_DATA EXEC_DATA'),
    ...named('NORFDL', 'CHECK_BAUD CONNECT READ_FLASH ERASE_FLASH START_DATA MIDST_DATA END_DATA NORMAL_RESET'),
  ],
  asr: [
    ...[
      'preamble',
      'UABT',
      'HELLO',
      'call',
      'download',
      'data',
      'complete',
      'progress',
      'verify',
      'partition',
      'disconnect',
      'reboot',
    ],
    ...['product', 'version', 'version-bootrom', 'max-download-size'].map((name) => `getvar:${name}`),
    ...['bootloader', 'cp', 'customer_app', 'customer_fs', 'dsp', 'ptable', 'rfbin'].map((name) => `flash:${name}`),
    'erase:fota_param',
  ],
};

/** As many of the early commands as of the late ones: a session has some twenty to some five hundred. */
const drawCount = (random: Random): number => random.between(1, random.pick([6, 20, 60, 180, 500]));
export const drawMoment = (random: Random): number => random.between(0, random.pick([2_000, 8_000, 15_000, 30_000]));

/** Some by their name, so that also the rare ones are hit. */
function drawCommand(random: Random, model: string): { readonly command?: string; readonly count: number } {
  if (random.below(2) === 0) return { count: drawCount(random) };
  const names = commands[platformOf(model)];
  return { command: names[random.below(names.length)] ?? '', count: random.pick([1, 1, 1, 2, 3, 5]) };
}

export function drawBoardFaults(random: Random, model: string): readonly BoardFault[] {
  const count = random.pick([0, 1, 1, 1, 2]);
  return Array.from({ length: count }, (_, index) => drawBoardFault(random.fork(`fault ${index}`), model));
}

const drawErrorCode = (random: Random): number => random.pick([0x82, 0x01, 0x8b, 0xfe]);

/** `turn` goes through the commands. */
export function drawRefusal(random: Random, model: string, turn: number): BoardFault {
  const names = commands[platformOf(model)];
  const when = { command: names[turn % names.length] ?? '', count: random.pick([1, 1, 1, 2, 5]) };
  return { kind: 'nak', when, errorCode: drawErrorCode(random) };
}

/** What a board does at its reset, and what it shows on the bus. */
export const drawStartFault = (random: Random): BoardFault =>
  random.pick<BoardFault>([
    { kind: 'doesNotBoot' },
    { kind: 'strapStaysClosed' },
    { kind: 'lateReenumeration', delayMs: random.pick([500, 3_000, 12_000, 29_000, 45_000, 90_000]) },
    { kind: 'noReenumeration' },
    { kind: 'wrongIds', mode: 'normal', vendorId: 0x0bda, productId: 0x8153 },
    { kind: 'wrongIds', mode: 'download', vendorId: 0x0bda, productId: 0x8153 },
  ]);

/** In the middle of what a campaign's package writes. */
const deadCells: Readonly<Record<CampaignPlatform, readonly [number, ...number[]]>> = {
  eigencomm: [0x4100, 0x24480, 0x25000],
  unisoc8910: [0x60010400, 0x60020400],
  unisoc8850: [0x60010400, 0x60020400, 0x53c400],
  asr: [0x200010, 0x53c400, 0x40100],
};

export const drawLie = (random: Random, model: string): BoardFault =>
  random.pick<BoardFault>([
    platformOf(model) === 'eigencomm'
      ? { kind: 'lyingStatus', status: random.pick([0, 1, 2, 0xff]), count: random.between(1, 6) }
      : { kind: 'notWritten', count: random.between(1, 6) },
    { kind: 'deadCell', address: random.pick(deadCells[platformOf(model)]) },
  ]);

function drawBoardFault(random: Random, model: string): BoardFault {
  const when = drawCommand(random, model);
  const late = { afterMs: drawMoment(random) };
  return random.pick<() => BoardFault>([
    () => ({ kind: 'pull', when }),
    () => ({ kind: 'pull', when: late }),
    () => ({ kind: 'stall', when }),
    () => ({ kind: 'stall', when: late }),
    () => ({ kind: 'stopReading', when }),
    () => ({ kind: 'dropReply', when }),
    () => ({ kind: 'duplicateReply', when }),
    () => ({ kind: 'corruptReply', when }),
    () => ({ kind: 'nak', when, errorCode: drawErrorCode(random) }),
    () => drawLie(random, model),
    () => drawStartFault(random),
    () => drawStartFault(random),
  ])();
}

export function drawHabits(random: Random, model: string): BoardScript['order'] {
  const at = random.below(3) > 0 ? {} : drawAt(random);
  const lapseMs = random.pick([undefined, undefined, 10_000, 14_000, null]);
  const unisoc = random.below(4) > 0 ? {} : { nv: random.pick(['badCrc', 'readRefused', 'missingImei', 'blankImei'] as const) };
  const asr = random.below(3) > 0 ? {} : drawAsr(random);
  const platform = platformOf(model);
  return {
    ...(lapseMs !== undefined && { lapseMs }),
    ...(Object.keys(at).length > 0 && { at }),
    ...(platform.startsWith('unisoc') ? { unisoc } : {}),
    ...(platform === 'asr' ? { asr } : {}),
  };
}

const drawAsr = (random: Random): NonNullable<BoardOrder['asr']> =>
  random.pick<NonNullable<BoardOrder['asr']>>([
    { staysInRom: true },
    { losesCallOkay: true },
    { earlyOkay: true },
    { splitWrites: { bytes: 7, gapMs: 1 } },
    { heartbeatMs: null },
    { link: 'ethos' as const },
    { bootRom: '1999.01.01' },
    { wrongDataSize: { download: 2, size: 17 } },
    { extraGreetings: 2, infoLines: 40 },
  ]);

const drawAt = (random: Random): NonNullable<BoardOrder['at']> =>
  random.pick<NonNullable<BoardOrder['at']>>([
    { silent: true },
    { echo: false },
    { answerDelayMs: 700 },
    { answerDelayMs: 4_000 },
    { allowsDownload: false },
    { unsolicited: ['+QIND: SMS DONE', 'RDY', '+CPIN: NOT INSERTED'] },
    { errors: { 'AT+CGSN': 'ERROR', 'AT+EGMR=0,7': 'ERROR' } },
    { errors: { 'AT+CGMR': '+CME ERROR: 100' } },
    { errors: { ATI: 'ERROR' } },
  ]);

/** `slot`: one of those that are struck, where the effect has a place. */
export function drawStationEffect(random: Random, slots: number, slot = random.between(1, slots)): StationEffect {
  return random.pick(stationEffects(random, slots, slot));
}

export function stationEffects(random: Random, slots: number, slot: number): readonly [StationEffect, ...StationEffect[]] {
  const other = random.between(1, slots);
  return [
    { kind: 'hubDrop', hub: Math.ceil(slot / slotsPerHub), forMs: random.pick([20, 400, 3_000, 12_000]) },
    { kind: 'exchange', slots: [slot, other === slot ? (slot % slots) + 1 : other] },
    { kind: 'slowDisk', syncMs: random.pick([15, 80, 900, 4_000]), forMs: random.between(1_000, 20_000) },
    { kind: 'fullDisk', bytes: random.between(0, 3_000), forMs: random.between(100, 25_000) },
    { kind: 'failingSync', count: random.between(1, 4) },
    { kind: 'clockJump', byMs: random.pick([-86_400_000, -3_600_000, -5_000, 5_000, 3_600_000, 86_400_000]) },
  ];
}

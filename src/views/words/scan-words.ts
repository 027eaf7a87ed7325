// Words for what became of a scan. Complete by type in each language.
import type { ScanRefusal, SessionRefusal, SessionScan } from '../../domain/scan.ts';
import type { InEach } from './language.ts';

interface ScanWords {
  readonly entry: string;
  readonly refused: Readonly<Record<ScanRefusal, string>>;
  readonly answers: Readonly<Record<SessionRefusal, string>>;
  readonly noSuchSlot: string;
  /** A label before its slot. */
  readonly slotFirst: string;
  readonly labelTaken: string;
  readonly slotTaken: string;
  readonly kinds: Readonly<Record<SessionScan['kind'], string>>;
}

export const scanWords: InEach<ScanWords> = {
  en: {
    entry: 'Scan',
    refused: {
      noPrefix: 'Scan ignored: select the slot and press l first, or scan SLOT: before the label',
      noText: 'Scan refused: nothing after the prefix',
      tooLong: 'Scan refused: too long',
      unreadable: 'Scan refused: unreadable characters, scan it again',
      badSlot: 'Scan refused: SLOT: takes a slot number',
      badImei: 'Not a valid IMEI, nothing sent: scan it again',
      badOrderingCode: 'Scan refused: not an ordering code, scan it again',
    },
    answers: {
      notUsed: 'not used at this station',
      badQuantity: 'after the slash of an order comes its quantity, a whole number',
      quantityNeedsRelease: 'more than the order was given: press s to release it',
      unknownJob: 'this station has no job of that name',
      notRecorded: 'it could not be recorded',
    },
    noSuchSlot: 'Scan refused: this station has no slot',
    slotFirst: 'Scan refused: scan SLOT: first, then the label',
    labelTaken: 'Label taken for slot',
    slotTaken: 'Scan the label of the board in slot',
    kinds: { operator: 'operator', shift: 'shift', workOrder: 'order', lot: 'lot', job: 'job' },
  },
  zh: {
    entry: '扫描',
    refused: {
      noPrefix: '已忽略扫描：请先选工位并按 l，或先扫描 SLOT: 再扫标签',
      noText: '扫描无效：前缀后没有内容',
      tooLong: '扫描无效：内容过长',
      unreadable: '扫描无效：含有无法识别的字符，请重新扫描',
      badSlot: '扫描无效：SLOT: 后应为工位号',
      badImei: 'IMEI 无效，未发送，请重新扫描',
      badOrderingCode: '扫描无效：不是订货号，请重新扫描',
    },
    answers: {
      notUsed: '本站不使用',
      badQuantity: '工单斜杠后应为数量（整数）',
      quantityNeedsRelease: '超过工单原定数量：请按 s 放行',
      unknownJob: '本站没有该任务',
      notRecorded: '无法记录',
    },
    noSuchSlot: '扫描无效：本站没有工位',
    slotFirst: '扫描无效：请先扫描 SLOT:，再扫标签',
    labelTaken: '标签已录入，工位',
    slotTaken: '请扫描该工位模块的标签：',
    kinds: { operator: '操作员', shift: '班次', workOrder: '工单', lot: '批次', job: '任务' },
  },
};

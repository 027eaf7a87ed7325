// What a scanned line says: its prefix tells the kind (`OP:` `SHIFT:` `WO:` `LOT:` `JOB:` `SLOT:` `SN:` `OC:`), its form is checked.
// Knows no session, no slot and no screen.
import { isValidImei } from './unit.ts';

/** Of the whole station: what they do is the session's affair. */
export type SessionScan =
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: 'shift'; readonly text: string }
  | { readonly kind: 'workOrder'; readonly text: string }
  | { readonly kind: 'lot'; readonly text: string }
  | { readonly kind: 'job'; readonly text: string };

/** Why the session did not take a scan that was read. */
export type SessionRefusal =
  | 'notUsed'
  /** `WO:NUMBER/QUANTITY` with something else than a whole number above 0. */
  | 'badQuantity'
  /** More than the order was given at first: waits for its release. */
  | 'quantityNeedsRelease'
  /** The station file has no profile set of that name. */
  | 'unknownJob'
  | 'notRecorded';

/** What a label says of one board. */
export interface LabelFields {
  readonly sn?: string;
  readonly imei?: string;
  readonly orderingCode?: string;
}

export type Scan =
  | SessionScan
  /** The labels that follow are of the board in this slot. */
  | { readonly kind: 'slot'; readonly slot: number }
  | { readonly kind: 'label'; readonly fields: LabelFields };

export type ScanRefusal = 'noPrefix' | 'noText' | 'tooLong' | 'unreadable' | 'badSlot' | 'badImei' | 'badOrderingCode';

/** In any case of letters: some scanners send lower case. */
const prefixed = /^(OP|SHIFT|WO|LOT|JOB|SLOT|SN|OC):(.*)$/is;

const longestText = 80;

export const hasScanPrefix = (line: string): boolean => prefixed.test(line);

/** One line of a scanner without its line end. A refusal is never half a scan: nothing of the line may be used. */
export function readScan(line: string): Scan | { readonly refused: ScanRefusal } {
  const [, prefix = '', rest = ''] = prefixed.exec(line.trim()) ?? [];
  const text = rest.trim();
  if (prefix === '') return { refused: 'noPrefix' };
  if (text === '') return { refused: 'noText' };
  if (text.length > longestText) return { refused: 'tooLong' };
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(text)) return { refused: 'unreadable' };
  return scanOf(prefix.toUpperCase(), text);
}

function scanOf(prefix: string, text: string): Scan | { readonly refused: ScanRefusal } {
  switch (prefix) {
    case 'OP':
      return { kind: 'operator', text };
    case 'SHIFT':
      return { kind: 'shift', text };
    case 'WO':
      return { kind: 'workOrder', text };
    case 'LOT':
      return { kind: 'lot', text };
    case 'JOB':
      return { kind: 'job', text };
    case 'SLOT':
      return /^[0-9]{1,3}$/.test(text) && Number(text) > 0 ? { kind: 'slot', slot: Number(text) } : { refused: 'badSlot' };
    case 'OC':
      return /^[\w.-]{3,40}$/.test(text) ? { kind: 'label', fields: { orderingCode: text } } : { refused: 'badOrderingCode' };
    default:
      return serialNumber(text);
  }
}

/** 15 digits are an IMEI and nothing else: a misread IMEI must not be kept as a serial number. */
function serialNumber(text: string): Scan | { readonly refused: ScanRefusal } {
  if (!/^\d{15}$/.test(text)) return { kind: 'label', fields: { sn: text } };
  return isValidImei(text) ? { kind: 'label', fields: { imei: text } } : { refused: 'badImei' };
}

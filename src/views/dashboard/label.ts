// What a scanned or typed label says: IMEI, ordering code or serial number, by its form. Knows no slot.
import type { LabelFields } from '../../domain/scan.ts';
import { isValidImei } from '../../domain/unit.ts';

/** A module's ordering code begins with its model and variant letters: `EC800ECNLC-N06-SNNSA`. */
const orderingCode = /^E[CG]\d{3}[A-Z]/;

/**
 * The fields of a label's lines; the last of a kind counts. 15 digits are an IMEI and nothing else: with a wrong check digit the
 * whole label is `badImei`, since a misread IMEI must not be kept as a serial number.
 */
export function readLabel(lines: readonly string[]): LabelFields | 'badImei' {
  let fields: LabelFields = {};
  for (const line of lines) {
    const text = line.replace(/\p{Cc}/gu, '').trim();
    if (text === '') continue;
    if (/^\d{15}$/.test(text)) {
      if (!isValidImei(text)) return 'badImei';
      fields = { ...fields, imei: text };
    } else if (orderingCode.test(text)) fields = { ...fields, orderingCode: text };
    else fields = { ...fields, sn: text };
  }
  return fields;
}

// What the label of a board says against what was read of it and what the profile allows. Pure; knows no slot's state.
import type { ProductionSettings } from '../../config/production-fields.ts';
import type { Failure } from '../../domain/failure.ts';
import type { ClearanceQuestion } from '../../slot/clearance.ts';
import type { ClearanceRule } from './rule.ts';

const step = 'clearing';

/** A label of another board, or of a variant that the profile does not flash; whichever way the board was entered. */
export function labelFits({ requireOrderingCode }: Pick<ProductionSettings, 'requireOrderingCode'>): ClearanceRule {
  return ({ question }) => {
    const reason = otherBoard(question) ?? otherVariant(question, requireOrderingCode);
    return reason === null ? null : { kind: 'refuse', reason };
  };
}

function otherBoard({ label, unit }: ClearanceQuestion): Failure | null {
  const isOther = (scanned: string | undefined, read: string | null): scanned is string =>
    scanned !== undefined && read !== null && scanned !== read;
  if (isOther(label.imei, unit.imei))
    return { code: 'swapped', step, expected: label.imei, actual: unit.imei ?? '', detail: 'IMEI on the label' };
  if (isOther(label.sn, unit.sn))
    return { code: 'swapped', step, expected: label.sn, actual: unit.sn ?? '', detail: 'SN on the label' };
  return null;
}

/** No AT command tells the ordering code. A profile that lists none says nothing of it, unless the station asks for it. */
function otherVariant({ label: { orderingCode }, profile }: ClearanceQuestion, isRequired: boolean): Failure | null {
  const { orderingCodes } = profile.subModels;
  if (orderingCode === undefined || orderingCodes.includes(orderingCode)) return null;
  if (orderingCodes.length === 0 && !isRequired) return null;
  const expected = orderingCodes.length === 0 ? 'a profile that lists it' : orderingCodes.join(' or ');
  return { code: 'sub-model-not-allowed', step, expected, actual: orderingCode, detail: 'ordering code on the label' };
}

/** The board waits until it was scanned. */
export function labelIsThere({
  requireLabel,
  requireOrderingCode,
}: Pick<ProductionSettings, 'requireLabel' | 'requireOrderingCode'>): ClearanceRule {
  return ({ question: { label } }) => {
    const missing = [
      ...(requireLabel && label.imei === undefined && label.sn === undefined ? ['IMEI or SN'] : []),
      ...(requireOrderingCode && label.orderingCode === undefined ? ['ordering code'] : []),
    ];
    if (missing.length === 0) return null;
    return { kind: 'label', reason: { code: 'label-missing', step, expected: missing.join(' and ') } };
  };
}

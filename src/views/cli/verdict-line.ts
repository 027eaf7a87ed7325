// The line that tells a record's verdict, as text and as JSON. Knows one slot of the read model and its record event.
import { type Failure, failureCodes } from '../../domain/failure.ts';
import type { SlotEvent } from '../../domain/slot.ts';
import type { SlotView } from '../../station/read-model.ts';
import { printable } from '../words/escape.ts';
import { actionFor, failureWords } from '../words/failure-words.ts';
import { seconds } from '../words/format.ts';
import type { Language } from '../words/language.ts';
import { blameWords, verdictWords } from '../words/state-words.ts';

export type RecordWritten = Extract<SlotEvent, { type: 'record.written' }>;

/** Of the slot's last job. */
export function durationOf(slot: SlotView | undefined): number | null {
  if (!slot || slot.jobStartedAtMs === null || slot.jobFinishedAtMs === null) return null;
  return Math.round(slot.jobFinishedAtMs - slot.jobStartedAtMs);
}

const known = (text: string | null | undefined): string => (text ? printable(text, 60).replaceAll(' ', '_') : '-');

/** The facts of a failure as `key=value`; what is not known is left out. */
function factPairs({ step, expected, actual, address }: Failure): string[] {
  const pairs = [['step', step] as const, ['expected', expected] as const, ['actual', actual] as const, ['at', address] as const];
  return pairs.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${known(String(value))}`]));
}

function saysOf({ failure, forRework }: RecordWritten, lang: Language): string {
  const codes = [...(failure ? [failure.code] : []), ...(forRework ? (['rework-needed'] as const) : [])];
  return [...new Set(codes)].map((code) => failureWords[code][lang].says).join(' ');
}

export function verdictText(event: RecordWritten, slot: SlotView | undefined, lang: Language): string {
  const { verdict, failure, recordId } = event;
  const duration = durationOf(slot);
  const board = [
    ...(event.kind === 'flash' ? [] : [`kind=${event.kind}`]),
    `model=${known(slot?.model)}`,
    `imei=${known(slot?.imei)}`,
    ...(slot?.sn ? [`sn=${known(slot.sn)}`] : []),
    `duration=${duration === null ? '-' : seconds(duration).replace(' ', '')}`,
    `record=${recordId}`,
  ];
  const head = lang === 'en' ? verdict : `${verdict} ${verdictWords[lang][verdict]}`;
  if (!failure) return [head, ...board].join(' ');
  const { blame } = failureCodes[failure.code];
  const says = saysOf(event, lang);
  const action = actionFor(failure.code, event.forRework, lang);
  const cause = lang === 'en' ? [says, `Do: ${action}`] : [`责任：${blameWords[lang][blame]}。${says}`, `处理：${action}`];
  return [head, `code=${failure.code}`, `blame=${blame}`, ...board, ...factPairs(failure), '|', ...cause].join(' ');
}

export function verdictJson(event: RecordWritten, slot: SlotView | undefined, lang: Language): object {
  const { kind, verdict, failure, recordId } = event;
  return {
    kind,
    verdict,
    recordId,
    code: failure?.code ?? null,
    blame: failure ? failureCodes[failure.code].blame : null,
    says: failure ? saysOf(event, lang) : null,
    action: failure ? actionFor(failure.code, event.forRework, lang) : null,
    forRework: event.forRework,
    failure,
    model: slot?.model ?? null,
    imei: slot?.imei ?? null,
    sn: slot?.sn ?? null,
    revision: slot?.revision ?? null,
    durationMs: durationOf(slot),
  };
}

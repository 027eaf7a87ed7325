// What the operator must do at a slot in a given state. Knows no words but the carrier's own steps.
import type { CarrierProfile } from '../domain/profile.ts';
import type { PromptKind, SlotPrompt } from '../domain/slot.ts';
import { timeouts } from './job-questions.ts';
import type { SlotContext } from './slot-types.ts';

/** `path` is the machine's state as dotted path, e.g. `restarting.strapClosed`. Null: nothing to do. */
export function promptFor(path: string, context: SlotContext): SlotPrompt | null {
  const kind = path === 'skipped.present' && context.decision !== null ? 'removeBoard' : promptKind(path);
  if (kind === null) return null;
  const withinMs = limitOf(kind, path, context);
  const limit = withinMs === null ? {} : { withinMs };
  if (kind === 'allowRetest' && context.asked !== null) return { kind, reason: context.asked.reason, ...limit };
  const step = carrierStep(kind, carrierOf(context));
  return { kind, ...(step !== undefined && { carrierStep: step }), ...limit };
}

/** As the machine's own delays: whoever changes those changes these. */
function limitOf(kind: PromptKind, path: string, context: SlotContext): number | null {
  if (kind === 'removeBoard' || kind === 'checkBoard' || kind === 'checkSlot') return null;
  return path.startsWith('holding') ? timeouts(context).holdLimitMs : timeouts(context).entryMs;
}

function promptKind(path: string): PromptKind | null {
  if (path.startsWith('waitingForBoot')) return path.endsWith('cycling') ? null : 'closeStrap';
  if (path === 'clearing.asking' || path === 'holding.asking') return 'allowRetest';
  if (path === 'holding.labelling') return 'scanLabel';
  if (path === 'restarting.prompting') return 'powerCycle';
  if (path === 'restarting.strapClosed') return 'releaseStrap';
  if (path === 'locked') return 'checkBoard';
  if (path === 'quarantined') return 'checkSlot';
  if (/^(passed|failed|unknown|aborted|replaced)\.(present|away)$/.test(path)) return 'removeBoard';
  return null;
}

function carrierOf(context: SlotContext): CarrierProfile | undefined {
  const { byModel, unidentified } = context.settings.profiles;
  return (context.profile ?? unidentified ?? Object.values(byModel)[0])?.carrier;
}

function carrierStep(kind: PromptKind, carrier: CarrierProfile | undefined): SlotPrompt['carrierStep'] {
  switch (kind) {
    case 'closeStrap':
      return carrier?.enter;
    case 'releaseStrap':
      return carrier?.release;
    case 'powerOn':
    case 'powerCycle':
      return carrier?.powerOn;
    case 'scanLabel':
    case 'removeBoard':
    case 'checkBoard':
    case 'checkSlot':
    case 'allowRetest':
      return undefined;
  }
}

// What the operator must do at a slot in a given state. Knows no words but the carrier's own steps.
import type { CarrierProfile } from '../domain/profile.ts';
import type { PromptKind, SlotPrompt } from '../domain/slot.ts';
import { timeouts } from './job-questions.ts';
import type { SlotContext } from './slot-types.ts';

/** `path` is the machine's state as dotted path, e.g. `restarting.strapClosed`. Null: nothing to do. */
export function promptFor(path: string, context: SlotContext): SlotPrompt | null {
  const kind = promptKind(path);
  if (kind === null) return null;
  const step = carrierStep(kind, carrierOf(context));
  const withinMs = limitOf(kind, context);
  return { kind, ...(step !== undefined && { carrierStep: step }), ...(withinMs !== null && { withinMs }) };
}

/** As the machine's own delays: whoever changes those changes these. */
function limitOf(kind: PromptKind, context: SlotContext): number | null {
  if (kind === 'scanLabel') return timeouts(context).holdLimitMs;
  return kind === 'removeBoard' || kind === 'checkBoard' ? null : timeouts(context).entryMs;
}

function promptKind(path: string): PromptKind | null {
  if (path.startsWith('waitingForBoot')) return path.endsWith('cycling') ? null : 'closeStrap';
  if (path === 'holding.labelling') return 'scanLabel';
  if (path === 'restarting.prompting') return 'powerCycle';
  if (path === 'restarting.strapClosed') return 'releaseStrap';
  if (path === 'locked') return 'checkBoard';
  if (/^(passed|failed|unknown|aborted)\.present/.test(path)) return 'removeBoard';
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
      return undefined;
  }
}

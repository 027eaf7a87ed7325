// Turns an aboot package into the ordered actions of a session, one list for both strategies (asr.md §2, §9, §13, §14): each plan step
// with what is said in it. Pure; knows no profile and no wire.
import { fault } from '../../domain/failure.ts';
import type { PlanStep } from '../../domain/plan.ts';
import { type AsrEntry, type AsrPackage, isAsrPackage, type LoaderVariant } from '../../firmware/asr-package.ts';
import type { ScriptGroup, ScriptStep } from '../../firmware/asr-script.ts';
import { isSparse } from '../../firmware/asr-sparse.ts';
import type { FirmwarePackage } from '../../firmware/package.ts';
import { bootRomVariable, hex8, maxDownloadVariable } from './opcodes.ts';
import { ruleOfScript, ruleText, type VariableRule } from './replies.ts';
import { smallestPieceBytes } from './sparse.ts';

/** One thing to do with the device, with what must come of it. */
export type Action =
  | { readonly kind: 'ask'; readonly variable: string; readonly rule: VariableRule }
  /** Any command with nothing but an answer; `expect` is the whole of it. */
  | { readonly kind: 'tell'; readonly command: string; readonly expect: string }
  /** The one variant for the device's boot ROM. */
  | { readonly kind: 'download'; readonly variants: readonly { readonly bootRom: string | null; readonly bytes: Uint8Array }[] }
  /** A whole image in sparse pieces, each downloaded and flashed. */
  | { readonly kind: 'flashImage'; readonly partition: string; readonly image: Uint8Array };

export interface PlannedStep {
  readonly step: PlanStep;
  readonly actions: readonly Action[];
  /** What a write or an erase is for. */
  readonly partition?: string;
}

/** What connect and program work from: derived from the package alone, the same way for the plan and for the session. */
export interface Work {
  readonly package: AsrPackage;
  /** Without the handshake before them and the reset after them. */
  readonly planned: readonly PlannedStep[];
}

/** Throws `package-platform-mismatch`, `package-structure-invalid`. */
export function workOf(image: FirmwarePackage): Work {
  if (!isAsrPackage(image))
    throw fault('package-platform-mismatch', 'plan', { expected: 'asr', actual: image.platforms.join(', ') });
  const planned = image.strategy.kind === 'script' ? ofScript(image) : ofManifest(image);
  return { package: image, planned: withOwnNames(planned) };
}

function ofManifest(image: AsrPackage): readonly PlannedStep[] {
  const { entries, bootRoms } = image;
  const steps = entries.map((entry) => ofEntry(entry, image));
  const asksBootRom = entries.some((entry) => entry.command === 'require' && entry.name === bootRomVariable);
  const bootRom = asksBootRom ? [] : [check({ kind: 'oneOf', values: bootRoms }, bootRomVariable)];
  const firstWrite = steps.findIndex(isWrite);
  const limit = check({ kind: 'atLeast', value: largestDownloadOf(entries) }, maxDownloadVariable);
  return [...bootRom, ...steps.slice(0, firstWrite), limit, ...steps.slice(firstWrite)];
}

/** What the flasher must be able to take: the smallest piece, and every image that is sparse already and goes as it is. */
function largestDownloadOf(entries: readonly AsrEntry[]): number {
  const whole = entries.map((entry) => (entry.command === 'flash' && isSparse(entry.part.bytes) ? entry.part.bytes.length : 0));
  return Math.max(smallestPieceBytes, ...whole);
}

function ofEntry(entry: AsrEntry, image: AsrPackage): PlannedStep {
  switch (entry.command) {
    case 'require':
      return check({ kind: 'oneOf', values: entry.values }, entry.name);
    case 'reject':
      return check({ kind: 'noneOf', values: entry.values }, entry.name);
    case 'progress':
      return talk('announce-weight', `progress:${hex8(entry.weight)}`);
    case 'nop':
      return talk('nop', 'nop');
    case 'call':
      return ofCall(entry.image, entry.variants);
    case 'partition':
      return {
        step: { name: `load-${entry.part.name}`, kind: 'load', ...ofPart(entry.part) },
        actions: [{ kind: 'download', variants: [{ bootRom: null, bytes: entry.part.bytes }] }, tell('partition')],
      };
    case 'flash': {
      const { part, partition } = entry;
      const place = { name: `write-${partition}`, kind: 'write', ...addressOf(image, partition) } as const;
      return { step: { ...place, ...ofPart(part) }, actions: [{ kind: 'flashImage', partition, image: part.bytes }], partition };
    }
    case 'erase':
      return eraseOf(image, entry.partition, [tell(`erase:${entry.partition}`)]);
  }
}

function ofCall(image: string, variants: readonly LoaderVariant[]): PlannedStep {
  const [only, second] = variants;
  const roms = variants.map(({ bootRom }) => bootRom).join(' or ');
  const content =
    only !== undefined && second === undefined
      ? ofPart(only.part)
      : { target: `${image} for ${roms}`, bytes: Math.max(...variants.map(({ part }) => part.bytes.length)) };
  return {
    step: { name: `load-${image}`, kind: 'load', ...content },
    actions: [
      { kind: 'download', variants: variants.map(({ bootRom, part }) => ({ bootRom, bytes: part.bytes })) },
      tell('verify'),
      tell('call'),
    ],
  };
}

const ofScript = (image: AsrPackage): readonly PlannedStep[] => image.script.map((group) => ofGroup(group, image));

function ofGroup(group: ScriptGroup, image: AsrPackage): PlannedStep {
  const actions = group.steps.flatMap(ofScriptStep);
  const { partition = '' } = group;
  const bytes = group.steps.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
  switch (group.kind) {
    case 'talk':
      return ofTalk(group.steps, actions);
    case 'load':
    case 'table': {
      const target = loadedBy(group, image);
      return { step: { name: `load-${target}`, kind: 'load', target, bytes }, actions };
    }
    case 'flash': {
      const target = image.entries.find((entry) => entry.command === 'flash' && entry.partition === partition);
      const name = target?.command === 'flash' ? target.part.name : partition;
      const place = { name: `write-${partition}`, kind: 'write', ...addressOf(image, partition) } as const;
      return { step: { ...place, target: name, bytes }, actions, partition };
    }
    case 'erase':
      return eraseOf(image, partition, actions);
  }
}

function ofTalk(steps: readonly ScriptStep[], actions: readonly Action[]): PlannedStep {
  const [action] = actions;
  const [step] = steps;
  if (action?.kind === 'ask') return check(action.rule, action.variable);
  const command = step?.command ?? '';
  const name = command.startsWith('progress:') ? 'announce-weight' : command;
  return { step: { name, kind: 'handshake', bytes: 0 }, actions };
}

/** The trusted script loads the very bytes that the manifest names. */
function loadedBy({ steps }: ScriptGroup, { entries }: AsrPackage): string {
  const parts = entries.flatMap((entry) => {
    if (entry.command === 'call') return entry.variants.map(({ part }) => part);
    return entry.command === 'partition' ? [entry.part] : [];
  });
  const part = parts.find(({ bytes }) => steps.some(({ data }) => data !== undefined && Buffer.compare(data, bytes) === 0));
  return part?.name.split('/').at(-1) ?? 'loader';
}

function ofScriptStep({ command, expect, data }: ScriptStep): Action[] {
  if (data !== undefined) return [{ kind: 'download', variants: [{ bootRom: null, bytes: data }] }];
  const variable = /^getvar:(.+)$/.exec(command)?.[1];
  if (variable === undefined) return [{ kind: 'tell', command, expect }];
  const rule = ruleOfScript(variable, expect);
  if (rule === null) throw fault('package-structure-invalid', 'plan', { expected: `a value for ${command}`, actual: expect });
  return [{ kind: 'ask', variable, rule }];
}

const check = (rule: VariableRule, variable: string): PlannedStep => ({
  step: { name: `verify-${variable}`, kind: 'verify', target: ruleText(rule), bytes: 0 },
  actions: [{ kind: 'ask', variable, rule }],
});

const tell = (command: string): Action => ({ kind: 'tell', command, expect: 'OKAY' });

const talk = (name: string, command: string): PlannedStep => ({
  step: { name, kind: 'handshake', bytes: 0 },
  actions: [tell(command)],
});

const ofPart = ({ name, bytes, sha256 }: { name: string; bytes: Uint8Array; sha256: string }) => ({
  target: name,
  bytes: bytes.length,
  sha256,
});

const addressOf = ({ partitions }: AsrPackage, partition: string): { readonly address?: number } => {
  const place = partitions.find(({ name }) => name === partition);
  return place === undefined ? {} : { address: place.start };
};

function eraseOf(image: AsrPackage, partition: string, actions: readonly Action[]): PlannedStep {
  const bytes = image.partitions.find(({ name }) => name === partition)?.size ?? 0;
  const step = { name: `erase-${partition}`, kind: 'erase', target: partition, ...addressOf(image, partition), bytes } as const;
  return { step, actions, partition };
}

export const isWrite = ({ step: { kind } }: PlannedStep): boolean => kind === 'write' || kind === 'erase';

/** A step's name is stable and its own: the second of a name is `…-2`. */
function withOwnNames(planned: readonly PlannedStep[]): readonly PlannedStep[] {
  const seen = new Map<string, number>();
  return planned.map((one) => {
    const { step } = one;
    const count = (seen.get(step.name) ?? 0) + 1;
    seen.set(step.name, count);
    return count === 1 ? one : { ...one, step: { ...step, name: `${step.name}-${count}` } };
  });
}

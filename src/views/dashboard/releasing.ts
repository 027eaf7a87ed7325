// Lifting what a rule decided: which target `u` and `s` mean, and the supervisor's code being typed. Pure; knows no rule.
import type { ReleaseTarget } from '../../domain/finding.ts';
import type { StationView } from '../../station/read-model.ts';
import { type Asked, type Choice, type Key, only, type Pressed } from './choice.ts';

const longestCode = 200;

/** What `u` releases by the station's rules; a slot that recovery locked is the slot's own affair. */
export function releasable(slot: number | null, view: StationView): ReleaseTarget | null {
  const row = view.slots.find(({ number }) => number === slot);
  if (row?.state === 'quarantined') return { kind: 'slot', slot: row.number };
  const unit = row?.failure?.code === 'board-rejected' ? (row.imei ?? row.sn) : null;
  return unit === null ? null : { kind: 'board', unit };
}

export function askRelease(choice: Choice, target: ReleaseTarget, { oversight }: StationView): Pressed {
  if (oversight.releasedBy === 'operator') return { choice, asked: [{ type: 'release', target, code: null }] };
  return only({ ...choice, code: { target, text: '' } });
}

/** Typed, or scanned from a badge: text and line end arrive as one chunk then. */
export function typeCode(choice: Choice, input: string, key: Key): Pressed {
  const { code: entry } = choice;
  if (!entry || key.escape) return only({ ...choice, code: null });
  if (key.backspace || key.delete) return only({ ...choice, code: { ...entry, text: [...entry.text].slice(0, -1).join('') } });
  const [typed = '', ...rest] = (key.return ? '\r' : input).split(/[\r\n]/);
  const text = (entry.text + typed).slice(0, longestCode);
  if (rest.length === 0) return only({ ...choice, code: { ...entry, text } });
  const asked: Asked[] = text === '' ? [] : [{ type: 'release', target: entry.target, code: text }];
  return { choice: { ...choice, code: null }, asked };
}

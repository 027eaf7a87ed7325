// Journal lines for the tests of rules: a record with only what a test says, and an override.

import { type FailureCode, failureCodes } from '../../../src/domain/failure.ts';
import type { RecordBody } from '../../../src/domain/record.ts';
import type { RecordKind, Verdict } from '../../../src/domain/verdict.ts';
import type { HistoryLine, Override, WrittenRecord } from '../../../src/trace/line.ts';

export const startMs = Date.parse('2026-11-22T06:00:00+08:00');

export interface RecordFacts {
  readonly slot?: number;
  readonly usbPath?: string;
  /** An IMEI; null for a board that told none. */
  readonly imei?: string | null;
  readonly sn?: string | null;
  readonly verdict?: Verdict;
  readonly code?: FailureCode;
  readonly kind?: RecordKind;
  readonly attempt?: number;
  readonly afterMs?: number;
  readonly package?: string;
  readonly marginMs?: number | null;
  readonly windowMs?: number | null;
  readonly model?: string | null;
  readonly shift?: string | null;
  readonly insertion?: number;
  readonly jobId?: string;
}

let written = 0;

export function aRecord(facts: RecordFacts = {}): WrittenRecord {
  written += 1;
  const { slot = 1, code, imei = null, sn = null } = facts;
  const verdict = facts.verdict ?? (code === undefined ? 'PASS' : 'FAIL');
  const at = new Date(startMs + (facts.afterMs ?? 0)).toISOString();
  const body: RecordBody = {
    schema: 1,
    kind: facts.kind ?? 'flash',
    recordId: `record-${written}`,
    jobId: facts.jobId ?? `run-${slot}-${written}`,
    station: { id: 'S1', line: 'L', host: 'h', softwareVersion: '0', commit: '0' },
    slot: { number: slot, usbPath: facts.usbPath ?? `a/1.${slot}`, insertions: facts.insertion ?? written },
    operator: 'li',
    shift: facts.shift ?? null,
    workOrder: null,
    lot: null,
    profile: null,
    package: { name: `package ${facts.package ?? 'A'}`, version: '1', sha256: (facts.package ?? 'A').repeat(4) },
    unit: {
      labelSn: null,
      orderingCode: null,
      sn,
      imeiBefore: imei,
      imeiAfter: null,
      model: facts.model === undefined ? 'EC800E' : facts.model,
      revisionBefore: null,
      revisionAfter: null,
    },
    identity: { source: 'at', unidentifiedPolicy: 'refuse', continuousInsertion: true },
    attempt: facts.attempt ?? 1,
    retestReason: null,
    entry: {
      method: 'strap',
      windowMs: facts.windowMs === undefined ? 10_000 : facts.windowMs,
      handshakeMs: null,
      marginMs: facts.marginMs === undefined ? 5_000 : facts.marginMs,
    },
    steps: [],
    written: verdict === 'PASS' ? 'all' : 'none',
    verdict,
    failure: code === undefined ? null : { code, step: 'programming', blame: failureCodes[code].blame },
    laterFailures: [],
    evidence: {},
    restart: null,
    powerCycles: 0,
    startedAt: at,
    finishedAt: at,
    durationMs: 0,
    transcript: null,
  };
  return { type: 'record', ...body, ...stamp(at) };
}

export function anOverride(facts: Partial<Override>): HistoryLine {
  const override: Override = {
    rule: 'production-stopped',
    slot: null,
    unit: null,
    by: 'wang',
    authority: 'supervisor',
    why: 'a test',
    ...facts,
  };
  return { type: 'override', ...override, ...stamp(new Date(startMs).toISOString()) };
}

const stamp = (at: string) => ({ seq: written, durableSeq: written - 1, prevHash: '', at, hash: '' });

/** Valid IMEIs, one for each number. */
export function imeiOf(number: number): string {
  const body = `86123456${String(number).padStart(6, '0')}`;
  const sum = [...body].reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

// What a reader finds while it reads: the members it saw, and how it refuses. Knows no format.
import type { Fact, Fault } from '../domain/failure.ts';
import type { InspectedMember } from './package.ts';

/**
 * Called with what is wrong. A package that is to be flashed is read with `throwAtOnce`; `inspect` collects instead, so a reader
 * that can go on after a refusal must come to no harm when this returns.
 */
export type Refuse = (found: Fault) => void;

export const throwAtOnce: Refuse = (found) => {
  throw found;
};

/** Something about the container as a whole that `inspect` shows, e.g. `chipFamily`. */
export interface PackageFact {
  readonly name: string;
  readonly value: Fact;
}

export interface Findings {
  /** Filled as the members are read, so that a damaged file still shows what came before the damage. */
  readonly members: InspectedMember[];
  readonly facts: PackageFact[];
  readonly refuse: Refuse;
}

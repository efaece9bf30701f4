/** What the guard looks for, and what it says. */
import type { Inventory } from '../../inventory/inventory';
import type { FieldChange } from '../comparing/field-changes';
import type { ObjectChange } from '../comparing/object-changes';

/**
 * What becomes of a change: the API server, or the webhook of an operator, refuses it; something is lost by it; or it is taken
 * and has no effect.
 */
export type Verdict = 'refused' | 'lost' | 'without effect';

/** Both sets, and the cluster that is meant. */
export interface GuardContext {
  readonly before: Inventory;
  readonly after: Inventory;
  readonly changes: readonly ObjectChange[];
  readonly kubernetesMinor: number;
}

/** One place that a rule holds against a change. */
export interface Hit {
  readonly path: string;
  /** Undefined: it was not there, or is gone. */
  readonly before: unknown;
  readonly after: unknown;
  /** What the server says, or what is lost, where the rule does not say it. */
  readonly says?: string;
  /** What to do instead, where the rule does not say it. */
  readonly steps?: readonly string[];
  readonly verdict?: Verdict;
}

export interface GuardRule {
  /** Such as `CHG-001`. */
  readonly id: string;
  readonly verdict: Verdict;
  /** Kinds that it looks at. */
  readonly kinds: readonly string[];
  /** The fields or the change, in words. */
  readonly title: string;
  /** What the server says, or what is lost. */
  readonly says: string;
  /** What to do instead, in order. */
  readonly steps: readonly string[];
  /** Where that is known from. */
  readonly source: string;
  readonly find: (change: ObjectChange, context: GuardContext) => readonly Hit[];
}

/** A hit for each field that changed. */
export const hitsOf = (fields: readonly FieldChange[]): Hit[] =>
  fields.map(({ path, before, after }) => ({ path, before, after }));

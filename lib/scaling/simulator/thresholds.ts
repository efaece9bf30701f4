/** Bounds that a run must keep: what is called what, in which unit. */
import { display } from '../../units/text';
import { parseNumber } from './load-shape';
import type { Verdict } from './verdict';

/** The numbers of a run that a threshold can bound. */
export interface Outcome extends Verdict {
  /** Seconds from the most replicas to the fewest without load; undefined when they are never reached. */
  readonly secondsToDrain?: number;
}

/** Every number that can be bounded, and its unit as a message says it. */
export const THRESHOLD_UNITS = {
  unmetLoad: 'requests',
  secondsToCapacity: 's',
  overshoot: 'pods',
  flaps: 'flaps',
  podHours: 'pod hours',
  peakReplicas: 'pods',
  secondsToDrain: 's',
} as const satisfies Partial<Record<keyof Outcome, string>>;

/** What to do when a number is too high. */
export const THRESHOLD_FIXES: Readonly<Record<ThresholdName, string>> = {
  unmetLoad: 'scale up faster or from more replicas, or allow more replicas',
  secondsToCapacity: 'scale up faster or from more replicas, or allow more replicas',
  overshoot: 'limit scale-up, or let pods get ready sooner',
  flaps: 'wait longer before scale-down',
  podHours: 'scale down sooner, or keep fewer replicas',
  peakReplicas: 'lower the most replicas, or raise the target',
  secondsToDrain: 'let scale-down remove more at a time, or wait less before it',
};

export type ThresholdName = keyof typeof THRESHOLD_UNITS;

export const THRESHOLD_NAMES = Object.keys(THRESHOLD_UNITS) as ThresholdName[];

/** The most that each number may be. */
export type Thresholds = Readonly<Partial<Record<ThresholdName, number>>>;

/** A threshold that a run does not keep. */
export interface BrokenThreshold {
  readonly name: ThresholdName;
  /** The number with its unit; "never" for a time that does not come. */
  readonly measured: string;
  readonly most: number;
}

/** What a run breaks. A time that never comes breaks every bound. */
export function brokenThresholds(thresholds: Thresholds, outcome: Outcome): BrokenThreshold[] {
  return THRESHOLD_NAMES.flatMap((name) => {
    const most = thresholds[name];
    if (most === undefined) return [];
    const value = outcome[name];
    return value !== undefined && value <= most ? [] : [{ name, measured: measuredText(name, value), most }];
  });
}

/** A number of a run as people read it. */
export function measuredText(name: ThresholdName, value: number | undefined): string {
  return value === undefined ? 'never' : `${roundUp(value)} ${THRESHOLD_UNITS[name]}`;
}

/** Two digits, never less than the number: what is above a bound is not shown as being at it. */
export function roundUp(value: number): number {
  return Math.ceil(value * 100 - 1e-6) / 100;
}

/** The bounds as a list: `unmetLoad<=0,secondsToCapacity<=90`. */
export function formatThresholds(thresholds: Thresholds): string {
  return THRESHOLD_NAMES.flatMap((name) =>
    thresholds[name] === undefined ? [] : [`${name}<=${thresholds[name]}`],
  ).join(',');
}

/** A bound that cannot be read. */
export class ThresholdError extends Error {}

/** Reads what `formatThresholds` writes: at least one bound, none twice. */
export function parseThresholds(text: string): Thresholds {
  const thresholds: Partial<Record<ThresholdName, number>> = {};
  for (const part of text.split(',')) {
    const [, name, value] = /^([A-Za-z]+)<=(.+)$/.exec(part.trim()) ?? [];
    const most = parseNumber(value ?? '');
    if (!Number.isFinite(most) || !Object.hasOwn(THRESHOLD_UNITS, name) || name in thresholds)
      throw new ThresholdError(
        `the threshold is ${display(part)}; allowed: ${THRESHOLD_NAMES.join(', ')}, each once, "<=" and a number`,
      );
    thresholds[name as ThresholdName] = most;
  }
  return thresholds;
}

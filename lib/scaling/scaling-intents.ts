/**
 * How replicas follow load, for each thing that people want of it: one table, which constructs, documentation and tests
 * read.
 *
 * The numbers of `guide` are the guide's, those of the fastest way up Kubernetes' own. The others are proposals; each says
 * why.
 */
import { DEFAULT_SCALE_UP } from './hpa/hpa-spec';

/** A limit on the change in one period, as the API spells it. */
export interface StepNumbers {
  readonly type: 'Percent' | 'Pods';
  readonly value: number;
  readonly periodSeconds: number;
}

/** Behaviour in one direction, as the API spells it. */
export interface RuleNumbers {
  readonly stabilizationWindowSeconds: number;
  readonly policies: readonly StepNumbers[];
  readonly selectPolicy?: string;
  /** Share of the target that is no reason to act, in percent; the cluster's, by default 10, when undefined. */
  readonly tolerancePercent?: number;
}

export interface IntentNumbers {
  /** CPU use to aim for, in percent of the request. */
  readonly cpuPercent: number;
  readonly scaleUp: RuleNumbers;
  readonly scaleDown: RuleNumbers;
  /** Why the target, the way up and the way down are what they are. */
  readonly why: { readonly target: string; readonly up: string; readonly down: string };
}

const percent = (value: number, periodSeconds: number): StepNumbers => ({
  type: 'Percent',
  value,
  periodSeconds,
});
const pods = (value: number, periodSeconds: number): StepNumbers => ({ type: 'Pods', value, periodSeconds });

/** Kubernetes' own way up: nothing reacts faster. */
const { stabilizationWindowSeconds, policies } = DEFAULT_SCALE_UP;
const FASTEST = { stabilizationWindowSeconds, policies } satisfies RuleNumbers;

export const SCALING_INTENTS = {
  guide: {
    cpuPercent: 70,
    scaleUp: { stabilizationWindowSeconds: 0, policies: [percent(100, 30)] },
    scaleDown: { stabilizationWindowSeconds: 300, policies: [percent(50, 60)] },
    why: {
      target: 'the guide’s',
      up: 'the guide’s: double every half minute',
      down: 'the guide’s: after five calm minutes, half every minute',
    },
  },
  steadyWeb: {
    cpuPercent: 70,
    scaleUp: { stabilizationWindowSeconds: 0, policies: [percent(50, 60), pods(2, 60)] },
    scaleDown: { stabilizationWindowSeconds: 300, policies: [percent(20, 60)] },
    why: {
      target: 'traffic that follows the day leaves minutes to react, so 30 % of headroom is enough',
      up: 'half more in a minute is faster than a day rises; two pods, so that a small workload moves too',
      down: 'a fifth in a minute, so that a pause of some minutes does not take the pods of the next hour',
    },
  },
  spikyWeb: {
    cpuPercent: 60,
    scaleUp: FASTEST,
    scaleDown: { stabilizationWindowSeconds: 600, policies: [percent(20, 60)] },
    why: {
      target: 'room for two thirds more load while new pods start',
      up: 'Kubernetes’ own default, its fastest: double or four pods with every reconciliation',
      down: 'spikes come back: ten calm minutes first, then a fifth in a minute',
    },
  },
  latencyCritical: {
    cpuPercent: 50,
    scaleUp: FASTEST,
    scaleDown: { stabilizationWindowSeconds: 900, policies: [percent(10, 60)] },
    why: {
      target: 'queues grow with 1 / (1 - use): at one half, load can double before requests wait',
      up: 'Kubernetes’ own default, its fastest: double or four pods with every reconciliation',
      down: 'a pod too many costs less than a slow answer: fifteen calm minutes, then a tenth in a minute',
    },
  },
  batch: {
    cpuPercent: 80,
    scaleUp: { stabilizationWindowSeconds: 60, policies: [percent(100, 60)] },
    scaleDown: { stabilizationWindowSeconds: 120, policies: [percent(50, 60)] },
    why: {
      target: 'nobody waits for an answer, so pods may be busy',
      up: 'work that is gone within a minute needs no pods; then double every minute',
      down: 'soon, since an idle worker earns nothing; by halves, so that not all jobs under way are moved at once',
    },
  },
  costSaving: {
    cpuPercent: 80,
    scaleUp: { stabilizationWindowSeconds: 60, policies: [percent(50, 60), pods(1, 60)] },
    scaleDown: { stabilizationWindowSeconds: 120, policies: [percent(100, 60)] },
    why: {
      target: 'little headroom: slower answers at a rise of load are accepted',
      up: 'only for load that lasts a minute, and by halves; one pod, so that a small workload moves too',
      down: 'after two calm minutes everything that is not needed goes',
    },
  },
} as const satisfies Record<string, IntentNumbers>;

export type IntentName = keyof typeof SCALING_INTENTS;

/** Bounds and targets that no intent sets. */
export const SCALING_DEFAULTS = { min: 2, max: 10, memoryPercent: 80 } as const;

/** Ranges of the API: docs of autoscaling/v2, and its validation in kubernetes/kubernetes. */
export const RULE_RANGES = {
  periodSeconds: { min: 1, max: 1800 },
  stabilizationWindowSeconds: { min: 0, max: 3600 },
  value: { min: 1, max: 100_000 },
} as const;

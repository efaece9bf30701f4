/**
 * How replicas follow load, for each thing that people want of it: one table, which constructs, documentation and tests
 * read.
 *
 * The numbers of `guide` are the guide's, those of the fastest way up Kubernetes' own. The others are proposals; each says
 * why.
 */
import { DEFAULT_SCALE_UP, type HpaPolicy, type HpaRules } from './hpa/hpa-spec';

export interface IntentNumbers {
  /** CPU use to aim for, in percent of the request. */
  readonly cpuPercent: number;
  readonly scaleUp: HpaRules;
  readonly scaleDown: HpaRules;
  /** Why the target, the way up and the way down are what they are. */
  readonly why: { readonly target: string; readonly up: string; readonly down: string };
}

const percent = (value: number, periodSeconds: number): HpaPolicy => ({
  type: 'Percent',
  value,
  periodSeconds,
});
const pods = (value: number, periodSeconds: number): HpaPolicy => ({ type: 'Pods', value, periodSeconds });

/** Kubernetes' own way up: nothing reacts faster. */
const { stabilizationWindowSeconds, policies } = DEFAULT_SCALE_UP;
const FASTEST = { stabilizationWindowSeconds, policies } satisfies HpaRules;

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

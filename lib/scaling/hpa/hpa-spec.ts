/**
 * A HorizontalPodAutoscaler as the controller sees it: read from any JSON, with what the API server fills in.
 *
 * Source of the defaults: kubernetes/kubernetes, pkg/apis/autoscaling/v2/defaults.go. A v1 object has one CPU target and
 * no behaviour; the object of every later version has the shape of v2.
 */
import { get, isRecord, type Json, numberAt, recordAt, textAt } from '../../inventory/json';
import { quantityMilli } from '../../units/quantity';
import { display } from '../../units/text';

/** One limit on how fast replicas change. */
export interface HpaPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodSeconds: number;
}

export type SelectPolicy = 'Max' | 'Min' | 'Disabled';

/** How replicas change in one direction. */
export interface HpaRules {
  /** Undefined on the way down: the controller's own flag, 300 s by default. */
  readonly stabilizationWindowSeconds?: number;
  readonly policies: readonly HpaPolicy[];
  readonly selectPolicy: SelectPolicy;
  /** Undefined: the controller's own flag, 0.1 by default. */
  readonly tolerance?: number;
}

export interface HpaBehavior {
  readonly scaleUp: HpaRules;
  readonly scaleDown: HpaRules;
}

/** What a metric aims for; values in thousandths of the metric's unit, as the controller counts them. */
export type HpaTarget =
  | { readonly type: 'Utilization'; readonly percent: number }
  | { readonly type: 'AverageValue'; readonly milli: number }
  | { readonly type: 'Value'; readonly milli: number };

export type HpaMetric =
  | {
      readonly type: 'Resource';
      readonly resource: string;
      /** The one container that is measured (`ContainerResource`); the whole pod when undefined. */
      readonly container?: string;
      readonly target: HpaTarget;
    }
  | { readonly type: 'Pods' | 'Object' | 'External'; readonly name: string; readonly target: HpaTarget };

export interface HpaSpec {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly HpaMetric[];
  /** Undefined: the older path of the controller, which knows no policies. */
  readonly behavior?: HpaBehavior;
}

/** The way up that the API server fills in. */
export const DEFAULT_SCALE_UP = {
  stabilizationWindowSeconds: 0,
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
  selectPolicy: 'Max',
} as const satisfies HpaRules;

/** The rules that the API server fills into a behaviour. */
export const DEFAULT_BEHAVIOR: HpaBehavior = {
  scaleUp: DEFAULT_SCALE_UP,
  scaleDown: {
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    selectPolicy: 'Max',
  },
};

/** What an HPA without metrics follows. */
const DEFAULT_METRIC: HpaMetric = {
  type: 'Resource',
  resource: 'cpu',
  target: { type: 'Utilization', percent: 80 },
};

/** The API server would refuse the object; the message says which field, what it is and what is allowed. */
export class UnreadableHpaError extends Error {}

/** Reads a HorizontalPodAutoscaler of any version; throws `UnreadableHpaError`. */
export function readHpa(manifest: unknown): HpaSpec {
  const spec = recordAt(manifest, 'spec') ?? {};
  const minReplicas = wholeNumber(spec.minReplicas ?? 1, 'spec.minReplicas', 0);
  const maxReplicas = wholeNumber(spec.maxReplicas, 'spec.maxReplicas', 1);
  if (minReplicas > maxReplicas)
    refuse('spec.minReplicas', minReplicas, `at most spec.maxReplicas (${maxReplicas})`);
  const behavior = isRecord(spec.behavior) ? spec.behavior : undefined;
  return {
    minReplicas,
    maxReplicas,
    metrics: readMetrics(spec),
    behavior: behavior && {
      scaleUp: readRules(behavior.scaleUp, DEFAULT_BEHAVIOR.scaleUp, 'spec.behavior.scaleUp'),
      scaleDown: readRules(behavior.scaleDown, DEFAULT_BEHAVIOR.scaleDown, 'spec.behavior.scaleDown'),
    },
  };
}

function readMetrics(spec: Json): HpaMetric[] {
  const list = Array.isArray(spec.metrics) ? (spec.metrics as unknown[]) : [];
  if (list.length > 0) return list.map((metric, index) => readMetric(metric, `spec.metrics[${index}]`));
  const percent = numberAt(spec, 'targetCPUUtilizationPercentage');
  return [
    percent === undefined ? DEFAULT_METRIC : { ...DEFAULT_METRIC, target: { type: 'Utilization', percent } },
  ];
}

function readMetric(metric: unknown, path: string): HpaMetric {
  const type = textAt(metric, 'type');
  switch (type) {
    case 'Resource':
    case 'ContainerResource': {
      const field = type === 'Resource' ? 'resource' : 'containerResource';
      const source = recordAt(metric, field);
      const target = readTarget(source?.target, `${path}.${field}.target`);
      const resource = text(source, 'name', `${path}.${field}.name`);
      if (target.type === 'Value')
        refuse(`${path}.${field}.target.type`, 'Value', 'Utilization or AverageValue');
      return type === 'Resource'
        ? { type, resource, target }
        : {
            type: 'Resource',
            resource,
            container: text(source, 'container', `${path}.${field}.container`),
            target,
          };
    }
    case 'Pods':
    case 'Object':
    case 'External': {
      const field = type.toLowerCase();
      const source = recordAt(metric, field);
      const target = readTarget(source?.target, `${path}.${field}.target`);
      const name = text(recordAt(source, 'metric'), 'name', `${path}.${field}.metric.name`);
      if (target.type === 'Utilization' || (type === 'Pods' && target.type === 'Value'))
        refuse(
          `${path}.${field}.target.type`,
          target.type,
          type === 'Pods' ? 'AverageValue' : 'Value or AverageValue',
        );
      return { type, name, target };
    }
    default:
      return refuse(`${path}.type`, type, 'Resource, ContainerResource, Pods, Object or External');
  }
}

/** The controller looks at what is set, not at the type that is written beside it. */
function readTarget(target: unknown, path: string): HpaTarget {
  const milli = (field: string): number => {
    const value = quantityMilli(get(target, field));
    return value !== undefined && value > 0
      ? value
      : refuse(`${path}.${field}`, get(target, field), 'a quantity above 0');
  };
  if (get(target, 'averageValue') !== undefined)
    return { type: 'AverageValue', milli: milli('averageValue') };
  if (get(target, 'averageUtilization') !== undefined) {
    const percent = wholeNumber(get(target, 'averageUtilization'), `${path}.averageUtilization`, 1);
    return { type: 'Utilization', percent };
  }
  if (get(target, 'value') !== undefined) return { type: 'Value', milli: milli('value') };
  return refuse(path, target, 'averageUtilization, averageValue or value');
}

function readRules(rules: unknown, defaults: HpaRules, path: string): HpaRules {
  if (!isRecord(rules)) return defaults;
  const { policies, selectPolicy, stabilizationWindowSeconds: window, tolerance } = rules;
  if (policies !== undefined && policies !== null && !(Array.isArray(policies) && policies.length > 0))
    refuse(`${path}.policies`, policies, 'a list of at least one policy');
  const list = Array.isArray(policies) ? (policies as unknown[]) : undefined;
  return {
    stabilizationWindowSeconds:
      window === undefined || window === null
        ? defaults.stabilizationWindowSeconds
        : wholeNumber(window, `${path}.stabilizationWindowSeconds`, 0, 3600),
    policies:
      list?.map((policy, index) => readPolicy(policy, `${path}.policies[${index}]`)) ?? defaults.policies,
    selectPolicy: readSelectPolicy(selectPolicy, `${path}.selectPolicy`) ?? defaults.selectPolicy,
    tolerance: readTolerance(tolerance, `${path}.tolerance`),
  };
}

function readPolicy(policy: unknown, path: string): HpaPolicy {
  const type = get(policy, 'type');
  if (type !== 'Pods' && type !== 'Percent') return refuse(`${path}.type`, type, 'Pods or Percent');
  return {
    type,
    value: wholeNumber(get(policy, 'value'), `${path}.value`, 1),
    periodSeconds: wholeNumber(get(policy, 'periodSeconds'), `${path}.periodSeconds`, 1, 1800),
  };
}

function readSelectPolicy(value: unknown, path: string): SelectPolicy | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === 'Max' || value === 'Min' || value === 'Disabled') return value;
  return refuse(path, value, 'Max, Min or Disabled');
}

/** The API server stores `0.3` as `300m`, and the controller multiplies: 300 × 0.001. */
function readTolerance(value: unknown, path: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const milli = quantityMilli(value);
  if (milli === undefined || milli < 0) return refuse(path, value, 'a quantity of at least 0');
  return milli % 1000 === 0 ? milli / 1000 : milli * 0.001;
}

function wholeNumber(value: unknown, path: string, least: number, most = 2 ** 31 - 1): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  return refuse(path, value, `a whole number from ${least} to ${most}`);
}

function text(record: Json | undefined, field: string, path: string): string {
  return textAt(record, field) ?? refuse(path, record?.[field], 'text');
}

function refuse(path: string, value: unknown, allowed: string): never {
  throw new UnreadableHpaError(`${path} is ${display(value)}; allowed: ${allowed}`);
}

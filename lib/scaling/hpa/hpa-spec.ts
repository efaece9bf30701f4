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
  /** Which policy counts; undefined: the one that allows most. */
  readonly selectPolicy?: SelectPolicy;
  /** Share of the target that is no reason to act; undefined: the controller's own flag, 0.1 by default. */
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

/** Ranges of the API: docs of autoscaling/v2, and its validation in kubernetes/kubernetes. */
export const RULE_RANGES = {
  periodSeconds: { min: 1, max: 1800 },
  stabilizationWindowSeconds: { min: 0, max: 3600 },
  value: { min: 1, max: 100_000 },
} as const;

/** Where each type of metric stands. */
const METRIC_FIELDS = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
} as const;

/** What an HPA without metrics follows. */
const DEFAULT_METRIC: HpaMetric = {
  type: 'Resource',
  resource: 'cpu',
  target: { type: 'Utilization', percent: 80 },
};

/** Something that the API server refuses. */
export interface HpaProblem {
  /** JSON path in the object. */
  readonly path: string;
  readonly value: unknown;
  readonly allowed: string;
}

/** A metric as it was read, and where it stands. */
export interface LocatedMetric {
  readonly metric: HpaMetric;
  readonly path: string;
  /** Path of the number that it aims for. */
  readonly targetPath: string;
}

/** What could be read of a HorizontalPodAutoscaler; what could not is a problem, and left out. */
export interface InspectedHpa {
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly metrics: readonly LocatedMetric[];
  readonly behavior?: HpaBehavior;
  readonly problems: readonly HpaProblem[];
}

/** The API server would refuse the object; the message says which fields, what they are and what is allowed. */
export class UnreadableHpaError extends Error {}

/** Reads a HorizontalPodAutoscaler of any version; throws `UnreadableHpaError`. */
export function readHpa(manifest: unknown): HpaSpec {
  const { minReplicas, maxReplicas, metrics, behavior, problems } = inspectHpa(manifest);
  if (problems.length > 0 || minReplicas === undefined || maxReplicas === undefined)
    throw new UnreadableHpaError(
      problems
        .map(({ path, value, allowed }) => `${path} is ${display(value)}; allowed: ${allowed}`)
        .join('\n'),
    );
  return { minReplicas, maxReplicas, metrics: metrics.map(({ metric }) => metric), behavior };
}

/** Reads what can be read of a HorizontalPodAutoscaler of any version. */
export function inspectHpa(manifest: unknown): InspectedHpa {
  const spec = recordAt(manifest, 'spec') ?? {};
  const reading = new Reading();
  const minReplicas = reading.wholeNumber(spec.minReplicas ?? 1, 'spec.minReplicas', 0);
  const maxReplicas = reading.wholeNumber(spec.maxReplicas, 'spec.maxReplicas', 1);
  if (minReplicas !== undefined && maxReplicas !== undefined && minReplicas > maxReplicas)
    reading.refuse('spec.minReplicas', minReplicas, `at most spec.maxReplicas (${maxReplicas})`);
  return {
    minReplicas,
    maxReplicas,
    metrics: reading.metrics(spec),
    behavior: reading.behavior(spec.behavior, 'spec.behavior'),
    problems: reading.problems,
  };
}

/** Reads a behaviour, which stands elsewhere in a ScaledObject. */
export function inspectBehavior(
  behavior: unknown,
  path: string,
): Pick<InspectedHpa, 'behavior' | 'problems'> {
  const reading = new Reading();
  return { behavior: reading.behavior(behavior, path), problems: reading.problems };
}

/** Reads fields one by one, and remembers what the API server refuses. */
class Reading {
  readonly problems: HpaProblem[] = [];

  refuse(path: string, value: unknown, allowed: string): undefined {
    this.problems.push({ path, value, allowed });
    return undefined;
  }

  wholeNumber(value: unknown, path: string, least: number, most = 2 ** 31 - 1): number | undefined {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    return this.refuse(path, value, `a whole number from ${least} to ${most}`);
  }

  metrics(spec: Json): LocatedMetric[] {
    const list = Array.isArray(spec.metrics) ? (spec.metrics as unknown[]) : [];
    if (list.length > 0)
      return list.flatMap((metric, index) => this.metric(metric, `spec.metrics[${index}]`) ?? []);
    const percent = numberAt(spec, 'targetCPUUtilizationPercentage');
    if (percent === undefined)
      return [{ metric: DEFAULT_METRIC, path: 'spec.metrics', targetPath: 'spec.metrics' }];
    const path = 'spec.targetCPUUtilizationPercentage';
    const metric: HpaMetric = { ...DEFAULT_METRIC, target: { type: 'Utilization', percent } };
    return [{ metric, path, targetPath: path }];
  }

  private metric(metric: unknown, path: string): LocatedMetric | undefined {
    const type = textAt(metric, 'type') ?? '';
    if (!Object.hasOwn(METRIC_FIELDS, type))
      return this.refuse(`${path}.type`, get(metric, 'type'), Object.keys(METRIC_FIELDS).join(', '));
    const field = METRIC_FIELDS[type as keyof typeof METRIC_FIELDS];
    const source = recordAt(metric, field);
    const at = `${path}.${field}`;
    const target = this.target(source?.target, `${at}.target`);
    const read =
      type === 'Resource' || type === 'ContainerResource'
        ? this.resourceMetric(source, type === 'ContainerResource', target?.read, at)
        : this.otherMetric(source, type as 'Pods' | 'Object' | 'External', target?.read, at);
    return target && read && { metric: read, path, targetPath: `${at}.target.${target.field}` };
  }

  private resourceMetric(
    source: Json | undefined,
    ofContainer: boolean,
    target: HpaTarget | undefined,
    path: string,
  ): HpaMetric | undefined {
    const resource = this.text(source, 'name', `${path}.name`);
    const container = ofContainer ? this.text(source, 'container', `${path}.container`) : undefined;
    if (target?.type === 'Value')
      return this.refuse(`${path}.target.type`, 'Value', 'Utilization or AverageValue');
    if (!target || resource === undefined || (ofContainer && container === undefined)) return undefined;
    return { type: 'Resource', resource, ...(ofContainer && { container }), target };
  }

  private otherMetric(
    source: Json | undefined,
    type: 'Pods' | 'Object' | 'External',
    target: HpaTarget | undefined,
    path: string,
  ): HpaMetric | undefined {
    const name = this.text(recordAt(source, 'metric'), 'name', `${path}.metric.name`);
    if (target?.type === 'Utilization' || (type === 'Pods' && target?.type === 'Value'))
      return this.refuse(
        `${path}.target.type`,
        target.type,
        type === 'Pods' ? 'AverageValue' : 'Value or AverageValue',
      );
    return target && name !== undefined ? { type, name, target } : undefined;
  }

  /** The controller looks at what is set, not at the type that is written beside it. */
  private target(target: unknown, path: string): { read: HpaTarget; field: string } | undefined {
    const milli = (field: string): number | undefined => {
      const value = quantityMilli(get(target, field));
      return value !== undefined && value > 0
        ? value
        : this.refuse(`${path}.${field}`, get(target, field), 'a quantity above 0');
    };
    if (isRecord(target) && target.type == null)
      this.refuse(`${path}.type`, undefined, 'Utilization, AverageValue or Value');
    const field = ['averageValue', 'averageUtilization', 'value'].find((one) => get(target, one) != null);
    switch (field) {
      case 'averageUtilization': {
        const percent = this.wholeNumber(get(target, field), `${path}.${field}`, 1);
        return percent === undefined ? undefined : { read: { type: 'Utilization', percent }, field };
      }
      case 'averageValue':
      case 'value': {
        const amount = milli(field);
        const type = field === 'value' ? 'Value' : 'AverageValue';
        return amount === undefined ? undefined : { read: { type, milli: amount }, field };
      }
      default:
        return this.refuse(path, target, 'averageUtilization, averageValue or value');
    }
  }

  behavior(behavior: unknown, path: string): HpaBehavior | undefined {
    if (!isRecord(behavior)) return undefined;
    return {
      scaleUp: this.rules(behavior.scaleUp, DEFAULT_BEHAVIOR.scaleUp, `${path}.scaleUp`),
      scaleDown: this.rules(behavior.scaleDown, DEFAULT_BEHAVIOR.scaleDown, `${path}.scaleDown`),
    };
  }

  private rules(rules: unknown, defaults: HpaRules, path: string): HpaRules {
    if (!isRecord(rules)) return defaults;
    const { policies, selectPolicy, stabilizationWindowSeconds: window, tolerance } = rules;
    const { min, max } = RULE_RANGES.stabilizationWindowSeconds;
    if (policies != null && !(Array.isArray(policies) && policies.length > 0))
      this.refuse(`${path}.policies`, policies, 'a list of at least one policy');
    const list = Array.isArray(policies) ? (policies as unknown[]) : undefined;
    return {
      stabilizationWindowSeconds:
        (window == null
          ? undefined
          : this.wholeNumber(window, `${path}.stabilizationWindowSeconds`, min, max)) ??
        defaults.stabilizationWindowSeconds,
      policies:
        list?.flatMap((policy, index) => this.policy(policy, `${path}.policies[${index}]`) ?? []) ??
        defaults.policies,
      selectPolicy: this.selectPolicy(selectPolicy, `${path}.selectPolicy`) ?? defaults.selectPolicy,
      tolerance: this.tolerance(tolerance, `${path}.tolerance`),
    };
  }

  private policy(policy: unknown, path: string): HpaPolicy | undefined {
    const type = get(policy, 'type');
    const known = type === 'Pods' || type === 'Percent';
    if (!known) this.refuse(`${path}.type`, type, 'Pods or Percent');
    const { min, max } = RULE_RANGES.periodSeconds;
    const value = this.wholeNumber(get(policy, 'value'), `${path}.value`, RULE_RANGES.value.min);
    const periodSeconds = this.wholeNumber(get(policy, 'periodSeconds'), `${path}.periodSeconds`, min, max);
    return known && value !== undefined && periodSeconds !== undefined
      ? { type, value, periodSeconds }
      : undefined;
  }

  private selectPolicy(value: unknown, path: string): SelectPolicy | undefined {
    if (value == null) return undefined;
    if (value === 'Max' || value === 'Min' || value === 'Disabled') return value;
    return this.refuse(path, value, 'Max, Min or Disabled');
  }

  /** The API server stores `0.3` as `300m`, and the controller multiplies: 300 × 0.001. */
  private tolerance(value: unknown, path: string): number | undefined {
    if (value == null) return undefined;
    const milli = quantityMilli(value);
    if (milli === undefined || milli < 0) return this.refuse(path, value, 'a quantity of at least 0');
    return milli % 1000 === 0 ? milli / 1000 : milli * 0.001;
  }

  private text(record: Json | undefined, field: string, path: string): string | undefined {
    return textAt(record, field) ?? this.refuse(path, record?.[field], 'text');
  }
}

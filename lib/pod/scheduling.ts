import { TaintEffect } from 'cdk8s-plus-27';
import type {
  Affinity,
  NodeAffinity,
  NodeSelectorRequirement,
  Toleration as CoreToleration,
  TopologySpreadConstraint,
  WeightedPodAffinityTerm,
} from 'kubernetes-types/core/v1';
import type { Checks } from '../finding/checks';
import type { KubernetesVersion } from '../target/kubernetes-version';
import { dnsLabelRule, dnsSubdomainRule, labelKeyRule, labelValueRule } from '../units/names';

/** Where pods may and should run. */
export interface SchedulingProps {
  /**
   * Labels that a node must have, such as `{ workload: 'compute' }`.
   *
   * @default - any node
   */
  readonly nodeSelector?: { [label: string]: string };
  /**
   * Instance types to prefer, such as `['c5.xlarge', 'c5.2xlarge']`: a preferred node affinity of weight 100 on
   * `node.kubernetes.io/instance-type`. Other nodes are taken when none of these has room.
   *
   * @default - no preference
   */
  readonly instanceTypes?: string[];
  /**
   * Name of an existing PriorityClass.
   *
   * @default - the cluster's default priority
   */
  readonly priorityClassName?: string;
  /**
   * Taints of nodes that the pods may run on all the same.
   *
   * @default - none
   */
  readonly tolerations?: Toleration[];
  /**
   * What a node must have, beside `nodeSelector`.
   *
   * @default - any node
   */
  readonly requiredNodes?: NodeRequirement[];
  /**
   * What a node should have: others are taken when none of these has room.
   *
   * @default - no preference
   */
  readonly preferredNodes?: NodeRequirement[];
  /**
   * Pods to be near to, such as those of a cache: a preference for their hosts or zones.
   *
   * @default - no preference
   */
  readonly nearTo?: PodAffinity[];
  /**
   * Pods to stay away from: a preference against their hosts or zones.
   *
   * @default - no preference, but for spreading over zones and hosts
   */
  readonly apartFrom?: PodAffinity[];
}

/** A taint that is tolerated. */
export interface Toleration {
  /**
   * Key of the taint.
   *
   * @default - every taint
   */
  readonly key?: string;
  /**
   * Its value.
   *
   * @default - any value
   */
  readonly value?: string;
  /**
   * Its effect.
   *
   * @default - every effect
   */
  readonly effect?: TaintEffect;
  /**
   * Seconds for which a pod stays on a node that got the taint; only with the effect NO_EXECUTE.
   *
   * @default - for ever
   */
  readonly seconds?: number;
}

/** A label that a node has, or has not. */
export interface NodeRequirement {
  /** The label. */
  readonly label: string;
  /**
   * Values, one of which it has.
   *
   * @default - any value
   */
  readonly values?: string[];
  /**
   * Whether the node must not have it, or none of these values.
   *
   * @default false
   */
  readonly not?: boolean;
}

/** Pods to be near to, or apart from. */
export interface PodAffinity {
  /** Labels of the pods, such as `cache.networkIdentity.podLabels`. */
  readonly podLabels: { [key: string]: string };
  /**
   * Their namespace.
   *
   * @default - that of the construct
   */
  readonly namespace?: string;
  /**
   * Label of the nodes that counts as one place, such as `topology.kubernetes.io/zone`.
   *
   * @default kubernetes.io/hostname
   */
  readonly topologyKey?: string;
}

/** What of some props is about where pods run. */
export function schedulingOf({
  nodeSelector,
  instanceTypes,
  priorityClassName,
  tolerations: tolerated,
  requiredNodes,
  preferredNodes,
  nearTo,
  apartFrom,
}: SchedulingProps): SchedulingProps {
  return {
    nodeSelector,
    instanceTypes,
    priorityClassName,
    tolerations: tolerated,
    requiredNodes,
    preferredNodes,
    nearTo,
    apartFrom,
  };
}

export function checkScheduling(checks: Checks, props: SchedulingProps): void {
  for (const [key, value] of Object.entries(props.nodeSelector ?? {})) {
    checks.at('nodeSelector').text('key', key, labelKeyRule);
    checks.at('nodeSelector').text(key, value, labelValueRule);
  }
  props.instanceTypes?.forEach((type, index) => checks.text(`instanceTypes[${index}]`, type, labelValueRule));
  checks.text('priorityClassName', props.priorityClassName, dnsSubdomainRule);
  props.tolerations?.forEach(({ key, value, effect, seconds }, index) => {
    const own = checks.at(`tolerations[${index}]`);
    own.text('key', key, labelKeyRule);
    own.text('value', value, labelValueRule);
    own.oneOf('effect', effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']);
    own.integer('seconds', seconds, 0, 2 ** 31 - 1);
    if (value !== undefined && key === undefined) own.fail('key', key, 'a value has a key; name it');
    if (seconds !== undefined && effect !== TaintEffect.NO_EXECUTE)
      own.fail('seconds', seconds, 'allowed: only with the effect NO_EXECUTE');
  });
  for (const prop of ['requiredNodes', 'preferredNodes'] as const)
    props[prop]?.forEach(({ label, values }, index) => {
      const own = checks.at(`${prop}[${index}]`);
      own.text('label', label, labelKeyRule);
      values?.forEach((value) => own.text('values', value, labelValueRule));
    });
  for (const prop of ['nearTo', 'apartFrom'] as const)
    props[prop]?.forEach(({ podLabels, namespace, topologyKey }, index) => {
      const own = checks.at(`${prop}[${index}]`);
      own.text('namespace', namespace, dnsLabelRule);
      own.text('topologyKey', topologyKey, labelKeyRule);
      if (Object.keys(podLabels).length === 0)
        own.fail('podLabels', podLabels, 'allowed: at least one label');
      for (const [key, value] of Object.entries(podLabels)) {
        own.at('podLabels').text('key', key, labelKeyRule);
        own.at('podLabels').text(key, value, labelValueRule);
      }
    });
}

export function tolerations({ tolerations: given }: SchedulingProps): CoreToleration[] | undefined {
  return given?.map(({ key, value, effect, seconds }) => ({
    ...(key !== undefined && { key }),
    operator: value === undefined ? 'Exists' : 'Equal',
    ...(value !== undefined && { value }),
    ...(effect !== undefined && { effect }),
    ...(seconds !== undefined && { tolerationSeconds: seconds }),
  }));
}

function expressionOf({ label, values, not = false }: NodeRequirement): NodeSelectorRequirement {
  if (!values || values.length === 0) return { key: label, operator: not ? 'DoesNotExist' : 'Exists' };
  return { key: label, operator: not ? 'NotIn' : 'In', values: [...values] };
}

function nodeAffinity({
  instanceTypes = [],
  requiredNodes = [],
  preferredNodes = [],
}: SchedulingProps): NodeAffinity | undefined {
  const preferred = [
    ...(instanceTypes.length > 0
      ? [{ label: 'node.kubernetes.io/instance-type', values: [...instanceTypes] }]
      : []),
    ...preferredNodes,
  ].map((one) => ({ weight: 100, preference: { matchExpressions: [expressionOf(one)] } }));
  const result: NodeAffinity = {};
  if (preferred.length > 0) result.preferredDuringSchedulingIgnoredDuringExecution = preferred;
  if (requiredNodes.length > 0)
    result.requiredDuringSchedulingIgnoredDuringExecution = {
      nodeSelectorTerms: [{ matchExpressions: requiredNodes.map(expressionOf) }],
    };
  return Object.keys(result).length > 0 ? result : undefined;
}

function placeTerm({ podLabels, namespace, topologyKey = HOST }: PodAffinity): WeightedPodAffinityTerm {
  return {
    weight: 50,
    podAffinityTerm: {
      topologyKey,
      labelSelector: { matchLabels: { ...podLabels } },
      ...(namespace !== undefined && { namespaces: [namespace] }),
    },
  };
}

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';

export interface SpreadOptions {
  /** Labels that select the pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly version: KubernetesVersion;
  /** Pods of a Deployment carry `pod-template-hash`; those of a StatefulSet do not. */
  readonly ownedByDeployment: boolean;
}

/**
 * Even spread over zones, then over hosts, as far as nodes allow. Never required: a required spread leaves pods
 * pending when a zone is full, just when an autoscaler adds them.
 *
 * `matchLabelKeys` counts only the pods of the same revision; without it a rollout leaves the new pods skewed
 * (kubernetes#98215).
 */
export function spreadConstraints({
  labels,
  version,
  ownedByDeployment,
}: SpreadOptions): TopologySpreadConstraint[] {
  const matchLabelKeys =
    ownedByDeployment && version._has('spreadMatchLabelKeys')
      ? { matchLabelKeys: ['pod-template-hash'] }
      : {};
  return [ZONE, HOST].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { ...labels } },
    ...matchLabelKeys,
  }));
}

/** Preferred anti-affinity per host, and the preference for instance types. */
export function affinity(props: SchedulingProps, spread: SpreadOptions | undefined): Affinity | undefined {
  const result: Affinity = {};
  const nodes = nodeAffinity(props);
  if (nodes) result.nodeAffinity = nodes;
  if (props.nearTo && props.nearTo.length > 0)
    result.podAffinity = { preferredDuringSchedulingIgnoredDuringExecution: props.nearTo.map(placeTerm) };
  const apart = props.apartFrom?.map(placeTerm) ?? [];
  if (apart.length > 0) result.podAntiAffinity = { preferredDuringSchedulingIgnoredDuringExecution: apart };
  if (spread) {
    const matchLabelKeys =
      spread.ownedByDeployment && spread.version._has('affinityMatchLabelKeys')
        ? { matchLabelKeys: ['pod-template-hash'] }
        : {};
    result.podAntiAffinity = {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: {
            topologyKey: HOST,
            labelSelector: { matchLabels: { ...spread.labels } },
            ...matchLabelKeys,
          },
        },
        ...apart,
      ],
    };
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

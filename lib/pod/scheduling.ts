import type { Affinity, TopologySpreadConstraint } from 'kubernetes-types/core/v1';
import type { Checks } from '../finding/checks';
import type { KubernetesVersion } from '../target/kubernetes-version';
import { dnsSubdomainRule, labelKeyRule, labelValueRule } from '../units/names';

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
}

export function checkScheduling(checks: Checks, props: SchedulingProps): void {
  for (const [key, value] of Object.entries(props.nodeSelector ?? {})) {
    checks.at('nodeSelector').text('key', key, labelKeyRule);
    checks.at('nodeSelector').text(key, value, labelValueRule);
  }
  props.instanceTypes?.forEach((type, index) => checks.text(`instanceTypes[${index}]`, type, labelValueRule));
  checks.text('priorityClassName', props.priorityClassName, dnsSubdomainRule);
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
  if (props.instanceTypes && props.instanceTypes.length > 0) {
    result.nodeAffinity = {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          preference: {
            matchExpressions: [
              { key: 'node.kubernetes.io/instance-type', operator: 'In', values: [...props.instanceTypes] },
            ],
          },
        },
      ],
    };
  }
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
      ],
    };
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

/**
 * Fields that a Kubernetes minor version lacks, with the minor of 1.x where the field is on by default.
 *
 * Source: the feature gate table of kubernetes/kubernetes (pkg/features/kube_features.go): the release in which the
 * gate is beta and enabled, or GA.
 */
export const FIELD_SINCE_MINOR = {
  /** `lifecycle.preStop.sleep` (PodLifecycleSleepAction: alpha 1.29, on by default 1.30). */
  preStopSleep: 30,
  /** `topologySpreadConstraints[].matchLabelKeys` (MatchLabelKeysInPodTopologySpread: on by default 1.27). */
  spreadMatchLabelKeys: 27,
  /** `affinity.podAntiAffinity…matchLabelKeys` (MatchLabelKeysInPodAffinity: on by default 1.31). */
  affinityMatchLabelKeys: 31,
  /** `spec.unhealthyPodEvictionPolicy` of a PodDisruptionBudget (PDBUnhealthyPodEvictionPolicy: on by default 1.27). */
  unhealthyPodEvictionPolicy: 27,
} as const;

export type VersionedField = keyof typeof FIELD_SINCE_MINOR;

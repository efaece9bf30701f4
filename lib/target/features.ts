/**
 * Fields that a Kubernetes minor version lacks, with the minor of 1.x where the field is on by default.
 *
 * Source: the feature gate table of kubernetes/kubernetes (pkg/features/kube_features.go): the release in which the
 * gate is beta and enabled, or GA.
 */
export const FIELD_SINCE_MINOR = {
  /** `lifecycle.preStop.sleep` (PodLifecycleSleepAction: alpha 1.29, on by default 1.30). */
  preStopSleep: 30,
  /** `restartPolicy: Always` of an init container (SidecarContainers: on by default 1.29). */
  nativeSidecars: 29,
  /** `topologySpreadConstraints[].matchLabelKeys` (MatchLabelKeysInPodTopologySpread: on by default 1.27). */
  spreadMatchLabelKeys: 27,
  /** `affinity.podAntiAffinity…matchLabelKeys` (MatchLabelKeysInPodAffinity: on by default 1.31). */
  affinityMatchLabelKeys: 31,
  /** `spec.unhealthyPodEvictionPolicy` of a PodDisruptionBudget (PDBUnhealthyPodEvictionPolicy: on by default 1.27). */
  unhealthyPodEvictionPolicy: 27,
  /** `metrics[].containerResource` of an HPA (HPAContainerMetrics: on by default 1.27, stable 1.30). */
  containerResourceMetric: 27,
  /** `behavior.….tolerance` of an HPA (HPAConfigurableTolerance: alpha 1.33, on by default 1.35). */
  hpaTolerance: 35,
  /** Resizing the containers of a running pod (InPlacePodVerticalScaling: on by default 1.33). */
  inPlacePodResize: 33,
} as const;

/** Annotation of an object that holds a field newer than the oldest version: the version that it is meant for. */
export const VERSION_ANNOTATION = 'cdk8s-tuned/kubernetes-version';

export type VersionedField = keyof typeof FIELD_SINCE_MINOR;

/**
 * Features of the VerticalPodAutoscaler, with the minor of its release 1.x in which they are on by default.
 *
 * Source: kubernetes/autoscaler, vertical-pod-autoscaler/docs/features.md: InPlaceOrRecreate is alpha in 1.4, beta and on
 * in 1.5, stable in 1.6.
 */
export const VPA_SINCE_MINOR = { inPlaceOrRecreate: 5 } as const;

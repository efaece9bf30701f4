/**
 * What the API server fills into objects: left out or written out, it is no difference. From kubernetes/kubernetes
 * pkg/apis/{apps,autoscaling,batch,core,networking,rbac,scheduling,storage}/v1/defaults.go.
 */
import { isRecord, type Json, listAt, recordAt, textAt } from '../../inventory/json';
import { CLAIM_SPEC, POD_SPEC, POD_TEMPLATE } from './pod-defaults';

/** A value for a field that is left out, or one made from the object around it; undefined leaves it out, and null says of an alias that it is none. */
type Default = string | number | boolean | null | ((owner: Json) => unknown);

/** Fields with their defaults; what is nested is filled where it is there, `name[]` in each item of a list. */
export interface Defaults {
  readonly [field: string]: Default | Defaults;
}

const ROLLING = { maxSurge: '25%', maxUnavailable: '25%' };

function strategyOf({ strategy }: Json): unknown {
  if (textAt(strategy, 'type') === 'Recreate') return strategy;
  const given = isRecord(strategy) ? strategy : {};
  return {
    type: 'RollingUpdate',
    ...given,
    rollingUpdate: { ...ROLLING, ...recordAt(given, 'rollingUpdate') },
  };
}

function rollingUpdate(defaults: Json) {
  return ({ updateStrategy }: Json): unknown => {
    const given = isRecord(updateStrategy) ? updateStrategy : {};
    if ((textAt(given, 'type') ?? 'RollingUpdate') !== 'RollingUpdate') return given;
    return {
      type: 'RollingUpdate',
      ...given,
      rollingUpdate: { ...defaults, ...recordAt(given, 'rollingUpdate') },
    };
  };
}

const JOB_POD: Defaults = { ...POD_SPEC, restartPolicy: (pod) => pod.restartPolicy };

const JOB_SPEC: Defaults = {
  // A Job without both runs one pod; one with a parallelism alone is a queue.
  completions: (spec) => (spec.parallelism === undefined ? 1 : undefined),
  parallelism: 1,
  backoffLimit: (spec) => (spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647),
  completionMode: 'NonIndexed',
  suspend: false,
  manualSelector: false,
  podReplacementPolicy: (spec) => (spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed'),
  template: { spec: JOB_POD },
};

const RULES: Defaults = { selectPolicy: 'Max' };

const isReachable = (spec: Json) => ['NodePort', 'LoadBalancer'].includes(textAt(spec, 'type') ?? '');

/** Defaults by kind, as the inventory calls it. */
const BY_KIND: Readonly<Record<string, Defaults>> = {
  Deployment: {
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      minReadySeconds: 0,
      paused: false,
      strategy: strategyOf,
      template: POD_TEMPLATE,
    },
  },
  StatefulSet: {
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      minReadySeconds: 0,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: rollingUpdate({ partition: 0 }),
      persistentVolumeClaimRetentionPolicy: (spec) => ({
        whenDeleted: 'Retain',
        whenScaled: 'Retain',
        ...recordAt(spec, 'persistentVolumeClaimRetentionPolicy'),
      }),
      template: POD_TEMPLATE,
      'volumeClaimTemplates[]': { apiVersion: 'v1', kind: 'PersistentVolumeClaim', spec: CLAIM_SPEC },
    },
  },
  DaemonSet: {
    spec: {
      revisionHistoryLimit: 10,
      minReadySeconds: 0,
      updateStrategy: rollingUpdate({ maxSurge: 0, maxUnavailable: 1 }),
      template: POD_TEMPLATE,
    },
  },
  ReplicaSet: { spec: { replicas: 1, minReadySeconds: 0, template: POD_TEMPLATE } },
  Job: { spec: JOB_SPEC },
  CronJob: {
    spec: {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: { spec: { template: { spec: JOB_POD } } },
    },
  },
  Pod: { spec: POD_SPEC },
  Service: {
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      publishNotReadyAddresses: false,
      internalTrafficPolicy: (spec) => (textAt(spec, 'type') === 'ExternalName' ? undefined : 'Cluster'),
      externalTrafficPolicy: (spec) => (isReachable(spec) ? 'Cluster' : undefined),
      allocateLoadBalancerNodePorts: (spec) => (textAt(spec, 'type') === 'LoadBalancer' ? true : undefined),
      'ports[]': { protocol: 'TCP', targetPort: (port) => port.port },
    },
  },
  HorizontalPodAutoscaler: {
    spec: { minReplicas: 1, behavior: { scaleUp: RULES, scaleDown: RULES } },
  },
  PersistentVolumeClaim: { spec: CLAIM_SPEC },
  PersistentVolume: { spec: { volumeMode: 'Filesystem', persistentVolumeReclaimPolicy: 'Retain' } },
  Secret: { type: 'Opaque' },
  NetworkPolicy: {
    spec: {
      policyTypes: (spec) => ['Ingress', ...(listAt(spec, 'egress').length > 0 ? ['Egress'] : [])],
      'ingress[]': { 'ports[]': { protocol: 'TCP' } },
      'egress[]': { 'ports[]': { protocol: 'TCP' } },
    },
  },
  RoleBinding: { roleRef: { apiGroup: 'rbac.authorization.k8s.io' } },
  ClusterRoleBinding: { roleRef: { apiGroup: 'rbac.authorization.k8s.io' } },
  StorageClass: { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate', allowVolumeExpansion: false },
  PriorityClass: { preemptionPolicy: 'PreemptLowerPriority', globalDefault: false },
  CSIDriver: {
    spec: {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      requiresRepublish: false,
      seLinuxMount: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: () => ['Persistent'],
    },
  },
};

/** A manifest with what the API server fills in. */
export function withDefaults(kind: string, manifest: Json): Json {
  return Object.hasOwn(BY_KIND, kind) ? fill(manifest, BY_KIND[kind]) : manifest;
}

function fill(owner: Json, defaults: Defaults): Json {
  const result: Record<string, unknown> = { ...owner };
  for (const [field, value] of Object.entries(defaults)) {
    const list = field.endsWith('[]') ? field.slice(0, -2) : undefined;
    if (value === null) delete result[field];
    else if (list !== undefined && typeof value === 'object') {
      if (Array.isArray(result[list]))
        result[list] = (result[list] as unknown[]).map((item) => (isRecord(item) ? fill(item, value) : item));
    } else if (typeof value === 'function') {
      const made = isPartlyGiven(field, result[field]) ? value(result) : result[field];
      if (made !== undefined) result[field] = made;
    } else if (typeof value === 'object') {
      const given = result[field];
      if (isRecord(given)) result[field] = fill(given, value);
    } else result[field] ??= value;
  }
  return result;
}

/** Fields whose parts have defaults of their own are made anew from what is given. */
const MADE_OF_PARTS: ReadonlySet<string> = new Set([
  'strategy',
  'updateStrategy',
  'persistentVolumeClaimRetentionPolicy',
  'requests',
]);

function isPartlyGiven(field: string, given: unknown): boolean {
  return given === undefined || given === null || MADE_OF_PARTS.has(field);
}

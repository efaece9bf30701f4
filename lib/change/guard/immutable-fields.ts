/**
 * Fields that the API server refuses to change, whatever they change to. Read in kubernetes/kubernetes
 * pkg/apis/GROUP/validation/validation.go (`Validate…Update`) of 1.27, 1.30 and 1.32 to 1.36.
 */

/** A field, and the words of the API server. */
export interface ImmutableField {
  readonly field: string;
  readonly says: string;
  /** The last minor in which it is immutable. */
  readonly until?: number;
}

const IMMUTABLE = 'field is immutable';

const immutable = (...fields: readonly string[]): ImmutableField[] =>
  fields.map((field) => ({ field, says: IMMUTABLE }));

/** Fields by which a workload knows its pods. */
export const SELECTORS: Readonly<Record<string, readonly ImmutableField[]>> = {
  Deployment: immutable('spec.selector'),
  DaemonSet: immutable('spec.selector'),
  ReplicaSet: immutable('spec.selector'),
};

/** What a class or a policy of the cluster was made with. */
export const CLASS_FIELDS: Readonly<Record<string, readonly ImmutableField[]>> = {
  StorageClass: immutable('parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'),
  PriorityClass: [
    { field: 'value', says: 'may not be changed in an update.' },
    ...immutable('preemptionPolicy'),
  ],
  RuntimeClass: immutable('handler'),
  IngressClass: immutable('spec.controller'),
  CSIDriver: [
    ...immutable('spec.attachRequired', 'spec.volumeLifecycleModes'),
    { field: 'spec.fsGroupPolicy', says: IMMUTABLE, until: 29 },
    { field: 'spec.podInfoOnMount', says: IMMUTABLE, until: 29 },
  ],
  VolumeAttributesClass: [
    { field: 'driverName', says: 'updates to driverName are forbidden.' },
    { field: 'parameters', says: 'updates to parameters are forbidden.' },
  ],
};

/** Fields of other kinds, which are made once. */
export const OTHER_FIELDS: Readonly<Record<string, readonly ImmutableField[]>> = {
  ClusterTrustBundle: immutable('spec.signerName'),
  ControllerRevision: immutable('data'),
  CSIStorageCapacity: immutable('nodeTopology', 'storageClassName'),
  EndpointSlice: immutable('addressType'),
  IPAddress: immutable('spec.parentRef'),
  LeaseCandidate: immutable('spec.leaseName'),
  ResourceClaim: immutable('spec'),
  ResourceClaimTemplate: immutable('spec'),
  ResourceQuota: immutable('spec.scopes'),
  ResourceSlice: immutable('spec.driver', 'spec.nodeName', 'spec.pool.name'),
  VolumeAttachment: immutable('spec'),
};

/** Fields of a definition of custom resources (apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go). */
export const DEFINITION_FIELDS = immutable(
  'spec.group',
  'spec.names.kind',
  'spec.names.plural',
  'spec.scope',
);

/**
 * Fields of a StatefulSet that may change; all others of its spec may not. `ordinals` since 1.26, `revisionHistoryLimit` since
 * 1.33.
 */
export function mutableOfStatefulSet(minor: number): string[] {
  return [
    ...['replicas', 'ordinals', 'template', 'updateStrategy'],
    ...(minor >= 33 ? ['revisionHistoryLimit'] : []),
    ...['persistentVolumeClaimRetentionPolicy', 'minReadySeconds'],
  ];
}

/** Fields of a Job that may not change, besides its template and its completions. */
export const JOB_FIELDS: readonly string[] = [
  'selector',
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
];

/** Fields of the template of a suspended Job that may change before it starts. */
export const SUSPENDED_JOB_FIELDS: readonly string[] = [
  'spec.template.metadata.annotations',
  'spec.template.metadata.labels',
  'spec.template.spec.affinity.nodeAffinity',
  'spec.template.spec.nodeSelector',
  'spec.template.spec.schedulingGates',
  'spec.template.spec.tolerations',
];

/** Fields of a Pod that may change. */
export const POD_FIELDS: readonly string[] = [
  'spec.containers[].image',
  'spec.initContainers[].image',
  'spec.activeDeadlineSeconds',
  'spec.schedulingGates',
  'spec.tolerations',
];

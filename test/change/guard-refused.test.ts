/** Each field that the API server refuses to change, and changes beside it that it takes. */
import { GUARD_RULES, parseAcceptance } from '../../lib/change/guard/guard';
import { claim, deployment, guarded, object, statefulSet, template } from './sets';

const job = (spec: object = {}) =>
  object('batch/v1', 'Job', { spec: { template: template({}, { restartPolicy: 'Never' }), ...spec } });
const jobPod = (container: object, pod: object = {}) => ({
  template: template(container, { restartPolicy: 'Never', ...pod }),
});
const pvc = (spec: object = {}) => object('v1', 'PersistentVolumeClaim', { spec: claim(spec).spec });
const pv = (spec: object) => object('v1', 'PersistentVolume', { spec });
const service = (spec: object) => object('v1', 'Service', { spec: { ports: [{ port: 80 }], ...spec } });
const pod = (spec: object, container: object = {}) =>
  object('v1', 'Pod', { spec: { ...template(container).spec, ...spec } });
const cluster = (spec: object) =>
  object('postgresql.cnpg.io/v1', 'Cluster', { spec: { storage: { size: '10Gi' }, ...spec } });
const selector = (app: string) => ({ selector: { matchLabels: { app } } });
const requests = (storage: string) => ({ resources: { requests: { storage } } });

type Case = readonly [what: string, before: object, after: object, ids: readonly string[]];

/** Refused, by id. */
const REFUSED: readonly Case[] = [
  ['the selector of a Deployment', deployment(), deployment(selector('two')), ['CHG-001']],
  [
    'of a DaemonSet',
    object('apps/v1', 'DaemonSet', { spec: selector('one') }),
    object('apps/v1', 'DaemonSet', { spec: selector('two') }),
    ['CHG-001'],
  ],
  [
    'of a ReplicaSet',
    object('apps/v1', 'ReplicaSet', { spec: selector('one') }),
    object('apps/v1', 'ReplicaSet', { spec: selector('two') }),
    ['CHG-001'],
  ],
  ['of a StatefulSet', statefulSet(), statefulSet(selector('two')), ['CHG-002']],
  ['serviceName', statefulSet(), statefulSet({ serviceName: 'two' }), ['CHG-002']],
  ['podManagementPolicy', statefulSet(), statefulSet({ podManagementPolicy: 'Parallel' }), ['CHG-002']],
  [
    'a larger claim template',
    statefulSet(),
    statefulSet({ volumeClaimTemplates: [claim(requests('20Gi'))] }),
    ['CHG-003'],
  ],
  [
    'a smaller claim template',
    statefulSet(),
    statefulSet({ volumeClaimTemplates: [claim(requests('5Gi'))] }),
    ['CHG-003'],
  ],
  [
    'its class',
    statefulSet(),
    statefulSet({ volumeClaimTemplates: [claim({ storageClassName: 'fast' })] }),
    ['CHG-003'],
  ],
  [
    'its labels',
    statefulSet(),
    statefulSet({ volumeClaimTemplates: [{ ...claim(), metadata: { name: 'data', labels: { a: 'b' } } }] }),
    ['CHG-003'],
  ],
  [
    'a claim template more',
    statefulSet(),
    statefulSet({ volumeClaimTemplates: [claim(), claim({}, 'wal')] }),
    ['CHG-003'],
  ],
  ['no claim template any more', statefulSet(), statefulSet({ volumeClaimTemplates: [] }), ['CHG-003']],
  ['the image of a Job', job(), job(jobPod({ image: 'registry.example.com/app:2' })), ['CHG-004']],
  [
    'labels of its pods',
    job(),
    job({ template: { ...template({}, { restartPolicy: 'Never' }), metadata: { labels: { app: 'two' } } } }),
    ['CHG-004'],
  ],
  ['completions of a Job', job(), job({ completions: 2 }), ['CHG-004']],
  [
    'completions of an indexed Job alone',
    job({ completionMode: 'Indexed', completions: 2, parallelism: 2 }),
    job({ completionMode: 'Indexed', completions: 3, parallelism: 2 }),
    ['CHG-004'],
  ],
  [
    'completionMode',
    job({ completions: 2 }),
    job({ completions: 2, completionMode: 'Indexed' }),
    ['CHG-004'],
  ],
  [
    'the selector of a Job',
    job({ manualSelector: true, ...selector('one') }),
    job({ manualSelector: true, ...selector('two') }),
    ['CHG-004'],
  ],
  [
    'podFailurePolicy',
    job(),
    job({ podFailurePolicy: { rules: [{ action: 'Ignore' }] }, podReplacementPolicy: 'TerminatingOrFailed' }),
    ['CHG-004'],
  ],
  [
    'backoffLimitPerIndex',
    job({ backoffLimit: 6 }),
    job({ backoffLimit: 6, backoffLimitPerIndex: 1 }),
    ['CHG-004'],
  ],
  ['managedBy', job(), job({ managedBy: 'example.com/other' }), ['CHG-004']],
  ['successPolicy', job(), job({ successPolicy: { rules: [{ succeededCount: 1 }] } }), ['CHG-004']],
  ['the command of a Pod', pod({}), pod({}, { command: ['run'] }), ['CHG-005']],
  [
    'a longer deadline of a Pod',
    pod({ activeDeadlineSeconds: 5 }),
    pod({ activeDeadlineSeconds: 6 }),
    ['CHG-005'],
  ],
  ['no deadline any more', pod({ activeDeadlineSeconds: 5 }), pod({}), ['CHG-005']],
  ['a toleration that goes', pod({ tolerations: [{ key: 'a', operator: 'Exists' }] }), pod({}), ['CHG-005']],
  ['a smaller claim', pvc(), pvc(requests('5Gi')), ['CHG-006']],
  ['access modes of a claim', pvc(), pvc({ accessModes: ['ReadWriteMany'] }), ['CHG-006']],
  ['the class of a claim', pvc({ storageClassName: 'a' }), pvc({ storageClassName: 'b' }), ['CHG-006']],
  ['a class where there was none', pvc(), pvc({ storageClassName: 'b' }), ['CHG-006']],
  ['volumeMode', pvc(), pvc({ volumeMode: 'Block' }), ['CHG-006']],
  ['dataSource', pvc(), pvc({ dataSource: { kind: 'PersistentVolumeClaim', name: 'old' } }), ['CHG-006']],
  ['the volume of a claim', pvc({ volumeName: 'a' }), pvc({ volumeName: 'b' }), ['CHG-006']],
  ['no attributes class any more', pvc({ volumeAttributesClassName: 'gold' }), pvc(), ['CHG-006']],
  [
    'the source of a volume',
    pv({ nfs: { server: 'a', path: '/' } }),
    pv({ nfs: { server: 'b', path: '/' } }),
    ['CHG-007'],
  ],
  [
    'another kind of source',
    pv({ hostPath: { path: '/a' } }),
    pv({ local: { path: '/a' } }),
    ['CHG-007', 'CHG-007'],
  ],
  ['volumeMode of a volume', pv({ nfs: {} }), pv({ nfs: {}, volumeMode: 'Block' }), ['CHG-007']],
  [
    'nodeAffinity of a volume',
    pv({ nodeAffinity: { required: { a: 1 } } }),
    pv({ nodeAffinity: { required: { a: 2 } } }),
    ['CHG-007'],
  ],
  ['smaller storage of a Cluster', cluster({}), cluster({ storage: { size: '5Gi' } }), ['CHG-008']],
  ['walStorage that goes', cluster({ walStorage: { size: '2Gi' } }), cluster({}), ['CHG-008']],
  [
    'a smaller walStorage',
    cluster({ walStorage: { size: '2Gi' } }),
    cluster({ walStorage: { size: '1Gi' } }),
    ['CHG-008'],
  ],
  [
    'a tablespace that goes',
    cluster({
      tablespaces: [
        { name: 'a', storage: { size: '2Gi' } },
        { name: 'b', storage: { size: '2Gi' } },
      ],
    }),
    cluster({ tablespaces: [{ name: 'a', storage: { size: '2Gi' } }] }),
    ['CHG-008'],
  ],
  ['postgresUID', cluster({ postgresUID: 26 }), cluster({ postgresUID: 999 }), ['CHG-008']],
  ['headless from now on', service({}), service({ clusterIP: 'None' }), ['CHG-009']],
  ['another address', service({ clusterIP: '10.0.0.1' }), service({ clusterIP: '10.0.0.2' }), ['CHG-009']],
  ['an address where the server chose one', service({}), service({ clusterIP: '10.0.0.2' }), ['CHG-009']],
  [
    'an address for a headless one',
    service({ clusterIP: 'None' }),
    service({ clusterIP: '10.0.0.2' }),
    ['CHG-009'],
  ],
  [
    'a headless one as a load balancer',
    service({ clusterIP: 'None' }),
    service({ type: 'LoadBalancer' }),
    ['CHG-009'],
  ],
  ['the first family', service({ ipFamilies: ['IPv4'] }), service({ ipFamilies: ['IPv6'] }), ['CHG-009']],
  [
    'a family that goes',
    service({ ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' }),
    service({ ipFamilies: ['IPv4'], ipFamilyPolicy: 'PreferDualStack' }),
    ['CHG-009'],
  ],
  [
    'loadBalancerClass',
    service({ type: 'LoadBalancer' }),
    service({ type: 'LoadBalancer', loadBalancerClass: 'example.com/lb' }),
    ['CHG-009'],
  ],
  [
    'healthCheckNodePort',
    service({ type: 'LoadBalancer', healthCheckNodePort: 30001 }),
    service({ type: 'LoadBalancer', healthCheckNodePort: 30002 }),
    ['CHG-009'],
  ],
  [
    'data of an immutable ConfigMap',
    object('v1', 'ConfigMap', { immutable: true, data: { a: '1' } }),
    object('v1', 'ConfigMap', { immutable: true, data: { a: '2' } }),
    ['CHG-010'],
  ],
  [
    'an immutable ConfigMap that is mutable now',
    object('v1', 'ConfigMap', { immutable: true }),
    object('v1', 'ConfigMap', {}),
    ['CHG-010'],
  ],
  [
    'data of an immutable Secret',
    object('v1', 'Secret', { immutable: true, stringData: { a: 'hunter2' } }),
    object('v1', 'Secret', { immutable: true, stringData: { a: 'hunter3' } }),
    ['CHG-010'],
  ],
  [
    'the type of a Secret',
    object('v1', 'Secret', {}),
    object('v1', 'Secret', { type: 'kubernetes.io/basic-auth' }),
    ['CHG-011'],
  ],
  [
    'roleRef of a RoleBinding',
    object('rbac.authorization.k8s.io/v1', 'RoleBinding', { roleRef: { kind: 'Role', name: 'a' } }),
    object('rbac.authorization.k8s.io/v1', 'RoleBinding', { roleRef: { kind: 'Role', name: 'b' } }),
    ['CHG-012'],
  ],
  [
    'roleRef of a ClusterRoleBinding',
    object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', {
      roleRef: { kind: 'ClusterRole', name: 'a' },
    }),
    object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', {
      roleRef: { kind: 'ClusterRole', name: 'b' },
    }),
    ['CHG-012'],
  ],
  [
    'parameters of a StorageClass',
    object('storage.k8s.io/v1', 'StorageClass', { parameters: { type: 'gp2' } }),
    object('storage.k8s.io/v1', 'StorageClass', { parameters: { type: 'gp3' } }),
    ['CHG-013'],
  ],
  [
    'its provisioner',
    object('storage.k8s.io/v1', 'StorageClass', { provisioner: 'a' }),
    object('storage.k8s.io/v1', 'StorageClass', { provisioner: 'b' }),
    ['CHG-013'],
  ],
  [
    'its reclaimPolicy',
    object('storage.k8s.io/v1', 'StorageClass', {}),
    object('storage.k8s.io/v1', 'StorageClass', { reclaimPolicy: 'Retain' }),
    ['CHG-013'],
  ],
  [
    'its volumeBindingMode',
    object('storage.k8s.io/v1', 'StorageClass', {}),
    object('storage.k8s.io/v1', 'StorageClass', { volumeBindingMode: 'WaitForFirstConsumer' }),
    ['CHG-013'],
  ],
  [
    'the value of a PriorityClass',
    object('scheduling.k8s.io/v1', 'PriorityClass', { value: 1 }),
    object('scheduling.k8s.io/v1', 'PriorityClass', { value: 2 }),
    ['CHG-013'],
  ],
  [
    'its preemptionPolicy',
    object('scheduling.k8s.io/v1', 'PriorityClass', { value: 1 }),
    object('scheduling.k8s.io/v1', 'PriorityClass', { value: 1, preemptionPolicy: 'Never' }),
    ['CHG-013'],
  ],
  [
    'the handler of a RuntimeClass',
    object('node.k8s.io/v1', 'RuntimeClass', { handler: 'a' }),
    object('node.k8s.io/v1', 'RuntimeClass', { handler: 'b' }),
    ['CHG-013'],
  ],
  [
    'the controller of an IngressClass',
    object('networking.k8s.io/v1', 'IngressClass', { spec: { controller: 'a' } }),
    object('networking.k8s.io/v1', 'IngressClass', { spec: { controller: 'b' } }),
    ['CHG-013'],
  ],
  [
    'attachRequired of a CSIDriver',
    object('storage.k8s.io/v1', 'CSIDriver', { spec: {} }),
    object('storage.k8s.io/v1', 'CSIDriver', { spec: { attachRequired: false } }),
    ['CHG-013'],
  ],
  [
    'its volumeLifecycleModes',
    object('storage.k8s.io/v1', 'CSIDriver', { spec: {} }),
    object('storage.k8s.io/v1', 'CSIDriver', { spec: { volumeLifecycleModes: ['Ephemeral'] } }),
    ['CHG-013'],
  ],
  [
    'parameters of a VolumeAttributesClass',
    object('storage.k8s.io/v1', 'VolumeAttributesClass', { driverName: 'a', parameters: { iops: '1' } }),
    object('storage.k8s.io/v1', 'VolumeAttributesClass', { driverName: 'a', parameters: { iops: '2' } }),
    ['CHG-013'],
  ],
  [
    'its driver',
    object('storage.k8s.io/v1', 'VolumeAttributesClass', { driverName: 'a' }),
    object('storage.k8s.io/v1', 'VolumeAttributesClass', { driverName: 'b' }),
    ['CHG-013'],
  ],
  ...(['group', 'scope'] as const).map((field): Case => [
    `${field} of a definition`,
    object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { spec: { [field]: 'a' } }),
    object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { spec: { [field]: 'b' } }),
    ['CHG-014'],
  ]),
  ...(['kind', 'plural'] as const).map((field): Case => [
    `${field} of a definition`,
    object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { spec: { names: { [field]: 'a' } } }),
    object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { spec: { names: { [field]: 'b' } } }),
    ['CHG-014'],
  ]),
  [
    'data of a ControllerRevision',
    object('apps/v1', 'ControllerRevision', { data: { a: 1 } }),
    object('apps/v1', 'ControllerRevision', { data: { a: 2 } }),
    ['CHG-015'],
  ],
  [
    'scopes of a ResourceQuota',
    object('v1', 'ResourceQuota', { spec: { scopes: ['Terminating'] } }),
    object('v1', 'ResourceQuota', { spec: {} }),
    ['CHG-015'],
  ],
  [
    'addressType of an EndpointSlice',
    object('discovery.k8s.io/v1', 'EndpointSlice', { addressType: 'IPv4' }),
    object('discovery.k8s.io/v1', 'EndpointSlice', { addressType: 'IPv6' }),
    ['CHG-015'],
  ],
  [
    'spec of a ResourceClaim',
    object('resource.k8s.io/v1', 'ResourceClaim', { spec: { a: 1 } }),
    object('resource.k8s.io/v1', 'ResourceClaim', { spec: { a: 2 } }),
    ['CHG-015'],
  ],
  [
    'spec of a ResourceClaimTemplate',
    object('resource.k8s.io/v1', 'ResourceClaimTemplate', { spec: { a: 1 } }),
    object('resource.k8s.io/v1', 'ResourceClaimTemplate', { spec: { a: 2 } }),
    ['CHG-015'],
  ],
  [
    'driver of a ResourceSlice',
    object('resource.k8s.io/v1', 'ResourceSlice', { spec: { driver: 'a' } }),
    object('resource.k8s.io/v1', 'ResourceSlice', { spec: { driver: 'b' } }),
    ['CHG-015'],
  ],
  [
    'spec of a VolumeAttachment',
    object('storage.k8s.io/v1', 'VolumeAttachment', { spec: { nodeName: 'a' } }),
    object('storage.k8s.io/v1', 'VolumeAttachment', { spec: { nodeName: 'b' } }),
    ['CHG-015'],
  ],
  [
    'a CSIStorageCapacity of another class',
    object('storage.k8s.io/v1', 'CSIStorageCapacity', { storageClassName: 'a' }),
    object('storage.k8s.io/v1', 'CSIStorageCapacity', { storageClassName: 'b' }),
    ['CHG-015'],
  ],
  [
    'signerName',
    object('certificates.k8s.io/v1beta1', 'ClusterTrustBundle', { spec: { signerName: 'a' } }),
    object('certificates.k8s.io/v1beta1', 'ClusterTrustBundle', { spec: { signerName: 'b' } }),
    ['CHG-015'],
  ],
  [
    'leaseName',
    object('coordination.k8s.io/v1beta1', 'LeaseCandidate', { spec: { leaseName: 'a' } }),
    object('coordination.k8s.io/v1beta1', 'LeaseCandidate', { spec: { leaseName: 'b' } }),
    ['CHG-015'],
  ],
  [
    'parentRef',
    object('networking.k8s.io/v1', 'IPAddress', { spec: { parentRef: { name: 'a' } } }),
    object('networking.k8s.io/v1', 'IPAddress', { spec: { parentRef: { name: 'b' } } }),
    ['CHG-015'],
  ],
];

test.each(REFUSED)('refused: %s', (_, before, after, ids) => {
  const findings = guarded([before], [after]);
  expect(findings.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(ids.map((id) => `${id} refused`));
  for (const { says, steps, path } of findings) {
    expect(says).not.toBe('');
    expect(path).not.toBe('');
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.join(' ')).not.toMatch(/\b(NAME|NAMESPACE|KIND)\b(?!-)/);
  }
  expect(JSON.stringify(findings)).not.toContain('hunter');
});

test('every rule of what is refused has a case', () => {
  const refused = GUARD_RULES.filter(({ id }) => id < 'CHG-100').map(({ id }) => id);
  expect(new Set(REFUSED.flatMap(([, , , ids]) => ids))).toEqual(new Set(refused));
});

/** Taken. */
test.each<readonly [string, object, object]>([
  [
    'the template of a Deployment',
    deployment(),
    deployment({ template: template({ image: 'registry.example.com/app:2' }) }),
  ],
  [
    'what may change of a StatefulSet',
    statefulSet(),
    statefulSet({
      replicas: 3,
      minReadySeconds: 5,
      revisionHistoryLimit: 3,
      updateStrategy: { type: 'OnDelete' },
      ordinals: { start: 1 },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' },
      template: template({ image: 'registry.example.com/app:2' }),
    }),
  ],
  [
    'a claim template as the API server returns it',
    statefulSet(),
    statefulSet({
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          ...claim({ volumeMode: 'Filesystem', resources: { requests: { storage: '10240Mi' } } }),
        },
      ],
    }),
  ],
  [
    'parallelism and deadlines of a Job',
    job(),
    job({
      parallelism: 3,
      completions: 1,
      activeDeadlineSeconds: 5,
      ttlSecondsAfterFinished: 5,
      suspend: true,
      backoffLimit: 1,
    }),
  ],
  [
    'an indexed Job, both numbers together',
    job({ completionMode: 'Indexed', completions: 2, parallelism: 2 }),
    job({ completionMode: 'Indexed', completions: 3, parallelism: 3 }),
  ],
  [
    'where a suspended Job runs',
    job({ suspend: true }),
    job({ suspend: true, ...jobPod({}, { nodeSelector: { a: 'b' }, tolerations: [{ key: 'a' }] }) }),
  ],
  [
    'resources of a suspended Job',
    job({ suspend: true }),
    job({ suspend: true, ...jobPod({ resources: { requests: { cpu: '1' } } }) }),
  ],
  [
    'a hook, which is deleted first',
    job(),
    {
      ...job(jobPod({ image: 'registry.example.com/app:2' })),
      metadata: { name: 'one', namespace: 'shop', annotations: { 'argocd.argoproj.io/hook': 'PreSync' } },
    },
  ],
  [
    'a CronJob',
    object('batch/v1', 'CronJob', {
      spec: { schedule: '@daily', jobTemplate: { spec: { template: template() } } },
    }),
    object('batch/v1', 'CronJob', {
      spec: {
        schedule: '@hourly',
        jobTemplate: { spec: { template: template({ image: 'registry.example.com/app:2' }) } },
      },
    }),
  ],
  [
    'the image of a Pod, a shorter deadline, one toleration more',
    pod({ activeDeadlineSeconds: 5 }),
    pod(
      { activeDeadlineSeconds: 4, tolerations: [{ key: 'a', operator: 'Exists' }] },
      { image: 'registry.example.com/app:2' },
    ),
  ],
  ['a larger claim', pvc(), pvc(requests('20Gi'))],
  ['the volume that a claim gets', pvc(), pvc({ volumeName: 'a' })],
  [
    'another attributes class',
    pvc({ volumeAttributesClassName: 'a' }),
    pvc({ volumeAttributesClassName: 'b' }),
  ],
  [
    'what a volume is not made of',
    pv({ nfs: {}, capacity: { storage: '1Gi' } }),
    pv({
      nfs: {},
      capacity: { storage: '2Gi' },
      persistentVolumeReclaimPolicy: 'Delete',
      claimRef: { name: 'a' },
      mountOptions: ['hard'],
      nodeAffinity: { required: {} },
    }),
  ],
  [
    'the secret for the expansion of a volume',
    pv({ csi: { driver: 'a' } }),
    pv({ csi: { driver: 'a', controllerExpandSecretRef: { name: 'b' } } }),
  ],
  [
    'larger storage of a Cluster, and its first walStorage',
    cluster({}),
    cluster({ storage: { size: '20Gi' }, walStorage: { size: '1Gi' } }),
  ],
  [
    'a Cluster of another operator',
    object('cluster.x-k8s.io/v1beta1', 'Cluster', { spec: { storage: { size: '2Gi' } } }),
    object('cluster.x-k8s.io/v1beta1', 'Cluster', { spec: { storage: { size: '1Gi' } } }),
  ],
  [
    'the type of a Service',
    service({}),
    service({ type: 'LoadBalancer', loadBalancerClass: 'example.com/lb' }),
  ],
  ['an address that is left out now', service({ clusterIP: '10.0.0.1' }), service({})],
  [
    'to ExternalName',
    service({ clusterIP: '10.0.0.1' }),
    service({ type: 'ExternalName', externalName: 'a.example.com' }),
  ],
  [
    'a family more',
    service({ ipFamilies: ['IPv4'] }),
    service({ ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' }),
  ],
  [
    'a family less, with its policy',
    service({ ipFamilies: ['IPv4', 'IPv6'] }),
    service({ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }),
  ],
  [
    'families of a headless one',
    service({ clusterIP: 'None', ipFamilies: ['IPv4'] }),
    service({ clusterIP: 'None', ipFamilies: ['IPv6'] }),
  ],
  [
    'a ConfigMap that becomes immutable',
    object('v1', 'ConfigMap', { data: { a: '1' } }),
    object('v1', 'ConfigMap', { immutable: true, data: { a: '2' } }),
  ],
  [
    'labels of an immutable one',
    object('v1', 'ConfigMap', { immutable: true }),
    {
      ...object('v1', 'ConfigMap', { immutable: true }),
      metadata: { name: 'one', namespace: 'shop', labels: { a: 'b' } },
    },
  ],
  [
    'subjects of a binding',
    object('rbac.authorization.k8s.io/v1', 'RoleBinding', { roleRef: { kind: 'Role', name: 'a' } }),
    object('rbac.authorization.k8s.io/v1', 'RoleBinding', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' },
      subjects: [{ kind: 'User', name: 'b' }],
    }),
  ],
  [
    'expansion of a StorageClass',
    object('storage.k8s.io/v1', 'StorageClass', {}),
    object('storage.k8s.io/v1', 'StorageClass', { allowVolumeExpansion: true, mountOptions: ['a'] }),
  ],
  [
    'a disruption budget',
    object('policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: 1, ...selector('one') } }),
    object('policy/v1', 'PodDisruptionBudget', { spec: { maxUnavailable: 1, ...selector('two') } }),
  ],
  [
    'a network policy',
    object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {} } }),
    object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: { matchLabels: { a: 'b' } } } }),
  ],
])('taken: %s', (_, before, after) => {
  expect(guarded([before], [after])).toEqual([]);
});

describe('the version of Kubernetes counts', () => {
  const ids = (before: object, after: object, kubernetesMinor: number) =>
    guarded([before], [after], { kubernetesMinor }).map(({ id, says }) => `${id} ${says}`);

  test('revisionHistoryLimit since 1.33', () => {
    const [before, after] = [statefulSet(), statefulSet({ revisionHistoryLimit: 3 })];
    expect(ids(before, after, 32)).toEqual([
      "CHG-002 updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
    expect(ids(before, after, 33)).toEqual([]);
  });

  test.each([
    [
      'another attributes class since 1.34',
      pvc({ volumeAttributesClassName: 'a' }),
      pvc({ volumeAttributesClassName: 'b' }),
      34,
    ],
    [
      'resources of a suspended Job since 1.36',
      job({ suspend: true }),
      job({ suspend: true, ...jobPod({ resources: { limits: { cpu: '1' } } }) }),
      36,
    ],
    [
      'podInfoOnMount since 1.30',
      object('storage.k8s.io/v1', 'CSIDriver', { spec: {} }),
      object('storage.k8s.io/v1', 'CSIDriver', { spec: { podInfoOnMount: true, fsGroupPolicy: 'None' } }),
      30,
    ],
  ])('%s', (_, before, after, since) => {
    expect(ids(before, after, since - 1)).not.toEqual([]);
    expect(ids(before, after, since)).toEqual([]);
  });
});

test('a claim does not grow in a class that is among the manifests and does not allow it', () => {
  const growth = (allowVolumeExpansion: boolean) => {
    const storageClass = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'slow' },
      allowVolumeExpansion,
    };
    return guarded(
      [pvc({ storageClassName: 'slow' }), storageClass],
      [pvc({ storageClassName: 'slow', ...requests('20Gi') }), storageClass],
    );
  };
  expect(growth(false).map(({ steps }) => steps)).toEqual([
    ['set allowVolumeExpansion: true in the StorageClass slow first, where its driver can do it'],
  ]);
  expect(growth(true)).toEqual([]);
});

test('what is left out of a Service stays: it is told, and is no refusal', () => {
  const [finding] = guarded([service({ clusterIP: 'None' })], [service({})]);
  expect(finding).toMatchObject({
    id: 'CHG-009',
    verdict: 'without effect',
    before: 'None',
    after: undefined,
  });
});

test('of a template one field is told, and how many there are', () => {
  const [finding, ...more] = guarded(
    [job()],
    [job(jobPod({ image: 'registry.example.com/app:2', command: ['run'], args: ['a'] }))],
  );
  expect(more).toEqual([]);
  expect(finding.says).toBe('spec.template: field is immutable; 2 more of its fields change');
});

test('growth is answered with the props that grow a claim', () => {
  const [{ steps }] = guarded(
    [statefulSet()],
    [statefulSet({ volumeClaimTemplates: [claim(requests('20Gi'))] })],
  );
  expect(steps[0]).toContain('storage of 20Gi beside initialStorage of 10Gi');
});

test('commands have the names of the object, where a shell takes them for nothing else', () => {
  const stepsOf = (name: string) =>
    guarded([deployment({}, name)], [deployment(selector('two'), name)])[0].steps.at(-1);
  expect(stepsOf('web')).toContain('kubectl delete deployment web --namespace shop --cascade=orphan');
  expect(stepsOf('$(rm -rf .)')).toContain('kubectl delete deployment NAME --namespace shop');
});

describe('acceptances', () => {
  test('one with a reason accepts the finding of an object', () => {
    const accepted = parseAcceptance('CHG-001:Deployment/shop/one=the old pods are removed by hand');
    if (typeof accepted === 'string') throw new Error(accepted);
    const change = [[deployment()], [deployment(selector('two'))]] as const;
    expect(guarded(...change, { acceptances: [accepted] })[0].accepted).toBe(
      'the old pods are removed by hand',
    );
    expect(
      guarded(...change, { acceptances: [{ ...accepted, object: 'Deployment/one' }] })[0].accepted,
    ).toBeDefined();
    expect(
      guarded(...change, { acceptances: [{ ...accepted, object: 'Deployment/two' }] })[0].accepted,
    ).toBeUndefined();
  });

  test.each([
    '',
    'CHG-001',
    'CHG-001:Deployment/one',
    'CHG-999:Deployment/one=it is as it should be',
    'CHG-001:Deployment/one=short',
    'CHG-001:Deployment/one=two\nlines of reason',
  ])('what is none is refused: %j', (text) => {
    expect(typeof parseAcceptance(text)).toBe('string');
  });
});

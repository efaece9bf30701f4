/** Changes of volumes that the API server or the operator of a database refuses. */
import { isCloudNativePg } from '../../inventory/cloud-native-pg-names';
import { get, textAt } from '../../inventory/json';
import { parseBytes } from '../../units/quantity';
import { type FieldChange, isAt } from '../comparing/field-changes';
import type { ObjectChange } from '../comparing/object-changes';
import { type GuardContext, type GuardRule, type Hit, hitsOf } from './guard-rule';

const NEW_BESIDE_OLD = [
  'a volume never shrinks and stays in its class: make a new one beside it',
  'copy the data (a dump and a restore), move the clients, then remove the old one',
];

/** Whether a size is less than before; undefined where one of them is no size. */
export function isLess({ before, after }: Pick<FieldChange, 'after' | 'before'>): boolean | undefined {
  const [earlier, later] = [before, after].map((value) => parseBytes(String(value)));
  return earlier === undefined || later === undefined ? undefined : later < earlier;
}

const VOLUME_ATTRIBUTES_MINOR = 34;

function attributesClassHit(field: FieldChange, minor: number): Hit[] {
  const hit = hitsOf([field])[0];
  if (minor < VOLUME_ATTRIBUTES_MINOR)
    return [
      {
        ...hit,
        says: 'update is forbidden when the VolumeAttributesClass feature gate is disabled',
        steps: ['Kubernetes 1.34 or later takes it'],
      },
    ];
  if (field.after !== undefined && field.after !== '') return [];
  return [
    {
      ...hit,
      says: 'update to nil is forbidden when status.currentVolumeAttributesClassName is not nil',
      steps: ['name another class, or keep this one'],
    },
  ];
}

const CLAIM_SAYS =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

function claimHits(change: ObjectChange, context: GuardContext): Hit[] {
  return change.fields
    .filter((field) => isAt(field, 'spec'))
    .flatMap((field) => {
      if (isAt(field, 'spec.volumeAttributesClassName'))
        return attributesClassHit(field, context.kubernetesMinor);
      if (isAt(field, 'spec.volumeName') && field.before === undefined) return [];
      const hit = { ...hitsOf([field])[0], says: CLAIM_SAYS };
      if (isAt(field, 'spec.storageClassName') && field.before === undefined)
        return [
          {
            ...hit,
            says: `${CLAIM_SAYS}; a default StorageClass of the cluster has filled in storageClassName`,
            steps: ['write the class that the claim has: kubectl get pvc NAME --namespace NAMESPACE -o yaml'],
          },
        ];
      if (!isAt(field, 'spec.resources.requests.storage')) return [hit];
      if (isLess(field) !== false)
        return [
          { ...hit, says: 'spec.resources.requests.storage: field can not be less than status.capacity' },
        ];
      return growthHits(change, context, hit);
    });
}

/** Growth is taken by the API server where the class allows it. */
function growthHits({ manifests }: ObjectChange, { after, before }: GuardContext, hit: Hit): Hit[] {
  const name = textAt(manifests.after, 'spec', 'storageClassName') ?? '';
  const known = after.find('StorageClass', undefined, name) ?? before.find('StorageClass', undefined, name);
  if (!known || get(known.manifest, 'allowVolumeExpansion') === true) return [];
  return [
    {
      ...hit,
      says: 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      steps: [`set allowVolumeExpansion: true in the StorageClass ${name} first, where its driver can do it`],
    },
  ];
}

/** Fields of a PersistentVolume that are not its source. */
const NOT_SOURCE = [
  ...[
    'accessModes',
    'capacity',
    'claimRef',
    'mountOptions',
    'persistentVolumeReclaimPolicy',
    'storageClassName',
  ],
  ...['nodeAffinity', 'volumeAttributesClassName'],
];

function volumeHits({ fields, manifests }: ObjectChange, { kubernetesMinor }: GuardContext): Hit[] {
  return fields
    .filter((field) => isAt(field, 'spec'))
    .flatMap((field) => {
      if (isAt(field, 'spec.volumeAttributesClassName')) return attributesClassHit(field, kubernetesMinor);
      if (isAt(field, 'spec.csi.controllerExpandSecretRef') && field.before === undefined) return [];
      if (isAt(field, 'spec.nodeAffinity'))
        return get(manifests.before, 'spec', 'nodeAffinity') === undefined
          ? []
          : [
              {
                ...hitsOf([field])[0],
                says: 'nodeAffinity: field is immutable, except for updating from beta label to GA',
              },
            ];
      if (NOT_SOURCE.some((name) => isAt(field, `spec.${name}`))) return [];
      return isAt(field, 'spec.volumeMode')
        ? [{ ...hitsOf([field])[0], says: 'volumeMode: field is immutable' }]
        : hitsOf([field]);
    });
}

/** Volumes of a Cluster, each with what its webhook says when it goes. */
const CLUSTER_VOLUMES = [
  { place: 'spec.storage', gone: undefined },
  { place: 'spec.walStorage', gone: 'walStorage cannot be disabled once configured' },
  { place: 'spec.tablespaces[]', gone: 'no tablespace can be deleted once created' },
] as const;

function clusterHits({ fields, before }: ObjectChange): Hit[] {
  if (!isCloudNativePg(before?.apiVersion ?? '')) return [];
  return fields.flatMap((field): Hit[] => {
    const hit = hitsOf([field])[0];
    for (const name of ['GID', 'UID'])
      if (isAt(field, `spec.postgres${name}`))
        return [{ ...hit, says: `${name} is an immutable field in the spec` }];
    const volume = CLUSTER_VOLUMES.find(
      ({ place }) => isAt(field, place) || field.pattern === place.replace('[]', ''),
    );
    if (!volume) return [];
    if (field.after === undefined && volume.gone !== undefined && field.pattern === volume.place)
      return [{ ...hit, says: volume.gone, steps: ['keep it: what lies on it is part of the database'] }];
    return /\.size$/.test(field.pattern) && isLess(field) === true
      ? [
          {
            ...hit,
            says: `can't shrink existing storage from ${String(field.before)} to ${String(field.after)}`,
          },
        ]
      : [];
  });
}

export const STORAGE_RULES: readonly GuardRule[] = [
  {
    id: 'CHG-006',
    verdict: 'refused',
    kinds: ['PersistentVolumeClaim'],
    title:
      'all of the spec but a larger `resources.requests.storage`, where its StorageClass allows it, and from 1.34 on another `volumeAttributesClassName`',
    says: CLAIM_SAYS,
    steps: NEW_BESIDE_OLD,
    source:
      'pkg/apis/core/validation/validation.go: ValidatePersistentVolumeClaimUpdate; plugin/pkg/admission/storage/persistentvolume/resize',
    find: claimHits,
  },
  {
    id: 'CHG-007',
    verdict: 'refused',
    kinds: ['PersistentVolume'],
    title: 'the source of the volume, `volumeMode`, and `nodeAffinity` once it is set',
    says: 'spec.persistentvolumesource is immutable after creation',
    steps: [
      'make a PersistentVolume of another name with the new source',
      'set persistentVolumeReclaimPolicy: Retain before you delete the old one',
    ],
    source: 'pkg/apis/core/validation/validation.go: ValidatePersistentVolumeUpdate',
    find: volumeHits,
  },
  {
    id: 'CHG-008',
    verdict: 'refused',
    kinds: ['Cluster'],
    title:
      'of CloudNativePG: smaller storage, `walStorage` or a tablespace that goes, `postgresUID`, `postgresGID`',
    says: "can't shrink existing storage",
    steps: [
      'make a new Cluster that restores a backup of this one (bootstrap.recovery) into smaller volumes',
      'move the clients, then remove the old one',
    ],
    source:
      'cloudnative-pg internal/webhook/v1/cluster_webhook.go: validateStorageChange, validateWalStorageChange, validateTablespacesChange',
    find: clusterHits,
  },
];

/** Changes that the API server takes, and by which data is lost or left where nobody finds it. */
import { isCloudNativePg } from '../../inventory/cloud-native-pg-names';
import type { KubernetesObject } from '../../inventory/inventory';
import { get, numberAt, recordsAt, textAt } from '../../inventory/json';
import { runsServer } from '../../inventory/server-images';
import { majorOf } from '../../postgres/image-capabilities';
import type { ObjectChange } from '../comparing/object-changes';
import type { GuardContext, GuardRule, Hit } from './guard-rule';
import { claimTemplatesOf } from './refused-workloads';
import { heldBy, HOLDER_KINDS, isKept, likeness } from './volume-holders';

const placeOf = ({ kind, namespace, name }: Pick<KubernetesObject, 'kind' | 'name' | 'namespace'>) =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;

/** What took the place of an object that is gone: the same name elsewhere, or the one that is like it in its namespace. */
function successorOf(gone: KubernetesObject, changes: readonly ObjectChange[]): KubernetesObject | undefined {
  const added = changes.flatMap(({ change, kind, after }) =>
    change === 'added' && kind === gone.kind && after ? [after] : [],
  );
  const moved = added.find(({ name }) => name === gone.name);
  const alike = added.filter((one) => one.namespace === gone.namespace && likeness(one) === likeness(gone));
  return moved ?? (alike.length === 1 ? alike[0] : undefined);
}

function isDeletedWithIt({ kind, manifest }: KubernetesObject): boolean {
  if (kind !== 'StatefulSet') return true;
  return textAt(manifest, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') === 'Delete';
}

function removalHits(
  { change, before }: ObjectChange,
  { changes }: GuardContext,
  wantsSuccessor: boolean,
): Hit[] {
  const held = change === 'removed' && before && !isKept(before) ? heldBy(before) : undefined;
  if (held === undefined || !before) return [];
  const successor = successorOf(before, changes);
  if ((successor !== undefined) !== wantsSuccessor) return [];
  const fate = isDeletedWithIt(before)
    ? `${held} go with it`
    : `its pods end; ${held} stay, and nobody serves what is on them`;
  return [
    {
      path: successor && successor.name === before.name ? 'metadata.namespace' : 'metadata.name',
      before: placeOf(before),
      after: successor && placeOf(successor),
      says: successor ? `${placeOf(successor)} starts empty; ${fate}` : fate,
    },
  ];
}

/** Claim templates that are gone while others came. */
function templateHits({ manifests: { before, after } }: ObjectChange): Hit[] {
  const [earlier, later] = [before, after].map(claimTemplatesOf);
  const gone = earlier.filter((name) => !later.includes(name));
  const come = later.filter((name) => !earlier.includes(name));
  return gone.length > 0 && come.length > 0
    ? [
        {
          path: 'spec.volumeClaimTemplates',
          before: gone.join(', '),
          after: come.join(', '),
          says: `the claims are ${come[0]}-NAME-… from now on, and empty; ${gone[0]}-NAME-… stay, and nobody mounts them`,
        },
      ]
    : [];
}

/** Replicas that go, with their volumes. */
function scaledHits({ manifests: { before, after } }: ObjectChange): Hit[] {
  const policy = textAt(after, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenScaled');
  const [earlier, later] = [before, after].map((side) => numberAt(side, 'spec', 'replicas'));
  return policy === 'Delete' && earlier !== undefined && later !== undefined && later < earlier
    ? [{ path: 'spec.replicas', before: earlier, after: later }]
    : [];
}

/** Holders of a namespace that is gone. */
function namespaceHits({ change, name, before }: ObjectChange, { before: set }: GuardContext): Hit[] {
  if (change !== 'removed' || !before || isKept(before)) return [];
  const held = set.objects
    .filter(({ namespace }) => namespace === name)
    .flatMap((object) => heldBy(object) ?? []);
  const also =
    held.length > 0
      ? `: ${held.slice(0, 3).join(', ')}${held.length > 3 ? ` and ${held.length - 3} more` : ''}`
      : '';
  return [
    {
      path: 'metadata.name',
      before: `Namespace ${name}`,
      after: undefined,
      says: `everything in the namespace is deleted, claims and Secrets too${also}`,
    },
  ];
}

/** Class of the volumes of a CloudNativePG Cluster: the operator makes new ones only of it. */
function classHits({ fields, before }: ObjectChange): Hit[] {
  if (!isCloudNativePg(before?.apiVersion ?? '')) return [];
  return fields
    .filter(({ pattern }) =>
      /^spec\.(storage|walStorage|tablespaces\[\]\.storage)\.storageClass$/.test(pattern),
    )
    .map(({ path, before: earlier, after }) => ({ path, before: earlier, after }));
}

function postgresMajors(manifest: unknown): number | undefined {
  const server = recordsAt(get(manifest, 'spec', 'template', 'spec'), 'containers').find((container) =>
    runsServer(container, 'postgres'),
  );
  return majorOf(textAt(server, 'image') ?? textAt(manifest, 'spec', 'imageName') ?? '');
}

function majorHits({ kind, change, manifests, after, fields }: ObjectChange): Hit[] {
  const [earlier, later] = [manifests.before, manifests.after].map(postgresMajors);
  if (change !== 'changed' || !after || earlier === undefined || later === undefined || earlier === later)
    return [];
  const place = fields.find((field) => /\.(image|imageName)$/.test(field.pattern))?.path ?? 'spec';
  const hit = { path: place, before: `Postgres ${earlier}`, after: `Postgres ${later}` };
  if (kind === 'StatefulSet') return heldBy(after) === undefined ? [] : [hit];
  // The operator upgrades by pg_upgrade, and never goes back.
  if (!isCloudNativePg(after.apiVersion) || later > earlier) return [];
  return [
    {
      ...hit,
      verdict: 'refused',
      says: `the operator does not go back from ${earlier} to ${later}`,
      steps: ['keep the major, or make a new Cluster of the older one and import a dump into it'],
    },
  ];
}

const MOVE = [
  'keep the old name and namespace: pin the name of the construct (`name`), or see docs/moving.md',
  'to move it: make the new one beside the old one, copy the data (a dump and a restore), move the clients, then remove the old one',
];

export const LOSS_RULES: readonly GuardRule[] = [
  {
    id: 'CHG-101',
    verdict: 'lost',
    kinds: HOLDER_KINDS,
    title: 'what holds volumes is removed',
    says: 'the volumes go with it, or stay where nobody serves them',
    steps: [
      'take a backup and restore it somewhere, before you remove it',
      'to keep it among the manifests, leave it there; to keep the claims, argocd.argoproj.io/sync-options: Prune=false, kustomize.toolkit.fluxcd.io/prune: disabled or helm.sh/resource-policy: keep',
    ],
    source:
      'Kubernetes: StatefulSet, persistentVolumeClaimRetentionPolicy; the operators own the claims of their resources',
    find: (change, context) => removalHits(change, context, false),
  },
  {
    id: 'CHG-102',
    verdict: 'lost',
    kinds: HOLDER_KINDS,
    title: 'what holds volumes gets another name or namespace',
    says: 'the new one starts empty',
    steps: MOVE,
    source: 'Kubernetes: names are identity; a claim belongs to one namespace',
    find: (change, context) => removalHits(change, context, true),
  },
  {
    id: 'CHG-103',
    verdict: 'lost',
    kinds: ['StatefulSet'],
    title: 'a claim template gets another name',
    says: 'the claims of the new name are empty',
    steps: [
      'keep the name of the claim: claim of PostgresTopology.statefulSet() and of CacheRedis (docs/moving.md)',
      'or copy the data from the old claims into the new ones with both mounted, while no server runs',
    ],
    source: 'Kubernetes: claims of a StatefulSet are named TEMPLATE-NAME-ORDINAL',
    find: templateHits,
  },
  {
    id: 'CHG-104',
    verdict: 'lost',
    kinds: ['Namespace'],
    title: 'a namespace is removed',
    says: 'everything in it is deleted',
    steps: [
      'keep the Namespace until nothing in it is needed, and its data has been copied',
      'argocd.argoproj.io/sync-options: Prune=false or kustomize.toolkit.fluxcd.io/prune: disabled keeps it when it leaves the repository',
    ],
    source: 'Kubernetes: the namespace controller deletes all that is in it',
    find: namespaceHits,
  },
  {
    id: 'CHG-105',
    verdict: 'without effect',
    kinds: ['Cluster'],
    title: 'of CloudNativePG: another storage class',
    says: 'the volumes that are there stay in their class; only instances that are made later get the new one',
    steps: [
      'remove the standbys one by one with their claims (kubectl cnpg destroy NAME INSTANCE --namespace NAMESPACE): each comes back in the new class',
      'then a switchover (kubectl cnpg promote), and the old primary as the last one',
    ],
    source: 'cloudnative-pg docs/src/storage.md: volumes are made when an instance is',
    find: classHits,
  },
  {
    id: 'CHG-106',
    verdict: 'lost',
    kinds: ['StatefulSet', 'Cluster'],
    title: 'another major of Postgres on the same volume',
    says: 'the server does not start: "database files are incompatible with server"; the data stays, and is not served',
    steps: [
      'make the new major beside the old one, with a volume of its own',
      'copy by pg_dumpall or logical replication, move the clients, then remove the old one',
      'a TunedPostgres on CloudNativePG upgrades in place, by pg_upgrade (docs/constructs/postgres-topologies.md)',
    ],
    source:
      'Postgres documentation, "Upgrading a PostgreSQL Cluster"; cloudnative-pg docs/src/postgres_upgrades.md',
    find: majorHits,
  },
  {
    id: 'CHG-107',
    verdict: 'lost',
    kinds: ['StatefulSet'],
    title: 'fewer replicas, with `persistentVolumeClaimRetentionPolicy.whenScaled: Delete`',
    says: 'the claims of the replicas that go are deleted',
    steps: [
      'move what lies on the replicas that go to the others first',
      'or set whenScaled: Retain in a change of its own before this one',
    ],
    source: 'Kubernetes: StatefulSet, persistentVolumeClaimRetentionPolicy (1.27 or later)',
    find: scaledHits,
  },
  {
    id: 'CHG-108',
    verdict: 'lost',
    kinds: ['CustomResourceDefinition'],
    title: 'a definition is removed',
    says: 'every resource of its kind is deleted, in all namespaces, and with them what their operator made',
    steps: [
      'remove the resources that you do not need one by one, and the definition when there is none left',
    ],
    source: 'Kubernetes: the finalizer customresourcecleanup.apiextensions.k8s.io',
    find: ({ change, name, before }) =>
      change === 'removed' && before && !isKept(before)
        ? [{ path: 'metadata.name', before: `CustomResourceDefinition ${name}`, after: undefined }]
        : [],
  },
];

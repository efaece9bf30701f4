/** What a change costs when it is applied: what rolls, what restarts, what is emptied, and what only reads again. */
import { isCloudNativePg } from '../inventory/cloud-native-pg-names';
import { mountedFiles } from '../inventory/configured-servers';
import type { Inventory, KubernetesObject, WorkloadObject } from '../inventory/inventory';
import { get, numberAt, recordsAt, textAt } from '../inventory/json';
import { runsServer } from '../inventory/server-images';
import { newestDefinitionOf } from '../postgres/parameters/parameter-definition';
import { redisInstances } from '../redis/reading/redis-instances';
import { isAt } from './comparing/field-changes';
import type { ObjectChange } from './comparing/object-changes';
import { claimTemplatesOf } from './guard/refused-workloads';

/** From what interrupts most to what interrupts nothing. */
export const EFFECTS = [
  'restarts a database',
  'empties a cache',
  'restarts a cache',
  'stops',
  'rolls',
  'runs',
  'starts',
  'scales',
  'waits for a restart',
  'reloads',
] as const;

export type EffectName = (typeof EFFECTS)[number];

/** An effect of a change, and how long or how much. */
export interface Effect {
  readonly effect: EffectName;
  /** In one sentence. */
  readonly text: string;
}

/** What a change does to pods; none where no pod hears of it. */
export function effectsOf(change: ObjectChange, before: Inventory, after: Inventory): Effect[] {
  const { kind, namespace, name, change: how } = change;
  if (how === 'added') return startOf(change);
  if (how === 'removed') return endOf(before.workload(kind, namespace, name));
  if (kind === 'ConfigMap') return readersOf(change, before, after);
  if (kind === 'Cluster') return ofCluster(change);
  const workload = after.workload(kind, namespace, name);
  return workload ? ofWorkload(change, workload, after) : [];
}

function startOf({ kind, after }: ObjectChange): Effect[] {
  if (kind === 'Job') return [{ effect: 'runs', text: 'runs once' }];
  if (kind === 'CronJob')
    return [
      { effect: 'starts', text: `runs at ${textAt(after?.manifest, 'spec', 'schedule') ?? 'its times'}` },
    ];
  return ['DaemonSet', 'Deployment', 'StatefulSet'].includes(kind)
    ? [{ effect: 'starts', text: 'its pods start' }]
    : [];
}

function endOf(workload: WorkloadObject | undefined): Effect[] {
  if (!workload || ['Job', 'Pod'].includes(workload.object.kind)) return [];
  return [{ effect: 'stops', text: `${countOf(workload)} end` }];
}

/** `1 pod`, or `3 to 20 pods`. */
function countOf({ minReplicas, maxReplicas }: WorkloadObject): string {
  const count = minReplicas === maxReplicas ? `${minReplicas}` : `${minReplicas} to ${maxReplicas}`;
  return `${count} ${count === '1' ? 'pod' : 'pods'}`;
}

function ofWorkload({ kind, fields }: ObjectChange, workload: WorkloadObject, set: Inventory): Effect[] {
  if (kind === 'CronJob')
    return fields.some((field) => isAt(field, 'spec'))
      ? [{ effect: 'starts', text: 'its next run is the changed one' }]
      : [];
  if (!['DaemonSet', 'Deployment', 'StatefulSet'].includes(kind)) return [];
  const isRolled = fields.some((field) => isAt(field, 'spec.template'));
  if (!isRolled)
    return fields.some((field) => isAt(field, 'spec.replicas'))
      ? [{ effect: 'scales', text: `to ${countOf(workload)}` }]
      : [];
  if (textAt(workload.object.manifest, 'spec', 'updateStrategy', 'type') === 'OnDelete')
    return [
      {
        effect: 'waits for a restart',
        text: 'updateStrategy OnDelete: a pod changes when somebody deletes it',
      },
    ];
  return [
    ofServer(workload, set) ?? {
      effect: 'rolls',
      text: `${countOf(workload)} ${countOf(workload) === '1 pod' ? 'is' : 'are'} replaced${oneByOne(workload)}`,
    },
  ];
}

const oneByOne = ({ object }: WorkloadObject) =>
  object.kind === 'StatefulSet'
    ? ' one by one'
    : textAt(object.manifest, 'spec', 'strategy', 'type') === 'Recreate'
      ? ', all at once: an outage until the new ones are ready'
      : '';

/** A database or a cache whose pod is replaced. */
function ofServer(workload: WorkloadObject, set: Inventory): Effect | undefined {
  const { object, maxReplicas } = workload;
  const isPostgres = workload.containers.some(
    ({ container, isInit }) => !isInit && runsServer(container, 'postgres'),
  );
  if (isPostgres && object.kind === 'StatefulSet')
    return {
      effect: 'restarts a database',
      text:
        maxReplicas === 1
          ? 'one pod: nobody is served until it has stopped and started again'
          : `${maxReplicas} pods, one by one: who is connected to one connects again`,
    };
  const cache = redisInstances(set).find((one) => one.object === object);
  if (!cache) return undefined;
  const isWritten =
    cache.settings.text('appendonly') === 'yes' || !['', '""'].includes(cache.settings.text('save'));
  const isDurable = isWritten && claimTemplatesOf(object.manifest).length > 0;
  return isDurable
    ? { effect: 'restarts a cache', text: 'it stops, starts, and reads its data back from the volume' }
    : {
        effect: 'empties a cache',
        text: 'it keeps nothing on disk: its clients ask the origin until it is warm again',
      };
}

/** Fields of a CloudNativePG Cluster with which its pods are made. */
const POD_FIELDS = [
  ...[
    'affinity',
    'env',
    'envFrom',
    'ephemeralVolumesSizeLimit',
    'imageCatalogRef',
    'imageName',
    'imagePullPolicy',
  ],
  ...['imagePullSecrets', 'podSecurityContext', 'priorityClassName', 'projectedVolumeTemplate', 'resources'],
  ...[
    'schedulerName',
    'seccompProfile',
    'securityContext',
    'serviceAccountTemplate',
    'topologySpreadConstraints',
  ],
  'walStorage',
].map((field) => `spec.${field}`);

function ofCluster({ fields, after }: ObjectChange): Effect[] {
  if (!after || !isCloudNativePg(after.apiVersion)) return [];
  const instances = numberAt(after.manifest, 'spec', 'instances') ?? 1;
  const parameters = fields.filter((field) => isAt(field, 'spec.postgresql.parameters'));
  const restarting = parameters.filter(({ path }) => needsRestart(path));
  const isRestarted =
    restarting.length > 0 ||
    fields.some((field) => POD_FIELDS.some((place) => isAt(field, place))) ||
    fields.some((field) => isAt(field, 'spec.postgresql.shared_preload_libraries'));
  if (isRestarted)
    return [
      {
        effect: 'restarts a database',
        text:
          instances === 1
            ? 'one instance: nobody is served until it has stopped and started again'
            : `${instances} instances, standbys first, then the primary: by a switchover or a restart, some seconds without writes`,
      },
    ];
  if (fields.some((field) => isAt(field, 'spec.instances')))
    return [{ effect: 'scales', text: `to ${instances} ${instances === 1 ? 'instance' : 'instances'}` }];
  return parameters.length > 0 || fields.some((field) => isAt(field, 'spec.postgresql'))
    ? [{ effect: 'reloads', text: 'Postgres reads its configuration again; nobody is cut off' }]
    : [];
}

function needsRestart(path: string): boolean {
  const name = path.replace(/^spec\.postgresql\.parameters\.?/, '').replace(/^\["|"\]$/g, '');
  return newestDefinitionOf(name)?.context === 'postmaster';
}

/** Workloads that read a ConfigMap and do not roll by the same change: files follow, variables do not. */
function readersOf({ namespace, name, fields }: ObjectChange, before: Inventory, after: Inventory): Effect[] {
  if (!fields.some((field) => ['binaryData', 'data'].some((place) => isAt(field, place)))) return [];
  const readers = after.workloads.filter(
    (workload) => workload.object.namespace === namespace && !isRolledToo(workload, before),
  );
  const titles = (all: readonly WorkloadObject[]) =>
    all.map(({ object }) => `${object.kind} ${object.name}`).join(', ');
  const byFile = readers.filter((workload) =>
    mountedFiles(workload, after).some(({ configMap }) => configMap.name === name),
  );
  const byVariable = readers.filter((workload) => hasVariablesOf(workload, name));
  return [
    ...(byFile.length > 0
      ? [
          {
            effect: 'reloads' as const,
            text: `the files change in running pods of ${titles(byFile)} after about a minute (not those mounted by subPath); nothing restarts`,
          },
        ]
      : []),
    ...(byVariable.length > 0
      ? [
          {
            effect: 'waits for a restart' as const,
            text: `variables of running pods of ${titles(byVariable)} stay as they are until they restart`,
          },
        ]
      : []),
  ];
}

function isRolledToo({ object }: WorkloadObject, before: Inventory): boolean {
  const old: KubernetesObject | undefined = before.workload(
    object.kind,
    object.namespace,
    object.name,
  )?.object;
  const template = (one: KubernetesObject) => JSON.stringify(get(one.manifest, 'spec', 'template'));
  return old === undefined || template(old) !== template(object);
}

function hasVariablesOf({ containers }: WorkloadObject, configMap: string): boolean {
  return containers.some(
    ({ container }) =>
      recordsAt(container, 'envFrom').some((one) => textAt(one, 'configMapRef', 'name') === configMap) ||
      recordsAt(container, 'env').some(
        (one) => textAt(one, 'valueFrom', 'configMapKeyRef', 'name') === configMap,
      ),
  );
}

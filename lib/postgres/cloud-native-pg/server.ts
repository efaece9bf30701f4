/** A primary and its standbys, as resources of CloudNativePG. */
import { Secret } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { MetricFamily } from '../../connection/monitored';
import { NetworkAccess } from '../../connection/network-access';
import { NetworkPeer } from '../../connection/network-peer';
import {
  clusterLabels,
  clusterService,
  CNPG_API_VERSION,
  instanceLabels,
} from '../../inventory/cloud-native-pg-names';
import { emitSpec } from '../../pod/api-object';
import { namespaceOf, selectorLabels } from '../../pod/naming';
import type { PodProps } from '../../pod/pod-props';
import { affinity, spreadConstraints, tolerations } from '../../pod/scheduling';
import { renderResources } from '../../sizing/resources';
import { KubernetesVersion } from '../../target/kubernetes-version';
import { bytesOf } from '../../units/amounts';
import { formatBytes } from '../../units/quantity';
import { recoveryArchive, recoveryStoreName, startOf } from '../bootstrap/bootstrap';
import { emitInitScripts } from '../init-scripts';
import type { PostgresServer, ServerPlan } from '../postgres-server';
import { type CloudNativePgOptions, SynchronousDurability } from '../postgres-topology';
import { POSTGRES_PORT } from '../stateful-set/layout';
import {
  backupOf,
  emitObjectStore,
  emitRecoveryStore,
  emitScheduledBackup,
  operatorBackup,
  storePort,
} from './backup';
import { emitDatabases } from './databases';
import { allowOutside } from './network';
import { CLUSTER_DEFAULTS, operatorLibraries, operatorParameters } from './parameters';
import { managedRoles } from './roles';
import { SCRATCH_BYTES, SMART_SHUTDOWN_SECONDS, stopSeconds } from './shutdown-sizing';
import { tablespacesOf } from './tablespaces';
import type { Cluster } from './types';

/** Where the instance manager answers the operator, and serves metrics. */
const STATUS_PORT = 8000;
const METRICS_PORT = 9187;

/** What of the pods a Cluster takes. */
export const CLOUD_NATIVE_PG_POD_PROPS: ReadonlyArray<keyof PodProps> = [
  'imagePullSecrets',
  'imagePullPolicy',
  'tolerations',
  'requiredNodes',
  'preferredNodes',
];

export function cloudNativePgServer(
  scope: Construct,
  plan: ServerPlan,
  engine: CloudNativePgOptions,
): PostgresServer {
  const { name, props } = plan;
  const labels = selectorLabels(name, 'postgres');
  const head = { name, labels };
  const instances = engine.instances ?? CLUSTER_DEFAULTS.instances;
  const backup = operatorBackup(engine);
  const store = backup?.kind === 'objectStore' ? backup : undefined;
  const archive = recoveryArchive(plan);
  const network = clusterNetwork(
    scope,
    name,
    engine,
    [store, archive].flatMap((one) => (one ? storePort(one) : [])),
  );
  const imported = props.bootstrap?._shape;
  if (imported && imported.kind !== 'recovery')
    network.allowTo(imported.peer, [imported.port ?? POSTGRES_PORT]);
  const objects = {
    cluster: emitSpec<Cluster>(
      scope,
      'cluster',
      { ...head, apiVersion: CNPG_API_VERSION, kind: 'Cluster' },
      () => clusterSpec(scope, plan, engine, instances),
    ),
    objectStore: store && emitObjectStore(scope, head, store),
    recoveryStore: archive && emitRecoveryStore(scope, { ...head, name: recoveryStoreName(name) }, archive),
    scheduledBackup: backup && emitScheduledBackup(scope, head, backup),
    initScripts: emitInitScripts(scope, head, plan.firstStart),
    databaseResources: emitDatabases(scope, plan),
  };
  return {
    identity: { namespace: namespaceOf(scope), podLabels: instanceLabels(name) },
    service: clusterService(name, 'rw'),
    readOnlyService: instances > 1 ? clusterService(name, 'ro') : undefined,
    // The operator makes it, with a password of its own, unless it is told of another.
    credentials: props.credentials ?? Secret.fromSecretName(scope, 'credentials', `${name}-app`),
    metrics:
      props.metrics === false
        ? undefined
        : {
            family: MetricFamily.CLOUD_NATIVE_PG,
            portName: 'metrics',
            port: METRICS_PORT,
            path: '/metrics',
          },
    network,
    objects,
  };
}

/**
 * The policy is that of all pods of the cluster, also of those that make a new instance. They follow each other, the operator
 * asks each how it is, and each tells the API server.
 */
function clusterNetwork(
  scope: Construct,
  name: string,
  engine: CloudNativePgOptions,
  storePorts: readonly number[],
): NetworkAccess {
  const all = clusterLabels(name);
  const network = new NetworkAccess(scope, 'network-policy', name, selectorLabels(name, 'postgres'), all);
  const own = NetworkPeer.pods({ namespace: namespaceOf(scope), podLabels: all });
  const operator = NetworkPeer.namespace(engine.operatorNamespace ?? CLUSTER_DEFAULTS.operatorNamespace);
  const ports = [POSTGRES_PORT, STATUS_PORT];
  network.allowFrom(operator, ports);
  network.allowFrom(own, ports);
  network.allowTo(own, ports);
  allowOutside(network, engine, storePorts);
  return network;
}

function clusterSpec(
  scope: Construct,
  plan: ServerPlan,
  engine: CloudNativePgOptions,
  instances: number,
): NonNullable<Cluster['spec']> {
  const { props, resources } = plan;
  const tuning = plan.tuning();
  const { sharedBuffers, startupSeconds, sharedMemoryVolume, hugePagesBytes } = tuning;
  const libraries = operatorLibraries(props.preloadLibraries ?? []);
  const spread = {
    labels: instanceLabels(plan.name),
    version: KubernetesVersion.of(scope),
    ownedByDeployment: false,
  };
  return {
    instances,
    imageName: plan.image,
    postgresql: {
      parameters: operatorParameters(tuning.settings),
      ...(libraries.length > 0 && { shared_preload_libraries: libraries }),
      ...synchronous(engine),
    },
    ...startOf(plan),
    ...managedRoles(props.roles),
    storage: { size: formatBytes(bytesOf(props.storage)), storageClass: props.storageClassName },
    ...(engine.walStorage && {
      walStorage: {
        size: formatBytes(bytesOf(engine.walStorage)),
        storageClass: engine.walStorageClassName ?? props.storageClassName,
      },
    }),
    ...tablespacesOf(engine.tablespaces, props),
    resources: renderResources({ ...resources, hugePagesBytes }),
    ephemeralVolumesSizeLimit: {
      shm: formatBytes(sharedMemoryVolume),
      temporaryData: formatBytes(SCRATCH_BYTES),
    },
    affinity: {
      enablePodAntiAffinity: true,
      podAntiAffinityType: 'preferred',
      topologyKey: 'kubernetes.io/hostname',
      nodeSelector: props.nodeSelector,
      nodeAffinity: affinity(props, undefined)?.nodeAffinity,
      tolerations: tolerations(props),
    },
    imagePullPolicy: props.imagePullPolicy,
    imagePullSecrets: props.imagePullSecrets?.map(({ name }) => ({ name })),
    topologySpreadConstraints: spreadConstraints(spread),
    priorityClassName: props.priorityClassName,
    // A budget for one instance would hang every node drain.
    enablePDB: instances > 1,
    enableSuperuserAccess: false,
    // With a standby that is up to date the update costs a failover's seconds, without one those of a restart.
    primaryUpdateMethod: instances > 1 ? 'switchover' : 'restart',
    primaryUpdateStrategy: 'unsupervised',
    startDelay: startupSeconds,
    stopDelay: stopSeconds(sharedBuffers),
    smartShutdownTimeout: SMART_SHUTDOWN_SECONDS,
    seccompProfile: { type: 'RuntimeDefault' },
    ...backupOf(plan.name, operatorBackup(engine)),
  };
}

function synchronous({ synchronousStandbys = 0, synchronousDurability }: CloudNativePgOptions) {
  return synchronousStandbys === 0
    ? {}
    : {
        synchronous: {
          method: 'any' as const,
          number: synchronousStandbys,
          dataDurability: synchronousDurability ?? SynchronousDurability.REQUIRED,
        },
      };
}

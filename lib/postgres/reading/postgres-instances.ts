/** Databases and poolers as rules read them: pods with a configuration file, and resources of CloudNativePG, in one model. */
import { databaseHostOf } from '../../connection/database-variable-names';
import { clusterOfService, isCloudNativePg } from '../../inventory/cloud-native-pg-names';
import { configured, limitsOf, managedLimitsOf } from '../../inventory/configured-servers';
import { variablesOf, wordsOf } from '../../inventory/environment';
import type { ContainerOf, Inventory, KubernetesObject, WorkloadObject } from '../../inventory/inventory';
import { get, type Json, numberAt, recordAt, textAt, textsAt } from '../../inventory/json';
import { memo } from '../../inventory/memo';
import { behindHost } from '../../inventory/relations';
import { surgeBy, surgeOf } from '../../inventory/replicas';
import { parseBytes } from '../../units/quantity';
import { OPERATOR_DEFAULTS } from '../cloud-native-pg/parameters';
import { majorOf } from '../image-capabilities';
import { newestDefinitionOf } from '../parameters/parameter-definition';
import { type ParsedPgBouncerIni, parsePgBouncerIni } from '../pooler/pgbouncer-ini';
import { parsePostgresArguments, parsePostgresConf } from '../stateful-set/postgres-conf';
import { PgBouncerSettings } from './pgbouncer-settings';
import { PostgresSettings } from './postgres-settings';

/** A volume that holds WAL. */
export interface WalVolume {
  readonly text: string;
  readonly bytes: number;
  readonly path: string;
  /** Whether the data lies on it too. */
  readonly isShared: boolean;
}

export interface PostgresInstance {
  readonly object: KubernetesObject;
  readonly settings: PostgresSettings;
  /** Where that is written; undefined when nothing is and Postgres's own defaults hold. */
  readonly source?: string;
  /** Place of a setting, as a finding says it. */
  readonly settingPath: (name: string) => string;
  readonly limits: Json;
  readonly memoryPath: string;
  readonly memoryLimitBytes?: number;
  readonly cpuLimitMillis?: number;
  readonly seccompProfile?: string;
  readonly walVolume?: WalVolume;
}

export interface PoolerInstance {
  readonly object: KubernetesObject;
  readonly settings: PgBouncerSettings;
  /** Most connections to each database that its clients may ask for, where it has a bound of its own. */
  readonly databaseBounds: ReadonlyArray<number | undefined>;
  readonly settingPath: (name: string) => string;
  /** Poolers that run at all times, and at the most. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Pods that a rollout adds to a number of replicas. */
  readonly surge: (replicas: number) => number;
  /** Databases that it opens connections to. */
  readonly databases: readonly PostgresInstance[];
}

const ofStatefulSets = memo((inventory): ReadonlyMap<WorkloadObject, PostgresInstance> => {
  const servers = postgresServers(inventory).map(({ object, workload, container, settings, source }) => {
    const major = majorOf(textAt(container.container, 'image') ?? '');
    // An argument counts before the file.
    const told = new Map([
      ...settingVariables(container, inventory),
      ...parsePostgresArguments(wordsOf(container, inventory)),
    ]);
    const given = new Map([...settings, ...told]);
    const instance: PostgresInstance = {
      object,
      settings: source ? PostgresSettings.ofFile(given, major) : PostgresSettings.besideInitdb(given, major),
      source: source
        ? `${source.configMap.name}/${source.key}`
        : // A file that it names and nobody has here may say anything.
          told.size > 0 && !told.has('config_file')
          ? `${container.path}.args`
          : undefined,
      settingPath: (name) =>
        told.has(name)
          ? `${container.path}.args: ${name}`
          : source
            ? `data.${source.key}: ${name}`
            : container.path,
      ...limitsOf(container),
      seccompProfile:
        textAt(container.container, 'securityContext', 'seccompProfile', 'type') ??
        textAt(workload.pod, 'securityContext', 'seccompProfile', 'type'),
      walVolume: walVolume(
        claimOf(object),
        'spec.volumeClaimTemplates[0].spec.resources.requests.storage',
        true,
      ),
    };
    return [workload, instance] as const;
  });
  return new Map(servers);
});

/** Settings that Bitnami's image takes as variables: `POSTGRESQL_MAX_CONNECTIONS`. */
function settingVariables(container: ContainerOf, inventory: Inventory): Array<[string, string]> {
  if (!/bitnami/.test(textAt(container.container, 'image') ?? '')) return [];
  return [...variablesOf(container, inventory)].flatMap(([name, value]): Array<[string, string]> => {
    const parameter = /^POSTGRESQL_([A-Z_]+)$/.exec(name)?.[1].toLowerCase();
    return parameter !== undefined && newestDefinitionOf(parameter) ? [[parameter, value]] : [];
  });
}

const clusters = memo((inventory): readonly PostgresInstance[] =>
  inventory
    .ofKind('Cluster')
    .filter(({ apiVersion }) => isCloudNativePg(apiVersion))
    .map((object) => {
      const spec = recordAt(object.manifest, 'spec') ?? {};
      const parameters = textsAt(spec, 'postgresql', 'parameters');
      const own = textAt(spec, 'walStorage', 'size');
      return {
        object,
        settings: PostgresSettings.besideInitdb(
          new Map(Object.entries({ ...OPERATOR_DEFAULTS, ...parameters })),
          majorOf(textAt(spec, 'imageName') ?? ''),
        ),
        source: 'spec.postgresql.parameters',
        settingPath: (name) => `spec.postgresql.parameters.${name}`,
        ...managedLimitsOf(spec, 'spec'),
        seccompProfile: textAt(spec, 'seccompProfile', 'type') ?? 'RuntimeDefault',
        walVolume:
          own === undefined
            ? walVolume(textAt(spec, 'storage', 'size'), 'spec.storage.size', true)
            : walVolume(own, 'spec.walStorage.size', false),
      };
    }),
);

/** Every database of the inventory. */
export const postgresInstances = (inventory: Inventory): readonly PostgresInstance[] => [
  ...ofStatefulSets(inventory).values(),
  ...clusters(inventory),
];

/** The database of a workload, when it is one. */
export const instanceOf = (workload: WorkloadObject, inventory: Inventory) =>
  ofStatefulSets(inventory).get(workload);

/** Every pooler of the inventory. */
export const poolerInstances = memo((inventory): readonly PoolerInstance[] => [
  ...pgBouncers(inventory).map(({ object, workload, container, settings: ofFile, source }) => {
    const settings = source ? ofFile : pgBouncerVariables(container, inventory);
    const hosts = [...settings.databases.values()].flatMap((fields) => fields.get('host') ?? []);
    return {
      object,
      databaseBounds: [...settings.databases.values()].map(boundOf),
      settings: PgBouncerSettings.ofImage(settings.settings, textAt(container.container, 'image') ?? ''),
      settingPath: (name: string) => (source ? `data.${source.key}: ${name}` : `${container.path}.env`),
      minReplicas: workload.minReplicas,
      maxReplicas: workload.maxReplicas,
      surge: (replicas: number) => surgeOf(workload, replicas),
      databases: [...new Set(hosts.flatMap((host) => databaseAt(host, object.namespace, inventory) ?? []))],
    };
  }),
  ...inventory
    .ofKind('Pooler')
    .filter(({ apiVersion }) => isCloudNativePg(apiVersion))
    .map((object) => managedPooler(object, inventory)),
]);

/** `max_db_connections` of a database; 0 is no bound. */
function boundOf(fields: ReadonlyMap<string, string>): number | undefined {
  const text = fields.get('max_db_connections');
  return text === undefined ? undefined : Number(text);
}

/**
 * What images write into pgbouncer.ini from variables: `POOL_MODE` and `DB_HOST` of edoburu/pgbouncer,
 * `PGBOUNCER_POOL_MODE` and `POSTGRESQL_HOST` of Bitnami's.
 */
function pgBouncerVariables(container: ContainerOf, inventory: Inventory): ParsedPgBouncerIni {
  const variables = variablesOf(container, inventory);
  const settings = new Map(
    [...variables].map(([name, value]) => [name.replace(/^PGBOUNCER_/, '').toLowerCase(), value] as const),
  );
  const host = databaseHostOf(variables) ?? variables.get('POSTGRESQL_HOST');
  const name = variables.get('DB_NAME') ?? variables.get('PGBOUNCER_DATABASE') ?? '*';
  return {
    settings,
    databases: host === undefined ? new Map() : new Map([[name, new Map([['host', host]])]]),
  };
}

/** PgBouncer 1.24 or later is what the operator runs. */
const OPERATOR_PGBOUNCER_MINOR = 24;

function managedPooler(object: KubernetesObject, inventory: Inventory): PoolerInstance {
  const spec = recordAt(object.manifest, 'spec') ?? {};
  const name = textAt(spec, 'cluster', 'name') ?? '';
  const settings = new Map(Object.entries(textsAt(spec, 'pgbouncer', 'parameters')));
  settings.set('pool_mode', textAt(spec, 'pgbouncer', 'poolMode') ?? 'session');
  const replicas = numberAt(spec, 'instances') ?? 1;
  return {
    object,
    settings: PgBouncerSettings.ofRelease(settings, OPERATOR_PGBOUNCER_MINOR),
    databaseBounds: [undefined],
    settingPath: (setting) =>
      setting === 'pool_mode' ? 'spec.pgbouncer.poolMode' : `spec.pgbouncer.parameters.${setting}`,
    minReplicas: replicas,
    maxReplicas: replicas,
    surge: (count) => surgeBy(recordAt(spec, 'deploymentStrategy'), count),
    databases: clusters(inventory).filter(
      (one) => one.object.name === name && one.object.namespace === object.namespace,
    ),
  };
}

/** The database that answers at a host. */
export function databaseAt(
  host: string,
  namespace: string | undefined,
  inventory: Inventory,
): PostgresInstance | undefined {
  const [workload] = behindHost(host, namespace, inventory);
  const own = workload && instanceOf(workload, inventory);
  return own ?? managedAt(clusters(inventory), clusterOfService(host.split('.')[0]), host, namespace);
}

/** The pooler that answers at a host. */
export function poolerAt(
  host: string,
  namespace: string | undefined,
  inventory: Inventory,
): PoolerInstance | undefined {
  const [workload] = behindHost(host, namespace, inventory);
  const poolers = poolerInstances(inventory);
  const own = workload && poolers.find(({ object }) => object === workload.object);
  const managed = poolers.filter(({ object }) => isCloudNativePg(object.apiVersion));
  return own ?? managedAt(managed, host.split('.')[0], host, namespace);
}

/** What an operator serves under a name, in the namespace that a host names or is asked from. */
function managedAt<T extends { readonly object: KubernetesObject }>(
  all: readonly T[],
  name: string | undefined,
  host: string,
  namespace: string | undefined,
): T | undefined {
  const [, elsewhere] = host.split('.');
  return all.find(
    ({ object }) => object.name === name && (object.namespace ?? '') === (elsewhere ?? namespace ?? ''),
  );
}

function walVolume(text: string | undefined, path: string, isShared: boolean): WalVolume | undefined {
  const bytes = parseBytes(text ?? '');
  return text === undefined || bytes === undefined ? undefined : { text, bytes, path, isShared };
}

/** Size of the first volume of a StatefulSet. */
export function claimOf(object: KubernetesObject): string | undefined {
  const claims = get(object.manifest, 'spec', 'volumeClaimTemplates');
  const [claim] = Array.isArray(claims) ? (claims as unknown[]) : [];
  return textAt(claim, 'spec', 'resources', 'requests', 'storage');
}

/** Postgres servers with their `postgresql.conf`. */
export const postgresServers = configured(
  'postgres',
  (text, key) => (/postgres(ql)?\.conf$/.test(key) ? parsePostgresConf(text) : undefined),
  new Map<string, string>(),
);

/** PgBouncers with their `pgbouncer.ini`. */
const pgBouncers = configured<ParsedPgBouncerIni>(
  'pgbouncer',
  (text, key) => (/pgbouncer\.ini$/.test(key) ? parsePgBouncerIni(text) : undefined),
  { databases: new Map(), settings: new Map() },
);

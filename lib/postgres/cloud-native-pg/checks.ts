import type { Checks } from '../../finding/checks';
import type { ContainerResources } from '../../sizing/resources';
import { BYTES } from '../../units/amounts';
import { scheduleRule } from '../../units/cron';
import { dnsLabelRule, dnsSubdomainRule } from '../../units/names';
import { checkBootstrap } from '../bootstrap/bootstrap-checks';
import { checkImportMemory } from '../bootstrap/import-checks';
import type { PostgresBootstrap } from '../bootstrap/postgres-bootstrap';
import { serverNameRule } from '../bootstrap/recovery-checks';
import { type CloudNativePgOptions, SynchronousDurability } from '../postgres-topology';
import { PostgresImageFamily, PostgresVersion } from '../postgres-workload';
import type { TunedPostgresProps } from '../tuned-postgres-props';
import type { Tuning } from '../tuning/postgres-tuning';
import { destinationRule, endpointRule, storeProvider } from './object-store';
import { CLUSTER_DEFAULTS, clusterProblems } from './parameters';
import { MIN_WAL_VOLUME } from './shutdown-sizing';
import { checkTablespaces } from './tablespaces';

/** Longest name of a Cluster: the operator puts suffixes behind it. */
const MAX_NAME = 50;
/** Roles that the operator makes for itself. */
export const OPERATOR_ROLES: readonly string[] = ['streaming_replica', 'cnpg_pooler_pgbouncer'];

/** Records what is wrong with the props of a database on CloudNativePG. */
export function checkCloudNativePg(
  checks: Checks,
  name: string,
  props: TunedPostgresProps,
  engine: CloudNativePgOptions,
): void {
  if (name.length > MAX_NAME)
    checks.fail('name', name, `allowed by CloudNativePG: at most ${MAX_NAME} characters`);
  if (props.version === PostgresVersion.V13)
    checks.fail('version', props.version, 'allowed with CloudNativePG: 14 and newer');
  if (props.imageFamily !== undefined && props.imageFamily !== PostgresImageFamily.CLOUD_NATIVE_PG)
    checks.fail('imageFamily', props.imageFamily, 'the operator runs images of its own family; remove it');
  if (props.initialStorage)
    checks.fail(
      'initialStorage',
      props.initialStorage,
      'CloudNativePG grows the volumes itself; raise `storage`, and remove it',
    );
  if (props.restartOnChange === false)
    checks.fail(
      'restartOnChange',
      false,
      'the operator restarts instances whenever a setting needs it; remove it',
    );
  if (props.exporterImage !== undefined)
    checks.fail(
      'exporterImage',
      props.exporterImage,
      'the operator’s instances export metrics themselves; remove it',
    );
  if (props.user !== undefined && OPERATOR_ROLES.includes(props.user))
    checks.fail('user', props.user, 'it is a role of the operator');
  checks.at('topology').made(engine);
  checkTopology(checks.at('topology'), engine);
  checkTablespaces(checks.at('topology'), engine.tablespaces, props);
  checkBackup(checks.at('topology').at('backup'), engine);
  checkBootstrap(checks, { name, props, engine });
}

function checkTopology(checks: Checks, engine: CloudNativePgOptions): void {
  const instances = engine.instances ?? CLUSTER_DEFAULTS.instances;
  checks.integer('instances', engine.instances, 1, 20);
  const wal = checks.amount('walStorage', engine.walStorage, BYTES);
  if (wal !== undefined && !(Number.isSafeInteger(wal) && wal >= MIN_WAL_VOLUME))
    checks.fail('walStorage', engine.walStorage?.asString(), 'allowed: at least 1Gi');
  checks.text('walStorageClassName', engine.walStorageClassName, dnsSubdomainRule);
  if (engine.walStorageClassName !== undefined && engine.walStorage === undefined)
    checks.fail(
      'walStorageClassName',
      engine.walStorageClassName,
      'there is no volume for it; set `walStorage`',
    );
  const { synchronousStandbys, synchronousDurability } = engine;
  if (
    synchronousStandbys !== undefined &&
    !(
      Number.isInteger(synchronousStandbys) &&
      synchronousStandbys >= 0 &&
      synchronousStandbys < Math.max(1, instances)
    )
  )
    checks.fail(
      'synchronousStandbys',
      synchronousStandbys,
      `allowed: fewer than the ${instances} instances; the primary is one of them`,
    );
  checks.oneOf('synchronousDurability', synchronousDurability, Object.values(SynchronousDurability));
  if (synchronousDurability !== undefined && (synchronousStandbys ?? 0) === 0)
    checks.fail(
      'synchronousDurability',
      synchronousDurability,
      'no standby confirms; set `synchronousStandbys`',
    );
  checks.text('operatorNamespace', engine.operatorNamespace, dnsLabelRule);
  if (engine.apiServerPorts?.length === 0)
    checks.fail(
      'apiServerPorts',
      [],
      'allowed: at least one; instances that cannot tell who is primary do not start',
    );
  engine.apiServer?._check(checks, 'apiServer');
  engine.apiServerPorts?.forEach((port, index) => checks.port(`apiServerPorts[${index}]`, port));
}

function checkBackup(checks: Checks, engine: CloudNativePgOptions): void {
  const backup = engine.backup?._shape;
  if (backup?.kind === 'dump')
    return checks.fail(
      'kind',
      'dump',
      'dumps are for PostgresTopology.statefulSet; use PostgresBackup.objectStore or PostgresBackup.volumeSnapshot',
    );
  checks.text('schedule', backup?.schedule, scheduleRule);
  if (backup?.kind === 'volumeSnapshot') checks.text('className', backup.className, dnsSubdomainRule);
  if (backup?.kind !== 'objectStore') return;
  checks.text('destinationPath', backup.destinationPath, destinationRule);
  checks.text('endpointUrl', backup.endpointUrl, endpointRule);
  if (backup.endpointUrl !== undefined && storeProvider(backup.destinationPath) !== 's3')
    checks.fail('endpointUrl', backup.endpointUrl, 'it is for stores that speak S3; remove it');
  checks.text('credentials', backup.credentials?.name, dnsSubdomainRule);
  checks.text('serverName', backup.serverName, serverNameRule);
  checks.integer('retentionDays', backup.retentionDays, 1, 3650);
}

export interface ClusterFacts {
  readonly resources: ContainerResources;
  readonly tuning: Tuning;
  readonly parameters: Readonly<Record<string, string>>;
  readonly bootstrap?: PostgresBootstrap;
}

/** Records what does not hold between the settings and the operator. */
export function checkCluster(
  checks: Checks,
  engine: CloudNativePgOptions,
  { resources, tuning, parameters, bootstrap }: ClusterFacts,
): void {
  const problems = clusterProblems({
    instances: engine.instances ?? CLUSTER_DEFAULTS.instances,
    memoryRequestBytes: resources.memoryRequestBytes,
    sharedBuffers: tuning.sharedBuffers,
    parameters,
  });
  for (const { name, value, allowed } of problems)
    checks.at(name === 'memoryRequest' ? 'profile' : 'parameters').fail(name, value, allowed);
  checkImportMemory(checks.at('bootstrap'), bootstrap, tuning, resources.memoryLimitBytes);
}

import { checkGrowth } from '../connection/volume-growth';
import type { Checks } from '../finding/checks';
import { checkScheduling } from '../pod/scheduling';
import type { WorkloadProfile } from '../sizing/workload-profile';
import { BYTES, SECONDS } from '../units/amounts';
import { databaseNameRule, dnsSubdomainRule, imageRule, roleNameRule } from '../units/names';
import { GIB } from '../units/quantity';
import { checkCloudNativePg, OPERATOR_ROLES } from './cloud-native-pg/checks';
import { checkFirstStart } from './first-start';
import { checkIndexJob } from './indexes/postgres-index-job';
import { EXPORTER_ROLE } from './pooler/pgbouncer-files';
import { PostgresDisk, PostgresImageFamily, PostgresVersion, PostgresWorkload } from './postgres-workload';
import { checkRoles } from './roles/checks';
import { checkStatefulSet } from './stateful-set/checks';
import { checkTls } from './tls';
import type { TunedPostgresProps } from './tuned-postgres-props';
import type { Tuning } from './tuning/postgres-tuning';

/** Records everything that is wrong with the props themselves, before anything is computed from them. */
export function checkProps(
  checks: Checks,
  name: string,
  props: TunedPostgresProps,
  profile: WorkloadProfile,
): void {
  const storage = checks.requiredAmount('storage', props.storage, BYTES);
  if (storage !== undefined && !(Number.isSafeInteger(storage) && storage >= GIB)) {
    checks.fail('storage', props.storage.asString(), 'allowed: at least 1Gi, for data and WAL');
  }
  profile._check(checks.at('profile'));
  checks.oneOf('version', props.version, Object.values(PostgresVersion));
  checks.oneOf('workload', props.workload, Object.values(PostgresWorkload));
  checks.oneOf('disk', props.disk, Object.values(PostgresDisk));
  checks.oneOf('imageFamily', props.imageFamily, Object.values(PostgresImageFamily));
  const engine = props.topology?._shape;
  if (engine?.kind === 'cloudNativePg') checkCloudNativePg(checks, name, props, engine);
  else {
    checkStatefulSet(checks, name, props, engine ?? {});
    if (props.imageFamily === PostgresImageFamily.CLOUD_NATIVE_PG) {
      checks.fail(
        'imageFamily',
        props.imageFamily,
        'an image of CloudNativePG is started by its operator; use PostgresTopology.cloudNativePg, or another image',
      );
    }
    if (props.bootstrap)
      checks.fail(
        'bootstrap',
        props.bootstrap._shape.kind,
        'it is for PostgresTopology.cloudNativePg; one instance is filled by the restore of PostgresBackup.dump',
      );
    if (props.user === EXPORTER_ROLE)
      checks.fail('user', props.user, 'it is the role of the metrics exporter');
  }
  checkGrowth(checks, props.initialStorage, storage);
  checks.text('storageClassName', props.storageClassName, dnsSubdomainRule);
  checks.text('image', props.image, imageRule);
  checks.text('exporterImage', props.exporterImage, imageRule);
  checks.text('database', props.database, databaseNameRule);
  checks.text('user', props.user, roleNameRule);
  checkFirstStart(checks, props, { isManaged: engine?.kind === 'cloudNativePg' });
  checkRoles(checks, props, engine?.kind === 'cloudNativePg' ? OPERATOR_ROLES : undefined);
  checks.text('credentials', props.credentials?.name, dnsSubdomainRule);
  checkTls(checks, props, { isManaged: engine?.kind === 'cloudNativePg' });
  checks.integer('maxConnections', props.maxConnections, 10, 10_000);
  checks.integer('reservedConnections', props.reservedConnections, 0, 1000);
  checks.integer('startupTime', checks.amount('startupTime', props.startupTime, SECONDS), 60, 86_400);
  props.preloadLibraries?.forEach((library, index) =>
    checks.text(`preloadLibraries[${index}]`, library, libraryRule),
  );
  for (const [parameter, value] of Object.entries(props.parameters ?? {}))
    checks.at('parameters').text(parameter, value);
  if (props.maxConnections !== undefined && props.parameters?.max_connections !== undefined) {
    checks
      .at('parameters')
      .fail(
        'max_connections',
        props.parameters.max_connections,
        `maxConnections is ${props.maxConnections}; remove one of them`,
      );
  }
  checkIndexJob(checks.at('indexJobOptions'), props.indexJobOptions ?? {});
  checkScheduling(checks, props);
}

/** A library by its name, never by its path: it is looked for where the image keeps them. */
function libraryRule(text: string): string | undefined {
  return /^[a-z_][a-z0-9_]{0,62}$/.test(text)
    ? undefined
    : 'the name of a library in the image: lower-case letters, digits and "_"';
}

/** Records what does not hold between the settings. */
export function checkTuning(checks: Checks, tuning: Tuning, reserved: number): void {
  for (const { name, value, allowed } of tuning.problems) {
    if (name === 'memory') checks.fail('profile.memoryLimit', value, allowed);
    else checks.at('parameters').fail(name, value, allowed);
  }
  if (tuning.maxConnections - tuning.reservedConnections - reserved < 1) {
    checks.fail(
      'reservedConnections',
      reserved,
      `with superuser_reserved_connections ${tuning.reservedConnections} nothing is left of max_connections ${tuning.maxConnections}`,
    );
  }
}

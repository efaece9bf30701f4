/**
 * What CloudNativePG takes of the settings of a Postgres, and what it sets itself.
 *
 * Source: cloudnative-pg/cloudnative-pg pkg/postgres/configuration.go (FixedConfigurationParameters, ManagedExtensions) and
 * internal/webhook/v1/cluster_webhook.go, 1.26 to 1.30. A fixed parameter is refused by the operator's webhook, or, in older
 * releases, dropped without a word.
 */
import { formatBytes } from '../../units/quantity';
import type { ParameterProblem } from '../parameters/postgres-parameters';
import type { PgBouncerDirective } from '../pooler/pgbouncer-tuning';
import { OBSERVING_LIBRARIES } from '../tuning/logging';
import type { Setting } from '../tuning/setting';

/** What the engine is when nothing is said of it. */
export const CLUSTER_DEFAULTS = {
  instances: 3,
  operatorNamespace: 'cnpg-system',
  retentionDays: 30,
  backupSchedule: '0 0 2 * * *',
} as const;

/** Parameters that the operator sets, or does not let anybody set. */
export const OPERATOR_PARAMETERS: ReadonlySet<string> = new Set([
  'allow_alter_system',
  'allow_system_table_mods',
  'archive_cleanup_command',
  'archive_command',
  'archive_mode',
  'bonjour',
  'bonjour_name',
  'cluster_name',
  'config_file',
  'data_directory',
  'data_sync_retry',
  'event_source',
  'external_pid_file',
  'hba_file',
  'hot_standby',
  'ident_file',
  'jit_provider',
  'listen_addresses',
  'log_destination',
  'log_directory',
  'log_file_mode',
  'log_filename',
  'log_rotation_age',
  'log_rotation_size',
  'log_truncate_on_rotation',
  'logging_collector',
  'pg_failover_slots.primary_dsn',
  'pg_failover_slots.standby_slot_names',
  'port',
  'primary_conninfo',
  'primary_slot_name',
  'promote_trigger_file',
  'recovery_end_command',
  'recovery_min_apply_delay',
  'recovery_target',
  'recovery_target_action',
  'recovery_target_inclusive',
  'recovery_target_lsn',
  'recovery_target_name',
  'recovery_target_time',
  'recovery_target_timeline',
  'recovery_target_xid',
  'restart_after_crash',
  'restore_command',
  'shared_preload_libraries',
  'ssl',
  'ssl_ca_file',
  'ssl_cert_file',
  'ssl_crl_file',
  'ssl_dh_params_file',
  'ssl_ecdh_curve',
  'ssl_key_file',
  'ssl_passphrase_command',
  'ssl_passphrase_command_supports_reload',
  'ssl_prefer_server_ciphers',
  'stats_temp_directory',
  'synchronized_standby_slots',
  'synchronous_standby_names',
  'syslog_facility',
  'syslog_ident',
  'syslog_sequence_numbers',
  'syslog_split_messages',
  'temp_tablespaces',
  'unix_socket_directories',
  'unix_socket_group',
  'unix_socket_permissions',
]);

/** Computed settings that mean nothing there: the operator logs as CSV, which has a column for each of these. */
const MEANINGLESS: ReadonlySet<string> = new Set(['log_line_prefix']);

/** Defaults of the operator where they differ from Postgres's own. */
export const OPERATOR_DEFAULTS: Readonly<Record<string, string>> = {
  max_parallel_workers: '32',
  max_worker_processes: '32',
  max_replication_slots: '32',
  wal_keep_size: '512MB',
  wal_level: 'logical',
};

/**
 * The libraries that the operator loads by itself, when a parameter of theirs is there; it also makes the extension in every
 * database.
 */
const LOADED_WITH_PARAMETERS: ReadonlySet<string> = new Set([
  ...OBSERVING_LIBRARIES,
  'pgaudit',
  'pg_failover_slots',
]);

const isParameter = (name: string) => !OPERATOR_PARAMETERS.has(name) && !MEANINGLESS.has(name);

/** Whether a computed setting holds there: as a parameter, or by a field of its own. */
export function holdsWithOperator(name: string): boolean {
  return isParameter(name) || name === 'shared_preload_libraries';
}

/** Settings as `spec.postgresql.parameters`, by name. */
export function operatorParameters(settings: readonly Setting[]): Record<string, string> {
  return Object.fromEntries(
    settings
      .filter(({ name }) => isParameter(name))
      .map(({ name, value }) => [name, value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Libraries as `spec.postgresql.shared_preload_libraries`: those that no parameter loads. */
export function operatorLibraries(preloadLibraries: readonly string[]): string[] {
  return preloadLibraries.filter((library) => !LOADED_WITH_PARAMETERS.has(library));
}

/** Directives of PgBouncer that the operator lets a Pooler set, since 1.26; the others are its own business. */
const POOLER_PARAMETERS: ReadonlySet<string> = new Set([
  'default_pool_size',
  'ignore_startup_parameters',
  'log_connections',
  'log_disconnections',
  'max_client_conn',
  'max_db_connections',
  'max_prepared_statements',
  'max_user_connections',
  'min_pool_size',
  'query_wait_timeout',
  'reserve_pool_size',
  'reserve_pool_timeout',
  'server_idle_timeout',
  'server_login_retry',
  'track_extra_parameters',
]);

/** Directives as `spec.pgbouncer.parameters`, by name. */
export function operatorPoolerParameters(directives: readonly PgBouncerDirective[]): Record<string, string> {
  return Object.fromEntries(
    directives
      .filter(({ name }) => POOLER_PARAMETERS.has(name))
      .map(({ name, value }) => [name, value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

export interface ClusterSize {
  readonly instances: number;
  readonly memoryRequestBytes: number;
  readonly sharedBuffers: number;
  /** The user's own settings. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Parameters of the user's that the operator or its standbys do not bear. */
export function clusterProblems({
  instances,
  memoryRequestBytes,
  sharedBuffers,
  parameters,
}: ClusterSize): ParameterProblem[] {
  const problems: ParameterProblem[] = Object.entries(parameters)
    .filter(([name]) => OPERATOR_PARAMETERS.has(name.toLowerCase()))
    .map(([name, value]) => ({
      name,
      value,
      allowed: 'it cannot be set: CloudNativePG sets it, and its webhook refuses the Cluster',
    }));
  if (parameters.wal_level?.toLowerCase() === 'minimal') {
    problems.push({
      name: 'wal_level',
      value: parameters.wal_level,
      allowed: 'standbys and backups need more; allowed: replica, logical',
    });
  }
  const least = MIN_SENDERS + instances - 1;
  const replication = {
    max_wal_senders: '10',
    max_replication_slots: OPERATOR_DEFAULTS.max_replication_slots,
  };
  for (const [name, otherwise] of Object.entries(replication)) {
    const value = parameters[name] ?? otherwise;
    if (Number(value) < least) {
      problems.push({
        name,
        value,
        allowed: `${instances - 1} standbys, and one that is made, need at least ${least}; set it, or use fewer instances`,
      });
    }
  }
  if (sharedBuffers > memoryRequestBytes) {
    problems.push({
      name: 'memoryRequest',
      value: formatBytes(memoryRequestBytes),
      allowed: `the webhook of CloudNativePG wants room for shared_buffers (${formatBytes(sharedBuffers)}); request as much memory as the limit`,
    });
  }
  return problems;
}

/** A base backup streams over two connections. */
const MIN_SENDERS = 2;

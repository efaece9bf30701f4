import { MIB } from '../../units/quantity';
import type { PostgresVersion } from '../postgres-workload';

export const POSTGRES_PORT = 5432;
export const POSTGRES_EXPORTER_PORT = 9187;
export const CONFIG_DIRECTORY = '/etc/postgresql';
/** Scripts of the user's, which `roles.sql` runs at its end. */
export const INIT_DIRECTORY = '/etc/postgresql-init';
/**
 * Our file beside those of the image, such as PostGIS's `10_postgis.sh`, which a mount of the whole directory would hide. The
 * image runs them by name, so ours comes behind all that begin with a digit.
 */
export const ROLES_FILE = '/docker-entrypoint-initdb.d/roles.sql';

/** Arguments of initdb: page checksums, and no huge pages, which its own test server would otherwise try (from 16 on). */
export function initdbArguments(version: PostgresVersion): string {
  return Number(version) >= 16 ? '--data-checksums --set huge_pages=off' : '--data-checksums';
}

/**
 * Arguments of the server: where its files are. `ALTER SYSTEM` would write settings to the volume that silently win
 * over ours; from 17 on it can be refused, and the command line is what it cannot change.
 */
export function serverArguments(version: PostgresVersion): string[] {
  return [
    '-c',
    `config_file=${CONFIG_DIRECTORY}/postgresql.conf`,
    '-c',
    `hba_file=${CONFIG_DIRECTORY}/pg_hba.conf`,
    '-c',
    'listen_addresses=*',
    ...(Number(version) >= 17 ? ['-c', 'allow_alter_system=off'] : []),
  ];
}

/** Slowest write that a shutdown is planned for: small network volumes. A proposal. */
const SHUTDOWN_BYTES_PER_SECOND = 32 * MIB;

/** Least time for a fast shutdown; with the slack of the pod's grace period that is two minutes. A proposal. */
export const MIN_SHUTDOWN_SECONDS = 115;

/**
 * Time for a fast shutdown: its checkpoint writes at most all shared buffers. A kill in the middle costs a recovery on the
 * next start.
 */
export function shutdownSeconds(sharedBuffers: number): number {
  return Math.max(MIN_SHUTDOWN_SECONDS, Math.ceil(sharedBuffers / SHUTDOWN_BYTES_PER_SECOND));
}

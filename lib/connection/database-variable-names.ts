/**
 * How applications are told of their database, by convention: what `DatabaseVariables` writes is what a checklist reads in
 * anybody's manifests.
 */

/** Variables of a convention in which the pool is a size and an overflow, as SQLAlchemy counts. */
export interface PoolVariableNames {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly poolSize: string;
  readonly maxOverflow: string;
  readonly poolTimeout: string;
}

/** The guide's. */
export const GUIDE_NAMES: PoolVariableNames = {
  host: 'DB_HOST',
  port: 'DB_PORT',
  database: 'DB_NAME',
  user: 'DB_USER',
  password: 'DB_PASSWORD',
  poolSize: 'DB_POOL_SIZE',
  maxOverflow: 'DB_MAX_OVERFLOW',
  poolTimeout: 'DB_POOL_TIMEOUT',
};

/** Of the standbys, beside those of the database itself. */
export const READ_ONLY_NAMES: PoolVariableNames = {
  host: 'DB_READ_HOST',
  port: 'DB_READ_PORT',
  database: 'DB_READ_NAME',
  user: 'DB_READ_USER',
  password: 'DB_READ_PASSWORD',
  poolSize: 'DB_READ_POOL_SIZE',
  maxOverflow: 'DB_READ_MAX_OVERFLOW',
  poolTimeout: 'DB_READ_POOL_TIMEOUT',
};

/** Spring Boot with HikariCP. */
export const SPRING_NAMES = {
  url: 'SPRING_DATASOURCE_URL',
  user: 'SPRING_DATASOURCE_USERNAME',
  password: 'SPRING_DATASOURCE_PASSWORD',
  minimumIdle: 'SPRING_DATASOURCE_HIKARI_MINIMUM_IDLE',
  maximumPoolSize: 'SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE',
  connectionTimeout: 'SPRING_DATASOURCE_HIKARI_CONNECTION_TIMEOUT',
} as const;

/** node-postgres, and libpq by the first five. */
export const NODE_POSTGRES_NAMES = {
  host: 'PGHOST',
  port: 'PGPORT',
  database: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  max: 'PGPOOL_MAX',
  connectionTimeoutMillis: 'PGPOOL_CONNECTION_TIMEOUT_MILLIS',
} as const;

/** Other names for the host and the size that are met. */
const HOSTS = [GUIDE_NAMES.host, 'DATABASE_HOST', NODE_POSTGRES_NAMES.host, 'POSTGRES_HOST'];
const SIZES = [GUIDE_NAMES.poolSize, SPRING_NAMES.maximumPoolSize, NODE_POSTGRES_NAMES.max, 'DB_POOL_MAX'];

/** A pool that a container is told of. */
export interface DeclaredPool {
  /** Undefined when it names no host. */
  readonly host?: string;
  /** Connections of one process at the most; undefined when it says no size. */
  readonly connections?: number;
  /** Whether the pool has no bound. */
  readonly isUnlimited: boolean;
}

/** The pool of the database itself, and that of the standbys where there is one. */
export function declaredPools(env: ReadonlyMap<string, string>): readonly DeclaredPool[] {
  const pool = (host: string | undefined, sizes: readonly string[], overflowName: string): DeclaredPool => {
    const size = firstOf(env, sizes);
    const overflow = Number(env.get(overflowName) ?? 0);
    const connections = size === undefined ? undefined : Number(size) + overflow;
    return {
      host,
      connections,
      isUnlimited: connections !== undefined && (!(connections > 0) || overflow < 0),
    };
  };
  const readHost = env.get(READ_ONLY_NAMES.host);
  return [
    pool(databaseHostOf(env), SIZES, GUIDE_NAMES.maxOverflow),
    ...(readHost === undefined
      ? []
      : [pool(readHost, [READ_ONLY_NAMES.poolSize], READ_ONLY_NAMES.maxOverflow)]),
  ];
}

/** Host of the database that a container is told of, by a variable of its own or in a JDBC address. */
export function databaseHostOf(env: ReadonlyMap<string, string>): string | undefined {
  const jdbc = /^jdbc:postgresql:\/\/([^:/]+)/.exec(env.get(SPRING_NAMES.url) ?? '')?.[1];
  return firstOf(env, HOSTS) ?? jdbc;
}

function firstOf(env: ReadonlyMap<string, string>, names: readonly string[]): string | undefined {
  return names.map((name) => env.get(name)).find((value) => value !== undefined);
}

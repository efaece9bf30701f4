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
  readonly sslMode: string;
  readonly sslAuthority: string;
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
  sslMode: 'DB_SSLMODE',
  sslAuthority: 'DB_SSL_CA',
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
  sslMode: 'DB_READ_SSLMODE',
  sslAuthority: 'DB_READ_SSL_CA',
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
  sslMode: 'PGSSLMODE',
  sslAuthority: 'PGSSL_CA',
  max: 'PGPOOL_MAX',
  connectionTimeoutMillis: 'PGPOOL_CONNECTION_TIMEOUT_MILLIS',
} as const;

/** Other names for the host that are met. */
const HOSTS = [
  GUIDE_NAMES.host,
  NODE_POSTGRES_NAMES.host,
  ...['DATABASE_HOST', 'DATABASE_HOSTNAME', 'DB_HOSTNAME', 'DB_SERVER', 'POSTGRES_HOST', 'POSTGRESQL_HOST'],
  ...['PG_HOST', 'POSTGRES_SERVER', 'POSTGRES_HOSTNAME', 'SQL_HOST', 'RDS_HOSTNAME', 'DB_ADDR'],
];

/** Addresses that hold the host, and sometimes the size of the pool. */
const URLS = [
  SPRING_NAMES.url,
  ...['DATABASE_URL', 'DATABASE_URI', 'DB_URL', 'DB_URI', 'DB_DSN', 'DATABASE_DSN', 'POSTGRES_URL'],
  ...[
    'POSTGRESQL_URL',
    'POSTGRES_DSN',
    'POSTGRES_URI',
    'PG_URL',
    'PG_DSN',
    'SQLALCHEMY_DATABASE_URI',
    'JDBC_URL',
  ],
  ...['SQLALCHEMY_DATABASE_URL', 'ConnectionStrings__DefaultConnection', 'ConnectionStrings__Default'],
];

/** Sizes of pools in the words of frameworks. Spring takes names with and without underscores inside a word. */
const SIZES = [
  GUIDE_NAMES.poolSize,
  SPRING_NAMES.maximumPoolSize,
  NODE_POSTGRES_NAMES.max,
  // Rails, and what reads the same of the environment.
  ...['DB_POOL', 'DATABASE_POOL', 'DB_POOL_MAX', 'RAILS_DB_POOL', 'RAILS_MAX_THREADS'],
  ...['SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE', 'HIKARI_MAXIMUM_POOL_SIZE', 'SPRING_R2DBC_POOL_MAX_SIZE'],
  ...[
    'SPRING_R2DBC_POOL_MAXSIZE',
    'QUARKUS_DATASOURCE_JDBC_MAX_SIZE',
    'QUARKUS_DATASOURCE_REACTIVE_MAX_SIZE',
  ],
  ...[
    'SQLALCHEMY_POOL_SIZE',
    'SQLALCHEMY_ENGINE_POOL_SIZE',
    'DATABASE_POOL_SIZE',
    'DB_POOLSIZE',
    'POOL_SIZE',
  ],
  ...[
    'PG_POOL_MAX',
    'PG_POOL_SIZE',
    'PG_MAX_POOL_SIZE',
    'PGPOOL_SIZE',
    'POSTGRES_POOL_SIZE',
    'POSTGRES_POOL_MAX',
  ],
  ...[
    'KNEX_POOL_MAX',
    'TYPEORM_POOL_SIZE',
    'DB_POOL_MAX_SIZE',
    'DATABASE_POOL_MAX',
    'DATABASE_MAX_POOL_SIZE',
  ],
  // Go.
  ...['DB_MAX_OPEN_CONNS', 'DB_MAX_OPEN_CONNECTIONS', 'DATABASE_MAX_OPEN_CONNS', 'MAX_OPEN_CONNS'],
  ...[
    'POSTGRES_MAX_OPEN_CONNS',
    'GF_DATABASE_MAX_OPEN_CONN',
    'DB_MAX_CONNECTIONS',
    'DATABASE_MAX_CONNECTIONS',
  ],
  ...['POSTGRES_MAX_CONNECTIONS', 'MAX_DB_CONNECTIONS', 'DB_MAX_CONNS', 'PGX_POOL_MAX_CONNS', 'DB_CONN_MAX'],
];

const OVERFLOWS = [
  GUIDE_NAMES.maxOverflow,
  'SQLALCHEMY_MAX_OVERFLOW',
  'SQLALCHEMY_ENGINE_MAX_OVERFLOW',
  'DATABASE_MAX_OVERFLOW',
];

/** Sizes in an address: Prisma, pgx, Npgsql, and what SQLAlchemy takes as options. */
const SIZE_IN_URL =
  /[?&;](?:connection_limit|pool_max_conns|pool_size|max_pool_size|maximumpoolsize|(?:maximum|max) ?pool ?size)=(\d+)/i;

/** Host of a Postgres in an address of any of these: URL, JDBC, libpq's words, .NET's. */
function hostInAddress(address: string): string | undefined {
  return (
    /^(?:jdbc:)?postgres(?:ql)?(?:\+\w+)?:\/\/(?:[^@/]*@)?([^:/?,]+)/.exec(address)?.[1] ??
    /(?:^|[;\s])(?:host|server)\s*=\s*([^;:,\s]+)/i.exec(address)?.[1]
  );
}

/** A pool that a container is told of. */
export interface DeclaredPool {
  /** Undefined when it names no host. */
  readonly host?: string;
  /** Connections of one process at the most; undefined when it says no size. */
  readonly connections?: number;
  /** Whether the pool has no bound. */
  readonly isUnlimited: boolean;
}

/** The pool of the database itself, that of the standbys where there is one, and those of further databases by their prefix. */
export function declaredPools(env: ReadonlyMap<string, string>): readonly DeclaredPool[] {
  const pool = (
    host: string | undefined,
    size: string | undefined,
    overflowText: string | undefined,
  ): DeclaredPool => {
    const overflow = Number(overflowText ?? 0);
    const connections = size === undefined ? undefined : Number(size) + overflow;
    return {
      host,
      connections,
      isUnlimited: connections !== undefined && (!(connections > 0) || overflow < 0),
    };
  };
  const readHost = env.get(READ_ONLY_NAMES.host);
  return [
    pool(
      databaseHostOf(env),
      firstOf(env, SIZES) ?? SIZE_IN_URL.exec(firstOf(env, URLS) ?? '')?.[1],
      firstOf(env, OVERFLOWS),
    ),
    ...(readHost === undefined
      ? []
      : [pool(readHost, env.get(READ_ONLY_NAMES.poolSize), env.get(READ_ONLY_NAMES.maxOverflow))]),
    ...prefixesOf(env).map((prefix) =>
      pool(
        env.get(`${prefix}${GUIDE_NAMES.host}`),
        env.get(`${prefix}${GUIDE_NAMES.poolSize}`),
        env.get(`${prefix}${GUIDE_NAMES.maxOverflow}`),
      ),
    ),
  ];
}

/** What stands before the guide's names, such as `BILLING_` in `BILLING_DB_HOST`. */
function prefixesOf(env: ReadonlyMap<string, string>): string[] {
  const host = `_${GUIDE_NAMES.host}`;
  return [...env.keys()]
    .filter((name) => name.endsWith(host))
    .map((name) => name.slice(0, 1 - host.length))
    .sort();
}

/** Host of the database that a container is told of, by a variable of its own or in an address. */
export function databaseHostOf(env: ReadonlyMap<string, string>): string | undefined {
  const own = firstOf(env, HOSTS);
  if (own !== undefined) return own.replace(/:\d+$/, '');
  return URLS.flatMap((name) => hostInAddress(env.get(name) ?? '') ?? [])[0];
}

function firstOf(env: ReadonlyMap<string, string>, names: readonly string[]): string | undefined {
  return names.map((name) => env.get(name)).find((value) => value !== undefined);
}

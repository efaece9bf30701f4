import { Lazy } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import type { Checks } from '../finding/checks';
import { envNameRule } from '../units/names';

/** Names of the variables that tell an application of its database. */
export interface DatabaseVariableNames {
  /**
   * Host name.
   *
   * @default DB_HOST
   */
  readonly host?: string;
  /**
   * Port.
   *
   * @default DB_PORT
   */
  readonly port?: string;
  /**
   * Name of the database.
   *
   * @default DB_NAME
   */
  readonly database?: string;
  /**
   * Role to log in with.
   *
   * @default DB_USER
   */
  readonly user?: string;
  /**
   * Password, from a Secret.
   *
   * @default DB_PASSWORD
   */
  readonly password?: string;
  /**
   * Connections that a process keeps open.
   *
   * @default DB_POOL_SIZE
   */
  readonly poolSize?: string;
  /**
   * Connections that it may open on top.
   *
   * @default DB_MAX_OVERFLOW
   */
  readonly maxOverflow?: string;
  /**
   * Seconds that a request waits for a connection.
   *
   * @default DB_POOL_TIMEOUT
   */
  readonly poolTimeout?: string;
}

/** What is known of a connection when the app is synthesized, with every consumer and the pooler known. */
export interface DatabaseConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly poolSize: number;
  readonly maxOverflow: number;
  readonly timeoutSeconds: number;
}

/** A variable's text, or the password, which is only referred to. */
type Spelling = Readonly<Record<string, 'password' | ((connection: DatabaseConnection) => string | number)>>;

const poolTotal = ({ poolSize, maxOverflow }: DatabaseConnection) => poolSize + maxOverflow;

/** How an application is told of its database: spellings differ between languages and pools. */
export class DatabaseVariables {
  /** `DB_HOST`, …, `DB_POOL_SIZE`, `DB_MAX_OVERFLOW`, `DB_POOL_TIMEOUT`: the guide's, as SQLAlchemy counts. */
  public static readonly GUIDE = DatabaseVariables.named({});

  /** The same with `DB_READ_` in front: the default of `connectTo(db.readOnly)`, beside those of the database itself. */
  public static readonly READ_ONLY = DatabaseVariables.named({
    host: 'DB_READ_HOST',
    port: 'DB_READ_PORT',
    database: 'DB_READ_NAME',
    user: 'DB_READ_USER',
    password: 'DB_READ_PASSWORD',
    poolSize: 'DB_READ_POOL_SIZE',
    maxOverflow: 'DB_READ_MAX_OVERFLOW',
    poolTimeout: 'DB_READ_POOL_TIMEOUT',
  });

  /**
   * Spring Boot with HikariCP: `SPRING_DATASOURCE_URL` (JDBC), `…_USERNAME`, `…_PASSWORD`, and for the pool
   * `SPRING_DATASOURCE_HIKARI_MINIMUM_IDLE`, `…_MAXIMUM_POOL_SIZE` and `…_CONNECTION_TIMEOUT` in milliseconds.
   */
  public static readonly SPRING = new DatabaseVariables({
    SPRING_DATASOURCE_URL: ({ host, port, database }) => `jdbc:postgresql://${host}:${port}/${database}`,
    SPRING_DATASOURCE_USERNAME: ({ user }) => user,
    SPRING_DATASOURCE_PASSWORD: 'password',
    SPRING_DATASOURCE_HIKARI_MINIMUM_IDLE: ({ poolSize }) => poolSize,
    SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE: poolTotal,
    SPRING_DATASOURCE_HIKARI_CONNECTION_TIMEOUT: ({ timeoutSeconds }) => timeoutSeconds * 1000,
  });

  /**
   * node-postgres: `PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER` and `PGPASSWORD`, which it and libpq read by themselves, and
   * `PGPOOL_MAX` and `PGPOOL_CONNECTION_TIMEOUT_MILLIS` for the `max` and `connectionTimeoutMillis` of its Pool.
   */
  public static readonly NODE_POSTGRES = new DatabaseVariables({
    PGHOST: ({ host }) => host,
    PGPORT: ({ port }) => port,
    PGDATABASE: ({ database }) => database,
    PGUSER: ({ user }) => user,
    PGPASSWORD: 'password',
    PGPOOL_MAX: poolTotal,
    PGPOOL_CONNECTION_TIMEOUT_MILLIS: ({ timeoutSeconds }) => timeoutSeconds * 1000,
  });

  /**
   * Names of your own, with the guide's meaning.
   *
   * @param names the names that differ
   */
  public static named(names: DatabaseVariableNames): DatabaseVariables {
    return new DatabaseVariables(
      {
        [names.host ?? 'DB_HOST']: ({ host }) => host,
        [names.port ?? 'DB_PORT']: ({ port }) => port,
        [names.database ?? 'DB_NAME']: ({ database }) => database,
        [names.user ?? 'DB_USER']: ({ user }) => user,
        [names.password ?? 'DB_PASSWORD']: 'password',
        [names.poolSize ?? 'DB_POOL_SIZE']: ({ poolSize }) => poolSize,
        [names.maxOverflow ?? 'DB_MAX_OVERFLOW']: ({ maxOverflow }) => maxOverflow,
        [names.poolTimeout ?? 'DB_POOL_TIMEOUT']: ({ timeoutSeconds }) => timeoutSeconds,
      },
      names,
    );
  }

  private constructor(
    private readonly spelling: Spelling,
    private readonly names: DatabaseVariableNames = {},
  ) {}

  /** @internal */
  public _check(checks: Checks): void {
    const given = Object.entries(this.names) as Array<[string, string | undefined]>;
    for (const [field, name] of given) checks.text(field, name, envNameRule);
    const used = Object.keys(this.names).length;
    if (new Set(Object.values(this.names)).size < used)
      checks.fail('names', Object.values(this.names), 'two values cannot have one name');
  }

  /**
   * The variables; their text is asked for when the app is synthesized.
   *
   * @internal
   */
  public _env(connection: () => DatabaseConnection, password: EnvValue): { [name: string]: EnvValue } {
    return Object.fromEntries(
      Object.entries(this.spelling).map(([name, value]) => [
        name,
        value === 'password'
          ? password
          : EnvValue.fromValue(Lazy.any({ produce: () => `${value(connection())}` }) as string),
      ]),
    );
  }
}

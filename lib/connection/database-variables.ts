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

/** What is known of a connection; numbers that are solved later are functions. */
export interface DatabaseConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: EnvValue;
  readonly poolSize: EnvValue;
  readonly maxOverflow: EnvValue;
  /** Pool and overflow together. */
  readonly poolTotal: EnvValue;
  readonly timeoutSeconds: number;
}

type Spelling = (connection: DatabaseConnection) => { [name: string]: EnvValue };

const text = (value: string | number) => EnvValue.fromValue(`${value}`);

/** How an application is told of its database: spellings differ between languages and pools. */
export class DatabaseVariables {
  /** `DB_HOST`, …, `DB_POOL_SIZE`, `DB_MAX_OVERFLOW`, `DB_POOL_TIMEOUT`: the guide's, as SQLAlchemy counts. */
  public static readonly GUIDE = DatabaseVariables.named({});

  /**
   * Spring Boot with HikariCP: `SPRING_DATASOURCE_URL` (JDBC), `…_USERNAME`, `…_PASSWORD`, and for the pool
   * `SPRING_DATASOURCE_HIKARI_MINIMUM_IDLE`, `…_MAXIMUM_POOL_SIZE` and `…_CONNECTION_TIMEOUT` in milliseconds.
   */
  public static readonly SPRING = new DatabaseVariables((connection) => ({
    SPRING_DATASOURCE_URL: text(
      `jdbc:postgresql://${connection.host}:${connection.port}/${connection.database}`,
    ),
    SPRING_DATASOURCE_USERNAME: text(connection.user),
    SPRING_DATASOURCE_PASSWORD: connection.password,
    SPRING_DATASOURCE_HIKARI_MINIMUM_IDLE: connection.poolSize,
    SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE: connection.poolTotal,
    SPRING_DATASOURCE_HIKARI_CONNECTION_TIMEOUT: text(connection.timeoutSeconds * 1000),
  }));

  /**
   * node-postgres: `PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER` and `PGPASSWORD`, which it and libpq read by themselves, and
   * `PGPOOL_MAX` and `PGPOOL_CONNECTION_TIMEOUT_MILLIS` for the `max` and `connectionTimeoutMillis` of its Pool.
   */
  public static readonly NODE_POSTGRES = new DatabaseVariables((connection) => ({
    PGHOST: text(connection.host),
    PGPORT: text(connection.port),
    PGDATABASE: text(connection.database),
    PGUSER: text(connection.user),
    PGPASSWORD: connection.password,
    PGPOOL_MAX: connection.poolTotal,
    PGPOOL_CONNECTION_TIMEOUT_MILLIS: text(connection.timeoutSeconds * 1000),
  }));

  /**
   * Names of your own, with the guide's meaning.
   *
   * @param names the names that differ
   */
  public static named(names: DatabaseVariableNames): DatabaseVariables {
    return new DatabaseVariables(
      (connection) => ({
        [names.host ?? 'DB_HOST']: text(connection.host),
        [names.port ?? 'DB_PORT']: text(connection.port),
        [names.database ?? 'DB_NAME']: text(connection.database),
        [names.user ?? 'DB_USER']: text(connection.user),
        [names.password ?? 'DB_PASSWORD']: connection.password,
        [names.poolSize ?? 'DB_POOL_SIZE']: connection.poolSize,
        [names.maxOverflow ?? 'DB_MAX_OVERFLOW']: connection.maxOverflow,
        [names.poolTimeout ?? 'DB_POOL_TIMEOUT']: text(connection.timeoutSeconds),
      }),
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

  /** @internal */
  public _env(connection: DatabaseConnection): { [name: string]: EnvValue } {
    return this.spelling(connection);
  }
}

import { Lazy } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import type { Checks } from '../finding/checks';
import { envNameRule } from '../units/names';
import { GUIDE_NAMES, NODE_POSTGRES_NAMES, READ_ONLY_NAMES, SPRING_NAMES } from './database-variable-names';

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
  /**
   * `sslmode` of libpq, where the database has a certificate: `require`, or `prefer` while TLS is not required; of a managed
   * one, what it was given.
   *
   * @default DB_SSLMODE
   */
  readonly sslMode?: string;
  /**
   * The authority of that certificate as PEM, from its Secret, where there is one.
   *
   * @default DB_SSL_CA
   */
  readonly sslAuthority?: string;
}

/** A connection in one variable, as Prisma, Rails, Django and many others read it. */
export interface DatabaseUrlOptions {
  /**
   * Name of the variable.
   *
   * @default DATABASE_URL
   */
  readonly name?: string;
  /**
   * Name of the variable with the password, which the URL refers to: no password stands in a manifest. It must hold only
   * letters, digits and `-._~`, since nobody encodes it on its way.
   *
   * @default DB_PASSWORD
   */
  readonly password?: string;
  /**
   * Begin of the URL, such as `postgres`, `postgresql+asyncpg` or `jdbc:postgresql`, which has user and password as parameters.
   *
   * @default postgresql
   */
  readonly scheme?: string;
  /**
   * Parameter of the URL that holds the connections that a process keeps, such as `connection_limit` (Prisma) or `pool`
   * (Rails).
   *
   * @default - none: the pool is told otherwise
   */
  readonly poolParameter?: string;
  /**
   * Parameter of the URL that holds the seconds that a request waits for a connection, such as `pool_timeout` (Prisma).
   *
   * @default - none
   */
  readonly timeoutParameter?: string;
  /**
   * Parameter of the URL that holds the `sslmode` of libpq, where the database has a certificate; `ssl` for asyncpg.
   *
   * @default sslmode
   */
  readonly sslModeParameter?: string;
  /**
   * Further parameters, such as `{ sslmode: 'verify-full' }` or `{ pgbouncer: 'true' }`; they win over those above.
   *
   * @default - none
   */
  readonly parameters?: { [name: string]: string };
}

/** What is known of a connection when the app is synthesized, with every consumer and the pooler known. */
export interface ConnectionFacts {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly poolSize: number;
  readonly maxOverflow: number;
  readonly timeoutSeconds: number;
}

/** How a database is reached by TLS. */
export interface TlsFacts {
  /** `sslmode` of libpq. */
  readonly mode: string;
  /** The authority of its certificate, where consumers are told of one. */
  readonly authority?: EnvValue;
  /** Whether that still holds when the app is synthesized: poolers that come later may be reached otherwise. Undefined: it does. */
  readonly holds?: () => boolean;
}

/** A variable whose value is chosen when the app is synthesized, and which is left out where there is none then. */
function chosen(choose: () => EnvValue | undefined): EnvValue {
  const late: Pick<EnvValue, 'value' | 'valueFrom'> = {
    get value(): unknown {
      return choose()?.value as unknown;
    },
    get valueFrom(): unknown {
      return choose()?.valueFrom as unknown;
    },
  };
  return late;
}

type Text = (connection: ConnectionFacts, tls: TlsFacts | undefined) => string | number;

/** A variable's text, or what is only referred to. */
type Spelling = Readonly<Record<string, 'password' | 'sslMode' | 'sslAuthority' | Text>>;

const poolTotal = ({ poolSize, maxOverflow }: ConnectionFacts) => poolSize + maxOverflow;

/**
 * The environment variables that tell an application of its database; languages and pools spell them differently.
 * Unless a connection says otherwise, they are `GUIDE`, and `READ_ONLY` for standbys. Two values under one name are refused.
 *
 * @example
 * const orders = new ScalableWebApp(chart, 'orders', { image: 'registry.example.com/orders:3.1.0' });
 * orders.connectTo(db.connection({ variables: DatabaseVariables.SPRING })); // SPRING_DATASOURCE_URL, …
 *
 * const variables = DatabaseVariables.named({ host: 'POSTGRES_HOST', password: 'POSTGRES_PASSWORD' });
 * worker.connectTo(db.connection({ variables })); // DB_PORT and the others keep their names
 * const billing = new TunedPostgres(chart, 'billing', { storage: Size.gibibytes(20) }); // a second database of the worker
 * worker.connectTo(billing.connection({ variables: DatabaseVariables.prefixed('BILLING_') })); // BILLING_DB_HOST, …
 * const prisma = DatabaseVariables.url({ poolParameter: 'connection_limit', timeoutParameter: 'pool_timeout' });
 * web.connectTo(db.connection({ variables: prisma })); // DATABASE_URL, which refers to DB_PASSWORD
 */
export class DatabaseVariables {
  /** `DB_HOST`, …, `DB_POOL_SIZE`, `DB_MAX_OVERFLOW`, `DB_POOL_TIMEOUT`: the guide's, as SQLAlchemy counts. */
  public static readonly GUIDE = DatabaseVariables.named({});

  /** The same with `DB_READ_` in front: the default of `connectTo(db.readOnly)`, beside those of the database itself. */
  public static readonly READ_ONLY = DatabaseVariables.named(READ_ONLY_NAMES);

  /**
   * Spring Boot with HikariCP: `SPRING_DATASOURCE_URL` (JDBC), `…_USERNAME`, `…_PASSWORD`, and for the pool
   * `SPRING_DATASOURCE_HIKARI_MINIMUM_IDLE`, `…_MAXIMUM_POOL_SIZE` and `…_CONNECTION_TIMEOUT` in milliseconds.
   */
  public static readonly SPRING = new DatabaseVariables({
    [SPRING_NAMES.url]: ({ host, port, database }, tls) =>
      `jdbc:postgresql://${host}:${port}/${database}${tls ? `?sslmode=${tls.mode}` : ''}`,
    [SPRING_NAMES.user]: ({ user }) => user,
    [SPRING_NAMES.password]: 'password',
    [SPRING_NAMES.minimumIdle]: ({ poolSize }) => poolSize,
    [SPRING_NAMES.maximumPoolSize]: poolTotal,
    [SPRING_NAMES.connectionTimeout]: ({ timeoutSeconds }) => timeoutSeconds * 1000,
  });

  /**
   * node-postgres: `PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER` and `PGPASSWORD`, which it and libpq read by themselves, and
   * `PGPOOL_MAX` and `PGPOOL_CONNECTION_TIMEOUT_MILLIS` for the `max` and `connectionTimeoutMillis` of its Pool. Where the
   * database has a certificate, `PGSSLMODE`, and its authority as `PGSSL_CA` for the `ssl: { ca }` of its Pool.
   */
  public static readonly NODE_POSTGRES = new DatabaseVariables({
    [NODE_POSTGRES_NAMES.host]: ({ host }) => host,
    [NODE_POSTGRES_NAMES.port]: ({ port }) => port,
    [NODE_POSTGRES_NAMES.database]: ({ database }) => database,
    [NODE_POSTGRES_NAMES.user]: ({ user }) => user,
    [NODE_POSTGRES_NAMES.password]: 'password',
    [NODE_POSTGRES_NAMES.sslMode]: 'sslMode',
    [NODE_POSTGRES_NAMES.sslAuthority]: 'sslAuthority',
    [NODE_POSTGRES_NAMES.max]: poolTotal,
    [NODE_POSTGRES_NAMES.connectionTimeoutMillis]: ({ timeoutSeconds }) => timeoutSeconds * 1000,
  });

  /**
   * Names of your own, with the guide's meaning.
   *
   * @param names the names that differ
   */
  public static named(names: DatabaseVariableNames): DatabaseVariables {
    return new DatabaseVariables(spelled({ ...GUIDE_NAMES, ...withoutUndefined(names) }), names);
  }

  /**
   * The guide's, each with something in front: of a second database of the same application.
   *
   * @param prefix such as `BILLING_`, for `BILLING_DB_HOST`
   */
  public static prefixed(prefix: string): DatabaseVariables {
    const pairs = Object.entries(GUIDE_NAMES).map(([what, name]) => [what, `${prefix}${name}`] as const);
    const own: Partial<typeof GUIDE_NAMES> = Object.fromEntries(pairs);
    const names = { ...GUIDE_NAMES, ...own };
    return new DatabaseVariables(spelled(names), { prefix });
  }

  /**
   * One URL, and the password beside it: `postgresql://app:$(DB_PASSWORD)@shop-db:5432/app?connection_limit=5`.
   *
   * @param options names, scheme and parameters
   */
  public static url(options: DatabaseUrlOptions = {}): DatabaseVariables {
    const { name = 'DATABASE_URL', password = 'DB_PASSWORD', scheme = 'postgresql' } = options;
    const parametersOf: (...facts: Parameters<Text>) => string[] = (connection, tls) =>
      Object.entries({
        ...(options.poolParameter !== undefined && { [options.poolParameter]: `${poolTotal(connection)}` }),
        ...(options.timeoutParameter !== undefined && {
          [options.timeoutParameter]: `${connection.timeoutSeconds}`,
        }),
        ...(tls && { [options.sslModeParameter ?? 'sslmode']: tls.mode }),
        ...options.parameters,
      }).map((pair) => pair.map(encodeURIComponent).join('='));
    return new DatabaseVariables(
      {
        [password]: 'password',
        [name]: (connection, tls) => {
          const { host, port, database } = connection;
          const user = encodeURIComponent(connection.user);
          // Drivers of JDBC take what stands before the host for a part of its name.
          const isJdbc = scheme.startsWith('jdbc:');
          const login = isJdbc ? '' : `${user}:$(${password})@`;
          const query = [
            ...(isJdbc ? [`user=${user}`, `password=$(${password})`] : []),
            ...parametersOf(connection, tls),
          ].join('&');
          return `${scheme}://${login}${host}:${port}/${encodeURIComponent(database)}${query === '' ? '' : `?${query}`}`;
        },
      },
      { host: name, password },
      options,
    );
  }

  private constructor(
    private readonly spelling: Spelling,
    private readonly names: DatabaseVariableNames | { readonly prefix: string } = {},
    private readonly url: DatabaseUrlOptions = {},
  ) {}

  /** @internal */
  public _check(checks: Checks): void {
    const given = Object.entries(this.names) as Array<[string, string | undefined]>;
    for (const [field, name] of given) checks.text(field, name, envNameRule);
    const { scheme, poolParameter, timeoutParameter, sslModeParameter, parameters = {} } = this.url;
    checks.text('scheme', scheme, schemeRule);
    for (const [prop, value] of Object.entries({ poolParameter, timeoutParameter, sslModeParameter }))
      checks.text(prop, value, parameterRule);
    for (const [name, value] of Object.entries(parameters)) {
      checks.at('parameters').text('name', name, parameterRule);
      checks.at('parameters').text(name, value);
    }
    const used = Object.keys(this.names).length;
    if (new Set(Object.values(this.names)).size < used)
      checks.fail('names', Object.values(this.names), 'two values cannot have one name');
  }

  /**
   * The variables; their text is asked for when the app is synthesized. Of the ways that it may be reached by TLS, the first
   * that holds then is told.
   *
   * @internal
   */
  public _env(
    connection: () => ConnectionFacts,
    password: EnvValue,
    ways: readonly TlsFacts[] = [],
  ): { [name: string]: EnvValue } {
    const current = () => ways.find(({ holds = () => true }) => holds());
    const mode = () => {
      const tls = current();
      return tls && EnvValue.fromValue(tls.mode);
    };
    const known = {
      password,
      sslMode: ways.length > 0 ? chosen(mode) : undefined,
      sslAuthority: ways.some(({ authority }) => authority) ? chosen(() => current()?.authority) : undefined,
    };
    const variables = Object.entries(this.spelling).map(([name, value]) => {
      if (typeof value === 'string') return [name, known[value]] as const;
      const produce = () => `${value(connection(), current())}`;
      return [name, EnvValue.fromValue(Lazy.any({ produce }) as string)] as const;
    });
    return Object.fromEntries(variables.flatMap(([name, value]) => (value ? [[name, value]] : [])));
  }
}

/** The guide's variables under names of one's own. */
function spelled(names: typeof GUIDE_NAMES): Spelling {
  return {
    [names.host]: ({ host }) => host,
    [names.port]: ({ port }) => port,
    [names.database]: ({ database }) => database,
    [names.user]: ({ user }) => user,
    [names.password]: 'password',
    [names.poolSize]: ({ poolSize }) => poolSize,
    [names.maxOverflow]: ({ maxOverflow }) => maxOverflow,
    [names.poolTimeout]: ({ timeoutSeconds }) => timeoutSeconds,
    [names.sslMode]: 'sslMode',
    [names.sslAuthority]: 'sslAuthority',
  };
}

function schemeRule(text: string): string | undefined {
  return /^[a-z][a-z0-9+.:-]{0,40}$/.test(text)
    ? undefined
    : 'small letters, digits and "+.:-", such as postgresql';
}

function parameterRule(text: string): string | undefined {
  return /^\w{1,64}$/.test(text) ? undefined : 'letters, digits and "_"';
}

function withoutUndefined<T extends object>(given: T): Partial<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>;
}

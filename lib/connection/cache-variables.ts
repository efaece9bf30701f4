import { EnvValue } from 'cdk8s-plus-27';
import type { Checks } from '../finding/checks';
import { envNameRule } from '../units/names';

/** Names of the variables that tell an application of a cache. */
export interface CacheVariableNames {
  /**
   * Whether there is one: `true`.
   *
   * @default - it is not told
   */
  readonly enabled?: string;
  /**
   * Host name.
   *
   * @default CACHE_HOST
   */
  readonly host?: string;
  /**
   * Port.
   *
   * @default CACHE_PORT
   */
  readonly port?: string;
  /**
   * User to log in as.
   *
   * @default CACHE_USERNAME
   */
  readonly username?: string;
  /**
   * Password, from a Secret.
   *
   * @default CACHE_PASSWORD
   */
  readonly password?: string;
}

/** A cache in one variable, as Rails, Celery, Laravel and many others read it. */
export interface CacheUrlOptions {
  /**
   * Name of the variable.
   *
   * @default REDIS_URL
   */
  readonly name?: string;
  /**
   * Name of the variable with the password, which the URL refers to: no password stands in a manifest. It must hold only
   * letters, digits and `-._~`, since nobody encodes it on its way.
   *
   * @default - the name of the URL with `_PASSWORD`
   */
  readonly password?: string;
  /**
   * Number of the database, from 0 to 15.
   *
   * @default 0
   */
  readonly database?: number;
}

/** What is known of a cache: each variable of the guide, by its name. */
export type CacheEnvironment = Readonly<Record<string, EnvValue>>;

/** Names of the guide, by what they tell. */
const GUIDE = {
  enabled: 'CACHE_ENABLED',
  host: 'CACHE_HOST',
  port: 'CACHE_PORT',
  username: 'CACHE_USERNAME',
  password: 'CACHE_PASSWORD',
} as const;

/** How the variables are spelt, by those of the guide. */
type Spelling = (environment: CacheEnvironment) => Record<string, EnvValue>;

/**
 * The environment variables that tell an application of a cache. Unless a connection says otherwise, they are `GUIDE`; an
 * application with several caches gives each names of its own.
 *
 * @example
 * const sessions = new CacheRedis(chart, 'sessions', { maxMemory: Size.mebibytes(256) });
 * web.connectTo(cache); // CACHE_HOST, …
 * web.connectTo(sessions.connection({ variables: CacheVariables.prefixed('SESSION_') })); // SESSION_CACHE_HOST, …
 */
export class CacheVariables {
  /** `CACHE_ENABLED`, `CACHE_HOST`, `CACHE_PORT`, `CACHE_USERNAME`, `CACHE_PASSWORD`, …: the guide's. */
  public static readonly GUIDE = new CacheVariables((environment) => ({ ...environment }));

  /**
   * The guide's, each with something in front.
   *
   * @param prefix such as `SESSION_`
   */
  public static prefixed(prefix: string): CacheVariables {
    return new CacheVariables(
      (environment) =>
        Object.fromEntries(Object.entries(environment).map(([name, value]) => [`${prefix}${name}`, value])),
      { prefix },
    );
  }

  /**
   * Names of your own, with the guide's meaning. What a topology of several servers, or TLS, tells besides keeps its name.
   *
   * @param names the names that differ
   */
  public static named(names: CacheVariableNames): CacheVariables {
    const given = Object.entries(names).flatMap(([what, name]: [string, string | undefined]) =>
      name === undefined ? [] : [[GUIDE[what as keyof typeof GUIDE], name] as const],
    );
    const own = new Map<string, string>(given);
    return new CacheVariables(
      (environment) =>
        Object.fromEntries(
          Object.entries(environment)
            .filter(([name]) => name !== GUIDE.enabled || own.has(name))
            .map(([name, value]) => [own.get(name) ?? name, value]),
        ),
      Object.fromEntries(given),
    );
  }

  /**
   * One URL, and the password beside it: `redis://app:$(REDIS_URL_PASSWORD)@shop-cache:6379/0`, or `rediss://` with TLS. A
   * topology of several servers has no single address, and is refused. A cache without a password has no variable for it.
   *
   * @param options names and database
   */
  public static url(options: CacheUrlOptions = {}): CacheVariables {
    const { name = 'REDIS_URL', database = 0 } = options;
    const password = options.password ?? `${name}_PASSWORD`;
    return new CacheVariables(
      (environment) => {
        const text = (what: keyof typeof GUIDE) => String(environment[GUIDE[what]]?.value ?? '');
        const scheme = 'CACHE_TLS' in environment ? 'rediss' : 'redis';
        const hasPassword = GUIDE.password in environment;
        const login = hasPassword ? `${encodeURIComponent(text('username'))}:$(${password})@` : '';
        return {
          ...(hasPassword && { [password]: environment[GUIDE.password] }),
          [name]: EnvValue.fromValue(`${scheme}://${login}${text('host')}:${text('port')}/${database}`),
          ...('CACHE_TLS_CA' in environment && { [`${name}_CA`]: environment.CACHE_TLS_CA }),
        };
      },
      { name, password },
      { database, isUrl: true },
    );
  }

  private constructor(
    private readonly spelling: Spelling,
    private readonly names: Readonly<Record<string, string>> = {},
    private readonly url: { readonly database?: number; readonly isUrl?: boolean } = {},
  ) {}

  /** @internal */
  public _check(checks: Checks, environment: CacheEnvironment): void {
    for (const [prop, name] of Object.entries(this.names)) checks.text(prop, name, envNameRule);
    checks.integer('database', this.url.database, 0, 15);
    if (this.url.isUrl === true && !(GUIDE.host in environment))
      checks.fail(
        'variables',
        'CacheVariables.url()',
        'several servers have no single address; use names of their own',
      );
  }

  /** @internal */
  public _env(environment: CacheEnvironment): Record<string, EnvValue> {
    return this.spelling(environment);
  }
}

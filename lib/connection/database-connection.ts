import type { ISecret } from 'cdk8s-plus-27';
import type { Construct, Node } from 'constructs';
import { Checks } from '../finding/checks';
import { dnsSubdomainRule, loginNameRule } from '../units/names';
import type {
  ConnectionBinding,
  IConnectionTarget,
  IConsumer,
  ReadOnlyConnectionOptions,
} from './connection';

/** Who logs in to a database: a role, and the Secret with its password under the key `password`. */
export interface DatabaseLogin {
  readonly user: string;
  readonly credentials: ISecret;
}

/** Who logs in with these options. */
export function loginOf(
  { user, credentials }: Partial<DatabaseLogin>,
  database: DatabaseLogin,
): DatabaseLogin {
  return { user: user ?? database.user, credentials: credentials ?? database.credentials };
}

/** What a connection can ask for. */
export interface ConnectionNames {
  readonly databases: readonly string[];
  /** Role of the application. */
  readonly user: string;
  /** Further roles that the database has made, whose passwords are in its Secret. */
  readonly roles: readonly string[];
}

/** A connection with options of its own, made by `connection()` of a database and given to `connectTo`. */
export class DatabaseConnection implements IConnectionTarget {
  /**
   * Checks the options.
   *
   * @param target what is connected to
   * @param names databases and roles that the options may name
   * @param options of the connection
   * @param accept enters a consumer with the options
   * @internal
   */
  public static _of(
    target: Construct,
    names: ConnectionNames,
    options: ReadOnlyConnectionOptions,
    accept: (consumer: IConsumer) => ConnectionBinding,
  ): DatabaseConnection {
    const checks = Checks.of(target).at('connection');
    checks.made(options);
    options.pool?._check(checks.at('pool'));
    checks.oneOf('database', options.database, names.databases);
    options.variables?._check(checks.at('variables'));
    checkLogin(checks, options, names);
    checks.throwIfAny();
    return new DatabaseConnection(target, accept);
  }

  private constructor(
    private readonly target: Construct,
    private readonly accept: (consumer: IConsumer) => ConnectionBinding,
  ) {}

  /** The node of what is connected to. */
  public get node(): Node {
    return this.target.node;
  }

  /**
   * Lets a consumer in. Called by `connectTo`.
   *
   * @param consumer who connects
   */
  public acceptConnection(consumer: IConsumer): ConnectionBinding {
    return this.accept(consumer);
  }
}

/** A role of the database needs no Secret of its own, and any other does. */
export function checkLogin(
  checks: Checks,
  { user, credentials }: Partial<DatabaseLogin>,
  { user: application, roles }: Pick<ConnectionNames, 'user' | 'roles'>,
): void {
  checks.text('user', user, loginNameRule);
  checks.text('credentials', credentials?.name, dnsSubdomainRule);
  if (user === undefined || user === application) return;
  const isDeclared = roles.includes(user);
  if (isDeclared && credentials !== undefined)
    checks.fail(
      'credentials',
      credentials.name,
      `the Secret of the database has the password of ${user}; leave it out`,
    );
  if (!isDeclared && credentials === undefined)
    checks.fail(
      'user',
      user,
      `a role of its own has a password of its own; give \`credentials\`${roles.length > 0 ? `, or name one of the roles ${roles.join(', ')}` : ''}`,
    );
}

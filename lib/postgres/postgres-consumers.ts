/** Who connects to a database: each with its place in the connections, its login, and its way, past poolers or through them. */
import type { ISecret } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import {
  type ConnectionBinding,
  type DatabaseConnectionOptions,
  type IConsumer,
  type ReadOnlyConnectionOptions,
  serviceHost,
} from '../connection/connection';
import { ConnectionPool } from '../connection/connection-pool';
import { type ConnectionNames, type DatabaseLogin, loginOf } from '../connection/database-connection';
import { DatabaseVariables } from '../connection/database-variables';
import type { NetworkAccess } from '../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { poolConsumerOf } from '../connection/pool-consumer';
import { Checks } from '../finding/checks';
import { namespaceOf } from '../pod/naming';
import { distinctLogins, type PooledConsumer } from './pooler/pooler-logins';
import type { PostgresPooler } from './pooler/postgres-pooler';
import type { PostgresRole } from './roles/role';
import { POSTGRES_PORT } from './stateful-set/layout';
import { type PostgresTls, tlsFacts } from './tls';
import type { ConnectionBudget } from './tuning/connection-budget';

/** A database as its consumers find it. */
export interface ConsumedDatabase {
  readonly construct: Construct;
  /** Names of all databases in the server, that of the application first. */
  readonly databases: readonly string[];
  readonly user: string;
  readonly credentials: ISecret;
  readonly roles: readonly PostgresRole[];
  readonly identity: NetworkIdentity;
  readonly network: NetworkAccess;
  readonly connections: ConnectionBudget;
  readonly tls?: PostgresTls;
  /** Service of the instance that takes writes. */
  readonly service: string;
  /** Service of those that only read; undefined where there are none. */
  readonly readOnlyService?: string;
}

/** How a consumer reaches the database. */
interface ConnectionWay {
  /** Place of the consumer in the connections. */
  readonly place: number;
  /** The pooler in front, if there is one when the app is synthesized. */
  readonly front: () => PostgresPooler | undefined;
  readonly service: () => string;
  readonly variables: DatabaseVariables;
}

const poolOf = ({ pool }: ReadOnlyConnectionOptions) => pool ?? ConnectionPool.shared();

/** The consumers of one database. */
export class PostgresConsumers {
  private readonly pooled: PooledConsumer[] = [];
  private pooler?: PostgresPooler;

  constructor(private readonly database: ConsumedDatabase) {}

  /** What a connection can ask for. */
  get names(): ConnectionNames {
    const { databases, user, roles } = this.database;
    return { databases, user, roles: roles.map(({ request }) => request.name) };
  }

  /** Those who log in through poolers, the application first, also where several come as one. */
  get logins(): readonly DatabaseLogin[] {
    return [this.database, ...this.pooled.map(({ login }) => login)];
  }

  /** The same, each role once. */
  get distinctLogins(): DatabaseLogin[] {
    return distinctLogins(this.logins);
  }

  /** Longest time that a pool of one who comes through poolers waits, in seconds. */
  get longestPoolTimeout(): number {
    return Math.max(0, ...this.pooled.map(({ pool }) => pool._timeoutSeconds(true)));
  }

  /** Leads all who connect, but for those past poolers, to a pooler. */
  putInFront(pooler: PostgresPooler): void {
    for (const { identity } of this.pooled) pooler._allowFrom(identity);
    this.pooler = pooler;
  }

  /** Lets a consumer in. */
  accept(consumer: IConsumer, options: DatabaseConnectionOptions): ConnectionBinding {
    // The limit of a role is that of the server: what a pooler keeps open for it would count as well.
    const direct = options.direct === true || this.roleOf(options) !== undefined;
    // A pooler may come after the consumer: what depends on it is asked for when the app is synthesized.
    const front = () => (direct ? undefined : this.pooler);
    const place = this.enter(consumer, options, direct);
    if (!direct) {
      this.pooled.push({
        identity: consumer.networkIdentity,
        pool: poolOf(options),
        login: loginOf(options, this.database),
      });
      this.pooler?._allowFrom(consumer.networkIdentity);
    }
    return this.bind(consumer, options, {
      place,
      front,
      service: () => front()?.name ?? this.database.service,
      variables: DatabaseVariables.GUIDE,
    });
  }

  /** Lets one in who only reads; poolers lead to the primary. */
  acceptReader(consumer: IConsumer, options: ReadOnlyConnectionOptions): ConnectionBinding {
    return this.bind(consumer, options, {
      place: this.enter(consumer, options, true),
      front: () => undefined,
      service: () => this.database.readOnlyService as string,
      variables: DatabaseVariables.READ_ONLY,
    });
  }

  /** Enters a consumer into the connections; answers its place there. */
  private enter(consumer: IConsumer, options: ReadOnlyConnectionOptions, direct: boolean): number {
    const role = this.roleOf(options)?.request.name;
    const { user } = loginOf(options, this.database);
    const pooled = direct ? undefined : { database: this.placeOf(options), user };
    return this.database.connections.enter(
      Object.assign(poolConsumerOf(consumer, poolOf(options)), { pooled, role }),
    );
  }

  private placeOf({ database }: ReadOnlyConnectionOptions): string {
    return database ?? this.database.databases[0];
  }

  /** The declared role that a consumer logs in as; undefined for any other. */
  private roleOf({ user }: ReadOnlyConnectionOptions): PostgresRole | undefined {
    return this.database.roles.find(({ request }) => request.name === user);
  }

  private bind(
    consumer: IConsumer,
    options: ReadOnlyConnectionOptions,
    way: ConnectionWay,
  ): ConnectionBinding {
    const { construct, network, identity: own, connections, tls } = this.database;
    const identity = consumer.networkIdentity;
    const namespace = namespaceOf(construct);
    const login = loginOf(options, this.database);
    const role = this.roleOf(options);
    this.checkPlace(role, options);
    network.allowFrom(NetworkPeer.pods(identity), [POSTGRES_PORT], () => way.front() === undefined);
    const connection = () => {
      const { size, maxOverflow } = connections.solve().pools[way.place];
      return {
        host: serviceHost({ serviceName: way.service(), namespace }, identity.namespace),
        port: POSTGRES_PORT,
        database: this.placeOf(options),
        user: login.user,
        poolSize: size,
        maxOverflow,
        timeoutSeconds: poolOf(options)._timeoutSeconds(way.front() !== undefined),
      };
    };
    return {
      identity: {
        namespace: own.namespace,
        get podLabels() {
          return way.front()?.networkIdentity.podLabels ?? own.podLabels;
        },
      },
      ports: [POSTGRES_PORT],
      env: (options.variables ?? way.variables)._env(
        connection,
        role?.password ?? login.credentials.envValue('password'),
        tls && [tlsFacts(tls)],
      ),
    };
  }

  /** Refuses a role in a database that it may not connect to. */
  private checkPlace(role: PostgresRole | undefined, options: ReadOnlyConnectionOptions): void {
    if (!role) return;
    const checks = Checks.of(this.database.construct);
    checks.at('connection').oneOf('database', this.placeOf(options), role.request.databases);
    checks.throwIfAny();
  }
}

import { type ISecret, Secret } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import {
  type ConnectionBinding,
  type DatabaseConnectionOptions,
  type IConnectionTarget,
  type IConsumer,
  type IDatabase,
  type ReadOnlyConnectionOptions,
  serviceHost,
} from '../connection/connection';
import { ConnectionPool } from '../connection/connection-pool';
import {
  checkLogin,
  DatabaseConnection,
  type DatabaseLogin,
  loginOf,
} from '../connection/database-connection';
import { DatabaseVariables, type TlsFacts } from '../connection/database-variables';
import type { IMonitored } from '../connection/monitored';
import { NetworkPeer } from '../connection/network-peer';
import { explainExcess } from '../connection/pool-budget';
import { poolConsumerOf } from '../connection/pool-consumer';
import type { PoolerSizing } from '../connection/pooler-sizing';
import { Checks } from '../finding/checks';
import { namespaceOf, resourceName } from '../pod/naming';
import { distinctLogins, type PooledConsumer, secretProblems } from '../postgres/pooler/pooler-logins';
import type { PooledDatabase } from '../postgres/pooler/pooler-plan';
import { PostgresPooler } from '../postgres/pooler/postgres-pooler';
import type { PostgresPoolerProps } from '../postgres/pooler/postgres-pooler-props';
import { PostgresStandbys } from '../postgres/postgres-standbys';
import { PostgresVersion } from '../postgres/postgres-workload';
import { POSTGRES_PORT } from '../postgres/stateful-set/layout';
import { type PostgresTls, tlsFacts, tlsOf } from '../postgres/tls';
import { CERTIFICATE_KEYS } from '../postgres/tuning/encryption';
import type { ExternalPostgresExporterProps } from './exporter-props';
import {
  acceptedBy,
  acceptedByReplicas,
  checkExporterTls,
  checkPoolerTls,
  checkProps,
  reservedOf,
  superuserReservedOf,
} from './external-postgres-checks';
import { EXPORTER_CONNECTIONS, exporterOfPostgres } from './external-postgres-exporter';
import type { ExternalPostgresProps } from './external-postgres-props';
import { ExternalStore } from './external-store';
import type { InstanceConnections } from './instance-connections';
import { oneConsumer, SharedConnections } from './shared-connections';
import type { StoreExporter } from './store-exporter';
import { PASSWORD_KEY } from './store-names';

/** A server that takes connections: the database itself, or its replicas. */
interface Server {
  readonly host: string;
  readonly peer: NetworkPeer;
  readonly connections: SharedConnections;
  /** How a consumer is told of it that does not say. */
  readonly variables: DatabaseVariables;
}

/** Nothing is tracked or left out of which an old server would not know. */
const OLDEST_VERSION = PostgresVersion.V13;

/**
 * A Postgres that exists elsewhere: RDS, Cloud SQL, Azure, or a server that somebody runs. Nothing is made of it; poolers
 * can be put in front. Workloads connect to it as to a `TunedPostgres`: variables, network policies, and pools that all together fit the connections which
 * it accepts. When they do not, the synth fails.
 *
 * @example
 * const orders = new ExternalPostgres(chart, 'orders', {
 *   host: 'orders.abc123.eu-west-1.rds.amazonaws.com',
 *   peer: NetworkPeer.cidr('10.20.0.0/16'), // the subnets of the database
 *   maxConnections: 170,
 *   sslMode: PostgresSslMode.REQUIRE,
 * });
 * web.connectTo(orders); // DB_HOST, …, DB_SSLMODE, and a pool that leaves connections for everybody
 */
export class ExternalPostgres extends ExternalStore implements IDatabase, IMonitored {
  /** Name, from which those of the Secret, the poolers and the exporter are made. */
  public readonly name: string;
  /** Where it answers. */
  public readonly host: string;
  /** Port. */
  public readonly port: number;
  /** Name of the database in the server. */
  public readonly database: string;
  /** Names of all databases that consumers use, this one first. */
  public readonly databases: string[];
  /** Role that applications log in with. */
  public readonly user: string;
  /** Connections that the server accepts. */
  public readonly maxConnections: number;
  /** Connections that clients may open: those, less what the server keeps for who runs it. */
  public readonly clientConnections?: number;
  /** The Secret with the password; not made here. */
  public readonly credentials: ISecret;

  private readonly props: ExternalPostgresProps;
  private readonly tls?: TlsFacts;
  private readonly poolerTls?: PostgresTls;
  private readonly primary: Server;
  private readonly pooled: PooledConsumer[] = [];
  private readonly whenPooled: Array<() => void> = [];
  private pooler?: PostgresPooler;
  private readonly replicas?: PostgresStandbys;

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: ExternalPostgresProps) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name, checks);
    checks.made(props, ['peer']);
    checkProps(checks, props);
    checks.throwIfAny();

    this.props = props;
    this.host = props.host;
    this.port = props.port ?? POSTGRES_PORT;
    this.database = props.database ?? 'app';
    this.databases = [this.database, ...(props.databases ?? [])];
    this.user = props.user ?? 'app';
    const accepted = acceptedBy(props) as InstanceConnections;
    const { maxConnections } = accepted;
    this.maxConnections = maxConnections;
    this.clientConnections = maxConnections - superuserReservedOf(props, accepted);
    this.credentials =
      props.credentials ?? Secret.fromSecretName(this, 'credentials', `${this.name}-credentials`);
    this.tls = props.sslMode && {
      mode: props.sslMode,
      authority: props.certificateAuthority?.envValue(CERTIFICATE_KEYS.authority),
    };
    this.poolerTls = tlsOf({ certificate: props.poolerCertificate, requireTls: props.requirePoolerTls });
    if (this.poolerTls) this.node.addValidation({ validate: () => this.unusedCertificate() });
    const { readOnlyHost } = props;
    this.primary = {
      host: props.host,
      peer: props.peer,
      connections: new SharedConnections(maxConnections - reservedOf(props, accepted)),
      variables: DatabaseVariables.GUIDE,
    };
    verify(this, this.primary.connections, accepted);
    if (readOnlyHost !== undefined) this.replicas = this.replicasAt(readOnlyHost, props);
  }

  /**
   * The replicas, for queries that only read and may be a moment behind: `web.connectTo(db.readOnly)` beside
   * `web.connectTo(db)`. Refused without `readOnlyHost`.
   */
  public get readOnly(): PostgresStandbys {
    const checks = Checks.of(this);
    if (!this.replicas)
      checks.fail('readOnly', undefined, 'there are no replicas; say with `readOnlyHost` where they answer');
    checks.throwIfAny();
    return this.replicas as PostgresStandbys;
  }

  /**
   * A connection with options of its own: `web.connectTo(db.connection({ pool: ConnectionPool.fixed({ size: 5 }) }))`.
   *
   * @param options its pool, its database, its variables, its role, and whether it goes past a pooler
   */
  public connection(options: DatabaseConnectionOptions): IConnectionTarget {
    return DatabaseConnection._of(this, this.names, options, (consumer) => this.accept(consumer, options));
  }

  /**
   * Puts PgBouncer in front of the database, in the namespace of this construct. Whoever is connected, or connects later,
   * reaches the poolers instead, without a change of its own; only consumers that connect with `direct`, and readers of
   * replicas, still reach the database. The poolers log in with the roles of their consumers, and need their Secrets; they
   * reach the database by `sslMode`, and speak plainly with consumers in the cluster.
   *
   * As many connections are opened as `activeTransactions` says; by default, since the CPU of the database is not known, 20
   * by each pooler, as PgBouncer does by itself.
   *
   * @param props how many poolers, and their size
   */
  public addPooler(props: PostgresPoolerProps = {}): PostgresPooler {
    const checks = Checks.of(this);
    if (this.pooler)
      checks.fail('addPooler', this.pooler.name, 'there is a pooler already; use its `replicas` for more');
    checkPoolerTls(checks, this.props);
    checks.throwIfAny();
    const { connections } = this.primary;
    const pooler = PostgresPooler._of(this, this.pooledDatabase(), props);
    connections.putPoolersInFront({
      poolers: pooler._replicas,
      clientsPerPooler: pooler._clientsPerPooler,
      activeTransactions: props.activeTransactions,
    });
    for (const { identity } of this.pooled) pooler._allowFrom(identity);
    this.node.addValidation({ validate: () => secretProblems(this.logins()) });
    this.pooler = pooler;
    for (const hear of this.whenPooled) hear();
    return pooler;
  }

  /**
   * Runs postgres_exporter for the database, in the namespace of this construct, so that it can be watched:
   * `new PerformanceMonitoring(chart, 'performance', { watch: [db] })`. Its two connections are part of the budget. It reaches the
   * server itself, by `sslMode`, which is required, and past poolers.
   *
   * @param props who it logs in as, and how it is run
   */
  public addExporter(props: ExternalPostgresExporterProps = {}): StoreExporter {
    return this._addExporter(
      (checks) => {
        checkExporterTls(checks, this.props);
        checkLogin(checks, props, { user: this.user, roles: [] });
      },
      () => {
        const exporter = exporterOfPostgres(this, this.props, props);
        this.primary.connections.enter(oneConsumer(exporter.node.path, EXPORTER_CONNECTIONS));
        return exporter;
      },
    );
  }

  /**
   * Tells a consumer of the database and gives it its part of the connections. Called by `connectTo`.
   *
   * @param consumer who connects
   */
  public acceptConnection(consumer: IConsumer): ConnectionBinding {
    return this.accept(consumer, {});
  }

  /** Who comes through the poolers; while nobody does, whom they are there for. */
  private logins(): DatabaseLogin[] {
    return this.pooled.length > 0 ? this.pooled.map(({ login }) => login) : [this];
  }

  private pooledDatabase(): PooledDatabase {
    const { host, port, peer } = { ...this.props, port: this.port };
    const { sslMode, certificateAuthority, version = OLDEST_VERSION } = this.props;
    const logins = () => distinctLogins(this.logins());
    return {
      name: this.name,
      host,
      port,
      peer,
      version,
      databases: this.databases,
      logins,
      statistics: () => {
        const [{ user, credentials }] = logins();
        return { user, password: credentials.envValue(PASSWORD_KEY) };
      },
      clientTls: this.poolerTls,
      serverTls: { mode: sslMode ?? 'prefer', authority: certificateAuthority },
      sizing: () => this.primary.connections.solve().poolers as PoolerSizing,
      longestPoolTimeout: () => Math.max(0, ...this.pooled.map(({ pool }) => pool._timeoutSeconds(true))),
    };
  }

  private unusedCertificate(): string[] {
    return this.pooler
      ? []
      : ['there are no poolers that answer with `poolerCertificate`; call `addPooler()`, or remove it'];
  }

  private get names() {
    return { databases: this.databases, user: this.user, roles: [] };
  }

  private replicasAt(host: string, props: ExternalPostgresProps): PostgresStandbys {
    const { peer, readOnlyPeer } = props;
    const own = acceptedByReplicas(props);
    const connections = own
      ? new SharedConnections(own.maxConnections - reservedOf(props, own))
      : this.primary.connections;
    const server = { host, peer: readOnlyPeer ?? peer, connections, variables: DatabaseVariables.READ_ONLY };
    const replicas = PostgresStandbys._of(this, this.names, (consumer, options) =>
      this.bind(server, consumer, options),
    );
    if (own) verify(replicas, connections, own, 'readOnlyMaxConnections');
    return replicas;
  }

  private accept(consumer: IConsumer, options: DatabaseConnectionOptions): ConnectionBinding {
    if (options.direct === true) return this.bind(this.primary, consumer, options);
    const identity = consumer.networkIdentity;
    this.pooled.push({
      identity,
      pool: options.pool ?? ConnectionPool.shared(),
      login: loginOf(options, this),
    });
    this.pooler?._allowFrom(identity);
    // A pooler may come after the consumer: what depends on it is asked for when the app is synthesized.
    return this.bind(this.primary, consumer, options, () => this.pooler);
  }

  private bind(
    server: Server,
    consumer: IConsumer,
    options: ReadOnlyConnectionOptions,
    front?: () => PostgresPooler | undefined,
  ): ConnectionBinding {
    const pool = options.pool ?? ConnectionPool.shared();
    const login = loginOf(options, this);
    const database = options.database ?? this.database;
    const share = server.connections.enter(
      Object.assign(poolConsumerOf(consumer, pool), { pooled: front && { database, user: login.user } }),
    );
    const reached = () => {
      const pooler = front?.();
      return pooler
        ? { peer: NetworkPeer.pods(pooler.networkIdentity), ports: [POSTGRES_PORT] }
        : { peer: server.peer, ports: [this.port] };
    };
    const connection = () => {
      const { size, maxOverflow } = share();
      const pooler = front?.();
      const service = pooler && { serviceName: pooler.name, namespace: namespaceOf(this) };
      return {
        host: service ? serviceHost(service, consumer.networkIdentity.namespace) : server.host,
        port: service ? POSTGRES_PORT : this.port,
        database,
        user: login.user,
        poolSize: size,
        maxOverflow,
        timeoutSeconds: pool._timeoutSeconds(pooler !== undefined),
      };
    };
    const variables = options.variables ?? server.variables;
    const { tls, poolerTls } = this;
    const ways = [
      ...(tls ? [{ ...tls, holds: () => front?.() === undefined }] : []),
      ...(front && poolerTls ? [tlsFacts(poolerTls)] : []),
    ];
    return {
      endpoints: [
        { peer: NetworkPeer._late(reached, (hear) => this.whenPooled.push(hear)), ports: [this.port] },
      ],
      env: variables._env(connection, login.credentials.envValue(PASSWORD_KEY), ways),
    };
  }
}

/** Fails the synth when those who connect to a server do not fit its connections. */
function verify(
  server: Construct,
  connections: SharedConnections,
  { maxConnections, isLowerBound }: InstanceConnections,
  prop = 'maxConnections',
): void {
  const hint = isLowerBound
    ? `\nthe instance may accept more: give what \`SHOW max_connections\` tells as \`${prop}\``
    : '';
  server.node.addValidation({
    validate: () =>
      connections.problems((budget, consumers) => explainExcess(budget, consumers, maxConnections) + hint),
  });
}

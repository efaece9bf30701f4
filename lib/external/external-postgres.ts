import { type ISecret, Secret } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type {
  ConnectionBinding,
  DatabaseConnectionOptions,
  IConnectionTarget,
  IConsumer,
  IDatabase,
  ReadOnlyConnectionOptions,
} from '../connection/connection';
import { ConnectionPool } from '../connection/connection-pool';
import { DatabaseConnection } from '../connection/database-connection';
import { DatabaseVariables, type TlsFacts } from '../connection/database-variables';
import type { NetworkPeer } from '../connection/network-peer';
import { explainExcess, RESERVED_CONNECTIONS } from '../connection/pool-budget';
import { poolConsumerOf } from '../connection/pool-consumer';
import { Checks } from '../finding/checks';
import { resourceName } from '../pod/naming';
import { defaultOf, newestDefinitionOf } from '../postgres/parameters/parameter-definition';
import { PostgresStandbys } from '../postgres/postgres-standbys';
import { POSTGRES_PORT } from '../postgres/stateful-set/layout';
import { CERTIFICATE_KEYS } from '../postgres/tuning/encryption';
import { dnsSubdomainRule } from '../units/names';
import { type ExternalPostgresProps, PostgresSslMode } from './external-postgres-props';
import { SharedConnections } from './shared-connections';
import { databaseNameRule, loginNameRule, PASSWORD_KEY } from './store-names';

/** A server that takes connections: the database itself, or its replicas. */
interface Server {
  readonly host: string;
  readonly peer: NetworkPeer;
  readonly connections: SharedConnections;
  /** How a consumer is told of it that does not say. */
  readonly variables: DatabaseVariables;
}

const SUPERUSER_RESERVED_CONNECTIONS = Number(defaultOf('superuser_reserved_connections', undefined));
const MOST_CONNECTIONS = newestDefinitionOf('max_connections')?.most as number;

/**
 * A Postgres that exists elsewhere: RDS, Cloud SQL, Azure, or a server that somebody runs. Nothing is made of it. Workloads
 * connect to it as to a `TunedPostgres`: variables, network policies, and pools that all together fit the connections which
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
export class ExternalPostgres extends Construct implements IDatabase {
  /** Name, from which that of the Secret is made. */
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
  /** The Secret with the password; not made here. */
  public readonly credentials: ISecret;

  private readonly tls?: TlsFacts;
  private readonly primary: Server;
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

    this.host = props.host;
    this.port = props.port ?? POSTGRES_PORT;
    this.database = props.database ?? 'app';
    this.databases = [this.database, ...(props.databases ?? [])];
    this.user = props.user ?? 'app';
    this.maxConnections = props.maxConnections;
    this.credentials =
      props.credentials ?? Secret.fromSecretName(this, 'credentials', `${this.name}-credentials`);
    this.tls = props.sslMode && {
      mode: props.sslMode,
      authority: props.certificateAuthority?.envValue(CERTIFICATE_KEYS.authority),
    };
    const { maxConnections, readOnlyHost } = props;
    this.primary = {
      host: props.host,
      peer: props.peer,
      connections: new SharedConnections(maxConnections - reservedOf(props)),
      variables: DatabaseVariables.GUIDE,
    };
    verify(this, this.primary.connections, maxConnections);
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
   * @param options its pool, its database and its variables; there is no pooler here to go past, so `direct` changes nothing
   */
  public connection(options: DatabaseConnectionOptions): IConnectionTarget {
    return DatabaseConnection._of(this, this.names, options, (consumer) =>
      this.bind(this.primary, consumer, options),
    );
  }

  /**
   * Tells a consumer of the database and gives it its part of the connections. Called by `connectTo`.
   *
   * @param consumer who connects
   */
  public acceptConnection(consumer: IConsumer): ConnectionBinding {
    return this.bind(this.primary, consumer, {});
  }

  private get names() {
    return { databases: this.databases, users: [this.user] };
  }

  private replicasAt(host: string, props: ExternalPostgresProps): PostgresStandbys {
    const { peer, readOnlyPeer, readOnlyMaxConnections: own } = props;
    const connections =
      own === undefined ? this.primary.connections : new SharedConnections(own - reservedOf(props));
    const server = { host, peer: readOnlyPeer ?? peer, connections, variables: DatabaseVariables.READ_ONLY };
    const replicas = PostgresStandbys._of(this, this.names, (consumer, options) =>
      this.bind(server, consumer, options),
    );
    if (own !== undefined) verify(replicas, connections, own);
    return replicas;
  }

  private bind(server: Server, consumer: IConsumer, options: ReadOnlyConnectionOptions): ConnectionBinding {
    const pool = options.pool ?? ConnectionPool.shared();
    const share = server.connections.enter(poolConsumerOf(consumer, pool));
    const connection = () => {
      const { size, maxOverflow } = share();
      return {
        host: server.host,
        port: this.port,
        database: options.database ?? this.database,
        user: this.user,
        poolSize: size,
        maxOverflow,
        timeoutSeconds: pool._timeoutSeconds(false),
      };
    };
    const variables = options.variables ?? server.variables;
    return {
      endpoints: [{ peer: server.peer, ports: [this.port] }],
      env: variables._env(connection, this.credentials.envValue(PASSWORD_KEY), this.tls),
    };
  }
}

/** Fails the synth when those who connect to a server do not fit its connections. */
function verify(server: Construct, connections: SharedConnections, maxConnections: number): void {
  server.node.addValidation({
    validate: () =>
      connections.problems((budget, consumers) => explainExcess(budget, consumers, maxConnections)),
  });
}

function reservedOf(props: ExternalPostgresProps): number {
  const { reservedConnections = RESERVED_CONNECTIONS } = props;
  return reservedConnections + (props.superuserReservedConnections ?? SUPERUSER_RESERVED_CONNECTIONS);
}

function checkProps(checks: Checks, props: ExternalPostgresProps): void {
  checks.text('host', props.host, dnsSubdomainRule);
  checks.text('readOnlyHost', props.readOnlyHost, dnsSubdomainRule);
  checks.port('port', props.port);
  checks.text('database', props.database, databaseNameRule);
  props.databases?.forEach((name, index) => checks.text(`databases[${index}]`, name, databaseNameRule));
  checks.text('user', props.user, loginNameRule);
  checks.text('credentials', props.credentials?.name, dnsSubdomainRule);
  checks.oneOf('sslMode', props.sslMode, Object.values(PostgresSslMode));
  checks.text('certificateAuthority', props.certificateAuthority?.name, dnsSubdomainRule);
  if (props.certificateAuthority !== undefined && props.sslMode === undefined)
    checks.fail(
      'certificateAuthority',
      props.certificateAuthority.name,
      'nobody looks at a certificate without `sslMode`; set it, or remove this',
    );
  props.peer._check(checks, 'peer');
  props.readOnlyPeer?._check(checks, 'readOnlyPeer');
  checks.integer('reservedConnections', props.reservedConnections, 0, MOST_CONNECTIONS);
  checks.integer('superuserReservedConnections', props.superuserReservedConnections, 0, MOST_CONNECTIONS);
  const { maxConnections, readOnlyMaxConnections } = props;
  const bounds = { maxConnections, readOnlyMaxConnections };
  for (const [prop, value] of Object.entries(bounds)) {
    checks.integer(prop, value, 1, MOST_CONNECTIONS);
    const reserved = reservedOf(props);
    if (checks.passed && value !== undefined && value <= reserved)
      checks.fail(prop, value, `nothing is left for pools: ${reserved} of them are reserved`);
  }
  if (props.readOnlyHost === undefined) {
    const { readOnlyPeer } = props;
    for (const [prop, value] of Object.entries({ readOnlyPeer, readOnlyMaxConnections }))
      if (value !== undefined)
        checks.fail(prop, value, 'there are no replicas without `readOnlyHost`; give it, or remove this');
  }
}

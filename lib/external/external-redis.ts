import { EnvValue, type ISecret } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { CacheVariables } from '../connection/cache-variables';
import type { ConnectionBinding, ICache, IConnectionTarget, IConsumer } from '../connection/connection';
import { ConnectionPool } from '../connection/connection-pool';
import type { IMonitored } from '../connection/monitored';
import { explainConsumers } from '../connection/pool-budget';
import { poolConsumerOf } from '../connection/pool-consumer';
import { Checks } from '../finding/checks';
import { resourceName } from '../pod/naming';
import { CACHE_PORT, TLS_KEYS } from '../redis/configuration/redis-files';
import { dnsSubdomainRule, loginNameRule, resourceNameRule } from '../units/names';
import type { ExternalRedisExporterProps } from './exporter-props';
import { checkExporter, EXPORTER_CONNECTIONS, exporterOfRedis } from './external-redis-exporter';
import type { ExternalRedisConnectionOptions, ExternalRedisProps } from './external-redis-props';
import { ExternalStore } from './external-store';
import { oneConsumer, SharedConnections } from './shared-connections';
import type { StoreExporter } from './store-exporter';
import { PASSWORD_KEY } from './store-names';

/**
 * A Redis or Valkey that exists elsewhere: ElastiCache, Memorystore, Azure, Upstash, or a server that somebody runs. Nothing
 * is made of it. Workloads connect to it as to a `CacheRedis`: variables and network policies; with `maxClients` the synth
 * fails when their pods hold more connections than it accepts.
 *
 * @example
 * const sessions = new ExternalRedis(chart, 'sessions', {
 *   host: 'master.sessions.abc123.euw1.cache.amazonaws.com',
 *   peer: NetworkPeer.cidr('10.20.0.0/16'), // the subnets of the cache
 *   tls: true,
 *   credentials: Secret.fromSecretName(chart, 'sessions-auth', 'sessions-auth'),
 * });
 * web.connectTo(sessions); // CACHE_HOST, CACHE_PASSWORD, CACHE_TLS, …
 */
export class ExternalRedis extends ExternalStore implements ICache, IMonitored {
  /** Where it answers. */
  public readonly host: string;
  /** Port. */
  public readonly port: number;
  /** The Secret with the password; undefined where none is asked for. */
  public readonly credentials?: ISecret;
  /** Clients that it accepts, where that is known. */
  public readonly clientConnections?: number;

  private readonly props: ExternalRedisProps;
  private readonly environment: Readonly<Record<string, EnvValue>>;
  private readonly clients?: SharedConnections;

  /**
   * @param scope parent
   * @param id id in the parent
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: ExternalRedisProps) {
    super(scope, id);
    const checks = Checks.of(this);
    checks.made(props, ['peer']);
    checkProps(checks, props);
    checks.throwIfAny();

    const { host, port = CACHE_PORT, username, credentials, certificateAuthority, maxClients } = props;
    this.host = host;
    this.port = port;
    this.credentials = credentials;
    this.props = props;
    this.clientConnections = maxClients;
    this.environment = {
      CACHE_ENABLED: EnvValue.fromValue('true'),
      CACHE_HOST: EnvValue.fromValue(host),
      CACHE_PORT: EnvValue.fromValue(`${port}`),
      ...(username !== undefined && { CACHE_USERNAME: EnvValue.fromValue(username) }),
      ...(credentials && { CACHE_PASSWORD: credentials.envValue(PASSWORD_KEY) }),
      ...(props.tls === true && { CACHE_TLS: EnvValue.fromValue('true') }),
      ...(certificateAuthority && { CACHE_TLS_CA: certificateAuthority.envValue(TLS_KEYS.authority) }),
    };
    if (maxClients === undefined) return;
    const clients = new SharedConnections(maxClients);
    this.clients = clients;
    this.node.addValidation({ validate: () => problems(clients, maxClients) });
  }

  /** Name, from which that of the exporter is made. */
  public get name(): string {
    const checks = Checks.of(this);
    const name = resourceName(this, this.props.name, checks);
    checks.throwIfAny();
    return name;
  }

  /**
   * Runs redis_exporter for the cache, in the namespace of this construct, so that it can be watched:
   * `new PerformanceMonitoring(chart, 'performance', { watch: [cache] })`. Its connection is part of `maxClients`. It does not ask
   * for `CONFIG`, which providers refuse.
   *
   * @param props who it logs in as, and how it is run
   */
  public addExporter(props: ExternalRedisExporterProps = {}): StoreExporter {
    return this._addExporter(
      (checks) => checkExporter(checks, this.props, props),
      () => {
        const exporter = exporterOfRedis(this, this.props, props);
        this.clients?.enter(oneConsumer(exporter.node.path, EXPORTER_CONNECTIONS));
        return exporter;
      },
    );
  }

  /**
   * A connection with options of its own: `web.connectTo(cache.connection({ variables: CacheVariables.url() }))`.
   *
   * @param options how the consumer is told of the cache, and how many connections it holds
   */
  public connection(options: ExternalRedisConnectionOptions): IConnectionTarget {
    const checks = Checks.of(this).at('connection');
    checks.made(options);
    checks.integer('connectionsPerPod', options.connectionsPerPod, 1, 10_000);
    options.variables?._check(checks.at('variables'), this.environment);
    checks.throwIfAny();
    return { node: this.node, acceptConnection: (consumer) => this.bind(consumer, options) };
  }

  /**
   * Tells a consumer of the cache. Called by `connectTo`.
   *
   * @param consumer who connects
   */
  public acceptConnection(consumer: IConsumer): ConnectionBinding {
    return this.bind(consumer, {});
  }

  private bind(consumer: IConsumer, options: ExternalRedisConnectionOptions): ConnectionBinding {
    const { variables = CacheVariables.GUIDE, connectionsPerPod } = options;
    // A number that is given is that of the whole pod; otherwise each of its processes holds one.
    const pool =
      connectionsPerPod === undefined ? { size: 1 } : { size: connectionsPerPod, processesPerPod: 1 };
    this.clients?.enter(poolConsumerOf(consumer, ConnectionPool.fixed(pool)));
    return {
      endpoints: [{ peer: this.props.peer, ports: [this.port] }],
      env: variables._env(this.environment),
    };
  }
}

function problems(clients: SharedConnections, maxClients: number): string[] {
  return clients.problems((budget, consumers) =>
    [
      `its consumers may hold ${budget.connections} connections, but maxClients is ${maxClients}:`,
      ...explainConsumers(budget, consumers),
      'use smaller pools, fewer replicas (a rollout adds its surge), or a larger cache',
    ].join('\n'),
  );
}

function checkProps(checks: Checks, props: ExternalRedisProps): void {
  checks.text('host', props.host, dnsSubdomainRule);
  checks.port('port', props.port);
  props.peer._check(checks, 'peer');
  checks.text('credentials', props.credentials?.name, dnsSubdomainRule);
  checks.text('certificateAuthority', props.certificateAuthority?.name, dnsSubdomainRule);
  if (props.certificateAuthority !== undefined && props.tls !== true)
    checks.fail(
      'certificateAuthority',
      props.certificateAuthority.name,
      'there is no certificate without `tls`; set it, or remove this',
    );
  checks.text('username', props.username, loginNameRule);
  checks.text('name', props.name, resourceNameRule);
  checks.integer('maxClients', props.maxClients, 1, 1_000_000);
  if (props.username !== undefined && props.credentials === undefined)
    checks.fail('username', props.username, 'it logs in with a password; give `credentials`');
}

import type { Checks } from '../../finding/checks';
import { cronRule } from '../../units/cron';
import { databaseNameRule, envNameRule, roleNameRule } from '../../units/names';
import { mainContainer, type ScaledPod } from '../scaled-pod';
import { checkAmount, ScalingMetric } from '../scaling-metric';
import type { TriggerAuthentication } from './trigger-authentication';
import type {
  CustomTriggerOptions,
  PostgresTriggerOptions,
  PrometheusTriggerOptions,
  RabbitMqTriggerOptions,
  RedisListTriggerOptions,
  ScheduleTriggerOptions,
} from './trigger-props';
import {
  httpUrlRule,
  parameterRule,
  promqlRule,
  queueNameRule,
  remoteHostRule,
  scalerTypeRule,
  sqlQueryRule,
  timeZoneRule,
} from './trigger-text-rules';

interface Source {
  readonly type: string;
  readonly authentication?: TriggerAuthentication;
  /** CPU or memory use of the pods, which is no event: zero pods use none. */
  readonly usage?: ScalingMetric;
  /** Replicas that a schedule asks for. */
  readonly replicas?: number;
  readonly metricType?: string;
  check(checks: Checks): void;
  metadata(pod: Pick<ScaledPod, 'containers'>): Readonly<Record<string, string | undefined>>;
}

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** Parameters of an authentication that tell how the Prometheus scaler logs in. */
const AUTH_MODES = {
  bearerToken: 'bearer',
  username: 'basic',
  cert: 'tls',
  customAuthHeader: 'custom',
} as const;

/**
 * What KEDA asks to know how many replicas there should be. With several, the one that asks for most counts.
 *
 * @example
 * const jobs = ScalingTrigger.prometheus({
 *   server: 'http://prometheus.monitoring.svc:9090',
 *   query: 'sum(jobs_waiting)',
 *   threshold: 10, // jobs per replica
 * });
 * const day = ScalingTrigger.schedule({ timeZone: 'UTC', start: '0 8 * * *', end: '0 18 * * *', replicas: 6 });
 * new BackgroundWorker(chart, 'thumbnails', {
 *   image: 'registry.example.com/thumbnails:1.0.0',
 *   scaling: ScalingPolicy.events({ triggers: [jobs, day] }),
 * });
 */
export class ScalingTrigger {
  /**
   * At least a number of replicas between two times of day.
   *
   * @param props schedule and replicas
   */
  public static schedule(props: ScheduleTriggerOptions): ScalingTrigger {
    return new ScalingTrigger({
      type: 'cron',
      replicas: props.replicas,
      check: (checks) => {
        checks.text('timeZone', props.timeZone, timeZoneRule);
        checks.text('start', props.start, cronRule);
        checks.text('end', props.end, cronRule);
        if (props.start === props.end)
          checks.fail('end', props.end, 'it equals start, so the schedule would never be active');
        checks.integer('replicas', props.replicas, 1, 10_000);
      },
      metadata: () => ({
        timezone: props.timeZone,
        start: props.start,
        end: props.end,
        desiredReplicas: `${props.replicas}`,
      }),
    });
  }

  /**
   * Messages in a queue of RabbitMQ.
   *
   * @param props queue, target and authentication
   */
  public static rabbitMq(props: RabbitMqTriggerOptions): ScalingTrigger {
    return new ScalingTrigger({
      type: 'rabbitmq',
      authentication: props.authentication,
      check: (checks) => {
        checks.text('queue', props.queue, queueNameRule);
        checks.text('virtualHost', props.virtualHost, queueNameRule);
        checkAmount(checks, 'messagesPerReplica', props.messagesPerReplica);
        checkAmount(checks, 'activationMessages', props.activationMessages, 0);
      },
      metadata: () => ({
        queueName: props.queue,
        mode: 'QueueLength',
        value: `${props.messagesPerReplica}`,
        activationValue: text(props.activationMessages),
        vhostName: props.virtualHost,
      }),
    });
  }

  /**
   * Items of a list of Redis or Valkey.
   *
   * @param props server, list and target
   */
  public static redisList(props: RedisListTriggerOptions): ScalingTrigger {
    const port = props.port ?? 6379;
    return new ScalingTrigger({
      type: 'redis',
      authentication: props.authentication,
      check: (checks) => {
        checks.text('host', props.host, remoteHostRule);
        checks.port('port', port);
        checks.text('list', props.list, queueNameRule);
        checkAmount(checks, 'itemsPerReplica', props.itemsPerReplica);
        checkAmount(checks, 'activationItems', props.activationItems, 0);
        checks.integer('databaseIndex', props.databaseIndex, 0, 65_535);
        checks.text('userVariable', props.userVariable, envNameRule);
      },
      metadata: () => ({
        address: `${props.host}:${port}`,
        listName: props.list,
        listLength: `${props.itemsPerReplica}`,
        activationListLength: text(props.activationItems),
        databaseIndex: text(props.databaseIndex),
        usernameFromEnv: props.userVariable,
        enableTLS: props.enableTls === true ? 'true' : undefined,
      }),
    });
  }

  /**
   * The answer of a Prometheus query.
   *
   * @param props server, query and threshold
   */
  public static prometheus(props: PrometheusTriggerOptions): ScalingTrigger {
    const derived = props.authentication?._parameters?.flatMap(
      (parameter) => AUTH_MODES[parameter as keyof typeof AUTH_MODES] ?? [],
    );
    const modes = [...(props.authModes ?? derived ?? [])];
    return new ScalingTrigger({
      type: 'prometheus',
      authentication: props.authentication,
      check: (checks) => {
        checks.text('server', props.server, httpUrlRule);
        checks.text('query', props.query, promqlRule);
        checkAmount(checks, 'threshold', props.threshold);
        checkAmount(checks, 'activationThreshold', props.activationThreshold, 0);
        modes.forEach((mode, index) => checks.oneOf(`authModes[${index}]`, mode, Object.values(AUTH_MODES)));
      },
      metadata: () => ({
        serverAddress: props.server,
        query: props.query,
        threshold: `${props.threshold}`,
        activationThreshold: text(props.activationThreshold),
        ignoreNullValues: `${props.emptyIsZero ?? false}`,
        authModes: modes.length > 0 ? modes.join(',') : undefined,
      }),
    });
  }

  /**
   * The answer of a Postgres query.
   *
   * @param props server, role, query and target
   */
  public static postgres(props: PostgresTriggerOptions): ScalingTrigger {
    const port = props.port ?? 5432;
    return new ScalingTrigger({
      type: 'postgresql',
      authentication: props.authentication,
      check: (checks) => {
        checks.text('host', props.host, remoteHostRule);
        checks.port('port', port);
        checks.text('database', props.database, databaseNameRule);
        checks.text('user', props.user, roleNameRule);
        checks.text('query', props.query, sqlQueryRule);
        checkAmount(checks, 'valuePerReplica', props.valuePerReplica);
        checkAmount(checks, 'activationValue', props.activationValue, 0);
        checks.oneOf('sslMode', props.sslMode, SSL_MODES);
      },
      metadata: () => ({
        host: props.host,
        port: `${port}`,
        dbName: props.database,
        userName: props.user,
        sslmode: props.sslMode ?? 'prefer',
        query: props.query,
        targetQueryValue: `${props.valuePerReplica}`,
        activationTargetQueryValue: text(props.activationValue),
      }),
    });
  }

  /**
   * CPU use in percent of the request, of the workload's own container. It cannot wake up a workload of zero replicas.
   *
   * @param percent use to aim for, from 1 to 1000 whole percent
   */
  public static cpuUtilization(percent: number): ScalingTrigger {
    return ScalingTrigger.ofUsage('cpu', percent, ScalingMetric.cpuUtilization(percent));
  }

  /**
   * Memory use in percent of the request, of the workload's own container. It cannot wake up a workload of zero
   * replicas.
   *
   * @param percent use to aim for, from 1 to 1000 whole percent
   */
  public static memoryUtilization(percent: number): ScalingTrigger {
    return ScalingTrigger.ofUsage('memory', percent, ScalingMetric.memoryUtilization(percent));
  }

  /**
   * Any other scaler of KEDA, by its own parameters.
   *
   * @param props type and parameters, as KEDA's documentation of the scaler has them
   */
  public static custom(props: CustomTriggerOptions): ScalingTrigger {
    return new ScalingTrigger({
      type: props.type,
      authentication: props.authentication,
      metricType: props.metricType,
      check: (checks) => {
        checks.text('type', props.type, scalerTypeRule);
        if (props.type === 'cpu' || props.type === 'memory')
          checks.fail(
            'type',
            props.type,
            `use ScalingTrigger.${props.type}Utilization, which checks the target`,
          );
        checks.oneOf('metricType', props.metricType, ['AverageValue', 'Value']);
        for (const [parameter, value] of Object.entries(props.metadata)) {
          checks.at('metadata').text('parameter', parameter, parameterRule);
          checks.at('metadata').text(parameter, value);
        }
      },
      metadata: () => props.metadata,
    });
  }

  private static ofUsage(type: 'cpu' | 'memory', percent: number, usage: ScalingMetric): ScalingTrigger {
    return new ScalingTrigger({
      type,
      usage,
      metricType: 'Utilization',
      check: (): void => undefined,
      metadata: (pod) => ({ value: `${percent}`, containerName: mainContainer(pod) }),
    });
  }

  private constructor(private readonly source: Source) {}

  /** @internal */
  public get _usage(): ScalingMetric | undefined {
    return this.source.usage;
  }

  /** @internal */
  public get _replicas(): number | undefined {
    return this.source.replicas;
  }

  /** @internal */
  public get _authentication(): TriggerAuthentication | undefined {
    return this.source.authentication;
  }

  /** @internal */
  public _check(checks: Checks, pod: ScaledPod, tolerance: number | undefined): void {
    this.source.check(checks);
    this.source.authentication?._check(checks.at('authentication'));
    this.source.usage?._check(checks, pod, tolerance);
  }

  /** @internal */
  public get _type(): string {
    return this.source.type;
  }

  /** @internal */
  public get _metricType(): Source['metricType'] {
    return this.source.metricType;
  }

  /** @internal */
  public _metadata(pod: Pick<ScaledPod, 'containers'>): { [parameter: string]: string } {
    const given = Object.entries(this.source.metadata(pod));
    return Object.fromEntries(given.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  }
}

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value}`;
}

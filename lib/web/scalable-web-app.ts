import { type ApiObject, Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import {
  type ConnectionBinding,
  type HttpEndpoint,
  type IConnectionTarget,
  type IConsumer,
  type IHttpBackend,
  serviceHost,
} from '../connection/connection';
import { Exposure } from '../connection/exposure';
import { MetricFamily } from '../connection/monitored';
import { checkAccess } from '../connection/network-access';
import { NetworkPeer } from '../connection/network-peer';
import { emitExposedService } from '../connection/service';
import {
  checkServiceVariables,
  checkVariablesNamedAfter,
  type ServiceConnectionOptions,
  serviceEnv,
  type ServiceVariables,
  variablesNamedAfter,
} from '../connection/service-variables';
import { Checks } from '../finding/checks';
import { HealthCheck, type HealthCheckOptions, PROBE_DEFAULTS } from '../pod/health-check';
import { namespaceOf, selectorLabels } from '../pod/naming';
import { portNameRule } from '../pod/pod-extras';
import type { PodPort } from '../pod/pod-props';
import { PRE_STOP_SECONDS } from '../pod/termination-sizing';
import { WorkloadProfile } from '../sizing/workload-profile';
import { SECONDS, secondsOf } from '../units/amounts';
import { labelKeyRule, pathRule } from '../units/names';
import { Workload, type WorkloadKind } from './workload';
import type { WorkloadProps } from './workload-props';

/** A further port of an application. */
export interface ApplicationPort extends PodPort {
  /**
   * Port of the Service.
   *
   * @default - the port of the container
   */
  readonly servicePort?: number;
  /**
   * What is spoken on it, for meshes and gateways: `grpc`, `kubernetes.io/h2c`, `kubernetes.io/ws`, …
   *
   * @default - unknown
   */
  readonly appProtocol?: string;
}

/** Properties of a `ScalableWebApp`. */
export interface ScalableWebAppProps extends WorkloadProps {
  /**
   * Port that the application answers HTTP on, from 1024 to 65535: the pod runs without privileges.
   *
   * @default 8080
   */
  readonly port?: number;
  /**
   * Port of the Service.
   *
   * @default 80
   */
  readonly servicePort?: number;
  /**
   * What the application speaks on `port`, for meshes and Gateways, where it is more than HTTP/1.1: `kubernetes.io/h2c`,
   * `kubernetes.io/ws`, `grpc`, … Further ports have their own.
   *
   * @default http
   */
  readonly appProtocol?: string;
  /**
   * Further ports of the application, such as one for gRPC: ports of the container and of the Service. `allowFrom` lets
   * somebody reach them, and so does a path of the exposure that leads to them.
   *
   * @default - none
   */
  readonly ports?: ApplicationPort[];
  /**
   * How clients reach the app, and so what its network policy lets in.
   *
   * @default Exposure.clusterIp()
   */
  readonly exposure?: Exposure;
  /**
   * Whether the pod can serve traffic; it gets none while this fails. Where `liveness` asks the same, it must wait at least
   * twice as long.
   *
   * @default HealthCheck.http('/health/ready')
   */
  readonly readiness?: HealthCheck;
  /**
   * Whether the process is alive; it is restarted when this keeps failing. It should not look at other services.
   * `HealthCheck.none('why')` for an image that offers nothing.
   *
   * @default HealthCheck.http('/health/live')
   */
  readonly liveness?: HealthCheck;
  /**
   * Whether the process is up; the other checks wait for it. With `startupTime`, it must wait at least that long.
   *
   * @default - the question of `liveness`, every 2 seconds for the length of `startupTime`
   */
  readonly startup?: HealthCheck;
  /**
   * Longest time that a start may take, in whole seconds. Above 300 seconds the autoscaler counts the CPU of starting
   * pods as load.
   *
   * @default Duration.seconds(60)
   */
  readonly startupTime?: Duration;
  /**
   * Time that a pod waits, still serving, before it is told to stop, while load balancers learn that it goes. Zero turns
   * it off.
   *
   * @default Duration.seconds(10)
   */
  readonly preStopDelay?: Duration;
  /**
   * Whether the app serves Prometheus metrics.
   *
   * @default true
   */
  readonly metrics?: boolean;
  /**
   * Path of the metrics.
   *
   * @default /metrics
   */
  readonly metricsPath?: string;
  /**
   * Port of the metrics, if it is not that of the app.
   *
   * @default - the port of the app
   */
  readonly metricsPort?: number;
}

/**
 * A web application that scales: Deployment, HorizontalPodAutoscaler, Service, PodDisruptionBudget, NetworkPolicy and
 * ServiceAccount whose numbers agree. Its rollouts never drop below capacity, its pods drain before they stop, and one
 * of them can always be evicted.
 *
 * @example
 * const checkout = new ScalableWebApp(chart, 'checkout', {
 *   image: 'registry.example.com/checkout:1.8.2',
 *   profile: WorkloadProfile.WEB_API.withMemory(Size.gibibytes(1)),
 *   scaling: ScalingPolicy.cpu({ intent: ScalingIntent.SPIKY_WEB, min: 3, max: 20 }),
 *   exposure: Exposure.ingress({ hosts: ['checkout.example.com'], tlsSecretName: 'checkout-tls' }),
 * });
 * checkout.connectTo(db);
 * checkout.connectTo(cache);
 */
export class ScalableWebApp extends Workload implements IHttpBackend, IConnectionTarget {
  /** The Service. */
  public readonly service: ApiObject;
  /** The Ingress or HTTPRoute, if the exposure has one. */
  public readonly route?: ApiObject;
  /** The HTTPRoute that redirects to https, if the exposure asks for it. */
  public readonly redirectRoute?: ApiObject;
  /** Where the app answers HTTP inside the cluster. */
  public readonly httpEndpoint: HttpEndpoint;

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: ScalableWebAppProps) {
    super(scope, id, props, (checks, name) => describe(checks, name, props));
    const servicePort = props.servicePort ?? 80;
    const port = props.port ?? DEFAULT_PORT;
    const exposure = props.exposure ?? Exposure.clusterIp();
    const { service, route, redirectRoute } = emitExposedService(this, {
      name: this.name,
      labels: this._labels,
      selector: this._selector,
      exposure,
      servicePort,
      targetPort: 'http',
      appProtocol: props.appProtocol,
      morePorts: [
        ...(this.metricsEndpoint?.portName === 'metrics'
          ? [{ name: 'metrics', port: this.metricsEndpoint.port, targetPort: 'metrics', protocol: 'TCP' }]
          : []),
        ...(props.ports ?? []).map(
          ({ name, port: own, servicePort: other = own, protocol = 'TCP', appProtocol }) => ({
            name,
            port: other,
            targetPort: name,
            protocol,
            appProtocol,
          }),
        ),
      ],
    });
    this.service = service;
    this.route = route;
    this.redirectRoute = redirectRoute;
    this.httpEndpoint = {
      serviceName: this.name,
      namespace: namespaceOf(this),
      servicePort,
      podPort: port,
      identity: this.networkIdentity,
    };
    const exposedPorts = [{ name: 'http', port }, ...(props.ports ?? [])]
      .filter(({ name }) => exposure._portNames.includes(name))
      .map((one) => one.port);
    for (const peer of exposure._peers()) this._network.allowFrom(peer, exposedPorts);
  }

  /**
   * A connection with options of its own: `worker.connectTo(api.connection({ variables: { host: 'API_HOST' } }))`.
   *
   * @param options how the consumer is told of the app
   */
  public connection(options: ServiceConnectionOptions): IConnectionTarget {
    const checks = Checks.of(this).at('connection');
    if (options.variables) checkServiceVariables(checks, options.variables);
    else checkVariablesNamedAfter(checks, this.node.id);
    checks.throwIfAny();
    const variables = options.variables ?? variablesNamedAfter(this.node.id);
    return { node: this.node, acceptConnection: (consumer) => this.bind(consumer, variables) };
  }

  /**
   * Lets a consumer reach the HTTP port and tells it the URL, under the id of this construct in upper case with `_URL`: `API_URL`.
   * Called by `connectTo`.
   *
   * @param consumer who connects
   */
  public acceptConnection(consumer: IConsumer): ConnectionBinding {
    return this.connection({}).acceptConnection(consumer);
  }

  private bind({ networkIdentity }: IConsumer, variables: ServiceVariables): ConnectionBinding {
    const { servicePort, podPort } = this.httpEndpoint;
    this._network.allowFrom(NetworkPeer.pods(networkIdentity), [podPort]);
    return {
      identity: this.networkIdentity,
      ports: [podPort],
      env: serviceEnv(variables, {
        scheme: 'http',
        host: serviceHost(this.httpEndpoint, networkIdentity.namespace),
        port: servicePort,
      }),
    };
  }

  /**
   * Lets a peer reach the HTTP port.
   *
   * @param peer who may, such as `NetworkPeer.namespace('tools')`
   */
  public allowHttpFrom(peer: NetworkPeer): void {
    checkAccess(this, 'allowHttpFrom', peer, [this.httpEndpoint.podPort]);
    this._network.allowFrom(peer, [this.httpEndpoint.podPort]);
  }
}

const DEFAULT_PORT = 8080;
const DEFAULT_STARTUP_SECONDS = 60;
const DRAIN_SECONDS = 30;

function describe(checks: Checks, name: string, props: ScalableWebAppProps): WorkloadKind {
  const port = props.port ?? DEFAULT_PORT;
  checks.unprivilegedPort('port', port);
  checks.port('servicePort', props.servicePort);
  checks.unprivilegedPort('metricsPort', props.metricsPort);
  checks.text('appProtocol', props.appProtocol, labelKeyRule);
  checks.text('metricsPath', props.metricsPath, pathRule);
  checkPorts(checks, props, port);
  props.exposure?._check(checks.at('exposure'), props.ports);
  if (props.exposure?._proxyProtocol) {
    checks.fail(
      'exposure.proxyProtocol',
      [...props.exposure._proxyProtocol],
      'an application takes the header for a broken request; expose a NginxCachingProxy with it, and this app to that',
    );
  }
  const preStopSeconds = checks.amount('preStopDelay', props.preStopDelay, SECONDS) ?? PRE_STOP_SECONDS;
  checks.integer('preStopDelay', preStopSeconds, 0, 600);
  const startupSeconds = checks.amount('startupTime', props.startupTime, SECONDS) ?? DEFAULT_STARTUP_SECONDS;
  checks.integer('startupTime', startupSeconds, 1, 3600);

  const readiness = props.readiness ?? HealthCheck.http('/health/ready');
  const liveness = props.liveness ?? HealthCheck.http('/health/live');
  const startup = props.startup ?? liveness._withOptions(startupTiming(startupSeconds));
  readiness._check(checks.at('readiness'), PROBE_DEFAULTS.readiness);
  liveness._check(checks.at('liveness'), PROBE_DEFAULTS.liveness);
  startup._check(checks.at('startup'), PROBE_DEFAULTS.startup);
  checkStartupBudget(checks, startup, props);
  const [quick, patient] = [
    readiness._patience(PROBE_DEFAULTS.readiness),
    liveness._patience(PROBE_DEFAULTS.liveness),
  ];
  if (readiness._asksTheSameAs(liveness) && patient < 2 * quick) {
    checks.fail(
      'liveness',
      `the same question as readiness, after ${patient} s`,
      `a pod that is only busy would be restarted; ask less of liveness, or let it fail for twice the ${quick} s of readiness (period × failureThreshold)`,
    );
  }
  for (const [prop, check] of [
    ['readiness', readiness],
    ['startup', props.startup],
  ] as const)
    if (check?._noneReason !== undefined)
      checks.fail(prop, 'HealthCheck.none()', 'allowed: a check; only liveness can be without');

  const ownMetricsPort = props.metricsPort !== undefined && props.metricsPort !== port;
  const metricsPortName = ownMetricsPort ? 'metrics' : 'http';
  return {
    component: 'web',
    profile: WorkloadProfile.WEB_API,
    drainSeconds: DRAIN_SECONDS,
    preStopSeconds,
    startupSeconds,
    ports: [
      { name: 'http', containerPort: port, protocol: 'TCP' },
      ...(ownMetricsPort ? [{ name: 'metrics', containerPort: props.metricsPort, protocol: 'TCP' }] : []),
      ...(props.ports ?? []).map(({ name: portName, port: containerPort, protocol = 'TCP' }) => ({
        name: portName,
        containerPort,
        protocol,
      })),
    ],
    probes: {
      readinessProbe: readiness._render(PROBE_DEFAULTS.readiness, 'http'),
      livenessProbe: liveness._render(PROBE_DEFAULTS.liveness, 'http'),
      startupProbe: (liveness._noneReason !== undefined && !props.startup
        ? readiness._withOptions(startupTiming(startupSeconds))
        : startup
      )._render(PROBE_DEFAULTS.startup, 'http'),
    },
    noLivenessReason: liveness._noneReason,
    metricsEndpoint:
      props.metrics === false
        ? undefined
        : {
            family: MetricFamily.HTTP,
            portName: metricsPortName,
            port: ownMetricsPort ? (props.metricsPort ?? port) : port,
            path: props.metricsPath ?? '/metrics',
            serviceLabels: { ...selectorLabels(name, 'web') },
          },
  };
}

function checkPorts(
  checks: Checks,
  { ports = [], metricsPort, servicePort = 80 }: ScalableWebAppProps,
  port: number,
): void {
  const names = new Set(['http', 'metrics']);
  const numbers = new Set([port, metricsPort]);
  const ofService = new Set<number | undefined>([servicePort, metricsPort]);
  ports.forEach((one, index) => {
    const own = checks.at(`ports[${index}]`);
    own.text('name', one.name, portNameRule);
    own.unprivilegedPort('port', one.port);
    own.port('servicePort', one.servicePort);
    own.oneOf('protocol', one.protocol, ['TCP', 'UDP', 'SCTP']);
    own.text('appProtocol', one.appProtocol, labelKeyRule);
    for (const [prop, value, known] of [
      ['name', one.name, names],
      ['port', one.port, numbers],
      ['servicePort', one.servicePort ?? one.port, ofService],
    ] as const) {
      if (known.has(value as never)) own.fail(prop, value, 'another port has it');
      known.add(value as never);
    }
  });
}

/** A start that takes as long as it may must not be ended by its own check. */
function checkStartupBudget(checks: Checks, startup: HealthCheck, props: ScalableWebAppProps): void {
  if (!props.startup || !props.startupTime) return;
  const { initialDelaySeconds, periodSeconds, failureThreshold } = startup._seconds(PROBE_DEFAULTS.startup);
  const budget = initialDelaySeconds + periodSeconds * failureThreshold;
  const seconds = secondsOf(props.startupTime);
  if (budget < seconds) {
    checks.fail(
      'startup',
      `a check that gives up after ${budget} s`,
      `startupTime is ${seconds} s: raise its period or failureThreshold, or leave it out`,
    );
  }
}

/** A startup probe whose period × failures cover the start-up time. */
function startupTiming(startupSeconds: number): HealthCheckOptions {
  const { periodSeconds } = PROBE_DEFAULTS.startup;
  return {
    period: Duration.seconds(periodSeconds),
    failureThreshold: Number.isFinite(startupSeconds) ? Math.ceil(startupSeconds / periodSeconds) : 1,
  };
}

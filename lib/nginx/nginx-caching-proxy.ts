import type { ApiObject, Duration, Size } from 'cdk8s';
import { Construct } from 'constructs';
import { type HttpEndpoint, type IHttpBackend, serviceHost } from '../connection/connection';
import { Exposure } from '../connection/exposure';
import { type IMonitored, MetricFamily, type MetricsEndpoint } from '../connection/monitored';
import { NetworkAccess } from '../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { emitExposedService } from '../connection/service';
import { Checks } from '../finding/checks';
import { emitConfigMap, emitServiceAccount } from '../pod/api-object';
import { emitDisruptionBudget } from '../pod/disruption';
import { EXPORTER_RESOURCES, exporterContainer } from '../pod/exporter';
import { HealthCheck, PROBE_DEFAULTS, secondsOf } from '../pod/health-check';
import { DEFAULT_IMAGES } from '../pod/images';
import { namespaceOf, resourceName, selectorLabels } from '../pod/naming';
import { PodModel } from '../pod/pod-model';
import { waitBeforeStop } from '../pod/pre-stop';
import { checkScheduling } from '../pod/scheduling';
import { gracePeriodSeconds, PRE_STOP_SECONDS } from '../pod/termination-sizing';
import { emitReplicated } from '../scaling/replicated';
import { ScalingPolicy } from '../scaling/scaling-policy';
import type { ContainerResources } from '../sizing/resources';
import { bytesOf, WorkloadProfile } from '../sizing/workload-profile';
import { KubernetesVersion } from '../target/kubernetes-version';
import { hostRule, imageRule } from '../units/names';
import { formatBytes, MIB } from '../units/quantity';
import {
  CACHE_DIRECTORY,
  cachingProxy,
  PROXY_PORT,
  type ProxyRules,
  STATUS_PORT,
} from './caching-rules-emitter';
import { type NginxCachingProxyProps, PROXY_DEFAULTS } from './nginx-caching-proxy-props';
import { printNginxConf } from './nginx-conf-emitter';
import { type ProxyTuning, tuneProxy } from './nginx-tuning';

const NGINX_USER = 101;
const EXPORTER_PORT = 9113;
const CONFIG_DIRECTORY = '/etc/caching-proxy';
const STARTUP_SECONDS = 30;
const SURGE_PERCENT = 25;

/**
 * A caching reverse proxy: nginx that stores public answers, never private ones; that asks the origin once however many
 * wait; that serves the old page when the origin is down; and whose cache fits its volume.
 */
export class NginxCachingProxy extends Construct implements IHttpBackend, IMonitored {
  /** Name of all objects. */
  public readonly name: string;
  /** The pods, as network policies name them. */
  public readonly networkIdentity: NetworkIdentity;
  /** Where the proxy answers HTTP inside the cluster. */
  public readonly httpEndpoint: HttpEndpoint;
  /** Whether the container has a CPU limit. */
  public readonly hasCpuLimit: boolean;
  /** Where nginx-prometheus-exporter answers. */
  public readonly metricsEndpoint?: MetricsEndpoint;
  /** The Deployment. */
  public readonly deployment: ApiObject;
  /** The HorizontalPodAutoscaler; undefined for a fixed number of replicas. */
  public readonly autoscaler?: ApiObject;
  /** The Service. */
  public readonly service: ApiObject;
  /** The Ingress or HTTPRoute, if the exposure has one. */
  public readonly route?: ApiObject;
  /** The ConfigMap with `nginx.conf`. */
  public readonly configMap: ApiObject;
  /** The ServiceAccount of the pods; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy: those whom the exposure lets in, and the backend. */
  public readonly networkPolicy: ApiObject;
  /** The PodDisruptionBudget: one pod at a time. */
  public readonly disruptionBudget: ApiObject;

  private readonly network: NetworkAccess;

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: NginxCachingProxyProps) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name, checks);
    const profile = props.profile ?? WorkloadProfile.WEB_API;
    const scaling = props.scaling ?? ScalingPolicy.replicas(2);
    const exposure = props.exposure ?? Exposure.clusterIp();
    check(checks, props, profile, scaling, KubernetesVersion.targetOf(this));
    checks.throwIfAny();
    const given = profile._resources();
    const tuning = tune(checks, props, given);
    checks.throwIfAny();

    const resources = {
      ...given,
      ephemeralRequestBytes: tuning.ephemeralBytes,
      ephemeralLimitBytes: tuning.ephemeralBytes,
    };
    const labels = selectorLabels(this.name, 'proxy');
    const head = { name: this.name, labels };
    this.hasCpuLimit = resources.cpuLimitMillis !== undefined;
    this.networkIdentity = { namespace: namespaceOf(this), podLabels: { ...labels } };
    this.httpEndpoint = {
      serviceName: this.name,
      namespace: namespaceOf(this),
      servicePort: props.servicePort ?? PROXY_DEFAULTS.servicePort,
      podPort: PROXY_PORT,
      identity: this.networkIdentity,
    };
    this.metricsEndpoint =
      props.metrics === false
        ? undefined
        : { family: MetricFamily.NGINX, portName: 'metrics', port: EXPORTER_PORT, path: '/metrics' };

    this.serviceAccount = emitServiceAccount(this, 'service-account', head);
    const { httpEndpoint: origin } = props.backend;
    const configuration = printNginxConf(
      cachingProxy(
        rulesOf(props, exposure, tuning, {
          host: serviceHost(origin, namespaceOf(this)),
          port: origin.servicePort,
        }),
      ),
    );
    this.configMap = emitConfigMap(this, 'config', head, { 'nginx.conf': configuration });
    const pod = this.podModel(props, resources, tuning);
    pod.rollOnChangeOf(configuration);
    const { deployment, autoscaler } = emitReplicated(this, {
      ...head,
      pod,
      scaling,
      surgePercent: SURGE_PERCENT,
      startupSeconds: STARTUP_SECONDS,
      fixedReplicasReason: 'each replica has a cache of its own, a new one starts cold',
    });
    this.deployment = deployment;
    this.autoscaler = autoscaler;
    this.disruptionBudget = emitDisruptionBudget(this, 'disruption-budget', this.name, labels);
    this.network = new NetworkAccess(this, 'network-policy', this.name, labels);
    this.networkPolicy = this.network.policy;
    const { service, route } = emitExposedService(this, {
      ...head,
      exposure,
      servicePort: this.httpEndpoint.servicePort,
      targetPort: 'http',
    });
    this.service = service;
    this.route = route;
    for (const peer of exposure._peers()) this.network.allowFrom(peer, [PROXY_PORT]);
    this.network.allowTo(NetworkPeer.pods(origin.identity), [origin.podPort]);
    props.backend.allowHttpFrom(NetworkPeer.pods(this.networkIdentity));
  }

  /**
   * Lets a peer reach the HTTP port.
   *
   * @param peer who may, such as `NetworkPeer.namespace('tools')`
   */
  public allowHttpFrom(peer: NetworkPeer): void {
    const checks = Checks.of(this);
    peer._check(checks.at('allowHttpFrom'), 'peer');
    checks.throwIfAny();
    this.network.allowFrom(peer, [PROXY_PORT]);
  }

  /**
   * Lets a peer scrape the metrics endpoint.
   *
   * @param peer who may
   */
  public allowScrapeFrom(peer: NetworkPeer): void {
    if (this.metricsEndpoint) this.network.allowFrom(peer, [this.metricsEndpoint.port]);
  }

  private podModel(
    props: NginxCachingProxyProps,
    resources: ContainerResources,
    tuning: ProxyTuning,
  ): PodModel {
    const version = KubernetesVersion.targetOf(this);
    const preStopSeconds = props.preStopDelay ? secondsOf(props.preStopDelay) : PRE_STOP_SECONDS;
    const pod = new PodModel({
      labels: selectorLabels(this.name, 'proxy'),
      version,
      serviceAccountName: this.name,
      terminationGracePeriodSeconds: gracePeriodSeconds(
        preStopSeconds,
        secondsOf(props.drainTime ?? PROXY_DEFAULTS.drainTime),
      ),
      scheduling: props,
      spread: { ownedByDeployment: true },
      user: NGINX_USER,
      group: NGINX_USER,
      fsGroup: NGINX_USER,
    });
    // The status server answers for nginx itself: a slow origin must not take the cache out of traffic.
    const healthy = HealthCheck.http('/healthz');
    pod.addContainer({
      name: 'proxy',
      image: props.image ?? DEFAULT_IMAGES.nginx,
      command: ['nginx', '-c', `${CONFIG_DIRECTORY}/nginx.conf`, '-e', 'stderr', '-g', 'daemon off;'],
      ports: [
        { name: 'http', containerPort: PROXY_PORT, protocol: 'TCP' },
        { name: 'status', containerPort: STATUS_PORT, protocol: 'TCP' },
      ],
      env: new Map(),
      resources,
      readinessProbe: healthy._render(PROBE_DEFAULTS.readiness, 'status'),
      livenessProbe: healthy._render(PROBE_DEFAULTS.liveness, 'status'),
      startupProbe: healthy._render(PROBE_DEFAULTS.startup, 'status'),
      lifecycle: preStopSeconds > 0 ? waitBeforeStop(preStopSeconds, version) : undefined,
      volumeMounts: [
        { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
        { name: 'cache', mountPath: CACHE_DIRECTORY },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    });
    if (this.metricsEndpoint) {
      pod.addContainer(
        exporterContainer({
          image: props.exporterImage ?? DEFAULT_IMAGES.nginxExporter,
          port: EXPORTER_PORT,
          args: [`--nginx.scrape-uri=http://127.0.0.1:${STATUS_PORT}/stub_status`],
        }),
      );
    }
    pod.addVolume({ name: 'config', configMap: { name: this.name } });
    pod.addVolume({ name: 'cache', emptyDir: { sizeLimit: formatBytes(tuning.cacheVolumeBytes) } });
    pod.addVolume({ name: 'tmp', emptyDir: { sizeLimit: formatBytes(tuning.scratchBytes) } });
    return pod;
  }
}

function check(
  checks: Checks,
  props: NginxCachingProxyProps,
  profile: WorkloadProfile,
  scaling: ScalingPolicy,
  version: KubernetesVersion,
): void {
  const size = (prop: string, value: Size | undefined, least: number) => {
    const bytes = value && bytesOf(value);
    if (bytes !== undefined && !(Number.isSafeInteger(bytes) && bytes >= least)) {
      checks.fail(prop, value?.asString(), `allowed: at least ${formatBytes(least)}, in whole bytes`);
    }
  };
  const seconds = (prop: string, value: Duration | undefined, least: number, most: number) =>
    checks.integer(prop, value && secondsOf(value), least, most);
  if (props.hosts?.length === 0)
    checks.fail('hosts', props.hosts, 'allowed: at least one host name, or leave it out');
  props.hosts?.forEach((host, index) => checks.text(`hosts[${index}]`, host, hostRule));
  props.exposure?._check(checks.at('exposure'));
  checks.port('servicePort', props.servicePort);
  size('cacheSize', props.cacheSize, MIB);
  size('meanObjectSize', props.meanObjectSize, 1);
  size('keysZoneSize', props.keysZoneSize, MIB);
  size('fillRate', props.fillRate, 1);
  size('maxRequestBody', props.maxRequestBody, 1);
  seconds('inactive', props.inactive, 1, 31_536_000);
  props.validity?.forEach(({ statuses, duration }, index) => {
    const at = checks.at(`validity[${index}]`);
    if (statuses.length === 0) at.fail('statuses', statuses, 'allowed: at least one status');
    statuses.forEach((status) => at.integer('statuses', status, 200, 599));
    at.integer('duration', secondsOf(duration), 1, 31_536_000);
  });
  props.ignoreCookies?.forEach((name, index) => checks.text(`ignoreCookies[${index}]`, name, cookieRule));
  checks.text('cacheVersion', props.cacheVersion, cacheVersionRule);
  seconds('connectTimeout', props.connectTimeout, 1, 75);
  seconds('responseTimeout', props.responseTimeout, 1, 3600);
  seconds('backendIdleTimeout', props.backendIdleTimeout, 2, 86_400);
  seconds('preStopDelay', props.preStopDelay, 0, 600);
  seconds('drainTime', props.drainTime, 1, 3600);
  checks.text('image', props.image, imageRule);
  checks.text('exporterImage', props.exporterImage, imageRule);
  checkScheduling(checks, props);
  const before = checks.passed;
  profile._check(checks.at('profile'));
  const resources = before && checks.passed ? profile._resources() : undefined;
  const exporter = props.metrics === false ? [] : [{ name: 'exporter', resources: EXPORTER_RESOURCES }];
  scaling._check(checks.at('scaling'), { containers: [{ name: 'proxy', resources }, ...exporter], version });
}

function cookieRule(text: string): string | undefined {
  if (/^[A-Za-z0-9_.-]{1,64}\*?$/.test(text)) return undefined;
  return 'a cookie name of letters, digits, "_", "-" and ".", with "*" at the end for any ending';
}

function cacheVersionRule(text: string): string | undefined {
  return /^[A-Za-z0-9_.-]{1,63}$/.test(text)
    ? undefined
    : 'at most 63 letters, digits, "_", "-" and ".", such as a release number';
}

function tune(checks: Checks, props: NginxCachingProxyProps, resources: ContainerResources): ProxyTuning {
  const tuning = tuneProxy({
    cacheBytes: bytesOf(props.cacheSize ?? PROXY_DEFAULTS.cacheSize),
    meanObjectBytes: bytesOf(props.meanObjectSize ?? PROXY_DEFAULTS.meanObjectSize),
    keysZoneBytes: props.keysZoneSize && bytesOf(props.keysZoneSize),
    fillBytesPerSecond: props.fillRate && bytesOf(props.fillRate),
    inactiveSeconds: secondsOf(props.inactive ?? PROXY_DEFAULTS.inactive),
    validity: validityOf(props),
    maxRequestBodyBytes: bytesOf(props.maxRequestBody ?? PROXY_DEFAULTS.maxRequestBody),
    cpuMillis: resources.cpuLimitMillis ?? resources.cpuRequestMillis,
    memoryLimitBytes: resources.memoryLimitBytes,
  });
  for (const { prop, value, allowed } of tuning.problems) checks.fail(prop, value, allowed);
  return tuning;
}

function validityOf(props: NginxCachingProxyProps) {
  return (props.validity ?? PROXY_DEFAULTS.validity).map(({ statuses, duration }) => ({
    statuses: [...statuses],
    seconds: secondsOf(duration),
  }));
}

function rulesOf(
  props: NginxCachingProxyProps,
  exposure: Exposure,
  tuning: ProxyTuning,
  origin: ProxyRules['origin'],
): ProxyRules {
  return {
    tuning,
    origin,
    cacheBytes: bytesOf(props.cacheSize ?? PROXY_DEFAULTS.cacheSize),
    inactiveSeconds: secondsOf(props.inactive ?? PROXY_DEFAULTS.inactive),
    validity: validityOf(props),
    hosts: props.hosts ?? exposure._hosts,
    behindProxy: exposure._what.kind === 'Ingress' || exposure._what.kind === 'HTTPRoute',
    ignoredCookies: props.ignoreCookies ?? PROXY_DEFAULTS.ignoreCookies,
    cacheVersion: props.cacheVersion,
    coalesce: props.coalesce ?? true,
    connectSeconds: secondsOf(props.connectTimeout ?? PROXY_DEFAULTS.connectTimeout),
    responseSeconds: secondsOf(props.responseTimeout ?? PROXY_DEFAULTS.responseTimeout),
    idleSeconds: secondsOf(props.backendIdleTimeout ?? PROXY_DEFAULTS.backendIdleTimeout) - 1,
    maxRequestBodyBytes: bytesOf(props.maxRequestBody ?? PROXY_DEFAULTS.maxRequestBody),
    drainSeconds: secondsOf(props.drainTime ?? PROXY_DEFAULTS.drainTime),
  };
}

/** The pods of a tier: nginx, its exporters, its volumes. */
import type { Construct } from 'constructs';
import type { Volume, VolumeMount } from 'kubernetes-types/core/v1';
import { MetricFamily, type MetricsEndpoint } from '../connection/monitored';
import { exporterContainer } from '../pod/exporter';
import { HealthCheck, PROBE_DEFAULTS } from '../pod/health-check';
import { DEFAULT_IMAGES } from '../pod/images';
import type { SelectorLabels } from '../pod/naming';
import { PodModel } from '../pod/pod-model';
import { waitBeforeStop } from '../pod/pre-stop';
import { gracePeriodSeconds, PRE_STOP_SECONDS } from '../pod/termination-sizing';
import type { ContainerResources } from '../sizing/resources';
import { KubernetesVersion } from '../target/kubernetes-version';
import { secondsOf } from '../units/amounts';
import { formatBytes } from '../units/quantity';
import { CACHE_METRICS_PROGRAM } from './configuration/cache-metrics-emitter';
import { START_SCRIPT } from './configuration/start-script-emitter';
import { type NginxCachingProxyProps, PROXY_DEFAULTS } from './nginx-caching-proxy-props';
import { METRICS_LOG_VOLUME_BYTES, type ProxyTuning } from './tuning/nginx-tuning';
import {
  AUTHORITIES_DIRECTORY,
  CACHE_DIRECTORY,
  CLIENT_TLS_DIRECTORY,
  CONFIG_DIRECTORY,
  METRICS_LOG,
  METRICS_LOG_DIRECTORY,
  PROXY_PORT,
  SCRATCH_DIRECTORY,
  STATUS_PORT,
  TLS_PORT,
} from './tuning/proxy-rules';

const NGINX_USER = 101;
const EXPORTER_PORT = 9113;
const CACHE_EXPORTER_PORT = 3903;
/** Where the proxy mounts something itself. */
export const PROXY_MOUNTS: readonly string[] = [
  CACHE_DIRECTORY,
  CONFIG_DIRECTORY,
  SCRATCH_DIRECTORY,
  METRICS_LOG_DIRECTORY,
];

const METRICS_LOG_MOUNT: VolumeMount = { name: 'metrics-log', mountPath: METRICS_LOG_DIRECTORY };

export interface TierPods {
  readonly name: string;
  readonly labels: SelectorLabels;
  readonly props: NginxCachingProxyProps;
  readonly resources: ContainerResources;
  readonly tuning: ProxyTuning;
  readonly configuration: string;
  /** The volume of the cache; undefined: the tier has none. */
  readonly cacheVolume?: Volume;
  readonly clientTlsSecret?: string;
  readonly authoritiesSecret?: string;
  readonly ownedByDeployment: boolean;
}

/** Files of a tier's ConfigMap. */
export function configurationFiles({ configuration, cacheVolume, props }: TierPods): Record<string, string> {
  return {
    ...(hasCacheMetrics(props, cacheVolume) && { 'cache.mtail': CACHE_METRICS_PROGRAM }),
    'nginx.conf': configuration,
    'start.sh': START_SCRIPT,
  };
}

function hasCacheMetrics(props: NginxCachingProxyProps, cacheVolume: Volume | undefined): boolean {
  return props.metrics !== false && cacheVolume !== undefined;
}

/** Where the pods serve metrics. */
export function metricsEndpoints({ props, cacheVolume }: Pick<TierPods, 'props' | 'cacheVolume'>) {
  const endpoint = (family: MetricFamily, portName: string, port: number): MetricsEndpoint => ({
    family,
    portName,
    port,
    path: '/metrics',
  });
  return {
    connections: props.metrics === false ? undefined : endpoint(MetricFamily.NGINX, 'metrics', EXPORTER_PORT),
    cache: hasCacheMetrics(props, cacheVolume)
      ? [endpoint(MetricFamily.NGINX_CACHE, 'cache-metrics', CACHE_EXPORTER_PORT)]
      : undefined,
  };
}

/** What misses may write per second, where the size of the volume is no hard one. */
export function boundedFill({ cacheVolume, props, tuning }: TierPods): number | undefined {
  return cacheVolume === undefined || props.cacheStorage?._isHard ? undefined : tuning.fillBytesPerSecond;
}

export function tierPods(scope: Construct, tier: TierPods): PodModel {
  const { props, tuning, cacheVolume } = tier;
  const version = KubernetesVersion.of(scope);
  const preStopSeconds = props.preStopDelay ? secondsOf(props.preStopDelay) : PRE_STOP_SECONDS;
  const pod = new PodModel({
    scope,
    labels: tier.labels,
    version,
    serviceAccountName: props.serviceAccount?.name ?? tier.name,
    terminationGracePeriodSeconds: gracePeriodSeconds(
      preStopSeconds,
      secondsOf(props.drainTime ?? PROXY_DEFAULTS.drainTime),
    ),
    scheduling: props,
    spread: { ownedByDeployment: tier.ownedByDeployment },
    user: NGINX_USER,
    group: NGINX_USER,
    fsGroup: NGINX_USER,
    props,
  });
  // The status server answers for nginx itself: a slow origin must not take the cache out of traffic.
  const healthy = HealthCheck.http('/healthz');
  const secrets = secretVolumes(tier);
  const configMount: VolumeMount = { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true };
  pod.addMainContainer({
    name: 'proxy',
    image: props.image ?? DEFAULT_IMAGES.nginx,
    command: ['sh', `${CONFIG_DIRECTORY}/start.sh`, `${CONFIG_DIRECTORY}/nginx.conf`],
    ports: [
      { name: 'http', containerPort: PROXY_PORT, protocol: 'TCP' },
      ...(tier.clientTlsSecret === undefined
        ? []
        : [{ name: 'https', containerPort: TLS_PORT, protocol: 'TCP' as const }]),
      { name: 'status', containerPort: STATUS_PORT, protocol: 'TCP' },
    ],
    env: new Map(),
    resources: {
      ...tier.resources,
      ephemeralRequestBytes: tuning.ephemeralBytes,
      ephemeralLimitBytes: tuning.ephemeralBytes,
    },
    readinessProbe: healthy._render(PROBE_DEFAULTS.readiness, 'status'),
    livenessProbe: healthy._render(PROBE_DEFAULTS.liveness, 'status'),
    startupProbe: healthy._render(PROBE_DEFAULTS.startup, 'status'),
    lifecycle: preStopSeconds > 0 ? waitBeforeStop(preStopSeconds, version) : undefined,
    volumeMounts: [
      configMount,
      ...(cacheVolume ? [{ name: cacheVolume.name, mountPath: CACHE_DIRECTORY }] : []),
      ...secrets.map(({ volume, mountPath }) => ({ name: volume.name, mountPath, readOnly: true })),
      ...(hasCacheMetrics(props, cacheVolume) ? [METRICS_LOG_MOUNT] : []),
      { name: 'tmp', mountPath: SCRATCH_DIRECTORY },
    ],
  });
  addExporters(pod, tier, configMount);
  pod.addVolume({ name: 'config', configMap: { name: tier.name } });
  if (cacheVolume) pod.addVolume(cacheVolume);
  for (const { volume } of secrets) pod.addVolume(volume);
  if (hasCacheMetrics(props, cacheVolume)) {
    pod.addVolume({
      name: METRICS_LOG_MOUNT.name,
      emptyDir: { sizeLimit: formatBytes(METRICS_LOG_VOLUME_BYTES) },
    });
  }
  pod.addVolume({ name: 'tmp', emptyDir: { sizeLimit: formatBytes(tuning.scratchBytes) } });
  return pod;
}

function addExporters(pod: PodModel, { props, cacheVolume }: TierPods, configMount: VolumeMount): void {
  if (props.metrics === false) return;
  pod.addContainer(
    exporterContainer({
      image: props.exporterImage ?? DEFAULT_IMAGES.nginxExporter,
      port: EXPORTER_PORT,
      args: [`--nginx.scrape-uri=http://127.0.0.1:${STATUS_PORT}/stub_status`],
    }),
  );
  if (!hasCacheMetrics(props, cacheVolume)) return;
  pod.addContainer(
    exporterContainer({
      image: props.cacheExporterImage ?? DEFAULT_IMAGES.mtail,
      name: 'cache-exporter',
      port: CACHE_EXPORTER_PORT,
      portName: 'cache-metrics',
      args: [
        `--progs=${CONFIG_DIRECTORY}/cache.mtail`,
        `--logs=${METRICS_LOG}`,
        `--port=${CACHE_EXPORTER_PORT}`,
        '--emit_prog_label=false',
        '--logtostderr',
      ],
      volumeMounts: [configMount, { ...METRICS_LOG_MOUNT, readOnly: true }],
    }),
  );
}

function secretVolumes({ clientTlsSecret, authoritiesSecret }: TierPods) {
  const secret = (name: string, secretName: string | undefined, mountPath: string) =>
    secretName === undefined
      ? []
      : [{ volume: { name, secret: { secretName, defaultMode: 0o440 } }, mountPath }];
  return [
    ...secret('client-tls', clientTlsSecret, CLIENT_TLS_DIRECTORY),
    ...secret('authorities', authoritiesSecret, AUTHORITIES_DIRECTORY),
  ];
}

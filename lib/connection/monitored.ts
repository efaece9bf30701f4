import type { IConstruct } from 'constructs';
import type { NetworkIdentity, NetworkPeer } from './network-peer';

/** Whose series a metrics endpoint serves; alerts use only series of the families that are watched. */
export enum MetricFamily {
  /** The application's own `http_requests_total` and `http_request_duration_seconds`. */
  HTTP = 'http',
  /** postgres_exporter. */
  POSTGRES = 'postgres',
  /** The instances of CloudNativePG. */
  CLOUD_NATIVE_PG = 'cloudnative-pg',
  /** pgbouncer_exporter. */
  PGBOUNCER = 'pgbouncer',
  /** The poolers of CloudNativePG. */
  CLOUD_NATIVE_PG_POOLER = 'cloudnative-pg-pooler',
  /** redis_exporter. */
  REDIS = 'redis',
  /** postgres_exporter, alone: its server exists elsewhere. */
  EXTERNAL_POSTGRES = 'external-postgres',
  /** redis_exporter, alone: its server exists elsewhere. */
  EXTERNAL_REDIS = 'external-redis',
  /** nginx-prometheus-exporter on stub_status. */
  NGINX = 'nginx',
  /** Cache statuses of nginx's access log, counted by mtail. */
  NGINX_CACHE = 'nginx-cache',
}

/** A metrics endpoint in the pods of a workload. */
export interface MetricsEndpoint {
  /** Whose series it serves. */
  readonly family: MetricFamily;
  /** Name of the container port. */
  readonly portName: string;
  /** Number of the container port. */
  readonly port: number;
  /** Path, such as `/metrics`. */
  readonly path: string;
  /**
   * Labels of the Service whose port of the same name leads to the endpoint; it is then scraped by a ServiceMonitor.
   *
   * @default - no Service has the port: the pods are scraped by a PodMonitor
   */
  readonly serviceLabels?: { [label: string]: string };
}

/** Memory that the processes of a container share and keep. */
export interface SharedMemory {
  /** Name of the container. */
  readonly container: string;
  /** Size, in bytes. */
  readonly bytes: number;
}

/** A workload that performance monitoring can watch. */
export interface IMonitored extends IConstruct {
  /** Name of the workload: its pods are called `<name>-…`, unless `workloadName` says otherwise. */
  readonly name: string;
  /**
   * Name of the workload whose pods tell of it, where it is another: the exporter of what exists elsewhere.
   *
   * @default - name
   */
  readonly workloadName?: string;
  /** Its pods, as network policies name them. */
  readonly networkIdentity: NetworkIdentity;
  /** Whether its main container has a CPU limit; without one, alerts on the limit could never fire. */
  readonly hasCpuLimit: boolean;
  /**
   * Name of the HorizontalPodAutoscaler that scales it.
   *
   * @default - its number of pods is fixed
   */
  readonly autoscalerName?: string;
  /**
   * Where it serves metrics.
   *
   * @default - nowhere
   */
  readonly metricsEndpoint?: MetricsEndpoint;
  /**
   * Further endpoints of the same pods.
   *
   * @default - none
   */
  readonly moreMetricsEndpoints?: MetricsEndpoint[];
  /**
   * Set for a server that fills the rest of its limit with page cache on purpose: what it uses is then its resident
   * memory plus what its processes share.
   *
   * @default - it does not; what it uses is its working set
   */
  readonly sharedMemory?: SharedMemory;
  /**
   * Connections that clients may open to a store that exists elsewhere: what its provider reserves, the store does not tell.
   *
   * @default - not known, or the store tells
   */
  readonly clientConnections?: number;
  /**
   * Wait of a client for a connection of a pooler that is worth an alert, in seconds; asked for at synth.
   *
   * @default - it is no pooler
   */
  readonly longClientWaitSeconds?: number;
  /**
   * Requests at one time that each of its pods bears; more are turned away. Counted by `nginx_connections_writing`.
   *
   * @default - nobody is turned away, or nobody counts
   */
  readonly requestsAtOnce?: number;
  /**
   * Bytes per second that misses may write to its cache: above it, the volume is too small for what is filled between two
   * looks at its size.
   *
   * @default - it has no such cache, or one whose volume has a hard size
   */
  readonly fillBytesPerSecond?: number;
  /**
   * Lets a peer scrape the metrics endpoint.
   *
   * @param peer who may
   */
  allowScrapeFrom(peer: NetworkPeer): void;
}

export { AdoptedWorkload } from './adopt/adopted-workload';
export * from './adopt/adopted-workload-props';
export { type ManifestFile, TunedApp, type TunedAppProps } from './app/tuned-app';
export * from './checklist/checklist';
export * from './checklist/checklist-validation';
export { type CacheUrlOptions, type CacheVariableNames, CacheVariables } from './connection/cache-variables';
export {
  type ConnectionBinding,
  type ConnectionEndpoint,
  type ConnectionPeer,
  type DatabaseConnectionOptions,
  type HttpEndpoint,
  type ICache,
  type IConnectionTarget,
  type IConsumer,
  type IDatabase,
  type IHttpBackend,
  type ReadOnlyConnectionOptions,
} from './connection/connection';
export * from './connection/connection-pool';
export {
  type DatabaseUrlOptions,
  type DatabaseVariableNames,
  DatabaseVariables,
} from './connection/database-variables';
export { type ExposedPath, PathType } from './connection/exposed-path';
export { Exposure } from './connection/exposure';
export type {
  GatewayReference,
  HttpRouteExposureOptions,
  HttpRoutePath,
  HttpRouteTimeouts,
  RequestHeaderChanges,
} from './connection/http-route';
export type { IngressCertificate, IngressExposureOptions } from './connection/ingress';
export * from './connection/monitored';
export { type NetworkIdentity, NetworkPeer } from './connection/network-peer';
export { PostgresSslMode } from './connection/postgres-ssl-mode';
export { ExternalTrafficPolicy, IpFamilies } from './connection/service-addressing';
export type {
  ClusterIpExposureOptions,
  ExternalExposureOptions,
  LoadBalancerExposureOptions,
  NodePortExposureOptions,
  ProxyProtocolOptions,
} from './connection/service-exposure';
export { type ServiceConnectionOptions, type ServiceVariables } from './connection/service-variables';
export * from './external/exporter-props';
export * from './external/external-postgres';
export * from './external/external-postgres-props';
export * from './external/external-redis';
export * from './external/external-redis-props';
export * from './external/external-service';
export * from './external/external-service-props';
export * from './external/external-store';
export * from './external/postgres-instance';
export * from './external/store-exporter';
export { type Finding, FindingSeverity } from './finding/finding';
export type { JobProps } from './job/job-props';
export * from './job/migration-job';
export * from './job/migration-job-props';
export * from './job/migration-lock';
export * from './job/one-off-job';
export * from './job/one-off-job-props';
export * from './job/rollout-hook';
export * from './job/scheduled-job';
export * from './job/scheduled-job-props';
export {
  type AlertThreshold,
  type LatencyThreshold,
  PerformanceMonitoring,
  type PerformanceMonitoringProps,
} from './monitoring/performance-monitoring';
export {
  type ExternalHostOptions,
  HttpUpstream,
  type ServiceUpstreamOptions,
  type UpstreamTlsOptions,
} from './nginx/http-upstream';
export * from './nginx/nginx-caching-proxy';
export {
  type NginxCachingProxyProps,
  PathProtocol,
  PathReading,
  type ProxyCacheKey,
  type ProxyCacheValidity,
  type ProxyPath,
} from './nginx/nginx-caching-proxy-props';
export * from './nginx/proxy-cache-storage';
export * from './nginx/proxy-topology';
export {
  type GrpcHealthCheckOptions,
  HealthCheck,
  type HealthCheckOptions,
  type HttpHealthCheckOptions,
  type PortHealthCheckOptions,
} from './pod/health-check';
export { type HttpLifecycleHookOptions, LifecycleHook } from './pod/lifecycle-hook';
export { Mesh, type MeshOptions } from './pod/mesh';
export * from './pod/pod-props';
export * from './pod/pod-volume';
export {
  type NodeRequirement,
  type PodAffinity,
  type SchedulingProps,
  type Toleration,
} from './pod/scheduling';
export {
  type ImportDatabaseOptions,
  type ImportOptions,
  type ImportServerOptions,
  PostgresBootstrap,
  type RecoveryOptions,
} from './postgres/bootstrap/postgres-bootstrap';
export {
  type ObjectStoreSourceOptions,
  RecoverySource,
  type VolumeSnapshotSourceOptions,
} from './postgres/bootstrap/recovery-source';
export { RecoveryTarget, type RecoveryTargetOptions } from './postgres/bootstrap/recovery-target';
export type { PostgresTablespaceProps } from './postgres/cloud-native-pg/tablespaces';
export { DumpDestination, type ObjectStoreDestinationOptions } from './postgres/dump/dump-destination';
export { PostgresDumpJob } from './postgres/dump/postgres-dump-job';
export * from './postgres/indexes/postgres-index';
export { PostgresIndexJob } from './postgres/indexes/postgres-index-job';
export { PostgresPooler } from './postgres/pooler/postgres-pooler';
export * from './postgres/pooler/postgres-pooler-props';
export {
  type DumpBackupOptions,
  type ObjectStoreBackupOptions,
  PostgresBackup,
  type VolumeSnapshotBackupOptions,
} from './postgres/postgres-backup';
export { PostgresStandbys } from './postgres/postgres-standbys';
export {
  type CloudNativePgOptions,
  PostgresTopology,
  type StatefulSetOptions,
  SynchronousDurability,
} from './postgres/postgres-topology';
export * from './postgres/postgres-workload';
export * from './postgres/roles/postgres-role';
export { PostgresSetupJob } from './postgres/roles/postgres-setup-job';
export * from './postgres/setting-explanation';
export * from './postgres/tuned-postgres';
export * from './postgres/tuned-postgres-props';
export type { CacheConnectionOptions } from './redis/cache-connection';
export * from './redis/cache-engine';
export * from './redis/cache-redis';
export * from './redis/cache-redis-props';
export * from './redis/cache-user';
export {
  type ClusterTopologyOptions,
  RedisTopology,
  type SentinelTopologyOptions,
} from './redis/redis-topology';
export { Runtime } from './runtime/runtime';
export * from './runtime/runtime-props';
export { ScalingTrigger } from './scaling/events/scaling-trigger';
export * from './scaling/events/trigger-authentication';
export * from './scaling/events/trigger-props';
export * from './scaling/scaling-intent';
export { ScalingMetric } from './scaling/scaling-metric';
export * from './scaling/scaling-metric-props';
export { ScalingPolicy } from './scaling/scaling-policy';
export * from './scaling/scaling-props';
export { type ScalingRules, ScalingStep, StepSelection } from './scaling/scaling-rules';
export { type ScalingThresholds } from './scaling/scaling-thresholds';
export {
  type ManifestSimulationOptions,
  Simulation,
  type SimulationPoint,
  SimulationRun,
} from './scaling/simulation';
export { type NodeSupply, type SimulationOptions } from './scaling/simulation-props';
export * from './scaling/traffic';
export { VerticalScaling } from './scaling/vertical/vertical-scaling';
export * from './scaling/vertical/vertical-scaling-props';
export * from './sizing/pod-density';
export {
  WorkloadProfile,
  type WorkloadProfileOptions,
  type WorkloadProfileQuantities,
} from './sizing/workload-profile';
export * from './target/kubernetes-version';
export * from './web/application-settings';
export * from './web/background-worker';
export { type IScalable, type IWorkload } from './web/i-workload';
export { type ProgramProps } from './web/program-props';
export * from './web/scalable-web-app';
export { type WorkloadProps } from './web/workload-props';

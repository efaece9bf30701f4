import { Chart, Duration, Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import {
  ApplicationSettings,
  CachePersistence,
  CacheRedis,
  EvictionPolicy,
  Exposure,
  NginxCachingProxy,
  PerformanceMonitoring,
  ScalableWebApp,
  ScalingPolicy,
  Traffic,
  TunedPostgres,
  VerticalScaling,
  WorkloadProfile,
} from 'cdk8s-tuned';
import type { Construct } from 'constructs';

/** The guide's stack with our constructs: its numbers wherever they can stand together. */
export class GuideReconciled extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: 'guide' });
    const db = new TunedPostgres(this, 'app-db', {
      name: 'app-db',
      storage: Size.gibibytes(100),
      profile: WorkloadProfile.DATABASE.withMemory(Size.gibibytes(16)),
      parameters: {
        shared_buffers: '4GB',
        effective_cache_size: '12GB',
        work_mem: '10MB',
        max_connections: '200',
        max_prepared_transactions: '100',
        wal_buffers: '16MB',
        default_statistics_target: '100',
      },
    });
    const cache = new CacheRedis(this, 'app-cache', {
      name: 'app-cache',
      maxMemory: Size.gibibytes(2),
      evictionPolicy: EvictionPolicy.ALLKEYS_LRU,
      persistence: CachePersistence.NONE,
    });
    const web = new ScalableWebApp(this, 'scalable-app', {
      name: 'scalable-app',
      image: 'registry.example.com/myapp:1.0.0',
      profile: WorkloadProfile.custom({
        cpuRequest: Cpu.millis(500),
        cpuLimit: Cpu.units(1),
        memoryRequest: Size.mebibytes(512),
        memoryLimit: Size.gibibytes(1),
      }),
      scaling: ScalingPolicy.cpuAndMemory({ min: 2, max: 20, cpuPercent: 70, memoryPercent: 80 }),
      verticalScaling: VerticalScaling.recommend(),
      settings: ApplicationSettings.guide(),
    });
    web.connectTo(db);
    web.connectTo(cache);
    web.requireScaling(
      Traffic.spike({ base: 100, peak: 600, rise: Duration.minutes(1) }),
      { timeToCapacity: Duration.minutes(2), flaps: 0, drainTime: Duration.minutes(10) },
      { capacityPerPod: 50 },
    );
    const edge = new NginxCachingProxy(this, 'web-server', {
      name: 'web-server',
      backend: web,
      keysZoneSize: Size.mebibytes(10),
      cacheSize: Size.gibibytes(1),
      inactive: Duration.minutes(60),
      validity: [
        { statuses: [200], duration: Duration.minutes(10) },
        { statuses: [404], duration: Duration.minutes(1) },
      ],
      exposure: Exposure.loadBalancer(),
    });
    new PerformanceMonitoring(this, 'app-perf', { name: 'app-perf', watch: [web, db, cache, edge] });
  }
}

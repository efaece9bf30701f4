/** Constructs to attack, with props that are good but for those under attack. */
import { type Chart, Duration, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import * as tuned from 'cdk8s-tuned';
import { IMAGE } from '../support/synth';

export const MINUTE = Duration.minutes(1);
export const INDEX = { table: 'users', column: 'name', match: tuned.IndexMatch.EQUALITY };

const cluster = (engine: tuned.CloudNativePgOptions) => ({
  storage: Size.gibibytes(100),
  topology: tuned.PostgresTopology.cloudNativePg(engine),
});

/** Each construct with props that are good, and how it is made. */
export const CONSTRUCTS: Record<string, (chart: Chart, props: Record<string, unknown>) => void> = {
  ScalableWebApp: (chart, props) => new tuned.ScalableWebApp(chart, 'web', { image: IMAGE, ...props }),
  BackgroundWorker: (chart, props) => new tuned.BackgroundWorker(chart, 'worker', { image: IMAGE, ...props }),
  TunedPostgres: (chart, props) =>
    new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(100), ...props }),
  PostgresIndexJob: (chart, props) =>
    new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(100), indexJobOptions: props }).addIndex(
      INDEX,
    ),
  PostgresPooler: (chart, props) =>
    new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) }).addPooler(props),
  'TunedPostgres on CloudNativePG': (chart, props) =>
    new tuned.TunedPostgres(chart, 'db', { ...cluster({}), ...props }),
  'PostgresPooler on CloudNativePG': (chart, props) =>
    new tuned.TunedPostgres(chart, 'db', cluster({})).addPooler(props),
  CloudNativePg: (chart, props) => new tuned.TunedPostgres(chart, 'db', cluster(props)),
  StatefulSet: (chart, props) =>
    new tuned.TunedPostgres(chart, 'db', {
      storage: Size.gibibytes(100),
      topology: tuned.PostgresTopology.statefulSet(props),
    }),
  ObjectStoreBackup: (chart, props) => {
    const backup = tuned.PostgresBackup.objectStore({ destinationPath: 's3://backups', ...props });
    new tuned.TunedPostgres(chart, 'db', cluster({ backup }));
  },
  VolumeSnapshotBackup: (chart, props) => {
    const backup = tuned.PostgresBackup.volumeSnapshot(props);
    new tuned.TunedPostgres(chart, 'db', cluster({ backup }));
  },
  CacheRedis: (chart, props) => new tuned.CacheRedis(chart, 'cache', props),
  ExternalPostgres: (chart, props) =>
    void web(chart, {}).connectTo(
      new tuned.ExternalPostgres(chart, 'db', {
        host: 'db.example.com',
        readOnlyHost: 'replicas.example.com',
        peer: tuned.NetworkPeer.cidr('10.20.0.0/16'),
        maxConnections: 1000,
        ...props,
      }),
    ),
  ExternalRedis: (chart, props) =>
    void web(chart, {}).connectTo(
      new tuned.ExternalRedis(chart, 'cache', {
        host: 'cache.example.com',
        peer: tuned.NetworkPeer.cidr('10.20.0.0/16'),
        credentials: Secret.fromSecretName(chart, 'auth', 'auth'),
        ...props,
      }),
    ),
  MigrationJob: (chart, props) =>
    new tuned.MigrationJob(chart, 'migrate', { image: IMAGE, ...props }).connectTo(database(chart)),
  OneOffJob: (chart, props) =>
    new tuned.OneOffJob(chart, 'backfill', { image: IMAGE, ...props }).connectTo(database(chart)),
  ScheduledJob: (chart, props) =>
    new tuned.ScheduledJob(chart, 'report', { image: IMAGE, schedule: '@daily', ...props }).connectTo(
      database(chart),
    ),
  NginxCachingProxy: (chart, props) =>
    new tuned.NginxCachingProxy(chart, 'edge', {
      backend: new tuned.ScalableWebApp(chart, 'web', { image: IMAGE }),
      ...props,
    }),
  PerformanceMonitoring: (chart, props) =>
    new tuned.PerformanceMonitoring(chart, 'perf', {
      watch: [new tuned.ScalableWebApp(chart, 'web', { image: IMAGE })],
      ...props,
    }),
};

const database = (chart: Chart) => new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) });

export const web = (chart: Chart, props: Partial<tuned.ScalableWebAppProps>) =>
  new tuned.ScalableWebApp(chart, 'web', { image: IMAGE, ...props });

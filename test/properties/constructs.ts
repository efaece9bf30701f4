/** Constructs to attack, with props that are good but for those under attack. */
import { ApiObject, type Chart, Duration, Size } from 'cdk8s';
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
  AdoptedWorkload: (chart, props) => adopt(chart, {}, props).connectTo(database(chart)),
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
  PostgresRole: (chart, props) =>
    new tuned.TunedPostgres(chart, 'db', {
      storage: Size.gibibytes(100),
      roles: [{ name: 'reports', ...props }],
    }),
  'PostgresRole on CloudNativePG': (chart, props) => {
    const credentials = Secret.fromSecretName(chart, 'login', 'login');
    const role = { name: 'reports', credentials, ...props } as tuned.PostgresRoleProps;
    new tuned.TunedPostgres(chart, 'db', { ...cluster({}), roles: [role] });
  },
  PostgresTablespace: (chart, props) =>
    new tuned.TunedPostgres(
      chart,
      'db',
      cluster({ tablespaces: [{ name: 'archive', storage: Size.gibibytes(10), ...props }] }),
    ),
  Recovery: (chart, props) => {
    const source = tuned.RecoverySource.objectStore({ destinationPath: 's3://backups', serverName: 'old' });
    started(chart, tuned.PostgresBootstrap.recovery({ source, ...props }));
  },
  ObjectStoreSource: (chart, props) => {
    const store = { destinationPath: 's3://backups', serverName: 'old', ...props };
    const source = tuned.RecoverySource.objectStore(store);
    started(chart, tuned.PostgresBootstrap.recovery({ source }));
  },
  VolumeSnapshotSource: (chart, props) => {
    const source = tuned.RecoverySource.volumeSnapshots({ data: 'data-1', ...props });
    started(chart, tuned.PostgresBootstrap.recovery({ source }));
  },
  ImportDatabase: (chart, props) =>
    started(chart, tuned.PostgresBootstrap.importDatabase({ ...imported(chart), database: 'app', ...props })),
  ImportServer: (chart, props) =>
    started(chart, tuned.PostgresBootstrap.importServer({ ...imported(chart), ...props })),
  DumpBackup: (chart, props) => {
    const backup = tuned.PostgresBackup.dump({ storage: Size.gibibytes(10), ...props });
    const topology = tuned.PostgresTopology.statefulSet({ backup });
    new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(100), topology });
  },
  ObjectStoreDestination: (chart, props) => {
    const store = { destinationPath: 's3://backups', region: 'eu-west-1', ...props };
    const destination = tuned.DumpDestination.objectStore(store);
    CONSTRUCTS.DumpBackup(chart, { destination });
  },
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
  'PostgresPooler of an ExternalPostgres': (chart, props) => {
    const db = new tuned.ExternalPostgres(chart, 'db', {
      host: 'db.example.com',
      peer: tuned.NetworkPeer.cidr('10.20.0.0/16'),
      maxConnections: 1000,
    });
    web(chart, {}).connectTo(db);
    db.addPooler(props);
  },
  ExternalPostgresExporter: (chart, props) => {
    const db = new tuned.ExternalPostgres(chart, 'db', {
      host: 'db.example.com',
      peer: tuned.NetworkPeer.cidr('10.20.0.0/16'),
      maxConnections: 1000,
      sslMode: tuned.PostgresSslMode.REQUIRE,
    });
    const credentials = Secret.fromSecretName(chart, 'exporter', 'exporter');
    db.addExporter({ credentials, ...props });
    new tuned.PerformanceMonitoring(chart, 'perf', { watch: [db] });
  },
  ExternalRedisExporter: (chart, props) => {
    const cache = new tuned.ExternalRedis(chart, 'cache', {
      host: 'cache.example.com',
      peer: tuned.NetworkPeer.cidr('10.20.0.0/16'),
    });
    const credentials = Secret.fromSecretName(chart, 'exporter', 'exporter');
    cache.addExporter({ credentials, ...props });
    new tuned.PerformanceMonitoring(chart, 'perf', { watch: [cache] });
  },
  ExternalRedis: (chart, props) =>
    void web(chart, {}).connectTo(
      new tuned.ExternalRedis(chart, 'cache', {
        host: 'cache.example.com',
        peer: tuned.NetworkPeer.cidr('10.20.0.0/16'),
        credentials: Secret.fromSecretName(chart, 'auth', 'auth'),
        ...props,
      }),
    ),
  ExternalService: (chart, props) =>
    web(chart, {}).connectTo(
      new tuned.ExternalService(chart, 'payments', {
        host: 'api.example.com',
        peers: [tuned.NetworkPeer.cidr('203.0.113.0/24')],
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

const started = (chart: Chart, bootstrap: tuned.PostgresBootstrap) =>
  void new tuned.TunedPostgres(chart, 'db', { ...cluster({}), bootstrap });

const imported = (chart: Chart) => ({
  host: 'old.example.com',
  peer: tuned.NetworkPeer.cidr('10.20.0.0/16'),
  user: 'postgres',
  credentials: Secret.fromSecretName(chart, 'old', 'old-login'),
});

/** A Deployment of somebody else, whose spec may differ from a good one, adopted with all that it can get. */
export function adopt(chart: Chart, spec: object, props: object): tuned.AdoptedWorkload {
  const labels = { app: 'theirs' };
  const container = {
    name: 'theirs',
    image: IMAGE,
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '64Mi' } },
  };
  new ApiObject(chart, 'service', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'theirs' },
    spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  });
  const workload = new ApiObject(chart, 'theirs', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'theirs' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
      ...spec,
    },
  });
  return new tuned.AdoptedWorkload(chart, 'adopted', {
    workload,
    networkPolicy: true,
    metrics: { port: 8080 },
    ...props,
  });
}

const database = (chart: Chart) => new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) });

export const web = (chart: Chart, props: Partial<tuned.ScalableWebAppProps>) =>
  new tuned.ScalableWebApp(chart, 'web', { image: IMAGE, ...props });

/** A database on CloudNativePG that begins with the backup of another one. */
import { Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  type CloudNativePgOptions,
  PostgresBackup,
  PostgresBootstrap,
  PostgresTopology,
  PostgresVersion,
  type RecoveryOptions,
  RecoverySource,
  RecoveryTarget,
  TunedPostgres,
  type TunedPostgresProps,
} from 'cdk8s-tuned';
import { customResourceValidator } from '../../cluster/schemas';
import { find, manifests, newChart } from '../../support/synth';

const STORE = { destinationPath: 's3://backups/shop', serverName: 'shop-old' };
const SOURCE = RecoverySource.objectStore(STORE);
const SNAPSHOTS = RecoverySource.volumeSnapshots({ data: 'data-1' });

interface Options {
  readonly recovery?: Partial<RecoveryOptions>;
  readonly engine?: CloudNativePgOptions;
  readonly props?: Partial<TunedPostgresProps>;
}

function recovered({ recovery, engine, props }: Options = {}) {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(100),
    topology: PostgresTopology.cloudNativePg(engine),
    bootstrap: PostgresBootstrap.recovery({ source: SOURCE, ...recovery }),
    ...props,
  });
  return { db, objects: manifests(chart) };
}

const clusterOf = (options: Options = {}) => find(recovered(options).objects, 'Cluster');

describe('from an object store', () => {
  const { db, objects } = recovered();

  test('the Cluster reads the archive of the other one, and is valid', () => {
    const cluster = find(objects, 'Cluster');
    expect(cluster.spec.bootstrap).toEqual({ recovery: { source: 'origin', database: 'app', owner: 'app' } });
    expect(cluster.spec.externalClusters).toEqual([
      {
        name: 'origin',
        plugin: {
          name: 'barman-cloud.cloudnative-pg.io',
          parameters: { barmanObjectName: 'shop-db-recovery', serverName: 'shop-old' },
        },
      },
    ]);
    expect(customResourceValidator()(cluster)).toEqual([]);
  });

  test('by a store of its own, which nothing is deleted from', () => {
    expect(db.recoveryStore?.name).toBe('shop-db-recovery');
    expect(db.objectStore).toBeUndefined();
    expect(find(objects, 'ObjectStore').spec).toMatchObject({
      configuration: {
        destinationPath: STORE.destinationPath,
        s3Credentials: { inheritFromIAMRole: true },
        wal: { maxParallel: 8 },
      },
    });
    expect(find(objects, 'ObjectStore').spec).not.toHaveProperty('retentionPolicy');
  });

  test('the network policy opens to the ports of both stores', () => {
    const bucket = { ...STORE, endpointUrl: 'http://minio.storage:9000' };
    const backup = PostgresBackup.objectStore({ destinationPath: 's3://other' });
    const { objects: both } = recovered({
      recovery: { source: RecoverySource.objectStore(bucket) },
      engine: { backup, apiServerPorts: [6443] },
    });
    const ports = find(both, 'NetworkPolicy').spec.egress.flatMap(
      (rule: { ports: Array<{ port: number }> }) => rule.ports.map(({ port }) => port),
    );
    expect(ports).toEqual(expect.arrayContaining([443, 6443, 9000]));
  });

  test('the role gets the password of a Secret of yours', () => {
    const credentials = Secret.fromSecretName(newChart(), 'own', 'own-login');
    expect(clusterOf({ props: { credentials } }).spec.bootstrap.recovery).toMatchObject({
      owner: 'app',
      secret: { name: 'own-login' },
    });
  });

  test('extensions and further databases come from the operator, when the data is there', () => {
    const { objects: all } = recovered({ props: { databases: ['reports'], extensions: ['postgis'] } });
    expect(find(all, 'Cluster').spec.bootstrap).not.toHaveProperty('initdb');
    expect(find(all, 'Database', 'shop-db-app').spec.extensions).toEqual([{ name: 'postgis' }]);
    expect(find(all, 'Database', 'shop-db-reports').spec.owner).toBe('app');
  });
});

describe('a target', () => {
  const backupId = '20260131T020000';
  test.each<[string, Partial<RecoveryOptions>, object]>([
    [
      'a time, in UTC',
      { target: RecoveryTarget.time('2026-01-31T10:30:00+01:00') },
      { targetTime: '2026-01-31T09:30:00Z' },
    ],
    [
      'a time, without what was committed then',
      { target: RecoveryTarget.time('2026-01-31T10:30:00Z', { exclusive: true }) },
      { targetTime: '2026-01-31T10:30:00Z', exclusive: true },
    ],
    ['a place in the WAL', { target: RecoveryTarget.lsn('16/B374D848') }, { targetLSN: '16/B374D848' }],
    [
      'a transaction',
      { target: RecoveryTarget.transaction(4242), backupId },
      { targetXID: '4242', backupID: backupId },
    ],
    [
      'a restore point',
      { target: RecoveryTarget.restorePoint('before 2.0'), backupId },
      { targetName: 'before 2.0', backupID: backupId },
    ],
    [
      'the end of the backup',
      { target: RecoveryTarget.immediate(), backupId },
      { targetImmediate: true, backupID: backupId },
    ],
    ['a timeline alone', { timeline: 3 }, { targetTLI: '3' }],
    ['a backup alone', { backupId }, { backupID: backupId }],
  ])('%s', (_, recovery, target) => {
    const cluster = clusterOf({ recovery });
    expect(cluster.spec.bootstrap.recovery.recoveryTarget).toEqual(target);
    expect(customResourceValidator()(cluster)).toEqual([]);
  });
});

describe('from snapshots', () => {
  test('of all volumes, and the WAL since then', () => {
    const source = RecoverySource.volumeSnapshots({
      data: 'data-1',
      wal: 'wal-1',
      tablespaces: { archive: 'archive-1' },
      archive: SOURCE,
    });
    const engine = {
      walStorage: Size.gibibytes(20),
      tablespaces: [{ name: 'archive', storage: Size.gibibytes(50) }],
    };
    const target = RecoveryTarget.restorePoint('before');
    const cluster = clusterOf({ recovery: { source, target }, engine });
    const snapshot = (name: string) => ({
      apiGroup: 'snapshot.storage.k8s.io',
      kind: 'VolumeSnapshot',
      name,
    });
    expect(cluster.spec.bootstrap.recovery).toEqual({
      database: 'app',
      owner: 'app',
      source: 'origin',
      volumeSnapshots: {
        storage: snapshot('data-1'),
        walStorage: snapshot('wal-1'),
        tablespaceStorage: { archive: snapshot('archive-1') },
      },
      recoveryTarget: { targetName: 'before' },
    });
    expect(customResourceValidator()(cluster)).toEqual([]);
  });

  test('without an archive nothing else is read', () => {
    const { db, objects } = recovered({ recovery: { source: SNAPSHOTS } });
    expect(find(objects, 'Cluster').spec).not.toHaveProperty('externalClusters');
    expect(db.recoveryStore).toBeUndefined();
  });

  test('that a Backup names', () => {
    const cluster = clusterOf({ recovery: { source: RecoverySource.backup('nightly-1') } });
    expect(cluster.spec.bootstrap.recovery.backup).toEqual({ name: 'nightly-1' });
    expect(customResourceValidator()(cluster)).toEqual([]);
  });
});

describe('of a database of this app', () => {
  const backup = PostgresBackup.objectStore({ destinationPath: 's3://backups/' });

  function beside(
    old: { readonly engine?: CloudNativePgOptions; readonly props?: Partial<TunedPostgresProps> },
    engine: CloudNativePgOptions = {},
    props: Partial<TunedPostgresProps> = {},
  ) {
    const chart = newChart();
    const source = new TunedPostgres(chart, 'old', {
      storage: Size.gibibytes(50),
      topology: PostgresTopology.cloudNativePg({ backup, ...old.engine }),
      ...old.props,
    });
    new TunedPostgres(chart, 'db', {
      storage: Size.gibibytes(50),
      topology: PostgresTopology.cloudNativePg(engine),
      bootstrap: PostgresBootstrap.recovery({ source: RecoverySource.backupsOf(source) }),
      ...props,
    });
    return manifests(chart);
  }

  test('its store and its name are read from it', () => {
    const objects = beside({});
    expect(find(objects, 'ObjectStore', 'shop-db-recovery').spec.configuration.destinationPath).toBe(
      's3://backups/',
    );
    expect(find(objects, 'Cluster', 'shop-db').spec.externalClusters[0].plugin.parameters).toEqual({
      barmanObjectName: 'shop-db-recovery',
      serverName: 'shop-old',
    });
  });

  test('backups to the same store go to a folder of their own', () => {
    const plugin = find(beside({}, { backup }), 'Cluster', 'shop-db').spec.plugins[0];
    expect(plugin.parameters).toEqual({ barmanObjectName: 'shop-db' });
  });

  test.each<[string, Parameters<typeof beside>, string]>([
    [
      'another major version',
      [{ props: { version: PostgresVersion.V16 } }],
      'bootstrap.source.database shop-old: version is "16"; a recovery keeps the major version, and this database has 17',
    ],
    [
      'a smaller volume',
      [{}, {}, { storage: Size.gibibytes(20) }],
      'bootstrap.source.database shop-old: storage is "50Gi"; this database has less',
    ],
    [
      'another database',
      [{ props: { database: 'orders', user: 'orders' } }],
      'bootstrap.source.database shop-old: database is "orders"; this one has app, which would be made empty beside it',
    ],
    [
      'a missing tablespace',
      [{ engine: { tablespaces: [{ name: 'archive', storage: Size.gibibytes(5) }] } }],
      'bootstrap.source.database shop-old: tablespaces is ["archive"]; a recovery needs all tablespaces',
    ],
    [
      'no backups',
      [{ engine: { backup: PostgresBackup.volumeSnapshot() } }],
      'bootstrap.source.database is "shop-old"; it has no backups in an object store',
    ],
    [
      'the folder of the source for its own backups',
      [
        {},
        {
          backup: PostgresBackup.objectStore({ destinationPath: 's3://backups', serverName: 'shop-old' }),
        },
      ],
      'bootstrap.source.serverName is "shop-old"; the backups of this database go to the same place',
    ],
  ])('refused: %s', (_, options, message) => {
    expect(() => beside(...options)).toThrow(message);
  });

  test('something else is no database', () => {
    const source = RecoverySource.backupsOf('shop-old' as unknown as TunedPostgres);
    expect(() => recovered({ recovery: { source } })).toThrow(
      'bootstrap.source.database is "shop-old"; allowed: a TunedPostgres of this app',
    );
  });
});

test('a database that was recovered under the old name archives into a new folder', () => {
  const destinationPath = STORE.destinationPath;
  const engine = (serverName?: string) => ({
    backup: PostgresBackup.objectStore({ destinationPath: `${destinationPath}/`, serverName }),
  });
  const source = RecoverySource.objectStore({ ...STORE, serverName: 'shop-db' });
  expect(() => recovered({ recovery: { source }, engine: engine() })).toThrow(
    'bootstrap.source.serverName is "shop-db"; the backups of this database go to the same place, where the plugin wants an ' +
      'empty archive; give `PostgresBackup.objectStore` another `serverName` or `destinationPath`',
  );
  const cluster = clusterOf({ recovery: { source }, engine: engine('shop-db-2') });
  expect(cluster.spec.plugins[0].parameters).toEqual({
    barmanObjectName: 'shop-db',
    serverName: 'shop-db-2',
  });
});

describe('refused', () => {
  test.each<[string, Options, string]>([
    [
      'a time without a zone',
      { recovery: { target: RecoveryTarget.time('2026-01-31 10:30:00') } },
      'target.time',
    ],
    ['no place in the WAL', { recovery: { target: RecoveryTarget.lsn('B374D848') } }, 'target.lsn'],
    [
      'a transaction of bootstrap',
      { recovery: { target: RecoveryTarget.transaction(2) } },
      'target.transaction',
    ],
    [
      'a quoted restore point',
      { recovery: { target: RecoveryTarget.restorePoint("a'b") } },
      'target.restorePoint',
    ],
    ['no timeline', { recovery: { timeline: 0 } }, 'bootstrap.timeline is 0; allowed: a whole number from 1'],
    [
      'no backup id',
      { recovery: { backupId: 'last' } },
      'bootstrap.backupId is "last"; allowed: the id of a backup',
    ],
    [
      'a restore point without the backup to begin with',
      { recovery: { target: RecoveryTarget.restorePoint('a') } },
      'bootstrap.backupId is undefined; CloudNativePG finds the backup to begin with only for a time or a place',
    ],
    [
      'a backup beside snapshots',
      { recovery: { source: SNAPSHOTS, backupId: '20260131T020000' } },
      'bootstrap.backupId is "20260131T020000"; `source` is the backup to begin with',
    ],
    [
      'a target of snapshots without WAL',
      { recovery: { source: SNAPSHOTS, target: RecoveryTarget.immediate() } },
      'bootstrap.source.archive is undefined; a `target` needs the WAL since the snapshot',
    ],
    [
      'a target of a Backup',
      {
        recovery: {
          source: RecoverySource.backup('nightly'),
          target: RecoveryTarget.time('2026-01-31T10:30:00Z'),
        },
      },
      'bootstrap.target is "targetTime"; CloudNativePG has no WAL behind a Backup',
    ],
    [
      'snapshots as the archive of snapshots',
      { recovery: { source: RecoverySource.volumeSnapshots({ data: 'a', archive: SNAPSHOTS }) } },
      'bootstrap.source.archive is "volumeSnapshots"; it has no WAL',
    ],
    [
      'a snapshot of a WAL volume that is not there',
      { recovery: { source: RecoverySource.volumeSnapshots({ data: 'a', wal: 'b' }) } },
      'bootstrap.source.wal is "b"; there is no volume for it',
    ],
    [
      'a WAL volume without its snapshot',
      { recovery: { source: SNAPSHOTS }, engine: { walStorage: Size.gibibytes(10) } },
      'bootstrap.source.wal is undefined; the WAL has a volume of its own here',
    ],
    [
      'a tablespace without its snapshot',
      {
        recovery: { source: RecoverySource.volumeSnapshots({ data: 'a', tablespaces: { other: 'b' } }) },
        engine: { tablespaces: [{ name: 'archive', storage: Size.gibibytes(5) }] },
      },
      'bootstrap.source.tablespaces is ["other"]; a snapshot is missing of archive',
    ],
    [
      'an endpoint of a store that speaks no S3',
      {
        recovery: {
          source: RecoverySource.objectStore({
            destinationPath: 'gs://backups',
            serverName: 'a',
            endpointUrl: 'https://s3.example.com',
          }),
        },
      },
      'bootstrap.source.endpointUrl is "https://s3.example.com"; it is for stores that speak S3',
    ],
    [
      'scripts of an empty database',
      { props: { initSql: { 'a.sql': 'SELECT 1;' } } },
      'initSql is ["a.sql"]; it is for an empty database, and `bootstrap` fills this one',
    ],
    [
      'a StatefulSet',
      { props: { topology: PostgresTopology.statefulSet() } },
      'bootstrap is "recovery"; it is for PostgresTopology.cloudNativePg; one instance is filled by the restore of',
    ],
    [
      'no source',
      { recovery: { source: 's3://backups' as unknown as RecoverySource } },
      'bootstrap.source is "s3://backups"; allowed: an object such as RecoverySource.objectStore',
    ],
  ])('%s', (_, options, message) => {
    expect(() => recovered(options)).toThrow(message);
  });
});

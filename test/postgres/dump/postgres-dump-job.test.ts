import { Duration, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  Checklist,
  type DumpBackupOptions,
  FindingSeverity,
  PostgresBackup,
  PostgresTopology,
  PostgresVersion,
  TunedPostgres,
  type TunedPostgresProps,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { kubernetesValidator, MINORS } from '../../cluster/schemas';
import { find, findComponent, type Manifest, manifests, newChart } from '../../support/synth';

function synth(
  backup: Partial<DumpBackupOptions> = {},
  props: (chart: ReturnType<typeof newChart>) => Partial<TunedPostgresProps> = () => ({}),
): Manifest[] {
  const chart = newChart();
  new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(100),
    topology: PostgresTopology.statefulSet({
      backup: PostgresBackup.dump({ storage: Size.gibibytes(50), ...backup }),
    }),
    ...props(chart),
  });
  return manifests(chart);
}

const cronJob = (objects: readonly Manifest[], name = 'shop-db-backup') =>
  find(objects, 'CronJob', name).spec;
const podOf = (objects: readonly Manifest[], name?: string) =>
  cronJob(objects, name).jobTemplate.spec.template.spec;
const hbaOf = (objects: readonly Manifest[]): string =>
  findComponent(objects, 'ConfigMap', 'postgres').data['pg_hba.conf'];

test('no backup, no CronJob; one brings a volume, an account, scripts, a policy and a restore', () => {
  const names = synth()
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .filter((name) => /backup|restore/.test(name));
  expect(names).toEqual([
    'ServiceAccount shop-db-backup',
    'NetworkPolicy shop-db-backup',
    'ConfigMap shop-db-backup',
    'PersistentVolumeClaim shop-db-backup',
    'CronJob shop-db-backup',
    'CronJob shop-db-restore',
  ]);
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) });
  expect(db.dumpJob).toBeUndefined();
  expect(manifests(chart).map(({ kind }) => kind)).not.toContain('CronJob');
});

test('one run at a time, with an end; a restore never starts by itself, and is not tried twice', () => {
  expect(
    cronJob(synth({ schedule: '30 3 * * *', timeZone: 'Europe/Berlin', timeout: Duration.hours(1) })),
  ).toMatchObject({
    concurrencyPolicy: 'Forbid',
    schedule: '30 3 * * *',
    timeZone: 'Europe/Berlin',
    startingDeadlineSeconds: 3600,
    jobTemplate: { spec: { activeDeadlineSeconds: 3600, backoffLimit: 2 } },
  });
  expect(cronJob(synth()).suspend).toBeUndefined();
  expect(cronJob(synth(), 'shop-db-restore')).toMatchObject({
    suspend: true,
    jobTemplate: { spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never' } } } },
  });
});

test('the volume with the dumps stays, whoever prunes', () => {
  expect(find(synth({ storageClassName: 'nfs' }), 'PersistentVolumeClaim')).toMatchObject({
    metadata: {
      annotations: {
        'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
        'helm.sh/resource-policy': 'keep',
        'kustomize.toolkit.fluxcd.io/prune': 'disabled',
      },
    },
    spec: { resources: { requests: { storage: '50Gi' } }, storageClassName: 'nfs' },
  });
});

test('a dump is restored in the same pod, to a volume as large as that of the database', () => {
  const { initContainers, containers, volumes } = podOf(synth());
  expect([...initContainers, ...containers].map(({ name }: Manifest) => name)).toEqual([
    'dump',
    'restore-test',
  ]);
  const scratch = volumes.find(({ name }: Manifest) => name === 'scratch');
  expect(scratch.ephemeral.volumeClaimTemplate.spec.resources.requests.storage).toBe('100Gi');
  expect(containers[0].env).toBeUndefined();
  expect(containers[0].command).toEqual(
    expect.arrayContaining(['listen_addresses=', 'shared_buffers=256MB', 'maintenance_work_mem=256MB']),
  );
});

test('the restore test can be smaller, or left out', () => {
  const small = podOf(
    synth({
      restoreTestStorage: Size.gibibytes(20),
      restoreTestStorageClassName: 'fast',
      profile: WorkloadProfile.DATABASE.withMemory(Size.gibibytes(2)),
    }),
  );
  const { spec } = small.volumes.find(({ name }: Manifest) => name === 'scratch').ephemeral
    .volumeClaimTemplate;
  expect(spec).toMatchObject({ resources: { requests: { storage: '20Gi' } }, storageClassName: 'fast' });
  expect(small.containers[0].command).toContain('shared_buffers=512MB');
  const without = podOf(synth({ restoreTest: false, keep: 3 }));
  expect(without.initContainers).toBeUndefined();
  expect(without.containers.map(({ name }: Manifest) => name)).toEqual(['dump']);
  expect(without.containers[0].command.at(-1)).toBe('3');
});

test('what the database loads when it starts, the server of the test loads too', () => {
  const { command } = podOf(
    synth({}, () => ({
      preloadLibraries: ['pg_cron'],
      parameters: { 'cron.database_name': 'app', work_mem: '4MB' },
    })),
  ).containers[0];
  expect(command).toEqual(
    expect.arrayContaining(['shared_preload_libraries=pg_cron', 'cron.database_name=app']),
  );
  expect(command).not.toContain('work_mem=4MB');
});

test('passwords are referred to, and no name of a user’s is in a script', () => {
  const objects = synth();
  expect(podOf(objects).initContainers[0].env).toContainEqual({
    name: 'PGPASSWORD',
    valueFrom: { secretKeyRef: { name: 'shop-db-credentials', key: 'postgres-password' } },
  });
  const scripts = (more: Partial<TunedPostgresProps>) =>
    find(
      synth({}, () => more),
      'ConfigMap',
      'shop-db-backup',
    ).data;
  expect(scripts({ database: 'orders', user: 'owner', databases: ['a', 'b'] })).toEqual(scripts({}));
});

describe('the superuser', () => {
  test('comes in from inside only, without a backup', () => {
    const chart = newChart();
    new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) });
    expect(hbaOf(manifests(chart))).toContain('host    all       postgres  all           reject\n');
  });

  test('comes in by its password with one, from the pods of the backup', () => {
    const objects = synth();
    expect(hbaOf(objects)).toContain('host    all       postgres  all           scram-sha-256\n');
    const labels = podOf(objects) && cronJob(objects).jobTemplate.spec.template.metadata.labels;
    expect(find(objects, 'NetworkPolicy', 'shop-db').spec.ingress).toEqual([
      { from: [{ podSelector: { matchLabels: labels } }], ports: [{ port: 5432, protocol: 'TCP' }] },
    ]);
  });

  test.each([true, false])(
    'comes in by TLS where there is a certificate, also with requireTls %s',
    (requireTls) => {
      const objects = synth({}, (chart) => ({
        certificate: Secret.fromSecretName(chart, 'tls', 'db-tls'),
        requireTls,
      }));
      expect(hbaOf(objects)).toContain(
        'hostssl all       postgres  all           scram-sha-256\nhost    all       postgres  all           reject\n',
      );
      const { initContainers, volumes } = podOf(objects);
      expect(initContainers[0].env).toEqual(
        expect.arrayContaining([
          { name: 'PGSSLMODE', value: 'verify-full' },
          { name: 'PGSSLROOTCERT', value: '/etc/postgresql-tls/ca.crt' },
        ]),
      );
      // Not the key.
      expect(volumes).toContainEqual({
        name: 'tls',
        secret: { secretName: 'db-tls', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
      });
    },
  );
});

test.each(MINORS)('is valid on Kubernetes 1.%s', (minor) => {
  expect([...synth(), ...synth({ restoreTest: false })].flatMap(kubernetesValidator(minor))).toEqual([]);
});

test('passes the checklist', () => {
  const findings = Checklist.check(synth()).filter(({ severity }) => severity !== FindingSeverity.INFO);
  expect(findings.filter(({ name }) => /backup|restore/.test(name))).toEqual([]);
});

describe('is refused', () => {
  const database = (props: Partial<TunedPostgresProps>) => () =>
    new TunedPostgres(newChart(), 'db', { storage: Size.gibibytes(100), ...props });
  const dump = PostgresBackup.dump({ storage: Size.gibibytes(10) });

  test.each<[string, Partial<TunedPostgresProps>, string]>([
    [
      'on CloudNativePG',
      { topology: PostgresTopology.cloudNativePg({ backup: dump }) },
      'topology.backup.kind is "dump"; dumps are for PostgresTopology.statefulSet',
    ],
    [
      'a backup of the operator on a StatefulSet',
      { topology: PostgresTopology.statefulSet({ backup: PostgresBackup.volumeSnapshot() }) },
      'topology.backup.kind is "volumeSnapshot"; it is taken by CloudNativePG; use PostgresBackup.dump',
    ],
    [
      'a name that a CronJob cannot have',
      { name: 'd'.repeat(45), topology: PostgresTopology.statefulSet({ backup: dump }) },
      'allowed with a backup: at most 44 characters',
    ],
    [
      'without connections for it',
      { reservedConnections: 1, topology: PostgresTopology.statefulSet({ backup: dump }) },
      'reservedConnections is 1; a backup takes 2 of them',
    ],
  ])('%s', (_, props, message) => expect(database(props)).toThrow(message));

  test('with all that is wrong at once', () => {
    expect(() =>
      synth({
        storage: Size.mebibytes(100),
        keep: 0,
        schedule: '0 0 2 * * *',
        timeZone: 'Local',
        restoreTest: false,
        restoreTestStorage: Size.gibibytes(1),
      }),
    ).toThrow(/storage is .*\n.*schedule is .*\n.*timeZone is .*\n.*keep is .*\n.*restoreTestStorage is /);
  });
});

test.each(Object.values(PostgresVersion))('is the same for Postgres %s', (version) => {
  expect(podOf(synth({}, () => ({ version }))).containers).toHaveLength(1);
});

/** Dumps that go to an object store: what the pods run, reach and are told. */
import { Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  Checklist,
  type DumpBackupOptions,
  DumpDestination,
  FindingSeverity,
  NetworkPeer,
  type ObjectStoreDestinationOptions,
  PostgresBackup,
  PostgresTopology,
  TunedPostgres,
} from 'cdk8s-tuned';
import { transferSizing } from '../../../lib/postgres/dump/dump-sizing';
import { GIB, MIB } from '../../../lib/units/quantity';
import { kubernetesValidator, MINORS } from '../../cluster/schemas';
import { find, type Manifest, manifests, newChart } from '../../support/synth';

const STORE = { destinationPath: 's3://backups/dumps/', endpointUrl: 'http://minio.storage:9000' };

function synth(
  store: Partial<ObjectStoreDestinationOptions> = {},
  backup: Partial<DumpBackupOptions> = {},
): Manifest[] {
  const chart = newChart();
  const destination = DumpDestination.objectStore({
    ...STORE,
    credentials: Secret.fromSecretName(chart, 'store', 'backup-store'),
    ...store,
  });
  const db = new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(100),
    topology: PostgresTopology.statefulSet({
      backup: PostgresBackup.dump({
        storage: Size.gibibytes(20),
        storageClassName: 'fast',
        destination,
        ...backup,
      }),
    }),
  });
  expect(db.dumpJob?.volumeClaim).toBeUndefined();
  return manifests(chart);
}

const podOf = (objects: readonly Manifest[], name = 'shop-db-backup') =>
  find(objects, 'CronJob', name).spec.jobTemplate.spec.template.spec;
const namesOf = (containers: readonly Manifest[] = []) => containers.map(({ name }) => name);
const upload = (objects: readonly Manifest[]) => podOf(objects).containers[0];

test('a dump is tested, and then uploaded to the folder of its database', () => {
  const pod = podOf(synth({}, { keep: 14 }));
  expect([namesOf(pod.initContainers), namesOf(pod.containers)]).toEqual([
    ['dump', 'restore-test'],
    ['upload'],
  ]);
  expect(pod.containers[0].command).toEqual([
    'sh',
    '/backup-scripts/upload.sh',
    '/backups',
    'store:backups/dumps/shop/shop-db',
    '14',
  ]);
  // On the way there is one, however many are kept there.
  expect(pod.initContainers[1].command).toEqual(expect.arrayContaining(['/scratch', '/backups', '1']));
});

test('without a restore test it is uploaded at once, with a folder of yours', () => {
  const pod = podOf(synth({ folder: 'ledger' }, { restoreTest: false }));
  expect([namesOf(pod.initContainers), namesOf(pod.containers)]).toEqual([['dump'], ['upload']]);
  expect(pod.containers[0].command).toContain('store:backups/dumps/ledger');
});

test('the volume goes with the pod, and there is no claim that stays', () => {
  const objects = synth();
  expect(objects.filter(({ kind }) => kind === 'PersistentVolumeClaim')).toEqual([]);
  for (const pod of [podOf(objects), podOf(objects, 'shop-db-restore')])
    expect(
      pod.volumes.find(({ name }: Manifest) => name === 'backups').ephemeral.volumeClaimTemplate.spec,
    ).toMatchObject({ resources: { requests: { storage: '20Gi' } }, storageClassName: 'fast' });
});

test('a restore reads the set that its Job names from the folder that it names', () => {
  const pod = podOf(synth(), 'shop-db-restore');
  expect([namesOf(pod.initContainers), namesOf(pod.containers)]).toEqual([['download'], ['restore']]);
  expect(pod.initContainers[0].command).toEqual([
    'sh',
    '/backup-scripts/download.sh',
    '/backups',
    'store:backups/dumps',
  ]);
  expect(pod.initContainers[0].env).toEqual(
    expect.arrayContaining([
      { name: 'BACKUP_SET', value: 'newest' },
      { name: 'BACKUP_FOLDER', value: 'shop/shop-db' },
    ]),
  );
});

test('rclone is told of the store by variables, and of its keys by a Secret', () => {
  const { env, image } = upload(synth({ region: 'eu-west-1' }));
  expect(image).toMatch(/^docker\.io\/rclone\/rclone:\d/);
  const secret = (name: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: 'backup-store', key } },
  });
  expect(env).toEqual(
    expect.arrayContaining([
      { name: 'RCLONE_CONFIG_STORE_TYPE', value: 's3' },
      { name: 'RCLONE_CONFIG_STORE_PROVIDER', value: 'Other' },
      { name: 'RCLONE_CONFIG_STORE_ENDPOINT', value: 'http://minio.storage:9000' },
      { name: 'RCLONE_CONFIG_STORE_REGION', value: 'eu-west-1' },
      secret('RCLONE_CONFIG_STORE_ACCESS_KEY_ID', 'ACCESS_KEY_ID'),
      secret('RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY', 'ACCESS_SECRET_KEY'),
    ]),
  );
});

test('without keys the pods have the role of their ServiceAccount', () => {
  const role = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/backup' };
  const objects = synth({
    endpointUrl: undefined,
    region: 'eu-west-1',
    credentials: undefined,
    serviceAccountAnnotations: role,
  });
  expect(find(objects, 'ServiceAccount', 'shop-db-backup')).toMatchObject({
    metadata: { annotations: role },
    automountServiceAccountToken: false,
  });
  const names = upload(objects).env.map(({ name }: Manifest) => name);
  expect(names).toContain('RCLONE_CONFIG_STORE_ENV_AUTH');
  expect(names).not.toContain('RCLONE_CONFIG_STORE_ACCESS_KEY_ID');
  expect(upload(objects).env).toContainEqual({ name: 'RCLONE_CONFIG_STORE_PROVIDER', value: 'AWS' });
});

describe('the network policy', () => {
  const egress = (store: Partial<ObjectStoreDestinationOptions>) =>
    find(synth(store), 'NetworkPolicy', 'shop-db-backup');
  test('lets the pods reach the store, on its port', () => {
    const peer = NetworkPeer.namespace('storage');
    expect(egress({ peer }).spec.egress).toContainEqual({
      to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'storage' } } }],
      ports: [{ port: 9000, protocol: 'TCP' }],
    });
  });
  test('anywhere, where nobody says where it is, which the report shows with its reason', () => {
    const { spec, metadata } = egress({ endpointUrl: undefined, region: 'eu-west-1' });
    expect(spec.egress).toContainEqual({ ports: [{ port: 443, protocol: 'TCP' }] });
    expect(metadata.annotations['cdk8s-tuned/ignore']).toContain('NET-005=');
  });
});

test.each<[string, number, number]>([
  ['parts of 5 MiB for small files', 10 * GIB, 192 * MIB],
  ['parts as large as 10000 of them must be', 500 * GIB, 384 * MIB],
])('rclone has memory for %s', (_, storage, memory) => {
  expect(transferSizing(storage)).toMatchObject({ memoryRequestBytes: memory, memoryLimitBytes: memory });
});

test.each(MINORS)('is valid on Kubernetes 1.%s', (minor) => {
  expect([...synth(), ...synth({}, { restoreTest: false })].flatMap(kubernetesValidator(minor))).toEqual([]);
});

test('passes the checklist', () => {
  const findings = Checklist.check(synth()).filter(
    ({ severity, suppressed }) => severity !== FindingSeverity.INFO && suppressed === undefined,
  );
  expect(findings.filter(({ name }) => /backup|restore/.test(name))).toEqual([]);
});

test.each<[Partial<ObjectStoreDestinationOptions>, string]>([
  [
    { destinationPath: 'gs://backups' },
    'topology.backup.destination.destinationPath is "gs://backups"; allowed: s3://bucket',
  ],
  [{ folder: '../other' }, 'topology.backup.destination.folder is "../other"; allowed: a path without'],
  [{ endpointUrl: 'minio:9000' }, 'topology.backup.destination.endpointUrl is "minio:9000"'],
  [{ endpointUrl: undefined }, 'topology.backup.destination.region is undefined; AWS answers by region'],
  [
    { image: 'rclone' },
    'topology.backup.destination.image is "rclone"; allowed: an image reference with a tag',
  ],
  [
    { serviceAccountAnnotations: { 'a b': 'x' } },
    'topology.backup.destination.serviceAccountAnnotations.key',
  ],
])('%p is refused', (store, message) => {
  expect(() => synth(store)).toThrow(message);
});

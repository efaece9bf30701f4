import { Duration, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  Checklist,
  type CloudNativePgOptions,
  FindingSeverity,
  KubernetesVersion,
  PerformanceMonitoring,
  PostgresBackup,
  PostgresTopology,
  ScalableWebApp,
  SynchronousDurability,
  Traffic,
  TunedPostgres,
  type TunedPostgresProps,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { type Manifest, manifests, newChart } from '../support/synth';
import { customResourceValidator, isCustom, kubernetesValidator } from './schemas';

function synth(
  engine: CloudNativePgOptions = {},
  props: Partial<TunedPostgresProps> = {},
  version = KubernetesVersion.V1_27,
): Manifest[] {
  const chart = newChart(version);
  const db = new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(100),
    topology: PostgresTopology.cloudNativePg(engine),
    ...props,
  });
  const web = new ScalableWebApp(chart, 'web', { image: 'registry.example.com/shop:1.8.2' });
  web.connectTo(db);
  web.connectTo(db.readOnly);
  web.requireScaling(
    Traffic.spike({ base: 20, peak: 80 }),
    { timeToCapacity: Duration.minutes(3) },
    { capacityPerPod: 20 },
  );
  const pooler = db.addPooler({
    priorityClassName: props.priorityClassName,
    nodeSelector: props.nodeSelector,
  });
  new PerformanceMonitoring(chart, 'perf', { watch: [db, pooler, web] });
  return manifests(chart);
}

/** Everything that the resources can say. */
const synthAll = (version?: KubernetesVersion) =>
  synth(
    {
      instances: 5,
      walStorage: Size.gibibytes(20),
      walStorageClassName: 'faster',
      synchronousStandbys: 2,
      synchronousDurability: SynchronousDurability.PREFERRED,
      backup: PostgresBackup.objectStore({ destinationPath: 's3://backups/shop' }),
    },
    {
      storageClassName: 'fast',
      preloadLibraries: ['timescaledb'],
      credentials: Secret.fromSecretName(newChart(), 'own', 'own-credentials'),
      priorityClassName: 'high',
      nodeSelector: { workload: 'database' },
      instanceTypes: ['r6g.large'],
      hugePages: true,
      profile: WorkloadProfile.DATABASE.withMemory(Size.gibibytes(16)),
    },
    version,
  );

describe('by the definitions of the operator', () => {
  test.each([
    ['as they are by default', synth()],
    ['with all that they can have', synthAll()],
    ['with native sleep', synthAll(KubernetesVersion.V1_33)],
    ['with snapshots', synth({ backup: PostgresBackup.volumeSnapshot({ className: 'fast' }) })],
  ])('Cluster, Pooler and ScheduledBackup are valid %s', (_, objects) => {
    const custom = objects.filter(isCustom);
    expect(custom.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['Cluster', 'Pooler']));
    expect(custom.flatMap(customResourceValidator())).toEqual([]);
  });

  test('what belongs to Kubernetes itself is valid too', () => {
    const own = synth().filter((one) => !isCustom(one));
    expect(own.flatMap(kubernetesValidator(27))).toEqual([]);
  });
});

test.each([
  ['by default', synth()],
  ['with all that they can have', synthAll()],
])('passes the checklist %s', (_, objects) => {
  const findings = Checklist.check(objects).filter(({ severity }) => severity !== FindingSeverity.INFO);
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  expect(open).toEqual([]);
  // The API server has no address in manifests.
  expect(findings.map(({ rule, name }) => `${rule} ${name}`)).toEqual([
    'NET-005 shop-db',
    'NET-005 shop-db-pooler',
  ]);
});

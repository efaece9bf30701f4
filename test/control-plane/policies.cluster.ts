/** What a network lets through: real packets between pods, by the policies that the API server holds. */
import { Size } from 'cdk8s';
import {
  CacheRedis,
  DatabaseVariables,
  ExternalPostgres,
  ExternalService,
  MigrationJob,
  NetworkPeer,
  OneOffJob,
  ScalableWebApp,
  ScalingPolicy,
  ScheduledJob,
  TunedPostgres,
} from 'cdk8s-tuned';
import { IMAGE, type Manifest, manifests } from '../support/synth';
import { chartIn } from './chart-in';
import { ControlPlane, OUTCOME } from './control-plane';
import { PodNetwork } from './pod-network';

const NAMESPACE = 'shop';
/** A job's pod that goes on. */
const RUNS = { podAnnotations: { [OUTCOME]: 'run' } };

let plane: ControlPlane;
let network: PodNetwork;
beforeAll(async () => {
  plane = await ControlPlane.start();
  network = await PodNetwork.start(plane);
  await plane.createNamespace(NAMESPACE);
  await plane.createNamespace('elsewhere');
  await plane.apply([nameServer(), bare('stranger', NAMESPACE), bare('stranger', 'elsewhere')]);
  await plane.apply(application());
  for (const { metadata } of await plane.list('cronjobs', NAMESPACE))
    await plane.kubectl(
      'create',
      'job',
      `${metadata.name}-now`,
      `--from=cronjob/${metadata.name}`,
      `--namespace=${NAMESPACE}`,
    );
  const pods = [
    ...(await plane.untilRunning(NAMESPACE, 9)),
    ...(await plane.untilRunning('kube-system', 1)),
    ...(await plane.untilRunning('elsewhere', 1)),
  ];
  for (const [name, pod] of new Map(pods.map((one) => [nameOf(one), one])))
    await network.attachPod(name, pod);
  for (const [name, address, ports] of OUTSIDE)
    await network.attach({ name, address, ports: ports.map((port) => ({ protocol: 'TCP', port })) });
  await network.untilProgrammed(pods.filter(isOurs).map(({ status }) => status.podIP));
});
afterAll(async () => {
  await network?.stop();
  await plane?.stop();
});

/** Beyond the cluster: a database that is elsewhere, a payment provider, and somebody else. */
const OUTSIDE: ReadonlyArray<readonly [name: string, address: string, ports: readonly number[]]> = [
  ['managed', '10.20.0.5', [5432, 22]],
  ['payment', '203.0.113.10', [443, 80]],
  ['internet', '198.51.100.7', [443, 5432]],
];

const isOurs = ({ metadata }: Manifest) => metadata.labels?.['app.kubernetes.io/component'] !== undefined;

function nameOf({ metadata }: Manifest): string {
  const name = metadata.labels?.['app.kubernetes.io/name'] ?? metadata.name;
  return metadata.namespace === NAMESPACE ? name : `${name}.${metadata.namespace}`;
}

/** A pod that no construct made and no policy selects. */
function bare(name: string, namespace: string, labels: Readonly<Record<string, string>> = {}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'main',
          image: IMAGE,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}

function nameServer(): Manifest {
  const pod = bare('dns', 'kube-system', { 'k8s-app': 'kube-dns' });
  pod.spec.containers[0].ports = ['UDP', 'TCP'].map((protocol) => ({ containerPort: 53, protocol }));
  return pod;
}

function application(): Manifest[] {
  const chart = chartIn(NAMESPACE);
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(20) });
  db.addPooler();
  const cache = new CacheRedis(chart, 'cache', { maxMemory: Size.gibibytes(1) });
  const managed = new ExternalPostgres(chart, 'managed', {
    host: 'managed.example.com',
    peer: NetworkPeer.cidr('10.20.0.0/24'),
    maxConnections: 200,
  });
  const payment = new ExternalService(chart, 'payment', {
    host: 'api.payment.example',
    peers: [NetworkPeer.cidr('203.0.113.0/24')],
  });
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE, scaling: ScalingPolicy.replicas(2) });
  web.connectTo(cache);
  const report = new ScheduledJob(chart, 'report', { image: IMAGE, schedule: '0 3 * * *', ...RUNS });
  report.connectTo(db);
  report.connectTo(payment);
  const backfill = new OneOffJob(chart, 'backfill', { image: IMAGE, ...RUNS });
  backfill.connectTo(db.connection({ direct: true }));
  backfill.connectTo(managed.connection({ variables: DatabaseVariables.prefixed('MANAGED_') }));
  new MigrationJob(chart, 'migrate', { image: IMAGE, ...RUNS }).connectTo(db);
  new OneOffJob(chart, 'cleanup', { image: IMAGE, ...RUNS }).connectTo(web);
  return manifests(chart);
}

const DNS = ['dns.kube-system 53/TCP', 'dns.kube-system 53/UDP'];

test.each([
  ['shop-report', ['payment 443/TCP', 'shop-db-pooler 5432/TCP']],
  ['shop-backfill', ['managed 5432/TCP', 'shop-db 5432/TCP']],
  ['shop-migrate', ['shop-db 5432/TCP']],
  ['shop-cleanup', ['shop-web 8080/TCP']],
  ['shop-web', ['shop-cache 6379/TCP']],
  ['shop-db-pooler', ['shop-db 5432/TCP']],
  ['shop-db', []],
  ['shop-cache', []],
])('%s reaches what it declares, the name server, and nothing else', async (name, declared) => {
  expect(await network.reachableFrom(name)).toEqual([...DNS, ...declared].sort());
});

test.each(['stranger', 'stranger.elsewhere', 'internet'])('%s reaches none of ours', async (name) => {
  const reached = await network.reachableFrom(name);
  expect(reached.filter((one) => one.startsWith('shop-'))).toEqual([]);
  // It is no wall around the stranger: what no policy selects is open to it.
  expect(reached).toEqual(expect.arrayContaining(DNS));
});

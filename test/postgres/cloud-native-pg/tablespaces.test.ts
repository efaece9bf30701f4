import { Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  NetworkPeer,
  PostgresBootstrap,
  type PostgresTablespaceProps,
  PostgresTopology,
  RecoverySource,
  TunedPostgres,
  type TunedPostgresProps,
} from 'cdk8s-tuned';
import { customResourceValidator } from '../../cluster/schemas';
import { find, manifests, newChart } from '../../support/synth';

function clusterWith(tablespaces?: PostgresTablespaceProps[], props: Partial<TunedPostgresProps> = {}) {
  const chart = newChart();
  new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(100),
    storageClassName: 'fast',
    topology: PostgresTopology.cloudNativePg({ walStorage: Size.gibibytes(20), tablespaces }),
    ...props,
  });
  return find(manifests(chart), 'Cluster');
}

const archive = { name: 'archive', storage: Size.gibibytes(500) };
const credentials = Secret.fromSecretName(newChart(), 'login', 'login');

test('each is a volume of its own, which the role of the application may use', () => {
  const cluster = clusterWith([
    { ...archive, storageClassName: 'slow' },
    { name: 'sorts', storage: Size.gibibytes(50), temporary: true, owner: 'postgres' },
  ]);
  expect(cluster.spec.tablespaces).toEqual([
    { name: 'archive', owner: { name: 'app' }, storage: { size: '500Gi', storageClass: 'slow' } },
    {
      name: 'sorts',
      owner: { name: 'postgres' },
      storage: { size: '50Gi', storageClass: 'fast' },
      temporary: true,
    },
  ]);
  expect(customResourceValidator()(cluster)).toEqual([]);
});

test('settings, memory and the volume of the WAL are as without them', () => {
  const { tablespaces, ...rest } = clusterWith([archive]).spec;
  expect(tablespaces).toHaveLength(1);
  expect(rest).toEqual(clusterWith().spec);
});

test.each<[string, Partial<TunedPostgresProps>]>([
  ['reports', { roles: [{ name: 'reports', credentials }] }],
  [
    'legacy',
    {
      bootstrap: PostgresBootstrap.importServer({
        host: 'old.example.com',
        peer: NetworkPeer.anywhere(),
        user: 'postgres',
        credentials,
        roles: ['app', 'legacy'],
      }),
    },
  ],
  ['anybody', { bootstrap: PostgresBootstrap.recovery({ source: RecoverySource.backup('nightly') }) }],
])('%s can own one', (owner, props) => {
  expect(clusterWith([{ ...archive, owner }], props).spec.tablespaces[0].owner).toEqual({ name: owner });
});

test.each<[Partial<PostgresTablespaceProps>, string]>([
  [{ name: 'pg_archive' }, 'topology.tablespaces[0].name is "pg_archive"; allowed: from 2 to 59'],
  [{ name: 'archive_' }, 'topology.tablespaces[0].name is "archive_"'],
  [{ name: 'a'.repeat(60) }, 'allowed: from 2 to 59 lower-case letters'],
  [{ storage: Size.mebibytes(512) }, 'topology.tablespaces[0].storage is "512Mi"; allowed: at least 1Gi'],
  [{ storageClassName: 'A B' }, 'topology.tablespaces[0].storageClassName is "A B"'],
  [{ owner: 'nobody' }, 'topology.tablespaces[0].owner is "nobody"; allowed: app, postgres'],
])('%p is refused', (wrong, message) => {
  expect(() => clusterWith([{ ...archive, ...wrong }])).toThrow(message);
});

test('two of one name are refused, and the parameter that the operator makes of them', () => {
  expect(() => clusterWith([archive, archive])).toThrow(
    'topology.tablespaces[1].name is "archive"; there is a tablespace of this name; choose another',
  );
  expect(() => clusterWith([archive], { parameters: { temp_tablespaces: 'archive' } })).toThrow(
    'parameters.temp_tablespaces is "archive"; it cannot be set',
  );
});

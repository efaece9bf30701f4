/** What the checklist says of a database with everything that it can have. */
import { Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  Checklist,
  FindingSeverity,
  PerformanceMonitoring,
  PostgresTopology,
  ScalableWebApp,
  TunedPostgres,
  type TunedPostgresProps,
} from 'cdk8s-tuned';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

function shop(props: Partial<TunedPostgresProps>) {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(20),
    databases: ['my-reports', 'a_b'],
    extensions: ['pg_trgm'],
    initSql: { '10-schema.sql': 'CREATE SCHEMA shop;\n' },
    ...props,
  });
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
  web.connectTo(db.connection({ database: 'my-reports' }));
  new PerformanceMonitoring(chart, 'perf', { watch: [web, db, db.addPooler()] });
  return manifests(chart);
}

const errors = (objects: Manifest[]) =>
  Checklist.check(objects)
    .filter(({ severity }) => severity === FindingSeverity.ERROR)
    .map(({ rule, name }) => `${rule} ${name}`);

test.each<[string, Partial<TunedPostgresProps>]>([
  ['of its own', { certificate: Secret.fromSecretName(newChart(), 'tls', 'db-tls') }],
  ['of CloudNativePG', { topology: PostgresTopology.cloudNativePg() }],
])('several databases behind the poolers %s are no error', (_, props) => {
  expect(errors(shop(props))).toEqual([]);
});

test('that the databases share connections is read: without it, each may open its own', () => {
  const objects = shop({});
  const { data } = find(objects, 'ConfigMap', 'shop-db-pooler');
  data['pgbouncer.ini'] = data['pgbouncer.ini'].replace(/^max_user_connections = .*$/m, '');
  expect(errors(objects)).toEqual(['DB-002 shop-db']);
});

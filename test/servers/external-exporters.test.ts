/**
 * Exporters of ours for a Postgres and a Redis that no construct made, both with TLS and an authority that nobody knows: what Debian's
 * exporters serve with the variables of the manifests are the series that the alerts read.
 */
import { Secret } from 'cdk8s-plus-27';
import {
  ExternalPostgres,
  ExternalRedis,
  NetworkPeer,
  PerformanceMonitoring,
  PostgresSslMode,
} from 'cdk8s-tuned';
import { chmodSync } from 'fs';
import { join } from 'path';
import { find, type Manifest, manifests, newChart } from '../support/synth';
import { makeCertificate } from './certificate';
import { environmentOf } from './consumer';
import { freePort, runCommand, scratchDirectory, type Server, startServer, until } from './harness';
import { fetchFrom, text } from './http';
import { answerOf, clientOf, psql, SUPERUSER } from './postgres-client';
import { alertProblem, rulesFile, usage } from './promtool';
import { startProviderPostgres } from './provider-postgres';

const scratch = scratchDirectory();
/** Debian's old exporter cannot read a quote in a password; ours can. */
const EXPORTER = { user: 'exporter@project.iam', password: 'a/b?c#d%2F@e:f&g', database: 'app' };
const CACHE_PASSWORD = 'auth.token-1_~';

const chart = newChart();
const peer = NetworkPeer.cidr('10.20.0.0/16');
const secret = (name: string) => Secret.fromSecretName(chart, name, name);
const db = new ExternalPostgres(chart, 'db', {
  host: 'orders.example.com',
  peer,
  maxConnections: 40,
  sslMode: PostgresSslMode.VERIFY_FULL,
  certificateAuthority: secret('ca'),
});
const cache = new ExternalRedis(chart, 'cache', {
  host: 'cache.example.com',
  peer,
  tls: true,
  certificateAuthority: secret('cache-ca'),
  credentials: secret('cache-auth'),
  maxClients: 50,
});
db.addExporter({ user: EXPORTER.user, credentials: secret('exporter') });
cache.addExporter();
new PerformanceMonitoring(chart, 'perf', { watch: [db, cache] });
const objects = manifests(chart);
const RULES = find(objects, 'PrometheusRule');

const servers: Server[] = [];
let tls: string;
let postgresPort: number;
let redisPort: number;
const superuser = async (sql: string) => answerOf(await psql(postgresPort, SUPERUSER, sql));

beforeAll(async () => {
  tls = scratch.directory('tls');
  makeCertificate(tls, 'localhost');
  chmodSync(join(tls, 'tls.key'), 0o400);
  const postgres = await startProviderPostgres(scratch, tls);
  servers.push(postgres.server);
  [postgresPort, redisPort] = [postgres.port, await freePort()];
  const files = ['cert-file tls.crt', 'key-file tls.key', 'ca-cert-file ca.crt'].flatMap((one) => {
    const [option, file] = one.split(' ');
    return [`--tls-${option}`, join(tls, file)];
  });
  const redis = startServer(
    'redis-server',
    [
      ...['--port', '0', '--tls-port', `${redisPort}`, '--bind', '127.0.0.1', '--save', ''],
      ...files,
      // A managed one has no CONFIG.
      ...['--tls-auth-clients', 'no', '--requirepass', CACHE_PASSWORD, '--rename-command', 'CONFIG', ''],
    ],
    { log: join(scratch.path, 'redis.log') },
  );
  servers.push(redis);
  await superuser('CREATE DATABASE app;');
  await superuser(
    `CREATE ROLE "${EXPORTER.user}" LOGIN PASSWORD '${EXPORTER.password.replaceAll("'", "''")}';`,
  );
});
afterAll(async () => {
  for (const server of servers.reverse()) await server.stop('SIGINT');
  scratch.remove();
});

/** The exporter of a store, as its container is told. */
class Exporter {
  static async start(name: string, env: NodeJS.ProcessEnv): Promise<Exporter> {
    const [container] = find(objects, 'Deployment', `shop-${name}-exporter`).spec.template.spec.containers;
    const port = await freePort();
    const program = `prometheus-${name === 'db' ? 'postgres' : 'redis'}-exporter`;
    const args = [...(container.args ?? []), `--web.listen-address=127.0.0.1:${port}`];
    const server = startServer(program, args, { log: join(scratch.path, `${name}-${port}.log`), env });
    servers.push(server);
    const { path } = container.livenessProbe.httpGet;
    await until('the exporter', async () => (await fetchFrom(port, path)).status === 200, server);
    return new Exporter(server, port);
  }

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {}

  async series(): Promise<string> {
    return text(await fetchFrom(this.port, '/metrics'));
  }

  log = () => this.server.log();
}

/** What stands for the places that a container is told. */
const places = (name: string): Record<string, string> =>
  name === 'db'
    ? { 'orders.example.com:5432': `localhost:${postgresPort}`, '/etc/postgresql-tls': tls }
    : { 'cache.example.com:6379': `localhost:${redisPort}`, '/tls/': `${tls}/` };
const told = (name: string, password: string) =>
  environmentOf(find(objects, 'Deployment', `shop-${name}-exporter`), { password }, places(name));
const valueOf = (series: string, metric: RegExp) =>
  [...series.matchAll(new RegExp(`^${metric.source} (\\S+)$`, 'gm'))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );

describe('postgres_exporter', () => {
  test('logs in encrypted, and counts all connections without a right of its own', async () => {
    const exporter = await Exporter.start('db', told('db', EXPORTER.password));
    const clients = await Promise.all(
      Array.from({ length: 5 }, () => clientOf(postgresPort, { ...SUPERUSER, database: 'app' })),
    );
    const series = await exporter.series();
    expect(valueOf(series, /pg_up/)).toBe(1);
    expect(valueOf(series, /pg_stat_database_numbackends\{[^}]*\}/)).toBeGreaterThanOrEqual(5 + 1);
    const mine = `FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE usename = '${EXPORTER.user}'`;
    expect(await superuser(`SELECT count(*) <= 2 AND bool_and(ssl) ${mine};`)).toBe('t');
    expect(exporter.log()).not.toContain(EXPORTER.password);
    await Promise.all(clients.map((client) => client.end()));
  });

  test('sees transactions of others that do nothing with pg_monitor, and not without', async () => {
    const exporter = await Exporter.start('db', told('db', EXPORTER.password));
    const idle = await clientOf(postgresPort, { ...SUPERUSER, database: 'app' });
    await idle.query('BEGIN');
    await idle.query('SELECT 1');
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const age = async () =>
      valueOf(
        await exporter.series(),
        /pg_stat_activity_max_tx_duration\{[^}]*state="idle in transaction"[^}]*\}/,
      );
    expect(await age()).toBe(0);
    await superuser(`GRANT pg_monitor TO "${EXPORTER.user}";`);
    await until('the transaction', async () => (await age()) >= 1);
    await idle.end();
  });

  test('says that it does not get in', async () => {
    const exporter = await Exporter.start('db', told('db', 'wrong'));
    expect(valueOf(await exporter.series(), /pg_up/)).toBe(0);
    const other = scratch.directory('other');
    makeCertificate(other, 'localhost');
    const strange = told('db', EXPORTER.password);
    const uri = strange.DATA_SOURCE_URI.replace(tls, other);
    expect(uri).toContain('sslmode=verify-full');
    const unverified = await Exporter.start('db', { ...strange, DATA_SOURCE_URI: uri });
    expect(valueOf(await unverified.series(), /pg_up/)).toBe(0);
    expect(unverified.log()).toContain('certificate signed by unknown authority');
  });
});

test('redis_exporter serves what the alerts read, without CONFIG', async () => {
  const exporter = await Exporter.start('cache', told('cache', CACHE_PASSWORD));
  const series = await exporter.series();
  expect(valueOf(series, /redis_up/)).toBe(1);
  expect(valueOf(series, /redis_connected_clients/)).toBe(1);
  for (const metric of ['keyspace_hits', 'keyspace_misses', 'evicted_keys', 'rejected_connections'])
    expect(series).toMatch(new RegExp(`^redis_${metric}_total `, 'm'));
  const wrong = await Exporter.start('cache', told('cache', 'wrong'));
  expect(valueOf(await wrong.series(), /redis_up/)).toBe(0);
});

describe('the alerts', () => {
  const DB = 'namespace="shop",pod="shop-db-exporter-6c8f9d7b5d-x2x4z"';
  const CACHE = 'namespace="shop",pod="shop-cache-exporter-6c8f9d7b5d-x2x4z"';
  const backends = (count: number) => [
    usage('pg_stat_database_numbackends', `${DB},datname="app"`, `${count - 1}x120`),
    usage('pg_stat_database_numbackends', `${DB},datname="postgres"`, '1x120'),
  ];
  const clients = (count: number) => [usage('redis_connected_clients', CACHE, `${count}x120`)];
  const idle = (state: string) => [
    usage('pg_stat_activity_max_tx_duration', `${DB},datname="app",state="${state}"`, '0+60x120'),
  ];
  const labels = (severity: string, where: string): Record<string, string> => ({
    severity,
    namespace: 'shop',
    pod: /pod="([^"]+)"/.exec(where)?.[1] as string,
  });

  test('are rules that Prometheus loads', async () => {
    const file = rulesFile(scratch, 'external', RULES);
    const { code, stdout, stderr } = await runCommand('promtool', [
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      file,
    ]);
    expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: '' });
  });

  const cases: Array<[string, Manifest[], string, Record<string, string> | undefined, string]> = [
    [
      'ExternalPostgresConnectionsHigh',
      backends(30),
      '15m',
      labels('critical', DB),
      'The store of shop/shop-db-exporter-6c8f9d7b5d-x2x4z has more than 80 % of its connections in use',
    ],
    ['ExternalPostgresConnectionsHigh', backends(29), '15m', undefined, ''],
    [
      'ExternalCacheConnectionsHigh',
      clients(41),
      '15m',
      labels('critical', CACHE),
      'The store of shop/shop-cache-exporter-6c8f9d7b5d-x2x4z has more than 80 % of its connections in use',
    ],
    ['ExternalCacheConnectionsHigh', clients(40), '15m', undefined, ''],
    [
      'ExternalPostgresUnreachable',
      [usage('pg_up', DB, '0x120')],
      '6m',
      labels('critical', DB),
      'shop/shop-db-exporter-6c8f9d7b5d-x2x4z does not get into its store',
    ],
    ['ExternalPostgresUnreachable', [usage('pg_up', DB, '1x120')], '60m', undefined, ''],
    [
      'ExternalCacheUnreachable',
      [usage('redis_up', CACHE, '0x120')],
      '6m',
      labels('critical', CACHE),
      'shop/shop-cache-exporter-6c8f9d7b5d-x2x4z does not get into its store',
    ],
    [
      'ExternalPostgresIdleTransaction',
      idle('idle in transaction (aborted)'),
      '16m',
      labels('warning', DB),
      'A transaction in the store of shop/shop-db-exporter-6c8f9d7b5d-x2x4z is open for 960 s and does nothing',
    ],
    ['ExternalPostgresIdleTransaction', idle('active'), '60m', undefined, ''],
  ];
  test.each(cases)('%s of %j', async (alert, series, at, fires, summary) => {
    const expected = fires && { labels: fires, summary };
    const name = `${alert} ${fires === undefined ? 'silent' : 'fires'} ${at}`;
    expect(await alertProblem(scratch, RULES, name, { series, at, alert, fires: expected })).toBe('');
  });
});

/**
 * PgBouncers of ours in front of a Postgres that no construct made: Debian's, with settings of its own, and TLS with an
 * authority that nobody knows. Two environments share its connections, each with a database and a role of its own.
 */
import { Chart } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  ConnectionPool,
  ExternalPostgres,
  NetworkPeer,
  PostgresSslMode,
  ScalableWebApp,
  ScalingPolicy,
  TunedApp,
} from 'cdk8s-tuned';
import { chmodSync } from 'fs';
import { join } from 'path';
import type { Client } from 'pg';
import { parsePgBouncerIni } from '../../lib/postgres/pooler/pgbouncer-ini';
import { envOf, find, IMAGE, type Manifest, manifests } from '../support/synth';
import { makeCertificate } from './certificate';
import { scratchDirectory, type Server, until } from './harness';
import { Pooler } from './pgbouncer-server';
import { answerOf, clientOf, type Login, psql, SUPERUSER } from './postgres-client';
import { startProviderPostgres } from './provider-postgres';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const MAX_CONNECTIONS = 40;
const HOST = 'orders.example.com';
const ENVIRONMENTS = ['live', 'staging'] as const;
/** Names as a cloud has them, and passwords with everything that a shell or a file may read otherwise. */
const login = (environment: string): Login => ({
  user: `${environment}@project.iam`,
  password: `it's \\ "${environment}" $HOME \`id\`; ünïcode`,
  database: environment,
});
const ALL = ENVIRONMENTS.map(login);
const PASSWORDS = Object.fromEntries(ALL.map(({ user, password }) => [user, password]));

/** Two environments that come through the poolers, and a worker of one of them that goes past. */
function synth(): Manifest[] {
  const app = new TunedApp({ outdir: '/nowhere' });
  const data = new Chart(app, 'data', { namespace: 'data' });
  const orders = new ExternalPostgres(data, 'orders', {
    host: HOST,
    peer: NetworkPeer.cidr('10.20.0.0/16'),
    maxConnections: MAX_CONNECTIONS,
    databases: [...ENVIRONMENTS],
    sslMode: PostgresSslMode.VERIFY_CA,
    certificateAuthority: Secret.fromSecretName(data, 'ca', 'orders-ca'),
  });
  const charts = ENVIRONMENTS.map((name, index) => {
    const chart = new Chart(app, name, { namespace: name });
    const { user } = login(name);
    const credentials = Secret.fromSecretName(chart, 'db', `orders-${name}`);
    const database = { database: name, user, credentials };
    const web = new ScalableWebApp(chart, 'web', {
      image: IMAGE,
      scaling: ScalingPolicy.replicas(index === 0 ? 8 : 4),
    });
    web.connectTo(orders.connection({ ...database, pool: ConnectionPool.fixed({ size: 3 }) }));
    return chart;
  });
  const [live] = charts;
  const worker = new BackgroundWorker(live, 'worker', { image: IMAGE, scaling: ScalingPolicy.replicas(1) });
  const { user, database } = login('live');
  worker.connectTo(
    orders.connection({
      database,
      user,
      credentials: Secret.fromSecretName(live, 'own', 'orders-live'),
      direct: true,
      pool: ConnectionPool.fixed({ size: 2 }),
    }),
  );
  orders.addPooler({ activeTransactions: 100 });
  expect(() => app.synthYaml()).not.toThrow();
  return [data, ...charts].flatMap(manifests);
}

const objects = synth();
const ini = parsePgBouncerIni(find(objects, 'ConfigMap', 'data-orders-pooler').data['pgbouncer.ini']);
const boundOf = (database: string) => Number(ini.databases.get(database)?.get('max_db_connections'));
const replicas: number = Pooler.find(objects, 'Deployment').spec.replicas;
/** Pods at the largest number, with those of a rollout. */
const podsOf = (name: string) => {
  const { spec } = find(objects, 'Deployment', name);
  return (
    spec.replicas + Math.ceil((parseInt(spec.strategy.rollingUpdate.maxSurge, 10) / 100) * spec.replicas)
  );
};
const clientsOf = (name: string) =>
  podsOf(name) * Number(envOf(find(objects, 'Deployment', name)).DB_POOL_SIZE);

function certificate(): string {
  const directory = scratch.directory(`tls-${Math.random()}`);
  makeCertificate(directory, HOST);
  chmodSync(join(directory, 'tls.key'), 0o400);
  return directory;
}

let tls: string;
let server: Server;
let port: number;
const superuser = async (sql: string) => answerOf(await psql(port, SUPERUSER, sql));
const connectionsOf = async (user: string) =>
  Number(await superuser(`SELECT count(*) FROM pg_stat_activity WHERE usename = '${user}';`));

beforeAll(async () => {
  tls = certificate();
  ({ server, port } = await startProviderPostgres(scratch, tls, { max_connections: MAX_CONNECTIONS }));
  for (const { user, password, database } of ALL) {
    await superuser(`CREATE ROLE "${user}" LOGIN PASSWORD '${password.replaceAll("'", "''")}';`);
    await superuser(`CREATE DATABASE ${database} OWNER "${user}";`);
  }
});
afterAll(() => server?.stop('SIGINT'));

const startPooler = (authority = tls) =>
  Pooler.start(objects, scratch, { service: HOST, port }, authority, PASSWORDS);

describe('poolers', () => {
  let pooler: Pooler;
  beforeAll(async () => {
    pooler = await startPooler();
  });
  afterAll(() => pooler?.stop());

  test('let each role into its own database, with the password of its Secret and no other', async () => {
    for (const one of ALL) {
      expect((await psql(pooler.port, one, 'SELECT current_user, current_database();')).stdout).toBe(
        `${one.user}|${one.database}\n`,
      );
      expect((await psql(pooler.port, { ...one, password: 'wrong' }, 'SELECT 1;')).code).not.toBe(0);
    }
    const unused = await psql(pooler.port, { ...ALL[0], database: 'app' }, 'SELECT 1;');
    expect(unused.stderr).toContain('no such database');
  });

  test('reach the server encrypted, by a certificate of its authority', async () => {
    const { stdout } = await psql(
      pooler.port,
      ALL[0],
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid();',
    );
    expect(stdout).toBe('t\n');
    expect(pooler.ini).toContain('server_tls_sslmode = verify-ca');
  });

  test('answer their exporter, which changes nothing', async () => {
    const console = { ...ALL[0], database: 'pgbouncer' };
    expect((await psql(pooler.port, console, 'SHOW POOLS;')).code).toBe(0);
    expect((await psql(pooler.port, console, 'PAUSE;')).stderr).toContain('admin access needed');
  });

  test('write no password to their logs', () => {
    for (const { password } of ALL) expect(pooler.server.log()).not.toContain(password);
  });
});

test('a pooler gives no password to a server of another authority', async () => {
  const pooler = await startPooler(certificate());
  const client = psql(pooler.port, ALL[0], 'SELECT 1;', { PGCONNECT_TIMEOUT: '20' });
  const refusal = /handshake failed: .*(EVP lib|certificate verify failed)/;
  await until('the refusal', () => refusal.test(pooler.server.log()), pooler.server);
  await pooler.stop();
  expect((await client).code).not.toBe(0);
});

test('all pods of both environments at their largest are in while a rollout replaces all poolers, and one connection more than the reserve is refused', async () => {
  const perPooler = ENVIRONMENTS.map(boundOf).reduce((sum, bound) => sum + bound, 0);
  expect(perPooler).toBe(Number(ini.settings.get('max_db_connections')));
  expect(boundOf('live')).toBeGreaterThan(boundOf('staging'));
  const poolers = await Promise.all(Array.from({ length: 2 * replicas }, () => startPooler()));
  // What each transaction waits for.
  const gates = await Promise.all(
    ALL.map(async ({ database }) => {
      const gate = await clientOf(port, { ...SUPERUSER, database });
      await gate.query('SELECT pg_advisory_lock(1)');
      return gate;
    }),
  );
  const clients: Client[] = [];
  const answers: Array<Promise<unknown>> = [];
  // Old poolers have as many clients under way as new ones.
  for (const [index, one] of ALL.entries()) {
    const count = clientsOf(`${ENVIRONMENTS[index]}-web`);
    expect(count).toBeGreaterThan(replicas * boundOf(one.database));
    for (let client = 0; client < 2 * count; client++) {
      const { port: pooled } = poolers[client % poolers.length];
      clients.push(await clientOf(pooled, one));
    }
  }
  for (const client of clients) answers.push(client.query('SELECT pg_advisory_xact_lock_shared(1)'));
  const past = await Promise.all(
    Array.from({ length: clientsOf('live-worker') }, () =>
      clientOf(port, ALL[0], { ssl: { rejectUnauthorized: false } }),
    ),
  );
  expect(past.length).toBeGreaterThan(0);
  const expected = ENVIRONMENTS.map((name) => 2 * replicas * boundOf(name));
  await until(
    'the pools',
    async () =>
      (await connectionsOf(ALL[0].user)) === expected[0] + past.length &&
      (await connectionsOf(ALL[1].user)) === expected[1],
    server,
  );
  // The reserve is for people and migrations; behind it are only the slots of the superuser.
  const reserve: Client[] = [];
  let refusal = '';
  while (refusal === '') {
    const next = await clientOf(port, ALL[1], { ssl: { rejectUnauthorized: false } }).catch(
      (error: Error) => error,
    );
    if (next instanceof Error) refusal = next.message;
    else reserve.push(next);
  }
  expect(refusal).toContain('remaining connection slots are reserved');
  const taken = expected[0] + expected[1] + past.length + gates.length;
  expect(reserve).toHaveLength(MAX_CONNECTIONS - 3 - taken);
  expect(reserve.length + gates.length).toBeGreaterThanOrEqual(8);
  await Promise.all(gates.map((gate) => gate.end()));
  expect(await Promise.all(answers)).toHaveLength(clients.length);
  await Promise.all([...clients, ...past, ...reserve].map((client) => client.end()));
  await Promise.all(poolers.map((one) => one.stop()));
});

/** PgBouncers of ours that encrypt on both sides: for clients by a certificate of theirs, to the server by its authority. */
import { Chart } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import { ExternalPostgres, NetworkPeer, PostgresSslMode, ScalableWebApp, TunedApp } from 'cdk8s-tuned';
import { chmodSync, copyFileSync } from 'fs';
import { join } from 'path';
import { envOf, find, IMAGE, type Manifest, manifests } from '../support/synth';
import { makeCertificate } from './certificate';
import { own, runCommand, scratchDirectory, type Server } from './harness';
import { Pooler } from './pgbouncer-server';
import { answerOf, APP, PROGRAMS, psql, SUPERUSER } from './postgres-client';
import { startProviderPostgres } from './provider-postgres';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const HOST = 'orders.example.com';
const POOLER = 'data-orders-pooler';

function synth(): Manifest[] {
  const app = new TunedApp({ outdir: '/nowhere' });
  const chart = new Chart(app, 'data', { namespace: 'data' });
  const orders = new ExternalPostgres(chart, 'orders', {
    host: HOST,
    peer: NetworkPeer.cidr('10.20.0.0/16'),
    maxConnections: 100,
    sslMode: PostgresSslMode.VERIFY_CA,
    certificateAuthority: Secret.fromSecretName(chart, 'ca', 'provider-ca'),
    poolerCertificate: Secret.fromSecretName(chart, 'tls', 'pooler-tls'),
  });
  new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(orders);
  orders.addPooler();
  return manifests(chart);
}

const objects = synth();

/** Files of a Secret with a certificate for a name. */
function secret(name: string): string {
  const directory = scratch.directory(`tls-${name}`);
  makeCertificate(directory, name);
  chmodSync(join(directory, 'tls.key'), 0o400);
  return directory;
}

/** What the kubelet makes of the volume of the manifest. */
function projected(secrets: Readonly<Record<string, string>>): string {
  const directory = scratch.directory('projected');
  const { volumes } = Pooler.find(objects, 'Deployment').spec.template.spec;
  const [{ projected: volume }] = volumes.filter(({ name }: Manifest) => name === 'tls');
  for (const { secret: one } of volume.sources)
    for (const { key, path } of one.items) {
      copyFileSync(join(secrets[one.name], key), join(directory, path));
      own(join(directory, path));
    }
  return directory;
}

let server: Server;
let pooler: Pooler;
let ofPooler: string;

beforeAll(async () => {
  const ofServer = secret(HOST);
  ofPooler = secret(POOLER);
  const started = await startProviderPostgres(scratch, ofServer);
  const { port } = started;
  server = started.server;
  const password = APP.password.replaceAll("'", "''");
  answerOf(await psql(port, SUPERUSER, `CREATE ROLE app LOGIN PASSWORD '${password}';`));
  answerOf(await psql(port, SUPERUSER, 'CREATE DATABASE app OWNER app;'));
  const volume = projected({ 'provider-ca': ofServer, 'pooler-tls': ofPooler });
  pooler = await Pooler.start(objects, scratch, { service: HOST, port }, volume);
});
afterAll(() => pooler?.stop());
afterAll(() => server?.stop('SIGINT'));

/** libpq under the name of the Service, with what a consumer is told. */
function connectAs(host: string, mode: string, authority: string) {
  const words = {
    host,
    hostaddr: '127.0.0.1',
    port: pooler.port,
    user: APP.user,
    dbname: APP.database,
    sslmode: mode,
    sslrootcert: join(authority, 'ca.crt'),
    // libpq looks for a certificate of the client's in its home, which is none of this user.
    sslcert: '/nonexistent',
  };
  const address = Object.entries(words).map(([key, value]) => `${key}=${value}`);
  const statement = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
  return runCommand(join(PROGRAMS, 'psql'), ['-XAtc', statement, address.join(' ')], {
    env: { PGPASSWORD: APP.password },
  });
}

test('a consumer comes in as it is told, and the pooler reaches the server encrypted', async () => {
  const env = envOf(find(objects, 'Deployment', 'data-web'));
  expect(env.DB_SSL_CA.secretKeyRef.name).toBe('pooler-tls');
  expect(await connectAs(env.DB_HOST, env.DB_SSLMODE, ofPooler)).toMatchObject({ code: 0, stdout: 't\n' });
});

test('a client that checks name and authority comes in, and one that expects another is not fooled', async () => {
  expect(await connectAs(POOLER, 'verify-full', ofPooler)).toMatchObject({ code: 0, stdout: 't\n' });
  expect((await connectAs('data-other', 'verify-full', ofPooler)).stderr).toContain(
    'does not match host name',
  );
  const other = secret('another-authority');
  expect((await connectAs(POOLER, 'verify-full', other)).stderr).toContain('certificate verify failed');
});

test('who comes without TLS is turned away', async () => {
  const plain = await connectAs(POOLER, 'disable', ofPooler);
  expect(plain.code).not.toBe(0);
  expect(plain.stderr).toMatch(/SSL required|TLS required/i);
});

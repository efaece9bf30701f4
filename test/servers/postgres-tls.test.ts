/** TLS of a database and of its poolers, with a certificate of an authority that nobody knows. */
import { Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import { TunedPostgres } from 'cdk8s-tuned';
import { chmodSync, readFileSync } from 'fs';
import { join } from 'path';
import type { ClientConfig } from 'pg';
import { manifests, newChart } from '../support/synth';
import { makeCertificate } from './certificate';
import { scratchDirectory, until } from './harness';
import { Pooler } from './pgbouncer-server';
import { APP, clientOf, EXPORTER, psql, SUPERUSER } from './postgres-client';
import { Database } from './postgres-server';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

function shopWith(requireTls?: boolean) {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(10),
    certificate: Secret.fromSecretName(chart, 'tls', 'db-tls'),
    requireTls,
  });
  db.addPooler({ replicas: 1 });
  return manifests(chart);
}

/** The files of a Secret; here the key is the server's own, and no other group may then read it. */
function certificate(): string {
  const directory = scratch.directory(`tls-${Math.random()}`);
  makeCertificate(directory, 'shop-db');
  chmodSync(join(directory, 'tls.key'), 0o400);
  return directory;
}

async function start(requireTls?: boolean, ofPooler?: string) {
  const objects = shopWith(requireTls);
  const own = certificate();
  const database = await Database.start(objects, scratch, await Database.initialize(scratch), {
    certificate: own,
  });
  await database.makeRoles(objects);
  const pooler = await Pooler.start(objects, scratch, database, ofPooler ?? own);
  const ssl: ClientConfig['ssl'] = {
    ca: readFileSync(join(own, 'ca.crt'), 'utf8'),
    servername: 'shop-db',
    // The name is what is checked, as a client in the cluster would, and not that of this machine.
    checkServerIdentity: (_, { subject }) =>
      subject.CN === 'shop-db' ? undefined : new Error('another name'),
  };
  const stop = () => Promise.all([pooler, database].map((one) => one.stop()));
  return { database, pooler, ssl, stop };
}

const CONNECTION = 'SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
const plain = { PGSSLMODE: 'disable' };
/** libpq looks for a certificate of the client's in its home, which is none of this user. */
const encrypted = { PGSSLMODE: 'require', PGSSLCERT: '/nonexistent' };

describe('with a certificate', () => {
  let shop: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    shop = await start();
  });
  afterAll(() => shop?.stop());

  test('a client that checks it comes in, directly and through the pooler', async () => {
    for (const port of [shop.database.port, shop.pooler.port]) {
      const client = await clientOf(port, APP, { ssl: shop.ssl });
      const { rows } = await client.query(CONNECTION);
      expect(rows).toEqual([{ ssl: true, version: expect.stringMatching(/^TLSv1\.[23]$/) }]);
      await client.end();
    }
  });

  test('who comes without TLS is turned away by both', async () => {
    const direct = await psql(shop.database.port, APP, 'SELECT 1;', plain);
    expect(direct.stderr).toContain('no encryption');
    const pooled = await shop.pooler.psql('SELECT 1;', {}, plain);
    expect(pooled.code).not.toBe(0);
    expect(pooled.stderr).toMatch(/SSL required|TLS required/i);
  });

  test('TLS before 1.2 is refused by both', async () => {
    for (const port of [shop.database.port, shop.pooler.port]) {
      // At this level OpenSSL itself would still speak it.
      const old = { rejectUnauthorized: false, ciphers: 'DEFAULT@SECLEVEL=0', minVersion: 'TLSv1' } as const;
      await expect(clientOf(port, APP, { ssl: { ...old, maxVersion: 'TLSv1.1' } })).rejects.toThrow(/alert/);
    }
  });

  test('the probes answer, and the superuser and the exporters come in from the pod', async () => {
    expect((await shop.pooler.probe()).code).toBe(0);
    expect((await psql(shop.database.port, SUPERUSER, 'SELECT 1;', plain)).stdout).toBe('1\n');
    expect((await psql(shop.database.port, EXPORTER, 'SELECT 1;', encrypted)).stdout).toBe('1\n');
    const statistics = { ...EXPORTER, database: 'pgbouncer' };
    expect((await shop.pooler.psql('SHOW POOLS;', statistics, encrypted)).code).toBe(0);
  });
});

test('while TLS is not required, who comes without is let in too', async () => {
  const { database, pooler, ssl, stop } = await start(false);
  for (const port of [database.port, pooler.port]) {
    expect((await psql(port, APP, 'SELECT 1;', plain)).stdout).toBe('1\n');
    const client = await clientOf(port, APP, { ssl });
    // Poolers use it on their own way to the server in any case.
    expect((await client.query(CONNECTION)).rows).toMatchObject([{ ssl: true }]);
    await client.end();
  }
  await stop();
});

test('a pooler gives no password to a server of another authority', async () => {
  const { pooler, database } = await start(true, certificate());
  const client = pooler.psql('SELECT 1;', {}, encrypted);
  // Its authority has the same name and another key, so it is the signature that does not hold.
  const refusal = /handshake failed: .*(EVP lib|certificate verify failed)/;
  await until('the refusal', () => refusal.test(pooler.server.log()), pooler.server);
  await database.stop();
  await pooler.stop();
  expect((await client).code).not.toBe(0);
});

/** A Redis with TLS that no construct made, as a managed one is: what consumers are told lets them in, and only over TLS. */
import { Secret } from 'cdk8s-plus-27';
import { BackgroundWorker, CacheVariables, ExternalRedis, NetworkPeer, ScalableWebApp } from 'cdk8s-tuned';
import { readFileSync } from 'fs';
import { join } from 'path';
import { find, IMAGE, manifests, newChart } from '../support/synth';
import { makeCertificate } from './certificate';
import { ioredis } from './clients/ioredis';
import { answersOf, type Environment } from './clients/redis-library';
import { environmentOf } from './consumer';
import { freePort, scratchDirectory, type Server, startServer, until } from './harness';

const HOST = 'master.sessions.abc123.euw1.cache.amazonaws.com';
const PASSWORD = 'auth.token-1_~';
const scratch = scratchDirectory();
let server: Server;
let web: Environment;
let worker: Environment;

beforeAll(async () => {
  const tls = scratch.directory('tls');
  makeCertificate(tls, 'localhost');
  const port = await freePort();
  const files = ['cert-file tls.crt', 'key-file tls.key', 'ca-cert-file ca.crt'].flatMap((one) => {
    const [option, file] = one.split(' ');
    return [`--tls-${option}`, join(tls, file)];
  });
  const args = ['--port', '0', '--tls-port', `${port}`, '--bind', '127.0.0.1', '--save', ''];
  const auth = ['--tls-auth-clients', 'no', '--requirepass', PASSWORD];
  server = startServer('redis-server', [...args, ...files, ...auth], {
    log: join(scratch.path, 'redis.log'),
    env: {},
  });

  const chart = newChart();
  const sessions = new ExternalRedis(chart, 'sessions', {
    host: HOST,
    peer: NetworkPeer.cidr('10.20.0.0/16'),
    tls: true,
    credentials: Secret.fromSecretName(chart, 'auth', 'sessions-auth'),
    certificateAuthority: Secret.fromSecretName(chart, 'authority', 'sessions-ca'),
  });
  new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(sessions);
  new BackgroundWorker(chart, 'worker', { image: IMAGE }).connectTo(
    sessions.connection({ variables: CacheVariables.url() }),
  );
  const objects = manifests(chart);
  const secret = { password: PASSWORD, 'ca.crt': readFileSync(join(tls, 'ca.crt'), 'utf8') };
  const told = (name: string) =>
    environmentOf(find(objects, 'Deployment', `shop-${name}`), secret, { [HOST]: 'localhost', '6379': port });
  [web, worker] = [told('web'), told('worker')];
  await until('the server', () =>
    answersOf(ioredis, web, [['PING']]).then(
      () => true,
      () => false,
    ),
  );
});
afterAll(async () => {
  await server?.stop();
  scratch.remove();
});

test('by the variables of the guide, and by a URL', async () => {
  for (const environment of [web, worker])
    expect(
      await answersOf(ioredis, environment, [
        ['SET', 'a', '1'],
        ['GET', 'a'],
        ['ACL', 'WHOAMI'],
      ]),
    ).toEqual(['OK', '1', 'default']);
  expect(worker.REDIS_URL).toMatch(/^rediss:/);
});

test('nobody who does not know its authority, its password, or TLS', async () => {
  const ping = (environment: Environment) => answersOf(ioredis, environment, [['PING']]);
  const { CACHE_TLS_CA: authority, ...stranger } = web;
  expect(authority).toContain('BEGIN CERTIFICATE');
  await expect(ping(stranger)).rejects.toThrow(/self-signed certificate|unable to (get|verify)/);
  await expect(ping({ ...web, CACHE_PASSWORD: 'wrong' })).rejects.toThrow(/WRONGPASS/);
  await expect(ping({ ...web, CACHE_TLS: 'false' })).rejects.toThrow();
});

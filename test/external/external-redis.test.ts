/** A cache that exists elsewhere, and those who connect to it. */
import { Chart } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  CacheVariables,
  ExternalRedis,
  type ExternalRedisProps,
  NetworkPeer,
  Runtime,
  ScalableWebApp,
  ScalingPolicy,
  TunedApp,
} from 'cdk8s-tuned';
import { envOf, find, IMAGE, type Manifest, manifests } from '../support/synth';

const HOST = 'master.shop.abc123.euw1.cache.amazonaws.com';

function shop(props: Partial<ExternalRedisProps> = {}) {
  const app = new TunedApp({ outdir: '/nowhere' });
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const peer = NetworkPeer.cidr('10.20.0.0/16');
  const cache = new ExternalRedis(chart, 'cache', { host: HOST, peer, ...props });
  const scaling = ScalingPolicy.cpu({ min: 2, max: 20 });
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE, scaling });
  const env = (): Record<string, Manifest> => envOf(find(manifests(chart), 'Deployment', 'shop-web'));
  return { app, chart, cache, web, env };
}

const secret = (name = 'cache-auth') => Secret.fromSecretName(new Chart(new TunedApp(), 'x'), 'secret', name);
const PASSWORD = { secretKeyRef: { key: 'password', name: 'cache-auth' } };

test('without a password only the address is told, and the policy lets out to its network', () => {
  const { chart, cache, web, env } = shop();
  web.connectTo(cache);
  expect(env()).toEqual({ CACHE_ENABLED: 'true', CACHE_HOST: HOST, CACHE_PORT: '6379' });
  expect(find(manifests(chart), 'NetworkPolicy').spec.egress).toContainEqual({
    to: [{ ipBlock: { cidr: '10.20.0.0/16' } }],
    ports: [{ port: 6379, protocol: 'TCP' }],
  });
});

test('password, user, port and TLS are told where there are any', () => {
  const { cache, web, env } = shop({
    credentials: secret(),
    username: 'shop',
    port: 6380,
    tls: true,
    certificateAuthority: secret('memorystore-ca'),
  });
  web.connectTo(cache);
  expect(env()).toMatchObject({
    CACHE_PORT: '6380',
    CACHE_USERNAME: 'shop',
    CACHE_PASSWORD: PASSWORD,
    CACHE_TLS: 'true',
    CACHE_TLS_CA: { secretKeyRef: { key: 'ca.crt', name: 'memorystore-ca' } },
  });
});

test.each<[Partial<ExternalRedisProps>, Record<string, unknown>]>([
  [{}, { REDIS_URL: `redis://${HOST}:6379/0` }],
  [{ tls: true }, { REDIS_URL: `rediss://${HOST}:6379/0` }],
  [
    { credentials: secret(), tls: true },
    { REDIS_URL: `rediss://:$(REDIS_URL_PASSWORD)@${HOST}:6379/0`, REDIS_URL_PASSWORD: PASSWORD },
  ],
  [
    { credentials: secret(), username: 'a@b' },
    { REDIS_URL: `redis://a%40b:$(REDIS_URL_PASSWORD)@${HOST}:6379/0`, REDIS_URL_PASSWORD: PASSWORD },
  ],
])('one URL says the same: %#', (props, expected) => {
  const { cache, web, env } = shop(props);
  web.connectTo(cache.connection({ variables: CacheVariables.url() }));
  expect(env()).toEqual(expected);
});

test('several caches have names of their own', () => {
  const { chart, cache, web, env } = shop();
  const sessions = new ExternalRedis(chart, 'sessions', {
    host: 'sessions.example.com',
    peer: NetworkPeer.anywhere(),
  });
  web.connectTo(cache);
  web.connectTo(sessions.connection({ variables: CacheVariables.prefixed('SESSION_') }));
  expect(env()).toMatchObject({ CACHE_HOST: HOST, SESSION_CACHE_HOST: 'sessions.example.com' });
});

test('all pods with their connections fit the clients, or the synth fails', () => {
  const connect = (maxClients: number) => {
    const { app, chart, cache, web } = shop({ maxClients });
    web.connectTo(cache.connection({ connectionsPerPod: 30 }));
    new BackgroundWorker(chart, 'worker', { image: IMAGE }).connectTo(cache);
    return () => app.synthYaml();
  };
  expect(connect(763)).not.toThrow();
  expect(connect(100)).toThrow(
    /shop\/cache: its consumers may hold 763 connections, but maxClients is 100:\n {2}shop\/web: 25 pods \(20 replicas and a surge of 5\) x 1 processes x \(30 \+ 0\) = 750; at most 1 replica would fit\n {2}shop\/worker: 13 pods .* = 13; no replica would fit beside the others\nuse smaller pools/,
  );
});

test('each process of a runtime holds one, unless the connection says how many the pod holds', () => {
  const connect = (connectionsPerPod?: number) => {
    const { app, chart, cache } = shop({ maxClients: 7 });
    const scaling = ScalingPolicy.replicas(1);
    const runtime = Runtime.python({ workers: 4 });
    const api = new ScalableWebApp(chart, 'api', { image: IMAGE, scaling, runtime });
    api.connectTo(cache.connection({ connectionsPerPod }));
    return () => app.synthYaml();
  };
  expect(connect()).toThrow(/shop\/api: 2 pods .* x 4 processes x \(1 \+ 0\) = 8/);
  expect(connect(3)).not.toThrow();
});

test.each<[Partial<ExternalRedisProps>, string]>([
  [{ host: 'redis://x' }, 'host is "redis://x"; allowed: a DNS name'],
  [{ peer: NetworkPeer.namespace('A') }, 'peer is "A"'],
  [{ username: 'shop' }, 'username is "shop"; it logs in with a password; give `credentials`'],
  [{ username: 'a:b', credentials: secret() }, 'username is "a:b"; allowed: at most 128 letters'],
  [
    { certificateAuthority: secret('ca') },
    'certificateAuthority is "ca"; there is no certificate without `tls`',
  ],
  [{ maxClients: 0 }, 'maxClients is 0'],
  [{ port: 0 }, 'port is 0'],
])('%j is refused', (props, message) => {
  expect(() => shop(props)).toThrow(message);
});

test('options of a connection are checked', () => {
  const { cache } = shop();
  const variables = CacheVariables.prefixed('A-');
  expect(() => cache.connection({ connectionsPerPod: 0, variables })).toThrow(
    /connection\.connectionsPerPod is 0[^]*connection\.variables\.prefix is "A-"/,
  );
});

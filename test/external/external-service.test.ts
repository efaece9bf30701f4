/** A service that exists elsewhere, and those who use it. */
import { Chart } from 'cdk8s';
import {
  BackgroundWorker,
  ExternalService,
  type ExternalServiceProps,
  MigrationJob,
  NetworkPeer,
  ScalableWebApp,
  TunedApp,
} from 'cdk8s-tuned';
import { envOf, find, IMAGE, type Manifest, manifests } from '../support/synth';

function shop(props: Partial<ExternalServiceProps> = {}, id = 'payments') {
  const app = new TunedApp({ outdir: '/nowhere' });
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const service = new ExternalService(chart, id, {
    host: 'api.payments.example.com',
    peers: [NetworkPeer.cidr('203.0.113.0/24'), NetworkPeer.cidr('198.51.100.0/24')],
    ...props,
  });
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
  const env = (name = 'shop-web'): Record<string, Manifest> =>
    envOf(find(manifests(chart), 'Deployment', name));
  const egress = (name = 'shop-web'): Manifest =>
    find(manifests(chart), 'NetworkPolicy', name).spec.egress.slice(1);
  return { app, chart, service, web, env, egress };
}

test('a consumer gets its URL and the way to all its networks, and nothing else is made', () => {
  const { chart, service, web, env, egress } = shop({ path: '/v1' });
  const before = manifests(chart).length;
  web.connectTo(service);
  expect(env()).toEqual({ PAYMENTS_URL: 'https://api.payments.example.com/v1' });
  const ports = [{ port: 443, protocol: 'TCP' }];
  expect(egress()).toEqual([
    { to: [{ ipBlock: { cidr: '203.0.113.0/24' } }], ports },
    { to: [{ ipBlock: { cidr: '198.51.100.0/24' } }], ports },
  ]);
  expect(manifests(chart)).toHaveLength(before);
});

test.each<[Partial<ExternalServiceProps>, string]>([
  [{}, 'https://api.payments.example.com'],
  [{ port: 8443 }, 'https://api.payments.example.com:8443'],
  [{ scheme: 'http', port: 80 }, 'http://api.payments.example.com'],
  [{ scheme: 'http' }, 'http://api.payments.example.com:443'],
  [{ scheme: 'smtp', port: 587, host: '192.0.2.7' }, 'smtp://192.0.2.7:587'],
])('with %j the URL is %s', (props, url) => {
  const { service, web, env } = shop(props);
  web.connectTo(service);
  expect(service.url).toBe(url);
  expect(env()).toEqual({ PAYMENTS_URL: url });
});

test('the names are those that the application reads, one of each consumer if need be', () => {
  const { chart, service, web, env } = shop({ variables: { host: 'PAY_HOST', port: 'PAY_PORT' } });
  web.connectTo(service);
  expect(env()).toEqual({ PAY_HOST: 'api.payments.example.com', PAY_PORT: '443' });
  const worker = new BackgroundWorker(chart, 'worker', { image: IMAGE });
  worker.connectTo(service.connection({ variables: { url: 'PAYMENT_API' } }));
  expect(env('shop-worker')).toEqual({ PAYMENT_API: 'https://api.payments.example.com' });
});

test('the id is spelt as a variable', () => {
  const { service, web, env } = shop({}, 'card-payments.eu');
  web.connectTo(service);
  expect(Object.keys(env())).toEqual(['CARD_PAYMENTS_EU_URL']);
  expect(() => shop({}, '3d')).toThrow(
    'id is "3d"; no variable can be called 3D_URL; name one in `variables`',
  );
  expect(() => shop({ variables: { url: 'SECURE_URL' } }, '3d')).not.toThrow();
});

test('a job uses it as well, and pods of another team are let out to as such', () => {
  const peers = [NetworkPeer.pods({ namespace: 'billing', podLabels: { app: 'api' } })];
  const { chart, service, egress } = shop({ peers, host: 'api.billing', port: 8080, scheme: 'http' });
  const job = new MigrationJob(chart, 'sync', { image: IMAGE });
  job.connectTo(service);
  const { env } = find(manifests(chart), 'Job').spec.template.spec.containers[0];
  expect(env).toContainEqual({ name: 'PAYMENTS_URL', value: 'http://api.billing:8080' });
  expect(egress('shop-sync')).toEqual([
    {
      to: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'billing' } },
          podSelector: { matchLabels: { app: 'api' } },
        },
      ],
      ports: [{ port: 8080, protocol: 'TCP' }],
    },
  ]);
});

test.each<[Partial<ExternalServiceProps>, string]>([
  [{ host: 'https://x' }, 'host is "https://x"; allowed: a DNS name'],
  [{ peers: [] }, 'peers is []; allowed: a list of at least one'],
  [{ peers: 'x' as never }, 'peers is "x"; allowed: a list of at least one'],
  [{ peers: ['10.0.0.0/8' as never] }, 'peers[0].peer is "10.0.0.0/8"; allowed: an object such as'],
  [{ peers: [NetworkPeer.cidr('10.0.0.0')] }, 'peers[0].peer is "10.0.0.0"; allowed: an address range'],
  [{ port: 0 }, 'port is 0'],
  [{ scheme: 'HTTPS' }, 'scheme is "HTTPS"; allowed: small letters'],
  [{ path: 'v1' }, 'path is "v1"; allowed: a path that starts with "/"'],
  [{ variables: {} }, 'allowed: at least one of url, host and port'],
  [{ variables: { url: 'A-B' } }, 'variables.url is "A-B"'],
  [{ variables: { url: 'A', host: 'A' } }, 'two values cannot have one name'],
])('%j is refused', (props, message) => {
  expect(() => shop(props)).toThrow(message);
});

test('the names of a connection are checked', () => {
  const { service } = shop();
  expect(() => service.connection({ variables: { host: 'a b' } })).toThrow(
    'shop/payments: connection.variables.host is "a b"',
  );
});

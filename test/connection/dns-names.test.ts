/** Peers by their DNS names: a policy of Cilium beside the NetworkPolicy. */
import { type ApiObject, JsonPatch, Size } from 'cdk8s';
import {
  CacheRedis,
  ExternalPostgres,
  type ExternalPostgresProps,
  ExternalRedis,
  ExternalService,
  HttpUpstream,
  MigrationJob,
  NetworkPeer,
  NginxCachingProxy,
  PostgresSslMode,
  RolloutHook,
  ScalableWebApp,
  ScheduledJob,
  TunedPostgres,
} from 'cdk8s-tuned';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

const HOST = 'orders.abc123.eu-west-1.rds.amazonaws.com';
const API = NetworkPeer.dnsName('api.payments.example.com');

const named = (objects: readonly Manifest[]) => objects.filter(({ kind }) => kind === 'CiliumNetworkPolicy');
const namesIn = (policy: Manifest) => policy.spec.egress.flatMap(({ toFQDNs = [] }: Manifest) => toFQDNs);

function orders(chart = newChart(), props: Partial<ExternalPostgresProps> = {}): ExternalPostgres {
  return new ExternalPostgres(chart, 'orders', {
    host: HOST,
    peer: NetworkPeer.dnsName(HOST),
    maxConnections: 100,
    sslMode: PostgresSslMode.REQUIRE,
    ...props,
  });
}

test('the policy of Cilium selects the pods, leads DNS through the proxy, and lets out to names', () => {
  const chart = newChart();
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
  web.allowTo(API, [443, 8443]);
  web.allowTo(NetworkPeer.dnsPattern('*.s3.eu-west-1.amazonaws.com'), [443]);
  web.allowTo(API, [443, 8443]);
  const policy = find(manifests(chart), 'CiliumNetworkPolicy');
  expect(policy).toEqual({
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'shop-web', namespace: 'shop', labels: web.networkIdentity.podLabels },
    spec: {
      endpointSelector: { matchLabels: web.networkIdentity.podLabels },
      egress: [
        {
          toEndpoints: [
            {
              matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'kube-system' },
              matchExpressions: [
                { key: 'k8s-app', operator: 'In', values: ['kube-dns', 'node-local-dns', 'nodelocaldns'] },
              ],
            },
          ],
          toPorts: [{ ports: [{ port: '53', protocol: 'ANY' }], rules: { dns: [{ matchPattern: '*' }] } }],
        },
        {
          toFQDNs: [{ matchName: 'api.payments.example.com' }],
          toPorts: [
            {
              ports: [
                { port: '443', protocol: 'TCP' },
                { port: '8443', protocol: 'TCP' },
              ],
            },
          ],
        },
        {
          toFQDNs: [{ matchPattern: '*.s3.eu-west-1.amazonaws.com' }],
          toPorts: [{ ports: [{ port: '443', protocol: 'TCP' }] }],
        },
      ],
    },
  });
});

test('the NetworkPolicy opens nothing for a name: a rule without peers would be every address', () => {
  const chart = newChart();
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
  web.allowTo(API, [443]);
  const { spec } = find(manifests(chart), 'NetworkPolicy');
  expect(spec.policyTypes).toEqual(['Egress', 'Ingress']);
  expect(spec.egress).toEqual([
    {
      ports: [
        { port: 53, protocol: 'UDP' },
        { port: 53, protocol: 'TCP' },
      ],
    },
  ]);
});

test('without names there is none', () => {
  const chart = newChart();
  new ScalableWebApp(chart, 'web', { image: IMAGE }).allowTo(NetworkPeer.anywhere(), [443]);
  expect(named(manifests(chart))).toEqual([]);
});

test('everything that reaches out has one of its own', () => {
  const chart = newChart();
  new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) }).allowTo(API, [443]);
  new CacheRedis(chart, 'cache', {}).allowTo(API, [443]);
  new ScheduledJob(chart, 'report', { image: IMAGE, schedule: '30 3 * * *' }).allowTo(API, [443]);
  new NginxCachingProxy(chart, 'proxy', {
    upstream: HttpUpstream.externalHost({
      host: 'cms.example.com',
      peer: NetworkPeer.dnsName('cms.example.com'),
    }),
  });
  const api = new ExternalService(chart, 'payments', { host: 'api.payments.example.com', peers: [API] });
  new MigrationJob(chart, 'migrate', { image: IMAGE }).connectTo(api);
  const objects = manifests(chart);
  const policies = named(objects);
  expect(policies.map(({ metadata }) => metadata.name.replace(/-[0-9a-f]{8,}$/, '')).sort()).toEqual([
    'shop-cache',
    'shop-db',
    'shop-migrate',
    'shop-proxy',
    'shop-report',
  ]);
  for (const { metadata, spec } of policies) {
    const beside = find(objects, 'NetworkPolicy', metadata.name);
    expect(spec.endpointSelector).toEqual(beside.spec.podSelector);
  }
});

test('stores that are elsewhere are reached by their names, by consumers, poolers and exporters', () => {
  const chart = newChart();
  const store = orders(chart);
  const cache = new ExternalRedis(chart, 'cache', {
    host: 'cache.example.com',
    peer: NetworkPeer.dnsName('cache.example.com'),
    maxClients: 100,
  });
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
  web.connectTo(store);
  web.connectTo(cache);
  store.addExporter();
  store.addPooler();
  const policies = named(manifests(chart)).map((one) => [one.metadata.name, namesIn(one)]);
  expect(Object.fromEntries(policies)).toEqual({
    'shop-web': [{ matchName: 'cache.example.com' }],
    'shop-orders-exporter': [{ matchName: HOST }],
    'shop-orders-pooler': [{ matchName: HOST }],
  });
});

describe('a pooler in front', () => {
  test.each([
    ['before', true],
    ['after', false],
  ])('takes the policy of names from a consumer that comes %s it', (_, isFirst) => {
    const chart = newChart();
    const store = orders(chart);
    if (isFirst) store.addPooler();
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
    web.connectTo(store);
    if (!isFirst) store.addPooler();
    expect(named(manifests(chart)).map(({ metadata }) => metadata.name)).toEqual(['shop-orders-pooler']);
    const [, toPooler] = find(manifests(chart), 'NetworkPolicy', 'shop-web').spec.egress;
    expect(toPooler.to[0].podSelector.matchLabels['app.kubernetes.io/name']).toBe('shop-orders-pooler');
  });

  test('leaves it to who goes past it', () => {
    const chart = newChart();
    const store = orders(chart);
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
    web.connectTo(store.connection({ direct: true }));
    store.addPooler();
    expect(namesIn(find(manifests(chart), 'CiliumNetworkPolicy', 'shop-web'))).toEqual([{ matchName: HOST }]);
  });
});

test.each([
  ['of Argo CD', RolloutHook.argoCd(), { 'argocd.argoproj.io/sync-wave': '-1' }],
  ['of Helm', RolloutHook.helm(), { 'helm.sh/hook-weight': '-1' }],
])('the policies of a hook %s come before its Job', (_, hook, wave) => {
  const chart = newChart();
  new MigrationJob(chart, 'migrate', { image: IMAGE, hook }).connectTo(orders(chart));
  const objects = manifests(chart);
  const { annotations } = find(objects, 'CiliumNetworkPolicy').metadata;
  expect(annotations).toMatchObject(wave);
  expect(annotations).toEqual(find(objects, 'NetworkPolicy').metadata.annotations);
});

test('a second synth writes the same, and a patch has the last word', () => {
  const chart = newChart();
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
  web.connectTo(orders(chart));
  const policy = web.node.findChild('network-policy-names') as ApiObject;
  policy.addJsonPatch(JsonPatch.add('/spec/enableDefaultDeny', { egress: false }));
  const first = manifests(chart);
  expect(manifests(chart)).toEqual(first);
  expect(find(first, 'CiliumNetworkPolicy').spec.enableDefaultDeny).toEqual({ egress: false });
});

test('a name is refused for who comes in', () => {
  const web = new ScalableWebApp(newChart(), 'web', { image: IMAGE });
  const refusal = /a DNS name says who is reached, not who comes; give an address range or pods/;
  expect(() => web.allowHttpFrom(API)).toThrow(refusal);
  expect(() => web.allowFrom(API, [80])).toThrow(refusal);
  expect(() => web.allowScrapeFrom(API)).toThrow(/allowFrom|metrics/);
});

test.each([
  ['a name of a Service', NetworkPeer.dnsName('db.data.svc.cluster.local')],
  ['one label', NetworkPeer.dnsName('db')],
  ['a pattern as a name', NetworkPeer.dnsName('*.example.com')],
  ['every name', NetworkPeer.dnsPattern('*')],
  ['every name of a top-level domain', NetworkPeer.dnsPattern('*.com')],
  ['a pattern without a star', NetworkPeer.dnsPattern('example.com')],
])('%s is refused', (_, peer) => {
  const web = new ScalableWebApp(newChart(), 'web', { image: IMAGE });
  expect(() => web.allowTo(peer, [443])).toThrow(/a DNS name outside of the cluster/);
  expect(() => orders(newChart(), { peer })).toThrow(/peer/);
});

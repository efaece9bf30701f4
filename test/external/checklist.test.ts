/** What the checklist says of workloads whose database and cache are in no manifest: what it says of any workload. */
import { Chart } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  CacheVariables,
  Checklist,
  DatabaseVariables,
  ExternalPostgres,
  ExternalRedis,
  NetworkPeer,
  PostgresSslMode,
  ScalableWebApp,
  TunedApp,
} from 'cdk8s-tuned';
import { IMAGE, manifests } from '../support/synth';

function findings(connect: (chart: Chart, web: ScalableWebApp) => void) {
  const chart = new Chart(new TunedApp({ outdir: '/nowhere' }), 'shop', { namespace: 'shop' });
  connect(chart, new ScalableWebApp(chart, 'web', { image: IMAGE }));
  return Checklist.check(manifests(chart)).map(({ rule, measured }) => ({ rule, measured }));
}

const alone = findings(() => undefined);

test.each<[string, NetworkPeer, DatabaseVariables, CacheVariables]>([
  [
    'the variables of the guide',
    NetworkPeer.cidr('10.20.0.0/16'),
    DatabaseVariables.GUIDE,
    CacheVariables.GUIDE,
  ],
  ['URLs', NetworkPeer.cidr('10.20.0.0/16'), DatabaseVariables.url(), CacheVariables.url()],
  [
    'the variables of Spring',
    NetworkPeer.cidr('10.20.0.0/16'),
    DatabaseVariables.SPRING,
    CacheVariables.GUIDE,
  ],
  [
    'DNS names',
    NetworkPeer.dnsPattern('*.abc123.eu-west-1.rds.amazonaws.com'),
    DatabaseVariables.GUIDE,
    CacheVariables.GUIDE,
  ],
  [
    'pods that somebody else runs',
    NetworkPeer.pods({ namespace: 'data', podLabels: { application: 'spilo' } }),
    DatabaseVariables.NODE_POSTGRES,
    CacheVariables.GUIDE,
  ],
])('nothing, with %s', (_, peer, variables, cacheVariables) => {
  const found = findings((chart, web) => {
    const db = new ExternalPostgres(chart, 'db', {
      host: 'orders.abc123.eu-west-1.rds.amazonaws.com',
      peer,
      maxConnections: 200,
      sslMode: PostgresSslMode.REQUIRE,
    });
    const cache = new ExternalRedis(chart, 'cache', {
      host: 'master.shop.abc123.euw1.cache.amazonaws.com',
      peer,
      tls: true,
      credentials: Secret.fromSecretName(chart, 'auth', 'cache-auth'),
    });
    web.connectTo(db.connection({ variables }));
    web.connectTo(cache.connection({ variables: cacheVariables }));
  });
  expect(found).toEqual(alone);
  expect(found.map(({ rule }) => rule)).not.toContain('DB-001');
});

test('any address is told as such', () => {
  const found = findings((chart, web) => {
    const peer = NetworkPeer.anywhere();
    web.connectTo(new ExternalPostgres(chart, 'db', { host: 'db.example.com', peer, maxConnections: 200 }));
  });
  expect(found).toEqual([...alone, { rule: 'NET-005', measured: 'everybody' }]);
});

/** Databases and caches that exist elsewhere: their connections, peers and Secrets. */
import type { Chart, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import * as tuned from 'cdk8s-tuned';
import { IMAGE } from '../support/synth';
import { type Attack, damages, numbers, sizes, texts } from './attack';
import { CONSTRUCTS, web } from './constructs';

const PEER = tuned.NetworkPeer.cidr('10.20.0.0/16');

const database = (chart: Chart, props: Partial<tuned.ExternalPostgresProps> = {}) =>
  new tuned.ExternalPostgres(chart, 'db', {
    host: 'db.example.com',
    peer: PEER,
    maxConnections: 1000,
    sslMode: tuned.PostgresSslMode.REQUIRE,
    ...props,
  });
const instanceOf = (chart: Chart, instance: tuned.PostgresInstance) =>
  web(chart, {}).connectTo(database(chart, { maxConnections: undefined, instance }));
const cache = (chart: Chart, props: Partial<tuned.ExternalRedisProps> = {}) =>
  new tuned.ExternalRedis(chart, 'cache', {
    host: 'cache.example.com',
    peer: PEER,
    maxClients: 100,
    ...props,
  });

const FACTORIES: Record<string, readonly Attack[]> = {
  'the address range of a database': texts((chart, text) =>
    CONSTRUCTS.ExternalPostgres(chart, { peer: tuned.NetworkPeer.cidr(text) }),
  ),
  'the DNS name of a database': texts((chart, text) =>
    CONSTRUCTS.ExternalPostgres(chart, { peer: tuned.NetworkPeer.dnsName(text) }),
  ),
  'the namespace of its replicas': texts((chart, text) =>
    CONSTRUCTS.ExternalPostgres(chart, { readOnlyPeer: tuned.NetworkPeer.namespace(text) }),
  ),
  'the instance of a database': [
    ...(['rds', 'aurora', 'cloudSql', 'azureFlexibleServer'] as const).flatMap((provider) =>
      texts((chart, text) => instanceOf(chart, tuned.PostgresInstance[provider](text))),
    ),
    ...(['rdsWithMemory', 'cloudSqlWithMemory', 'digitalOcean'] as const).flatMap((provider) =>
      [...sizes(), '20Gi', 20, null, {}].map((memory) => ({
        what: `${provider}(${JSON.stringify(memory)})`,
        run: (chart: Chart) => instanceOf(chart, tuned.PostgresInstance[provider](memory as Size)),
      })),
    ),
  ],
  'the instance of its replicas': texts((chart, text) =>
    CONSTRUCTS.ExternalPostgres(chart, { readOnlyInstance: tuned.PostgresInstance.rds(text) }),
  ),
  'the Secrets of a database': (['credentials', 'certificateAuthority'] as const).flatMap((key) =>
    texts((chart, text) =>
      web(chart, {}).connectTo(database(chart, { [key]: Secret.fromSecretName(chart, 'secret', text) })),
    ),
  ),
  'the certificate of poolers': texts((chart, text) => {
    const poolerCertificate = Secret.fromSecretName(chart, 'secret', text);
    const db = database(chart, { sslMode: tuned.PostgresSslMode.REQUIRE, poolerCertificate });
    web(chart, {}).connectTo(db);
    db.addPooler();
  }),
  'the Secrets of a cache': (['credentials', 'certificateAuthority'] as const).flatMap((key) =>
    texts((chart, text) =>
      web(chart, {}).connectTo(
        cache(chart, { tls: true, [key]: Secret.fromSecretName(chart, 'secret', text) }),
      ),
    ),
  ),
  'the Secrets of exporters': (['ExternalPostgresExporter', 'ExternalRedisExporter'] as const).flatMap(
    (one) =>
      texts((chart, text) =>
        CONSTRUCTS[one](chart, { credentials: Secret.fromSecretName(chart, 'secret', text) }),
      ),
  ),
  'the user, in a URL': texts((chart, user) =>
    web(chart, {}).connectTo(
      database(chart, { user }).connection({ variables: tuned.DatabaseVariables.url() }),
    ),
  ),
  'the role of a connection, through poolers': texts((chart, user) => {
    const db = database(chart, { databases: ['other'] });
    const credentials = Secret.fromSecretName(chart, 'own', 'own');
    web(chart, {}).connectTo(db.connection({ user, credentials, database: 'other' }));
    new tuned.BackgroundWorker(chart, 'worker', { image: IMAGE }).connectTo(db);
    db.addPooler();
  }),
  'the Secret of a connection': texts((chart, name) => {
    const credentials = Secret.fromSecretName(chart, 'own', name);
    web(chart, {}).connectTo(database(chart).connection({ user: 'own', credentials }));
  }),
  'the database of a connection': texts((chart, name) => database(chart).connection({ database: name })),
  'the variables of a service': (['url', 'host', 'port'] as const).flatMap((what) =>
    texts((chart, name) => CONSTRUCTS.ExternalService(chart, { variables: { [what]: name } })),
  ),
  'the network of a service': texts((chart, range) =>
    CONSTRUCTS.ExternalService(chart, { peers: [PEER, tuned.NetworkPeer.cidr(range)] }),
  ),
  'the DNS names of a service': texts((chart, pattern) =>
    CONSTRUCTS.ExternalService(chart, { peers: [tuned.NetworkPeer.dnsPattern(pattern)] }),
  ),
  'the id of a service': texts((chart, id) =>
    web(chart, {}).connectTo(
      new tuned.ExternalService(chart, `a${id}`, { host: 'api.example.com', peers: [PEER] }),
    ),
  ),
  'the parameter of the encryption': texts((chart, sslModeParameter) =>
    web(chart, {}).connectTo(
      database(chart).connection({ variables: tuned.DatabaseVariables.url({ sslModeParameter }) }),
    ),
  ),
  'connections of a pod': numbers((chart, connectionsPerPod) =>
    web(chart, {}).connectTo(cache(chart).connection({ connectionsPerPod })),
  ),
};

test.each(Object.entries(FACTORIES))('%s', (_, attacks) => {
  expect(attacks.length).toBeGreaterThan(5);
  expect(damages(attacks)).toEqual([]);
});

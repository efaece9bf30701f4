/** Databases and caches that exist elsewhere: their connections, peers and Secrets. */
import { type Chart } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import * as tuned from 'cdk8s-tuned';
import { type Attack, damages, numbers, texts } from './attack';
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
  'the namespace of its replicas': texts((chart, text) =>
    CONSTRUCTS.ExternalPostgres(chart, { readOnlyPeer: tuned.NetworkPeer.namespace(text) }),
  ),
  'the Secrets of a database': (['credentials', 'certificateAuthority'] as const).flatMap((key) =>
    texts((chart, text) =>
      web(chart, {}).connectTo(database(chart, { [key]: Secret.fromSecretName(chart, 'secret', text) })),
    ),
  ),
  'the Secrets of a cache': (['credentials', 'certificateAuthority'] as const).flatMap((key) =>
    texts((chart, text) =>
      web(chart, {}).connectTo(
        cache(chart, { tls: true, [key]: Secret.fromSecretName(chart, 'secret', text) }),
      ),
    ),
  ),
  'the user, in a URL': texts((chart, user) =>
    web(chart, {}).connectTo(
      database(chart, { user }).connection({ variables: tuned.DatabaseVariables.url() }),
    ),
  ),
  'the database of a connection': texts((chart, name) => database(chart).connection({ database: name })),
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

/** Caches: topologies, eviction, Secrets, roles. */
import { Secret } from 'cdk8s-plus-27';
import * as tuned from 'cdk8s-tuned';
import { type Attack, damages, numbers, texts } from './attack';
import { CONSTRUCTS } from './constructs';

const USER = { name: 'reports', passwordKey: 'reports-password', keys: ['orders:*'] };

const FACTORIES: Record<string, readonly Attack[]> = {
  LfuSettings: (['logFactor', 'decayMinutes'] as const).flatMap((key) =>
    numbers((chart, value) =>
      CONSTRUCTS.CacheRedis(chart, {
        evictionPolicy: tuned.EvictionPolicy.ALLKEYS_LFU,
        lfu: { [key]: value },
      }),
    ),
  ),
  'RedisTopology.sentinel': [
    ...(['servers', 'sentinels'] as const).flatMap((key) =>
      numbers((chart, value) =>
        CONSTRUCTS.CacheRedis(chart, { topology: tuned.RedisTopology.sentinel({ [key]: value }) }),
      ),
    ),
    ...(['sentinelImage', 'operatorNamespace'] as const).flatMap((key) =>
      texts((chart, text) =>
        CONSTRUCTS.CacheRedis(chart, { topology: tuned.RedisTopology.sentinel({ [key]: text }) }),
      ),
    ),
  ],
  'RedisTopology.cluster': [
    ...(['shards', 'replicasPerShard'] as const).flatMap((key) =>
      numbers((chart, value) =>
        CONSTRUCTS.CacheRedis(chart, { topology: tuned.RedisTopology.cluster({ [key]: value }) }),
      ),
    ),
    ...texts((chart, operatorNamespace) =>
      CONSTRUCTS.CacheRedis(chart, { topology: tuned.RedisTopology.cluster({ operatorNamespace }) }),
    ),
  ],
  'a reason that is guaranteed': texts((chart, ttlGuarantee) =>
    CONSTRUCTS.CacheRedis(chart, { evictionPolicy: tuned.EvictionPolicy.VOLATILE_LRU, ttlGuarantee }),
  ),
  CacheUser: [
    ...(['name', 'passwordKey', 'access'] as const).flatMap((key) =>
      texts((chart, text) => CONSTRUCTS.CacheRedis(chart, { users: [{ ...USER, [key]: text }] })),
    ),
    ...(['keys', 'channels'] as const).flatMap((key) =>
      texts((chart, text) => CONSTRUCTS.CacheRedis(chart, { users: [{ ...USER, [key]: [text] }] })),
    ),
    ...texts((chart, text) =>
      CONSTRUCTS.CacheRedis(chart, {
        users: [{ ...USER, allowCommands: { [text]: 'somebody needs it', keys: text } }],
      }),
    ),
  ],
  CacheConnectionOptions: texts((chart, user) =>
    new tuned.CacheRedis(chart, 'cache', { users: [USER] }).connection({ user }),
  ),
  'a reason of a command': texts((chart, text) =>
    CONSTRUCTS.CacheRedis(chart, { allowCommands: { keys: text, sort: `${text} is why it is` } }),
  ),
  'a value of a setting': [
    'notify-keyspace-events',
    'locale-collate',
    'latency-tracking-info-percentiles',
    'databases',
  ].flatMap((name) => texts((chart, text) => CONSTRUCTS.CacheRedis(chart, { settings: { [name]: text } }))),
  'the Secret of a certificate': texts((chart, text) =>
    CONSTRUCTS.CacheRedis(chart, { certificate: Secret.fromSecretName(chart, 'tls', text) }),
  ),
};

test.each(Object.entries(FACTORIES))('%s', (_, attacks) => {
  expect(attacks.length).toBeGreaterThan(5);
  expect(damages(attacks)).toEqual([]);
});

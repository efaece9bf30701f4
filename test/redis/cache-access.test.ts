import {
  CacheAccess,
  CacheEngine,
  CacheRedis,
  type CacheRedisProps,
  Checklist,
  RedisTopology,
  ScalableWebApp,
} from 'cdk8s-tuned';
import { envOf, find, manifests, newChart } from '../support/synth';

function synth(props: CacheRedisProps = {}) {
  const chart = newChart();
  new CacheRedis(chart, 'cache', props);
  return manifests(chart);
}
const configMapOf = (props: CacheRedisProps) => find(synth(props), 'ConfigMap').data;
const confOf = (props: CacheRedisProps): string => configMapOf(props)['cache.conf'];
const scriptOf = (props: CacheRedisProps): string => configMapOf(props)['start.sh'];
const containerOf = (props: CacheRedisProps) =>
  find(synth(props), 'StatefulSet').spec.template.spec.containers[0];
const REPORTS = { name: 'reports', passwordKey: 'reports-password', keys: ['orders:*'] };

describe('commands', () => {
  test('the application may empty its database and list the connections, but not list keys', () => {
    expect(scriptOf({})).toContain(
      'user app on #$app allkeys allchannels +@all -@admin -@dangerous +info +role +flushdb +client|list\n',
    );
  });

  test('what is granted stands at the end of the rights, and its reason before them', () => {
    const script = scriptOf({
      allowCommands: { keys: 'the admin page lists sessions', 'config|get': 'Redisson asks' },
    });
    expect(script).toContain('+client|list +keys +config|get\nuser exporter');
    expect(script).toContain(
      '\n# app may keys: the admin page lists sessions\n# app may config|get: Redisson asks\ncat >',
    );
  });

  test('commands of modules are known to nobody but the modules', () => {
    const allowCommands = { 'ft.search': 'the shop searches' };
    expect(scriptOf({ allowCommands, modules: ['/modules/redisearch.so'] })).toContain('+ft.search\n');
    expect(() => synth({ allowCommands })).toThrow('has no such command');
  });

  test('a command of a newer version is one with that version', () => {
    const props = (engineVersion: string) => ({
      allowCommands: { 'commandlog|get': 'the admin page shows it' },
      image: 'registry.example.com/cache:prod',
      engineVersion,
    });
    expect(scriptOf(props('8.1'))).toContain('+commandlog|get');
    expect(() => synth(props('8.0'))).toThrow(
      'shop/cache: allowCommands.commandlog|get is "the admin page shows it"; it came with Valkey 8.1; this is Valkey 8.0; remove it, or run a version that has it',
    );
  });
});

describe('settings', () => {
  test('are added, and win over what is computed and may be changed', () => {
    const conf = confOf({
      settings: {
        'notify-keyspace-events': 'Ex',
        databases: '32',
        'tcp-keepalive': '30',
        'latency-tracking-info-percentiles': '50 99.9',
        'proc-title-template': '{title} {listen-addr}',
        'client-query-buffer-limit': '2mb',
      },
    });
    expect(conf).toContain('\n# set in settings\nnotify-keyspace-events Ex\n');
    expect(conf).toContain('\ndatabases 32\n');
    expect(conf.match(/^tcp-keepalive .*$/gm)).toEqual(['tcp-keepalive 30']);
    expect(conf).toContain('\nlatency-tracking-info-percentiles 50 99.9\n');
    expect(conf).toContain('\nproc-title-template "{title} {listen-addr}"\n');
    expect(conf).toContain('\nclient-query-buffer-limit 2mb\n');
  });

  test('restart the cache when they change, and so do rights', () => {
    const annotations = (props: CacheRedisProps) =>
      JSON.stringify(find(synth(props), 'StatefulSet').spec.template.metadata.annotations);
    const all = [
      {},
      { settings: { 'notify-keyspace-events': 'Ex' } },
      { allowCommands: { keys: 'the admin page lists sessions' } },
      { passwordOnlyClients: true },
    ].map(annotations);
    expect(new Set(all).size).toBe(all.length);
  });

  test.each([RedisTopology.sentinel(), RedisTopology.cluster()])(
    'and modules are carried by the operator',
    (topology) => {
      const conf: string = configMapOf({
        topology,
        settings: { 'notify-keyspace-events': 'KEA' },
        modules: ['/modules/rejson.so'],
      })['redis-additional.conf'];
      expect(conf).toContain('\nnotify-keyspace-events KEA\n');
      expect(conf).toContain('\nloadmodule /modules/rejson.so\n');
    },
  );
});

test('a password alone is the application, and probes log in with it', () => {
  const props = { passwordOnlyClients: true };
  expect(scriptOf(props)).toContain('user default on #$app allkeys allchannels +@all');
  expect(scriptOf(props)).not.toContain('nopass');
  const { readinessProbe, livenessProbe } = containerOf(props);
  for (const probe of [readinessProbe, livenessProbe])
    expect(JSON.stringify(probe)).toContain('REDISCLI_AUTH=\\"$APP_PASSWORD\\"');
  expect(JSON.stringify(containerOf({}).readinessProbe)).not.toContain('REDISCLI_AUTH');
});

describe('users', () => {
  const users = [
    {
      ...REPORTS,
      access: CacheAccess.READ,
      channels: ['orders:*'],
      allowCommands: { scan: 'it walks over its orders' },
    },
    { name: 'shop', passwordKey: 'shop', keys: ['*'] },
  ];

  test('have their password by reference, and nobody else is changed', () => {
    const objects = synth({ users });
    const env = envOf(find(objects, 'StatefulSet'));
    const key = (name: string) => ({ secretKeyRef: { name: 'shop-cache-credentials', key: name } });
    expect(env).toMatchObject({
      USER_1_PASSWORD: key('reports-password'),
      USER_2_PASSWORD: key('shop'),
    });
    const script = scriptOf({ users });
    expect(script).toContain('user_1=$(digest "${USER_1_PASSWORD:?the Secret has no reports-password}")\n');
    expect(script).toContain('# reports may scan: it walks over its orders\n');
    expect(script.split('\n').filter((line) => line.startsWith('user '))).toHaveLength(5);
  });

  test('are what consumers log in as', () => {
    const chart = newChart();
    const cache = new CacheRedis(chart, 'cache', { users });
    const image = 'registry.example.com/shop:1.8.2';
    new ScalableWebApp(chart, 'web', { image }).connectTo(cache.connection({ user: 'reports' }));
    expect(envOf(find(manifests(chart), 'Deployment'))).toMatchObject({
      CACHE_USERNAME: 'reports',
      CACHE_PASSWORD: { secretKeyRef: { name: 'shop-cache-credentials', key: 'reports-password' } },
    });
    expect(() => cache.connection({ user: 'exporter' })).toThrow(
      'shop/cache: connection.user is "exporter"; allowed: app, reports, shop',
    );
  });

  test('are held to keys, channels and commands', () => {
    const script = scriptOf({ users });
    expect(script).toMatch(
      /\nuser reports on #\$user_1 resetkeys ~orders:\* resetchannels &orders:\* -@all \+@read .*-scan -randomkey -client\|tracking \+scan\n/,
    );
    expect(script).toContain(
      '\nuser shop on #$user_2 resetkeys ~* resetchannels +@all -@admin -@dangerous +info +role\n',
    );
  });
});

test('all of it passes the checklist', () => {
  const props: CacheRedisProps = {
    allowCommands: { keys: 'the admin page lists sessions' },
    passwordOnlyClients: true,
    settings: { 'notify-keyspace-events': 'Ex' },
    users: [REPORTS],
  };
  const rules = (objects: unknown[]) =>
    Checklist.check(objects).map(({ rule, severity }) => `${rule} ${severity}`);
  expect(rules(synth(props))).toEqual(rules(synth()));
});

const reason = 'somebody needs it';
const grant = (command: string): CacheRedisProps => ({ allowCommands: { [command]: reason } });
const set = (name: string, value: string): CacheRedisProps => ({ settings: { [name]: value } });
const user = (props: object): CacheRedisProps => ({ users: [{ ...REPORTS, ...props }] });

test.each<[string, CacheRedisProps, string]>([
  [
    'a grant without a reason',
    { allowCommands: { keys: 'because' } },
    'shop/cache: allowCommands.keys is "because"; allowed: at least 10 characters',
  ],
  [
    'FLUSHALL',
    grant('flushall'),
    'it empties the databases of everybody; FLUSHDB empties that of the client; remove it',
  ],
  ['CONFIG SET', grant('config|set'), 'may outgrow the container; set settings; remove it'],
  [
    'all of CONFIG',
    grant('config'),
    'config|set is part of it; allowed: its other subcommands, such as config|get',
  ],
  [
    'all of ACL',
    grant('acl'),
    'acl|setuser is part of it; allowed: its other subcommands, such as acl|users',
  ],
  ...[
    'shutdown',
    'debug',
    'replicaof',
    'acl|setuser',
    'module|load',
    'save',
    'bgrewriteaof',
    'migrate',
    'client|no-evict',
  ].map((command): [string, CacheRedisProps, string] => [
    command,
    grant(command),
    `allowCommands.${command} is`,
  ]),
  [
    'a misspelt command',
    grant('flushbd'),
    'Valkey 9.1 has no such command, and would not start; allowed: a command in lower case, such as keys, or a subcommand, such as config|get; did you mean flushdb?',
  ],
  ['a command as the documentation writes it', grant('CONFIG GET'), 'did you mean config|get?'],
  ['rights in the place of a command', grant('keys +@all'), 'has no such command'],
  ['a category', grant('@all'), 'has no such command'],
  [
    'a misspelt setting',
    set('notify-keyspace-event', 'Ex'),
    'shop/cache: settings.notify-keyspace-event is "Ex"; Valkey 9.1 has no such directive that is known, and would not start; allowed: a directive of its configuration file; did you mean notify-keyspace-events?',
  ],
  [
    'a setting of the other engine',
    { ...set('prefetch-batch-max-size', '1'), engine: CacheEngine.REDIS },
    'has no such directive',
  ],
  [
    'a setting that came later',
    { ...set('log-format', 'logfmt'), image: 'docker.io/valkey/valkey:8.0' },
    'log-format came with Valkey 8.1; this is Valkey 8.0; the server would not start; correct or remove it',
  ],
  [
    'events that are published nowhere',
    set('notify-keyspace-events', 'x'),
    'allowed: K, E or both, which say where events are published',
  ],
  ['events of no kind', set('notify-keyspace-events', 'KE'), 'at least one of the letters g$lshzxetdmnA'],
  ['events that are none', set('notify-keyspace-events', 'Eq'), 'allowed: K, E or both'],
  ...(
    [
      ['maxmemory', '1gb', 'set maxMemory or memory'],
      ['maxclients', '10', 'set clients and largestValue'],
      ['save', '60 1', 'set persistence'],
      ['port', '6380', 'Service, probes and NetworkPolicy'],
      ['requirepass', 'secret', 'a password does not stand in a ConfigMap'],
      ['aclfile', '/x', 'set users and allowCommands'],
      ['loadmodule', '/x.so', 'set modules'],
      ['tls-protocols', 'TLSv1.3', 'set certificate'],
      ['client-output-buffer-limit', 'normal 0 0 0', 'set clients, largestValue and writeRate'],
      ['cluster-announce-ip', '10.0.0.1', 'set topology'],
    ] as const
  ).map(([name, value, instead]): [string, CacheRedisProps, string] => [
    `a computed ${name}`,
    set(name, value),
    `settings.${name} is ${name === 'requirepass' ? '"…"' : JSON.stringify(value)}; it is not set here: ${instead}`,
  ]),
  [
    'a second line',
    set('databases', '16\nsave 60 1'),
    'allowed: a value without quotes, backslashes and line breaks',
  ],
  ['a quote', set('locale-collate', 'C" x'), 'allowed: a value without quotes'],
  ['a number that is none', set('databases', 'many'), 'allowed: a whole number, such as the default, 16'],
  ['a switch that is none', set('activerehashing', 'on'), 'allowed: yes, no'],
  [
    "an amount in Kubernetes' unit",
    set('client-query-buffer-limit', '64Mi'),
    'it wants bytes, or a whole number with kb, mb or gb',
  ],
  [
    'a module without a path',
    { modules: ['rejson.so'] },
    'modules[0] is "rejson.so"; allowed: the absolute path of a file of the image',
  ],
  ['a module elsewhere', { modules: ['/modules/../data/x.so'] }, 'allowed: the absolute path'],
  ['a module with arguments', { modules: ['/modules/x.so ARG'] }, 'allowed: the absolute path'],
  ['a module twice', { modules: ['/x.so', '/x.so'] }, 'modules[1] is "/x.so"; it is there twice; remove one'],
  [
    'the name of the application',
    user({ name: 'app' }),
    'shop/cache: users[0].name is "app"; allowed: a letter, then at most 62',
  ],
  ['a name with a line', user({ name: 'a\nuser b' }), 'users[0].name is "a\\nuser b"; allowed: a letter'],
  [
    'a name twice',
    { users: [REPORTS, REPORTS] },
    'users[1].name is "reports"; another user has it; give each its own',
  ],
  [
    'the password of the application',
    user({ passwordKey: 'password' }),
    'users[0].passwordKey is "password"; allowed: a key of the Secret',
  ],
  ['no keys', user({ keys: [] }), 'users[0].keys is []; allowed: at least one pattern'],
  [
    'keys that the shell reads',
    user({ keys: ['$(id)'] }),
    'users[0].keys[0] is "$(id)"; allowed: a pattern of 1 to 200',
  ],
  ['keys that are two rules', user({ keys: ['a +@all'] }), 'allowed: a pattern of 1 to 200'],
  ['channels that are two rules', user({ channels: ['a +@all'] }), 'users[0].channels[0]'],
  [
    'access that is none',
    user({ access: 'all' as CacheAccess }),
    'users[0].access is "all"; allowed: read-write, read, granted',
  ],
  [
    'a grant to a user that is refused',
    user({ allowCommands: { flushall: reason } }),
    'users[0].allowCommands.flushall is',
  ],
  [
    'rights with an operator',
    { ...grant('keys'), topology: RedisTopology.sentinel() },
    'allowCommands is ["keys"]; the operator\'s servers read their users from the key user.acl of the Secret; write it there, and remove this',
  ],
  [
    'users with an operator',
    { users: [REPORTS], topology: RedisTopology.cluster() },
    'users is ["reports"]; the operator',
  ],
  [
    'passwords alone with an operator',
    { passwordOnlyClients: true, topology: RedisTopology.sentinel() },
    'passwordOnlyClients is true; the operator logs in as the user default',
  ],
])('%s: refused', (_, props, message) => {
  expect(() => synth(props)).toThrow(message);
});

import * as names from '../../lib/units/names';

type Rule = Exclude<keyof typeof names, 'MAX_RESOURCE_NAME'>;

const CASES: Record<Rule, { good: string[]; bad: string[] }> = {
  dnsLabelRule: {
    good: ['a', 'a-1', '1a', 'x'.repeat(63)],
    bad: ['', '-a', 'a-', 'A', 'a.b', 'a_b', 'x'.repeat(64), 'a\n'],
  },
  databaseNameRule: {
    good: ['app', '_x', 'shop_2', 'my-app', 'public', 'x'.repeat(63)],
    bad: [
      '',
      '2x',
      '-x',
      'pg_app',
      'postgres',
      'template1',
      'A',
      'a b',
      'a"b',
      "a'b",
      'a\\b',
      'x'.repeat(64),
    ],
  },
  loginNameRule: {
    good: ['app', 'App-1', 'shop@project.iam', '_x', 'x'.repeat(128)],
    bad: ['', '-x', '.x', '@x', 'a b', 'a"b', "a'b", '$(A)', 'a\n', 'x'.repeat(129)],
  },
  outsideNameRule: {
    good: ['example.com', 'api.payments.example.com', 'a-1.example.co.uk', 'svc.example.com'],
    bad: [
      '',
      'db',
      '10.20.0.5',
      'localhost',
      'example.com.',
      '.example.com',
      'Api.example.com',
      'a_b.example.com',
      '*.example.com',
    ].concat([
      'db.data.svc',
      'db.data.svc.cluster.local',
      'x.cluster.local',
      'a b.com',
      `${'a'.repeat(250)}.com`,
    ]),
  },
  outsidePatternRule: {
    good: ['*.example.com', '**.example.com', 's3.*.amazonaws.com', 'a*.b.example.com', '*.*.example.com'],
    bad: [
      '*',
      '**',
      '*.com',
      '*.*',
      'example.com',
      'ex*.com',
      'a.**.example.com',
      '**a.example.com',
      '***.example.com',
    ].concat([
      '*.Example.com',
      '*.example.com.',
      '*example.com',
      '*.data.svc',
      '*.svc.cluster.local',
      '',
      '*.a b.com',
    ]),
  },
  dnsSubdomainRule: {
    good: ['a.b', 'shop-tls'],
    bad: ['a..b', '.a', 'a.', 'A.b', 'a b', `${'a.'.repeat(130)}a`],
  },
  envNameRule: { good: ['A', '_x', 'DB_HOST2'], bad: ['', '1A', 'A-B', 'A=B', 'A B', 'Ä'] },
  hostRule: {
    good: ['shop.example.com', '*.example.com'],
    bad: ['*', '*.*.com', 'a.*.com', 'a;b', 'a{', '$host', 'a\nb', ''],
  },
  imageRule: {
    good: [
      'nginx:1.30',
      'localhost:5000/a/b:1',
      `a@sha256:${'0'.repeat(64)}`,
      `r.example.com/a:1@sha256:${'f'.repeat(64)}`,
    ],
    bad: [
      'nginx',
      'nginx:',
      ':1',
      'NGINX:1',
      'a b:1',
      'a@sha256:00',
      'https://a/b:1',
      'a:1\n',
      `a:${'x'.repeat(129)}`,
    ],
  },
  labelKeyRule: {
    good: ['workload', 'example.com/role', 'a.b_c-d'],
    bad: ['', '/a', 'a/', 'a/b/c', '-a', 'UPPER.com/a/b', 'x'.repeat(64)],
  },
  labelValueRule: { good: ['', 'a', 'c5.2xlarge', 'A_b'], bad: ['-a', 'a-', 'a b', 'ä', 'x'.repeat(64)] },
  pathRule: {
    good: ['/', '/health/ready', '/a?'.slice(0, 2)],
    bad: ['', 'a', '/a b', '/a;', '/{', '/"', '/$', '/\n'],
  },
  routePathRule: {
    good: ['/', '/api', '/api/', '/a/.well-known', '/a...', '/a%20b', '/~me/a@b'],
    bad: [
      ...[
        '',
        'a',
        '//',
        '/a//b',
        '/.',
        '/..',
        '/a/./b',
        '/a/../b',
        '/a/..',
        '/a%2fb',
        '/a%2Fb',
        '/a%',
        '/a%2',
      ],
      ...['/a b', '/a;', "/a'", '/{', '/"', '/$', '/#', '/a?b', '/\n', `/${'x'.repeat(1024)}`],
    ],
  },
  probePathRule: {
    good: ['/', '/health?standbyok=true', '/a?b=1&c=2'],
    bad: ['', 'a', '/a?b?c', '/a?b c', '/a?"', '/a#b', '/a?b\n'],
  },
  headerNameRule: { good: ['Host', 'X-Custom_1'], bad: ['', 'A B', 'a:b', 'ä', 'a\n'] },
  headerValueRule: {
    good: ['a', '1; mode=block', 'max-age=60, public', 'x'.repeat(4096)],
    bad: ['', ' a', 'a ', 'a\nb', 'a\r\nX-B: 1', 'a\tb', 'ä', 'a\0', 'x'.repeat(4097)],
  },
  grpcServiceRule: { good: ['shop.v1.Orders', 'a'], bad: ['', '1a', 'a b', 'a"', 'a\n'] },
  configKeyRule: { good: ['ca.crt', 'A_b-c'], bad: ['', '.', '..', 'a/b', 'a b', 'a\n'] },
  filePathRule: { good: ['a', 'a/b.crt'], bad: ['', '/a', 'a/../b', '..', 'a//b', 'a b', 'a:b'] },
  mountPathRule: {
    good: ['/a', '/etc/rds/', '/var/lib/x_y'],
    bad: ['', '/', 'a', '/a/../b', '/a:b', '/a b'],
  },
  addressRule: {
    good: ['10.0.0.7', '::1', 'fd00::7'],
    bad: ['', '10.0.0', '256.0.0.1', 'a', '1.2.3.4\n', ':'],
  },
  resourceNameRule: {
    good: ['a', 'shop-web', 'x'.repeat(52)],
    bad: ['', '1a', 'a.b', 'A', 'x'.repeat(53), 'a-'],
  },
  roleNameRule: {
    good: ['app', '_x', 'shop_2', 'my-app', 'template1'],
    bad: ['', '2x', '-x', 'pg_app', 'postgres', 'public', 'none', 'A', 'a"b', "a'b", 'x'.repeat(64)],
  },
  sqlIdentifierRule: {
    good: ['users', '_a1', 'postgres', 'pg_a', 'x'.repeat(63)],
    bad: ['', '1a', 'Users', 'a-b', 'a.b', 'a"b', "a'b", 'a;b', 'a$b', '$(a)', 'ü', 'x'.repeat(64), 'a\n'],
  },
};

describe.each(Object.entries(CASES))('%s', (name, { good, bad }) => {
  const rule = names[name as Rule];
  test.each(good)('accepts %p', (text) => expect(rule(text)).toBeUndefined());
  test.each(bad)('says what is allowed instead of %p', (text) => expect(rule(text)).toMatch(/^[a-z[]/));
});

import { Size } from 'cdk8s';
import { EnvValue, Secret } from 'cdk8s-plus-27';
import { type DatabaseUrlOptions, DatabaseVariables, ScalableWebApp, TunedPostgres } from 'cdk8s-tuned';
import { evaluate } from '../../lib/checklist/evaluate';
import { CacheVariables } from '../../lib/connection/cache-variables';
import { Checks } from '../../lib/finding/checks';
import { Inventory } from '../../lib/inventory/inventory';
import { envOf, find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

function shop(variables: DatabaseVariables): Manifest[] {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) });
  new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(db.connection({ variables }));
  return manifests(chart);
}

describe('the URL of a database', () => {
  const variablesOf = (variables: DatabaseVariables): Manifest[] =>
    find(shop(variables), 'Deployment').spec.template.spec.containers[0].env;

  test('refers to the password, which stands before it', () => {
    expect(variablesOf(DatabaseVariables.url())).toEqual([
      {
        name: 'DB_PASSWORD',
        valueFrom: { secretKeyRef: { key: 'password', name: 'shop-db-credentials' } },
      },
      { name: 'DATABASE_URL', value: 'postgresql://app:$(DB_PASSWORD)@shop-db:5432/app' },
    ]);
  });

  test('holds the pool in the words of the application', () => {
    const variables = DatabaseVariables.url({
      name: 'PRISMA_URL',
      password: 'PRISMA_PASSWORD',
      scheme: 'postgres',
      poolParameter: 'connection_limit',
      timeoutParameter: 'pool_timeout',
      parameters: { schema: 'shop & co' },
    });
    expect(variablesOf(variables)[1]).toEqual({
      name: 'PRISMA_URL',
      value:
        'postgres://app:$(PRISMA_PASSWORD)@shop-db:5432/app?connection_limit=7&pool_timeout=30&schema=shop%20%26%20co',
    });
  });

  test('of JDBC has the login in its parameters', () => {
    const variables = DatabaseVariables.url({ scheme: 'jdbc:postgresql', parameters: { ssl: 'true' } });
    expect(variablesOf(variables)[1]).toEqual({
      name: 'DATABASE_URL',
      value: 'jdbc:postgresql://shop-db:5432/app?user=app&password=$(DB_PASSWORD)&ssl=true',
    });
  });

  test('says how it is encrypted where the database has a certificate, unless it is told otherwise', () => {
    const urlWith = (options: DatabaseUrlOptions) => {
      const chart = newChart();
      const certificate = Secret.fromSecretName(chart, 'tls', 'db-tls');
      const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100), certificate });
      const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
      web.connectTo(db.connection({ variables: DatabaseVariables.url(options) }));
      return find(manifests(chart), 'Deployment').spec.template.spec.containers[0].env[1].value as string;
    };
    const url = 'postgresql://app:$(DB_PASSWORD)@shop-db:5432/app';
    expect(urlWith({})).toBe(`${url}?sslmode=require`);
    expect(urlWith({ sslModeParameter: 'ssl' })).toBe(`${url}?ssl=require`);
    expect(urlWith({ parameters: { sslmode: 'verify-full' } })).toBe(`${url}?sslmode=verify-full`);
  });

  test.each(['postgresql', 'jdbc:postgresql'])(
    'of %s is no password in a manifest, and its pool is counted',
    (scheme) => {
      const objects = shop(DatabaseVariables.url({ scheme, poolParameter: 'connection_limit' }));
      const rules = evaluate(Inventory.of(objects)).findings.map(({ rule }) => rule);
      expect(rules).not.toContain('SEC-003');
      expect(rules).not.toContain('DB-001');
    },
  );

  test.each<[object, RegExp]>([
    [{ name: 'A-B' }, /connection\.variables\.host is "A-B"/],
    [{ scheme: 'post gres' }, /connection\.variables\.scheme is "post gres"/],
    [{ poolParameter: 'a&b' }, /connection\.variables\.poolParameter is "a&b"/],
    [{ sslModeParameter: 'a b' }, /connection\.variables\.sslModeParameter is "a b"/],
    [{ name: 'A', password: 'A' }, /two values cannot have one name/],
  ])('%j is refused', (options, message) => {
    expect(() => shop(DatabaseVariables.url(options))).toThrow(message);
  });
});

describe('a second database', () => {
  const twoDatabases = (variables?: DatabaseVariables) => {
    const chart = newChart();
    const databases = ['db', 'billing'].map(
      (id) => new TunedPostgres(chart, id, { storage: Size.gibibytes(100) }),
    );
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
    web.connectTo(databases[0]);
    web.connectTo(variables ? databases[1].connection({ variables }) : databases[1]);
    return manifests(chart);
  };

  test('has something in front of its names', () => {
    const env = envOf(find(twoDatabases(DatabaseVariables.prefixed('BILLING_')), 'Deployment'));
    expect(env).toMatchObject({
      DB_HOST: 'shop-db',
      BILLING_DB_HOST: 'shop-billing',
      BILLING_DB_NAME: 'app',
    });
    expect(Object.keys(env).filter((name) => name.startsWith('BILLING_'))).toHaveLength(8);
  });

  test('has a pool of its own, which the checklist counts', () => {
    const objects = twoDatabases(DatabaseVariables.prefixed('BILLING_'));
    const { env } = find(objects, 'Deployment').spec.template.spec.containers[0];
    env.find(({ name }: Manifest) => name === 'BILLING_DB_POOL_SIZE').value = '5000';
    const about = evaluate(Inventory.of(objects)).findings.filter(({ rule }) => rule === 'DB-002');
    expect(about.map(({ kind, name }) => [kind, name])).toEqual([['StatefulSet', 'shop-billing']]);
  });

  test('cannot have the names of the first, nor names that are none', () => {
    expect(() => twoDatabases()).toThrow(
      'DB_HOST is "set by connectTo(shop/billing)"; connectTo(shop/db) sets it too; a variable has one owner: give a connection names of its own by `variables`, or remove one of them',
    );
    expect(() => twoDatabases(DatabaseVariables.prefixed('A-'))).toThrow(
      /connection\.variables\.prefix is "A-"/,
    );
  });
});

describe('the variables of a cache', () => {
  const GUIDE = {
    CACHE_ENABLED: EnvValue.fromValue('true'),
    CACHE_HOST: EnvValue.fromValue('shop-cache'),
    CACHE_PORT: EnvValue.fromValue('6379'),
    CACHE_USERNAME: EnvValue.fromValue('app'),
    CACHE_PASSWORD: EnvValue.fromValue('(a Secret)'),
  };
  const texts = (variables: CacheVariables, environment: Record<string, EnvValue> = GUIDE) =>
    Object.fromEntries(Object.entries(variables._env(environment)).map(([name, { value }]) => [name, value]));
  const problems = (variables: CacheVariables, environment: Record<string, EnvValue> = GUIDE) => {
    const checks = Checks.of({ node: { path: 'shop/cache' } });
    variables._check(checks, environment);
    return () => checks.throwIfAny();
  };

  test('have something in front, or names of their own', () => {
    expect(Object.keys(texts(CacheVariables.prefixed('SESSION_')))).toEqual([
      'SESSION_CACHE_ENABLED',
      'SESSION_CACHE_HOST',
      'SESSION_CACHE_PORT',
      'SESSION_CACHE_USERNAME',
      'SESSION_CACHE_PASSWORD',
    ]);
    expect(
      texts(CacheVariables.named({ host: 'SPRING_DATA_REDIS_HOST', password: 'SPRING_DATA_REDIS_PASSWORD' })),
    ).toEqual({
      SPRING_DATA_REDIS_HOST: 'shop-cache',
      CACHE_PORT: '6379',
      CACHE_USERNAME: 'app',
      SPRING_DATA_REDIS_PASSWORD: '(a Secret)',
    });
  });

  test('are one URL', () => {
    expect(texts(CacheVariables.url({ database: 2 }))).toEqual({
      REDIS_URL_PASSWORD: '(a Secret)',
      REDIS_URL: 'redis://app:$(REDIS_URL_PASSWORD)@shop-cache:6379/2',
    });
    const { CACHE_HOST, CACHE_PORT } = GUIDE;
    expect(texts(CacheVariables.url(), { CACHE_HOST, CACHE_PORT })).toEqual({
      REDIS_URL: 'redis://shop-cache:6379/0',
    });
    const tls = {
      ...GUIDE,
      CACHE_TLS: EnvValue.fromValue('true'),
      CACHE_TLS_CA: EnvValue.fromValue('(a certificate)'),
    };
    expect(texts(CacheVariables.url(), tls)).toMatchObject({
      REDIS_URL: 'rediss://app:$(REDIS_URL_PASSWORD)@shop-cache:6379/0',
      REDIS_URL_CA: '(a certificate)',
    });
  });

  test('are refused where they are no names, or there is no single address', () => {
    expect(problems(CacheVariables.prefixed('A-'))).toThrow(/prefix is "A-"/);
    expect(problems(CacheVariables.named({ host: 'a b' }))).toThrow(/CACHE_HOST is "a b"/);
    expect(problems(CacheVariables.url({ database: 16 }))).toThrow(/database is 16/);
    expect(problems(CacheVariables.url(), { CACHE_SENTINELS: EnvValue.fromValue('a:26379') })).toThrow(
      /several servers have no single address/,
    );
    expect(problems(CacheVariables.GUIDE)).not.toThrow();
  });
});

/**
 * The drivers that applications use, by the variables that consumers are told, directly and through the pooler: node-postgres,
 * psycopg, psycopg2 and JDBC. Each prepares statements as often as makes it prepare them in the server.
 */
import { Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  ConnectionPool,
  DatabaseVariables,
  ScalingPolicy,
  TunedPostgres,
} from 'cdk8s-tuned';
import { chmodSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { find, IMAGE, manifests, newChart } from '../support/synth';
import { makeCertificate } from './certificate';
import { useNodePostgres } from './clients/node-postgres';
import { answerOfProgram, answerOfPython } from './clients/programs';
import type { Environment } from './clients/redis-library';
import { environmentOf } from './consumer';
import { runCommand, scratchDirectory } from './harness';
import { newerDirectives, Pooler } from './pgbouncer-server';
import { APP } from './postgres-client';
import { Database } from './postgres-server';

const scratch = scratchDirectory();
const programs = scratch.directory('programs');
afterAll(() => scratch.remove());

const DRIVER = '/usr/share/java/postgresql.jar';
/** PgBouncer of Debian 12 does not know statements that are prepared by the protocol. */
let poolerPrepares: boolean;

beforeAll(async () => {
  poolerPrepares = !(await newerDirectives()).includes('max_prepared_statements');
  const source = join(programs, 'Jdbc.java');
  const text = readFileSync(join(__dirname, 'clients/Jdbc.java'));
  writeFileSync(source, text);
  const compiled = await runCommand('ecj', ['-proc:none', '-11', '-d', programs, source]);
  expect(compiled).toMatchObject({ code: 0 });
});

/** Where a consumer has mounted the Secret of the certificate. */
const MOUNTED = '/etc/db-tls';
const CONVENTIONS = {
  node: DatabaseVariables.NODE_POSTGRES,
  spring: DatabaseVariables.SPRING,
  url: DatabaseVariables.url(),
  jdbc: DatabaseVariables.url({ scheme: 'jdbc:postgresql' }),
  // Otherwise node-postgres asks for a certificate that it can check, as no other driver does.
  lenient: DatabaseVariables.url({ parameters: { uselibpqcompat: 'true' } }),
  strict: DatabaseVariables.url({ parameters: { sslmode: 'verify-full', sslrootcert: `${MOUNTED}/ca.crt` } }),
};
type Convention = keyof typeof CONVENTIONS;
const ROUTES = ['direct', 'pooled'] as const;
type Route = (typeof ROUTES)[number];

function synth(encrypted: boolean) {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(10),
    ...(encrypted && { certificate: Secret.fromSecretName(chart, 'tls', 'db-tls') }),
  });
  db.addPooler({ replicas: 1, activeTransactions: 4 });
  const pool = ConnectionPool.fixed({ size: 3 });
  for (const [name, variables] of Object.entries(CONVENTIONS))
    for (const route of ROUTES)
      new BackgroundWorker(chart, `${name}-${route}`, {
        image: IMAGE,
        scaling: ScalingPolicy.replicas(1),
      }).connectTo(db.connection({ variables, pool, direct: route === 'direct' }));
  return manifests(chart);
}

async function start(encrypted: boolean, password: string) {
  const objects = synth(encrypted);
  const certificate = encrypted ? scratch.directory(`tls-${Math.random()}`) : undefined;
  if (certificate !== undefined) {
    makeCertificate(certificate, 'localhost');
    // The key is the server's own here, and no other group may then read it.
    chmodSync(join(certificate, 'tls.key'), 0o400);
  }
  const database = await Database.start(objects, scratch, await Database.initialize(scratch), {
    certificate,
  });
  await database.makeRoles(objects);
  await database.superuser('CREATE SCHEMA shop AUTHORIZATION app;', APP.database);
  if (password !== APP.password) await database.superuser(`ALTER ROLE app PASSWORD '${password}';`);
  const pooler = await Pooler.start(objects, scratch, database, certificate, {
    [APP.user]: password,
  });
  const secret = {
    password,
    ...(certificate !== undefined && { 'ca.crt': readFileSync(join(certificate, 'ca.crt'), 'utf8') }),
  };
  const told = (convention: Convention, route: Route) =>
    environmentOf(find(objects, 'Deployment', `shop-${convention}-${route}`), secret, {
      'shop-db-pooler': 'localhost',
      'shop-db': 'localhost',
      '5432': route === 'direct' ? database.port : pooler.port,
      [encodeURIComponent(MOUNTED)]: encodeURIComponent(certificate ?? ''),
    });
  return { told, stop: () => Promise.all([pooler, database].map((one) => one.stop())) };
}

/** What a driver is told besides: whether it prepares, and where it looks for tables. */
interface Wish {
  readonly prepares: boolean;
  readonly schema?: string;
}
type Use = (environment: Environment, wish: Wish) => Promise<unknown>;

const jdbc: Use = (environment, { prepares, schema }) => {
  const parameters = [
    ...(prepares ? [] : ['prepareThreshold=0']),
    ...(schema === undefined ? [] : [`currentSchema=${schema}`]),
  ];
  const java = ['-XX:TieredStopAtLevel=1', '-cp', `${programs}:${DRIVER}`, 'Jdbc', parameters.join('&')];
  return answerOfProgram('java', java.filter(String), environment);
};
const libpq =
  (driver: 'psycopg' | 'psycopg2'): Use =>
  (environment, { prepares, schema }) => {
    const options = {
      connect_timeout: 5,
      ...(driver === 'psycopg' && !prepares && { prepare_threshold: null }),
      ...(schema !== undefined && { options: `-c search_path=${schema}` }),
    };
    return answerOfPython('postgres_client.py', [driver, JSON.stringify(options)], environment);
  };
const nodePostgres: Use = (environment, { prepares, schema }) =>
  useNodePostgres(environment, prepares, {
    ...(schema !== undefined && { options: `-c search_path=${schema}` }),
  });

const BY_VARIABLES: ReadonlyArray<[string, Convention, Use]> = [
  ['node-postgres', 'node', nodePostgres],
  ['psycopg', 'node', libpq('psycopg')],
  ['psycopg2', 'node', libpq('psycopg2')],
  ['JDBC', 'spring', jdbc],
];
const BY_URL: typeof BY_VARIABLES = [
  ['node-postgres', 'url', nodePostgres],
  ['psycopg', 'url', libpq('psycopg')],
  ['psycopg2', 'url', libpq('psycopg2')],
  ['JDBC', 'jdbc', jdbc],
];
const BY_ENCRYPTED_URL: typeof BY_VARIABLES = [
  ...BY_URL.filter(([, , use]) => use !== nodePostgres),
  ['node-postgres', 'lenient', nodePostgres],
  ['node-postgres with the authority', 'strict', nodePostgres],
  ['psycopg with the authority', 'strict', libpq('psycopg')],
];
/** One that a URL holds as it is. */
const PLAIN_PASSWORD = 'app.secret-1_~';

describe.each([
  ['by variables', APP.password, BY_VARIABLES, false],
  ['by variables, with TLS', APP.password, BY_VARIABLES, true],
  ['by the URL', PLAIN_PASSWORD, BY_URL, false],
  ['by the URL, with TLS', PLAIN_PASSWORD, BY_ENCRYPTED_URL, true],
] as const)('%s', (_, password, uses, encrypted) => {
  let shop: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    shop = await start(encrypted, password);
  });
  afterAll(() => shop?.stop());

  const outcome = { right: 36, failure: '', user: 'app', encrypted: encrypted ? 't' : 'f' };

  test.each(uses)(
    '%s prepares statements, and finds the schema that it asks for',
    async (_name, told, use) => {
      const answer = await use(shop.told(told, 'direct'), { prepares: true, schema: 'shop' });
      expect(answer).toEqual({ ...outcome, path: '{shop}' });
    },
  );

  test.each(uses)(
    '%s does so through the pooler, where schemas are those of the role',
    async (_name, told, use) => {
      const answer = await use(shop.told(told, 'pooled'), { prepares: poolerPrepares, schema: 'shop' });
      expect(answer).toEqual({ ...outcome, path: '{public}' });
    },
  );
});

import { Duration, JsonPatch, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  IndexMatch,
  KubernetesVersion,
  type PostgresIndexProps,
  TunedPostgres,
  type TunedPostgresProps,
} from 'cdk8s-tuned';
import { evaluate } from '../../../lib/checklist/evaluate';
import { Inventory } from '../../../lib/inventory/inventory';
import { kubernetesValidator, MINORS } from '../../cluster/schemas';
import { find, type Manifest, manifests, newChart } from '../../support/synth';

const NAME: PostgresIndexProps = { table: 'users', column: 'name', match: IndexMatch.CONTAINS };
const EMAIL: PostgresIndexProps = { table: 'users', column: 'email', match: IndexMatch.PREFIX };

function database(props: Partial<TunedPostgresProps> = {}, version = KubernetesVersion.V1_27) {
  const chart = newChart(version);
  return { chart, db: new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100), ...props }) };
}

function synth(indexes: readonly PostgresIndexProps[], props: Partial<TunedPostgresProps> = {}) {
  const { chart, db } = database(props);
  for (const index of indexes) db.addIndex(index);
  return manifests(chart);
}

const jobOf = (objects: readonly Manifest[]) => find(objects, 'Job');
const containerOf = (objects: readonly Manifest[]) => jobOf(objects).spec.template.spec.containers[0];
const policyOf = (objects: readonly Manifest[], name: string) => find(objects, 'NetworkPolicy', name).spec;

test('no index, no Job; the first brings it with an account, a script and a policy', () => {
  const names = (objects: readonly Manifest[]) =>
    objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).filter((name) => name.includes('idx'));
  expect(names(synth([]))).toEqual([]);
  expect(names(synth([NAME]))).toEqual([
    'ServiceAccount shop-db-idx',
    'NetworkPolicy shop-db-idx',
    'ConfigMap shop-db-idx',
    expect.stringMatching(/^Job shop-db-idx-[0-9a-f]{6}$/),
  ]);
});

describe('the name of the Job', () => {
  const name = (...args: Parameters<typeof synth>) => jobOf(synth(...args)).metadata.name;

  test('is the same for the same content', () => expect(name([NAME, EMAIL])).toBe(name([NAME, EMAIL])));

  test.each<[string, Parameters<typeof synth>]>([
    ['an index', [[NAME, EMAIL]]],
    ['the image', [[NAME], { image: 'registry.example.com/postgres:17.11' }]],
    ['a time', [[NAME], { indexJobOptions: { timeout: Duration.hours(1) } }]],
    ['the name of the database', [[NAME], { name: 'other' }]],
  ])('changes with %s, for a Job cannot be changed', (_, args) =>
    expect(name(...args)).not.toBe(name([NAME])),
  );

  test('is short enough to label its pods, for the longest name of a database', () => {
    expect(name([NAME], { name: 'd'.repeat(52) })).toHaveLength(63);
  });
});

test('one Job builds all indexes, in the order in which they were added', () => {
  const [, json] = /^--set=indexes=(.*)$/.exec(
    containerOf(synth([NAME, EMAIL])).args.find((arg: string) => arg.startsWith('--set=indexes=')),
  ) ?? [undefined, ''];
  expect(JSON.parse(json).map((index: Manifest) => index.name)).toEqual([
    'users_name_contains_idx',
    'users_email_prefix_idx',
  ]);
});

test('the Job can be patched at any time, and its name follows', () => {
  const { chart, db } = database();
  db.addIndex(NAME);
  db.indexJob?.job.addJsonPatch(JsonPatch.replace('/spec/backoffLimit', 1));
  db.addIndex(EMAIL);
  const { spec, metadata } = jobOf(manifests(chart));
  expect(spec.backoffLimit).toBe(1);
  expect(metadata.name).not.toBe(jobOf(synth([NAME, EMAIL])).metadata.name);
});

test('its image comes from the registry of the database, and it checks the certificate of the server', () => {
  const { spec } = jobOf(
    synth([NAME], {
      imagePullSecrets: [Secret.fromSecretName(newChart(), 'registry', 'registry')],
      certificate: Secret.fromSecretName(newChart(), 'certificate', 'db-tls'),
    }),
  ).spec.template;
  expect(spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
  expect(spec.containers[0].env).toContainEqual({ name: 'PGSSLMODE', value: 'verify-full' });
  expect(spec.volumes).toContainEqual({
    name: 'tls',
    secret: { secretName: 'db-tls', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
  });
});

test('it comes to an end, and tries again a few times; a drained node is no failure', () => {
  expect(jobOf(synth([NAME])).spec).toMatchObject({
    activeDeadlineSeconds: 21_600,
    backoffLimit: 3,
    podFailurePolicy: {
      rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
    },
    template: { spec: { restartPolicy: 'Never' } },
  });
  expect(jobOf(synth([NAME])).spec.ttlSecondsAfterFinished).toBeUndefined();
  expect(
    jobOf(synth([NAME], { indexJobOptions: { timeToLive: Duration.hours(1) } })).spec.ttlSecondsAfterFinished,
  ).toBe(3600);
});

test('it waits for the database as long as the database may take to start', () => {
  const command = (props: Partial<TunedPostgresProps>) =>
    jobOf(synth([NAME], props)).spec.template.spec.initContainers[0].command;
  expect(command({}).slice(0, 2)).toEqual(['timeout', '3600']);
  expect(command({ startupTime: Duration.minutes(5) }).slice(0, 2)).toEqual(['timeout', '300']);
  // The kubelet makes one "$" of two.
  expect(command({})[4]).toBe('until pg_isready --quiet "$$@"; do sleep 2; done');
});

test('its pod reaches the database and DNS, and the database lets it in', () => {
  const objects = synth([NAME]);
  const labels = jobOf(objects).spec.template.metadata.labels;
  expect(policyOf(objects, 'shop-db-idx')).toEqual({
    podSelector: { matchLabels: labels },
    policyTypes: ['Egress', 'Ingress'],
    egress: [
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
      {
        to: [{ podSelector: policyOf(objects, 'shop-db').podSelector }],
        ports: [{ port: 5432, protocol: 'TCP' }],
      },
    ],
  });
  expect(policyOf(objects, 'shop-db').ingress).toEqual([
    { from: [{ podSelector: { matchLabels: labels } }], ports: [{ port: 5432, protocol: 'TCP' }] },
  ]);
});

test('it logs in as the application, or as the owner of the tables that you name', () => {
  const login = (objects: readonly Manifest[]) => {
    const { args, env } = containerOf(objects);
    return [
      args.find((arg: string) => arg.startsWith('--username=')),
      env.find((one: Manifest) => one.name === 'PGPASSWORD').valueFrom.secretKeyRef,
    ];
  };
  expect(login(synth([NAME]))).toEqual(['--username=app', { key: 'password', name: 'shop-db-credentials' }]);
  const { chart, db } = database();
  const credentials = Secret.fromSecretName(chart, 'owner', 'owner-credentials');
  const own = new TunedPostgres(chart, 'own', {
    storage: Size.gibibytes(1),
    indexJobOptions: { user: 'owner', credentials },
  });
  own.addIndex(NAME);
  expect(db.indexJob).toBeUndefined();
  expect(login(manifests(chart))).toEqual([
    '--username=owner',
    { key: 'password', name: 'owner-credentials' },
  ]);
});

test('its pod has neither token nor root, and writes nowhere', () => {
  const { spec } = jobOf(synth([NAME])).spec.template;
  expect(spec).toMatchObject({
    automountServiceAccountToken: false,
    serviceAccountName: 'shop-db-idx',
    securityContext: { runAsNonRoot: true, runAsUser: 999, seccompProfile: { type: 'RuntimeDefault' } },
  });
  for (const container of [...spec.initContainers, ...spec.containers])
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
});

test('no rule of the checklist has anything to say', () => {
  const { chart, db } = database();
  db.addIndex(NAME);
  const before = evaluate(Inventory.of(synth([])));
  const after = evaluate(Inventory.of(manifests(chart)));
  const said = ({ findings }: typeof after) =>
    findings.map(({ rule, kind, name }) => `${rule} ${kind} ${name}`);
  expect(said(after)).toEqual(said(before));
});

test.each(MINORS)('Kubernetes 1.%i takes the objects', (minor) => {
  const { chart, db } = database({}, KubernetesVersion.fromString(`1.${minor}`));
  db.addIndex(NAME);
  expect(manifests(chart).flatMap(kubernetesValidator(minor))).toEqual([]);
});

describe('is refused', () => {
  test.each<[string, Partial<PostgresIndexProps>, string]>([
    [
      'a name that ends the statement',
      { table: 'users; DROP TABLE users' },
      'addIndex.table is "users; DROP TABLE users"; allowed: at most 63',
    ],
    ['a quote', { column: 'a"b' }, 'addIndex.column is "a\\"b"; allowed: at most 63'],
    [
      'a variable of psql',
      { schema: ":'indexes'" },
      'addIndex.schema is ":\'indexes\'"; allowed: at most 63',
    ],
    [
      'a variable of the kubelet',
      { name: '$(PGPASSWORD)' },
      'addIndex.name is "$(PGPASSWORD)"; allowed: at most 63',
    ],
    [
      'a match that there is not',
      { match: 'suffix' as IndexMatch },
      'addIndex.match is "suffix"; allowed: equality, prefix, contains',
    ],
    ['a unique GIN', { unique: true }, 'addIndex.unique is true; allowed: with the match "equality"'],
  ])('%s', (_, props, message) => {
    expect(() => synth([{ ...NAME, ...props }])).toThrow(message);
  });

  test('the same index twice', () => {
    expect(() => synth([NAME, NAME])).toThrow(
      'addIndex.name is "users_name_contains_idx"; another index of the database has it',
    );
    expect(() => synth([NAME, { ...NAME, schema: 'archive' }])).not.toThrow();
  });

  test('a database that keeps no connection for it', () => {
    expect(() => synth([NAME], { reservedConnections: 0 })).toThrow(
      'reservedConnections is 0; addIndex: indexes are built over one of them; allowed: at least 1',
    );
  });

  test('a role without its password, and a password without its role', () => {
    expect(() => synth([], { indexJobOptions: { user: 'owner' } })).toThrow(
      'indexJobOptions.user is "owner"; its password',
    );
    const { chart } = database();
    const credentials = Secret.fromSecretName(chart, 'owner', 'owner-credentials');
    expect(() => synth([], { indexJobOptions: { credentials } })).toThrow(
      'indexJobOptions.credentials is "owner-credentials"; whose',
    );
  });
});

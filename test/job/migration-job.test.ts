/** What runs once for each release: its name, its hook, and its way to the database. */
import { ApiObject, Duration, JsonPatch } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import {
  ArgoCdPhase,
  ConnectionPool,
  KubernetesVersion,
  type MigrationJobProps,
  NetworkPeer,
  RolloutHook,
  Runtime,
  ScalableWebApp,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { find, IMAGE, type Manifest } from '../support/synth';
import { database, jobOf, migration, synth } from './jobs';

const alone = (props: Partial<MigrationJobProps> = {}) => synth((chart) => migration(chart, props));
const nameOf = (objects: Manifest[]): string => find(objects, 'Job').metadata.name;

test('is one hardened pod that is tried again, has an end, and is taken away', () => {
  const { job, pod } = jobOf(alone());
  expect(job.spec).toMatchObject({
    completions: 1,
    parallelism: 1,
    backoffLimit: 4,
    activeDeadlineSeconds: 3600,
    ttlSecondsAfterFinished: 7 * 86_400,
  });
  expect(pod).toMatchObject({
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    serviceAccountName: 'shop-migrate',
    terminationGracePeriodSeconds: 35,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(pod.containers[0]).toMatchObject({
    image: IMAGE,
    args: ['migrate'],
    resources: { limits: { cpu: '200m', memory: '256Mi' } },
    securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  });
});

test('is not failed by a node that is drained, and its pod is replaced when it has ended', () => {
  // With a failure policy, Kubernetes waits for the end of the old pod (podReplacementPolicy Failed).
  expect(jobOf(alone()).job.spec.podFailurePolicy).toEqual({
    rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
  });
});

test('has an account and a policy of its own, under its own name', () => {
  const objects = alone();
  expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
    expect.stringMatching(/^Job shop-migrate-[0-9a-f]{8}$/),
    'NetworkPolicy shop-migrate',
    'ServiceAccount shop-migrate',
  ]);
  const { spec } = find(objects, 'NetworkPolicy');
  expect(spec.ingress).toBeUndefined();
  expect(spec).toMatchObject({
    podSelector: { matchLabels: { 'app.kubernetes.io/component': 'migration' } },
    policyTypes: ['Egress', 'Ingress'],
    egress: [
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
    ],
  });
});

test('takes the numbers that it is given', () => {
  const { job, pod } = jobOf(
    alone({
      backoffLimit: 0,
      timeout: Duration.minutes(5),
      timeToLive: Duration.hours(1),
      drainTime: Duration.seconds(10),
      profile: WorkloadProfile.HEAVY_COMPUTE,
      nodeSelector: { pool: 'jobs' },
      runAsUser: 1000,
    }),
  );
  expect(job.spec).toMatchObject({
    backoffLimit: 0,
    activeDeadlineSeconds: 300,
    ttlSecondsAfterFinished: 3600,
  });
  expect(pod).toMatchObject({
    terminationGracePeriodSeconds: 15,
    nodeSelector: { pool: 'jobs' },
    securityContext: { runAsUser: 1000 },
  });
  expect(pod.containers[0].resources.requests.cpu).toBe('500m');
});

describe('a new release is a new Job', () => {
  const first = nameOf(alone());

  test('and the same one is the same', () => {
    expect(nameOf(alone())).toBe(first);
    expect(first.length).toBeLessThanOrEqual(63);
  });

  test.each<[string, Partial<MigrationJobProps>]>([
    ['image', { image: 'registry.example.com/shop:1.8.3' }],
    ['command', { command: ['/app/migrate'] }],
    ['arguments', { args: ['migrate', '--to=12'] }],
    ['variables', { env: { SCHEMA: EnvValue.fromValue('shop') } }],
  ])('by its %s', (_, props) => {
    expect(nameOf(alone(props))).not.toBe(first);
  });

  test('by a patch', () => {
    const patched = synth((chart) =>
      migration(chart).job.addJsonPatch(JsonPatch.add('/spec/template/spec/hostname', 'migrate')),
    );
    expect(nameOf(patched)).not.toBe(first);
  });

  test('by what a connection sets, also when a later consumer changes it', () => {
    const withWeb = (replicas: boolean) =>
      nameOf(
        synth((chart) => {
          const db = database(chart);
          migration(chart).connectTo(db.connection({ pool: ConnectionPool.shared() }));
          if (replicas) new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(db);
        }),
      );
    expect(withWeb(true)).not.toBe(withWeb(false));
  });

  test('but the construct’s other objects keep their names', () => {
    const other = alone({ image: 'registry.example.com/shop:1.8.3' });
    expect(find(other, 'ServiceAccount').metadata.name).toBe('shop-migrate');
  });

  test('with the longest name a pod can still be labelled with it', () => {
    expect(nameOf(alone({ name: 'm'.repeat(52) })).length).toBeLessThanOrEqual(63);
  });
});

describe('with a hook', () => {
  const annotations = (hook: RolloutHook) => {
    const objects = synth((chart) =>
      migration(chart, {
        hook,
        serviceAccount: {
          tokenReason: 'it takes a lease',
          rules: [{ resources: ['configmaps'], verbs: ['get'] }],
        },
      }),
    );
    return Object.fromEntries(objects.map(({ kind, metadata }) => [kind, metadata.annotations]));
  };

  test('of Argo CD, what it needs comes a wave earlier', () => {
    const found = annotations(RolloutHook.argoCd());
    expect(found.Job).toEqual({
      'argocd.argoproj.io/hook': 'PreSync',
      'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
      'argocd.argoproj.io/sync-wave': '0',
    });
    for (const kind of ['ServiceAccount', 'Role', 'RoleBinding', 'NetworkPolicy'])
      expect(found[kind]).toEqual({ ...found.Job, 'argocd.argoproj.io/sync-wave': '-1' });
  });

  test('of Argo CD, in the wave after a database of the same Application', () => {
    const found = annotations(RolloutHook.argoCd({ phase: ArgoCdPhase.SYNC, wave: 2 }));
    expect(found.Job).toMatchObject({
      'argocd.argoproj.io/hook': 'Sync',
      'argocd.argoproj.io/sync-wave': '2',
    });
    expect(found.NetworkPolicy).toMatchObject({ 'argocd.argoproj.io/sync-wave': '1' });
  });

  test('of Helm', () => {
    const found = annotations(RolloutHook.helm());
    expect(found.Job).toEqual({
      'helm.sh/hook': 'pre-install,pre-upgrade',
      'helm.sh/hook-delete-policy': 'before-hook-creation',
      'helm.sh/hook-weight': '0',
    });
    expect(found.ServiceAccount).toEqual({ ...found.Job, 'helm.sh/hook-weight': '-1' });
    expect(annotations(RolloutHook.helm({ beforeInstall: false })).Job).toMatchObject({
      'helm.sh/hook': 'post-install,pre-upgrade',
    });
  });

  test('it keeps its name and stays until the next, since the tool makes it anew', () => {
    const { job } = jobOf(alone({ hook: RolloutHook.argoCd() }));
    expect(job.metadata.name).toBe('shop-migrate');
    expect(job.spec).not.toHaveProperty('ttlSecondsAfterFinished');
    const timed = jobOf(alone({ hook: RolloutHook.helm(), timeToLive: Duration.days(1) }));
    expect(timed.job.spec.ttlSecondsAfterFinished).toBe(86_400);
  });
});

describe('connected to a database', () => {
  test('it goes past the pooler, with one connection for statements and one for the lock', () => {
    const objects = synth((chart) => {
      const db = database(chart);
      db.addPooler();
      migration(chart).connectTo(db);
    });
    expect(jobOf(objects).env).toMatchObject({
      DB_HOST: 'shop-db',
      DB_POOL_SIZE: '2',
      DB_MAX_OVERFLOW: '0',
      DB_PASSWORD: { secretKeyRef: { name: 'shop-db-credentials' } },
    });
    const pods = { matchLabels: { 'app.kubernetes.io/name': 'shop-migrate' } };
    expect(JSON.stringify(find(objects, 'NetworkPolicy', 'shop-db').spec.ingress)).toContain('shop-migrate');
    expect(find(objects, 'NetworkPolicy', 'shop-migrate').spec.podSelector).toMatchObject(pods);
    expect(find(objects, 'NetworkPolicy', 'shop-migrate').spec.egress[1]).toMatchObject({
      to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/component': 'postgres' } } }],
      ports: [{ port: 5432, protocol: 'TCP' }],
    });
  });

  test('a connection with options is taken as it is', () => {
    const objects = synth((chart) => {
      const db = database(chart);
      db.addPooler();
      migration(chart).connectTo(db.connection({ pool: ConnectionPool.fixed({ size: 1 }) }));
    });
    expect(jobOf(objects).env).toMatchObject({ DB_HOST: 'shop-db-pooler', DB_POOL_SIZE: '1' });
  });

  test('its pool counts', () => {
    const make = (size: number) => () =>
      synth((chart) => {
        const db = database(chart);
        new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(
          db.connection({ pool: ConnectionPool.fixed({ size: 5 }) }),
        );
        migration(chart).connectTo(db.connection({ pool: ConnectionPool.fixed({ size }) }));
      });
    expect(make(2)).not.toThrow();
    expect(make(1000)).toThrow(
      /shop\/migrate: 1 pods x 1 processes x \(1000 \+ 0\) = 1000; no replica would fit/,
    );
  });

  test('a second call, and a variable that is set already, are refused', () => {
    expect(() =>
      synth((chart) => {
        const db = database(chart);
        const job = migration(chart);
        job.connectTo(db);
        job.connectTo(db);
      }),
    ).toThrow(/shop\/migrate: connectTo is "shop\/db"; it is connected already/);
    expect(() =>
      synth((chart) =>
        migration(chart, { env: { DB_HOST: EnvValue.fromValue('a') } }).connectTo(database(chart)),
      ),
    ).toThrow(/shop\/migrate: DB_HOST is "set by connectTo\(shop\/db\)"; env sets it too/);
  });
});

test('reaches what it is allowed to, and gets further variables', () => {
  const objects = synth((chart) => {
    const job = migration(chart, { runtime: Runtime.node() });
    job.allowTo(NetworkPeer.cidr('10.9.0.0/16'), [443]);
    job.addEnv('RELEASE', EnvValue.fromValue('1.8.2'));
  });
  expect(find(objects, 'NetworkPolicy').spec.egress[1]).toEqual({
    to: [{ ipBlock: { cidr: '10.9.0.0/16' } }],
    ports: [{ port: 443, protocol: 'TCP' }],
  });
  expect(jobOf(objects).env).toMatchObject({ RELEASE: '1.8.2', NODE_OPTIONS: expect.any(String) });
});

test('is what a patch of the construct reaches', () => {
  const objects = synth((chart) => ApiObject.of(migration(chart)).metadata.addLabel('team', 'orders'));
  expect(find(objects, 'Job').metadata.labels.team).toBe('orders');
});

const SIDECAR = { name: 'proxy', image: IMAGE, profile: WorkloadProfile.BACKGROUND_JOB };

describe('what is refused, with path, prop, value and what is allowed', () => {
  test.each<[string, Partial<MigrationJobProps>, RegExp]>([
    ['an image without a tag', { image: 'shop' }, /shop\/migrate: image is "shop"; allowed: an image/],
    [
      'tries without an end',
      { backoffLimit: 21 },
      /backoffLimit is 21; allowed: a whole number from 0 to 20/,
    ],
    ['no time', { timeout: Duration.seconds(0) }, /timeout is 0; allowed: a whole number from 1 to 604800/],
    ['years', { timeToLive: Duration.days(366) }, /timeToLive is 31622400; allowed/],
    ['a drain of nothing', { drainTime: Duration.millis(1) }, /drainTime is 0\.001; allowed/],
    [
      'a wave beyond',
      { hook: RolloutHook.argoCd({ wave: 1000 }) },
      /hook\.wave is 1000; allowed: a whole number from -100 to 100/,
    ],
    ['half a weight', { hook: RolloutHook.helm({ weight: 0.5 }) }, /hook\.weight is 0\.5; allowed/],
    [
      'a phase that there is none of',
      { hook: RolloutHook.argoCd({ phase: 'PostSync' as ArgoCdPhase }) },
      /hook\.phase is "PostSync"; allowed: PreSync, Sync/,
    ],
    [
      'a sidecar that runs for ever',
      { sidecars: [{ ...SIDECAR, native: false }] },
      /sidecars\[0\]\.native is false; a Job ends when its last container does/,
    ],
    ['a long name', { name: 'm'.repeat(53) }, /shop\/migrate: name is/],
  ])('%s', (_, props, message) => {
    expect(() => alone(props)).toThrow(message);
  });

  test('a sidecar on a cluster that has no native ones', () => {
    const make = (version: KubernetesVersion) => () =>
      synth((chart) => migration(chart, { sidecars: [SIDECAR] }), version);
    expect(make(KubernetesVersion.V1_28)).toThrow(
      /sidecars\[0\] is .*on Kubernetes 1\.28 the Job would never end; name a cluster of 1\.29 or later/,
    );
    expect(make(KubernetesVersion.V1_29)).not.toThrow();
  });

  test('ports of nobody', () => {
    expect(() => synth((chart) => migration(chart).allowTo(NetworkPeer.cidr('10.0.0.0/8'), []))).toThrow(
      /shop\/migrate: allowTo is \[\]; allowed: at least one port/,
    );
  });
});

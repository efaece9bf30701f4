/** A lock that a migration holds: its containers, its connection, and what is refused. */
import { Chart, Duration } from 'cdk8s';
import {
  ExternalPostgres,
  KubernetesVersion,
  MigrationLock,
  type MigrationLockOptions,
  NetworkPeer,
  PostgresSslMode,
  ScalableWebApp,
  TunedApp,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { kubernetesValidator, MINORS } from '../cluster/schemas';
import { find, IMAGE, type Manifest, manifests } from '../support/synth';
import { database, jobOf, migration, synth } from './jobs';

const locked = (options?: MigrationLockOptions, props: object = {}, version = KubernetesVersion.V1_30) =>
  synth((chart) => {
    const db = database(chart);
    db.addPooler();
    migration(chart, { lock: MigrationLock.advisory(db, options), ...props }).connectTo(db);
  }, version);

const envOf = (container: Manifest) =>
  Object.fromEntries(container.env.map(({ name, value, valueFrom }: Manifest) => [name, value ?? valueFrom]));

test('a native sidecar holds it, and the program starts when it is held', () => {
  const { pod } = jobOf(locked());
  const [lock, waiting] = pod.initContainers;
  expect([lock.name, lock.restartPolicy]).toEqual(['lock', 'Always']);
  expect([waiting.name, waiting.restartPolicy]).toEqual(['lock-wait', undefined]);
  // The sidecar ends the program when the lock is lost: it has to see it.
  expect(pod.shareProcessNamespace).toBe(true);
  for (const container of [lock, waiting]) {
    expect(container).toMatchObject({
      image: 'docker.io/library/postgres:17.10-bookworm',
      securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
      resources: { limits: { memory: '64Mi' } },
      volumeMounts: [{ name: 'lock', mountPath: '/lock' }],
    });
    // The user of the pod, as the program: another one could not end it.
    expect(container.securityContext).not.toHaveProperty('runAsUser');
  }
});

test('it has its place after the agents of users, and before what else runs first', () => {
  const part = { image: IMAGE, profile: WorkloadProfile.BACKGROUND_JOB };
  const { pod } = jobOf(
    locked(
      {},
      {
        sidecars: [{ name: 'cloud-sql-proxy', ...part }],
        initContainers: [{ name: 'check', ...part }],
      },
    ),
  );
  const names = pod.initContainers.map(({ name }: Manifest) => name);
  expect(names).toEqual(['cloud-sql-proxy', 'lock', 'lock-wait', 'check']);
});

test('it takes a connection of its own past the pooler, and leaves the program one', () => {
  const { pod, env } = jobOf(locked());
  expect(env).toMatchObject({ DB_HOST: 'shop-db', DB_POOL_SIZE: '1', DB_MAX_OVERFLOW: '0' });
  expect(envOf(pod.initContainers[0])).toMatchObject({
    PGHOST: 'shop-db',
    PGPORT: '5432',
    PGDATABASE: 'app',
    PGUSER: 'app',
    PGPASSWORD: { secretKeyRef: { name: 'shop-db-credentials' } },
    PGPOOL_MAX: '1',
    LOCK_KEY: 'shop-migrate',
  });
});

test('a program that connects to another database keeps its two', () => {
  const objects = synth((chart) => {
    const other = new ExternalPostgres(chart, 'other', {
      host: 'db.example.com',
      peer: NetworkPeer.cidr('10.20.0.0/16'),
      maxConnections: 31,
    });
    migration(chart, { lock: MigrationLock.advisory(database(chart)) }).connectTo(other);
  });
  expect(jobOf(objects).env).toMatchObject({ DB_HOST: 'db.example.com', DB_POOL_SIZE: '2' });
});

test('its connection counts, one for the pod', () => {
  const make = (maxConnections: number) => () =>
    synth((chart) => {
      const db = new ExternalPostgres(chart, 'db', {
        host: 'db.example.com',
        peer: NetworkPeer.cidr('10.20.0.0/16'),
        maxConnections,
        reservedConnections: 0,
        superuserReservedConnections: 0,
      });
      migration(chart, { lock: MigrationLock.advisory(db) }).connectTo(db);
    });
  expect(make(2)).not.toThrow();
  expect(make(1)).toThrow(/its consumers may open 2 connections, but only 1 of max_connections 1/);
});

test('the policies of both sides let it through, once', () => {
  const objects = locked();
  const { egress } = find(objects, 'NetworkPolicy', 'shop-migrate').spec;
  expect(egress).toHaveLength(2);
  const { ingress } = find(objects, 'NetworkPolicy', 'shop-db').spec;
  expect(JSON.stringify(ingress).split('"shop-migrate"')).toHaveLength(2);
});

test('takes what it is given', () => {
  const objects = synth((chart) => {
    const db = new ExternalPostgres(chart, 'db', {
      host: 'db.example.com',
      peer: NetworkPeer.cidr('10.20.0.0/16'),
      maxConnections: 31,
      databases: ['billing'],
      sslMode: PostgresSslMode.VERIFY_FULL,
    });
    const options = {
      key: 'billing',
      database: 'billing',
      waitingTime: Duration.minutes(2),
      image: 'registry.example.com/postgres:16.4',
    };
    migration(chart, { lock: MigrationLock.advisory(db, options) }).connectTo(db);
  });
  const [lock, waiting] = jobOf(objects).pod.initContainers;
  expect(lock.image).toBe('registry.example.com/postgres:16.4');
  expect(envOf(lock)).toMatchObject({
    LOCK_KEY: 'billing',
    PGDATABASE: 'billing',
    PGHOST: 'db.example.com',
    PGSSLMODE: 'verify-full',
  });
  expect(envOf(waiting)).toEqual({ LOCK_WAIT_SECONDS: '120' });
});

test('a wait that is over fails the Job, a drain does not', () => {
  const { job, pod } = jobOf(locked({}, { timeout: Duration.minutes(5) }));
  expect(job.spec.podFailurePolicy.rules).toEqual([
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    { action: 'FailJob', onExitCodes: { containerName: 'lock-wait', operator: 'In', values: [75] } },
  ]);
  // Half of the time of the Job: the program has the other half.
  expect(envOf(pod.initContainers[1])).toEqual({ LOCK_WAIT_SECONDS: '150' });
});

test('a Job without one is what it was', () => {
  const { job, pod } = jobOf(synth((chart) => migration(chart).connectTo(database(chart))));
  expect(job.spec.podFailurePolicy.rules).toHaveLength(1);
  expect(pod).not.toHaveProperty('shareProcessNamespace');
  expect(pod).not.toHaveProperty('initContainers');
});

describe('finished manifests', () => {
  const shop = (minor: number) => {
    const kubernetesVersion = KubernetesVersion.fromString(`1.${minor}`);
    const chart = new Chart(new TunedApp({ outdir: '/nowhere', kubernetesVersion }), 'shop', {
      namespace: 'shop',
    });
    const db = database(chart);
    migration(chart, { lock: MigrationLock.advisory(db) }).connectTo(db);
    new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(db);
    return manifests(chart);
  };

  test.each(MINORS.filter((minor) => minor >= 29))('are valid for Kubernetes 1.%i', (minor) => {
    expect(shop(minor).flatMap(kubernetesValidator(minor))).toEqual([]);
  });

  test('the checklist has nothing to say of them', () => {
    expect(evaluate(Inventory.of(shop(30))).findings.filter(({ kind }) => kind === 'Job')).toEqual([]);
  });
});

describe('what is refused, with path, prop, value and what is allowed', () => {
  test.each<[string, MigrationLockOptions, RegExp]>([
    ['a key of two words', { key: 'a b' }, /shop\/migrate: lock\.key is "a b"; allowed: a label value/],
    ['an image without a tag', { image: 'postgres' }, /lock\.image is "postgres"; allowed: an image/],
    [
      'a wait without an end',
      { waitingTime: Duration.hours(2) },
      /lock\.waitingTime is 7200; allowed: a whole number from 1 to 3599/,
    ],
    ['no wait', { waitingTime: Duration.seconds(0) }, /lock\.waitingTime is 0; allowed/],
    [
      'a wait that is no time',
      { waitingTime: '2m' as unknown as Duration },
      /lock\.waitingTime is "2m"; allowed: a Duration/,
    ],
    ['a database that there is none of', { database: 'no' }, /connection\.database is "no"; allowed: app/],
  ])('%s', (_, options, message) => {
    expect(() => locked(options)).toThrow(message);
  });

  test('a cluster without native sidecars', () => {
    expect(() => locked({}, {}, KubernetesVersion.V1_28)).toThrow(
      /shop\/migrate: lock\.advisory is "on Kubernetes 1\.28"; what holds the lock is a native sidecar, .* 1\.29 or later/,
    );
    expect(() => locked({}, {}, KubernetesVersion.V1_29)).not.toThrow();
  });

  test('what is no database, and no lock', () => {
    const lock = MigrationLock.advisory('db' as never);
    expect(() => synth((chart) => migration(chart, { lock }))).toThrow(
      /shop\/migrate: lock\.database is "db"; allowed: a TunedPostgres or an ExternalPostgres/,
    );
    expect(() => synth((chart) => migration(chart, { lock: true as never }))).toThrow(
      /shop\/migrate: lock is true; allowed: an object such as MigrationLock\.advisory\(db\)/,
    );
  });
});

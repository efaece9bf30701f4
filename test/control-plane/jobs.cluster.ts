/** Jobs: what is admitted, what a second apply does to them, and a migration that stops a release. */
import { Size } from 'cdk8s';
import {
  ExternalPostgres,
  IndexMatch,
  MigrationJob,
  MigrationLock,
  NetworkPeer,
  OneOffJob,
  PostgresBackup,
  PostgresInstance,
  PostgresTopology,
  RolloutHook,
  ScalableWebApp,
  ScalingPolicy,
  ScheduledJob,
  TunedPostgres,
} from 'cdk8s-tuned';
import { mkdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { until } from '../servers/harness';
import { IMAGE, type Manifest, manifests } from '../support/synth';
import { chartIn } from './chart-in';
import { ControlPlane, OUTCOME } from './control-plane';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await ControlPlane.start();
});
afterAll(() => plane?.stop());

describe('the jobs of a database and of its application', () => {
  const namespace = 'jobs';

  /** Index, roles, dumps, a migration that locks, and jobs of the user's own. */
  function everyJob(): Manifest[] {
    const chart = chartIn(namespace);
    const db = new TunedPostgres(chart, 'db', {
      storage: Size.gibibytes(20),
      databases: ['archive'],
      extensions: ['pg_trgm'],
      roles: [{ name: 'reports', connectionLimit: 5 }],
      topology: PostgresTopology.statefulSet({
        backup: PostgresBackup.dump({ storage: Size.gibibytes(50) }),
      }),
    });
    db.addIndex({ table: 'users', column: 'name', match: IndexMatch.CONTAINS });
    const lock = MigrationLock.advisory(db);
    new MigrationJob(chart, 'migrate', { image: IMAGE, args: ['migrate'], lock }).connectTo(db);
    new OneOffJob(chart, 'backfill', { image: IMAGE, completions: 4, parallelism: 2 }).connectTo(db);
    new ScheduledJob(chart, 'report', { image: IMAGE, schedule: '0 3 * * *' }).connectTo(db);
    return manifests(chart);
  }

  const jobs = async () => plane.list('jobs', namespace);

  test('are admitted under `restricted`, and complete', async () => {
    await plane.createNamespace(namespace);
    await plane.apply(everyJob());
    // A run of each CronJob, without waiting for its time.
    for (const { metadata } of await plane.list('cronjobs', namespace))
      await plane.kubectl(
        'create',
        'job',
        `now-${metadata.name}`.slice(0, 63),
        `--from=cronjob/${metadata.name}`,
        `--namespace=${namespace}`,
      );
    await plane.untilRunning(namespace, 1);
    await until('the jobs', async () =>
      (await jobs()).every(({ status }) =>
        status.conditions?.some(({ type }: Manifest) => type === 'Complete'),
      ),
    );
    expect((await jobs()).length).toBeGreaterThanOrEqual(6);
  });

  test('are not run again by a second apply', async () => {
    const before = (await jobs()).map(({ metadata }) => metadata.uid).sort();
    const generations = await plane.generations(namespace);
    await plane.apply(everyJob());
    expect(await plane.generations(namespace)).toEqual(generations);
    expect(await plane.difference(everyJob())).toBe('');
    expect((await jobs()).map(({ metadata }) => metadata.uid).sort()).toEqual(before);
  });
});

describe('a release of Helm with a migration as its hook', () => {
  const namespace = 'release';
  const imageOf = (version: string) => `registry.example.com/shop:${version}`;

  /** A chart of one version; its migration ends as the annotation says. */
  function chartOf(version: string, outcome: 'complete' | 'fail'): string {
    const chart = chartIn(namespace);
    const db = new ExternalPostgres(chart, 'db', {
      host: 'db.example.com',
      peer: NetworkPeer.cidr('10.20.0.0/16'),
      instance: PostgresInstance.rds('db.t4g.medium'),
    });
    const web = new ScalableWebApp(chart, 'web', {
      image: imageOf(version),
      scaling: ScalingPolicy.replicas(2),
    });
    web.connectTo(db);
    const migrate = new MigrationJob(chart, 'migrate', {
      image: imageOf(version),
      args: ['migrate'],
      hook: RolloutHook.helm(),
      backoffLimit: 0,
      lock: MigrationLock.advisory(db),
      podAnnotations: { [OUTCOME]: outcome },
    });
    migrate.connectTo(db);
    const directory = plane.file(`chart-${version}`);
    mkdirSync(join(directory, 'templates'), { recursive: true });
    writeFileSync(join(directory, 'Chart.yaml'), `apiVersion: v2\nname: shop\nversion: ${version}\n`);
    const text = manifests(chart)
      .map((object) => JSON.stringify(object))
      .join('\n---\n');
    writeFileSync(join(directory, 'templates/shop.yaml'), text);
    return directory;
  }

  const upgrade = (directory: string) =>
    plane.run('helm', [
      'upgrade',
      '--install',
      'shop',
      directory,
      '--namespace',
      namespace,
      '--wait',
      '--timeout=90s',
    ]);
  const runningImage = async () =>
    (await plane.get('deployment', `${namespace}-web`, namespace)).spec.template.spec.containers[0].image;

  test('goes through, stops where the migration fails, and goes through again', async () => {
    await plane.createNamespace(namespace);
    expect(await upgrade(chartOf('1.0.0', 'complete'))).toMatchObject({ code: 0 });
    expect(await runningImage()).toBe(imageOf('1.0.0'));

    const failed = await upgrade(chartOf('1.1.0', 'fail'));
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/pre-upgrade hooks failed/);
    expect(await runningImage()).toBe(imageOf('1.0.0'));

    expect(await upgrade(chartOf('1.2.0', 'complete'))).toMatchObject({ code: 0 });
    expect(await runningImage()).toBe(imageOf('1.2.0'));
  });
});

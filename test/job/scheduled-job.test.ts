/** What runs at its times: the schedule, runs at one time, and the pods that count. */
import { Duration, Size } from 'cdk8s';
import { ConcurrencyPolicy } from 'cdk8s-plus-27';
import {
  CacheRedis,
  ConnectionPool,
  ExternalPostgres,
  NetworkPeer,
  ScheduledJob,
  type ScheduledJobProps,
} from 'cdk8s-tuned';
import { jobScheduleRule, timeZoneRule } from '../../lib/units/cron';
import { find, newChart } from '../support/synth';
import { database, jobOf, scheduled, synth } from './jobs';

const alone = (props: Partial<ScheduledJobProps> = {}) => synth((chart) => scheduled(chart, props));

test('runs one at a time, within a time, and is missed for ten minutes at the most', () => {
  const { job, pod } = jobOf(alone());
  expect(job).toMatchObject({ kind: 'CronJob', metadata: { name: 'shop-report' } });
  expect(job.spec).toMatchObject({
    schedule: '30 3 * * *',
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: 600,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      spec: { activeDeadlineSeconds: 3600, backoffLimit: 4, completions: 1, parallelism: 1 },
    },
  });
  expect(job.spec).not.toHaveProperty('suspend');
  expect(job.spec.jobTemplate.spec).not.toHaveProperty('completionMode');
  expect(job.spec.jobTemplate.spec).not.toHaveProperty('ttlSecondsAfterFinished');
  expect(pod).toMatchObject({ restartPolicy: 'Never', automountServiceAccountToken: false });
});

test('takes what it is given', () => {
  const { job } = jobOf(
    alone({
      schedule: '@daily',
      timeZone: 'Europe/Berlin',
      concurrencyPolicy: ConcurrencyPolicy.REPLACE,
      startingDeadline: Duration.hours(2),
      successfulJobsHistoryLimit: 0,
      failedJobsHistoryLimit: 5,
      suspend: true,
      timeout: Duration.minutes(20),
    }),
  );
  expect(job.spec).toMatchObject({
    schedule: '@daily',
    timeZone: 'Europe/Berlin',
    concurrencyPolicy: 'Replace',
    startingDeadlineSeconds: 7200,
    successfulJobsHistoryLimit: 0,
    failedJobsHistoryLimit: 5,
    suspend: true,
    jobTemplate: { spec: { activeDeadlineSeconds: 1200 } },
  });
});

test('gives each of several pods its number, for its arguments too', () => {
  const { job, pod, env } = jobOf(alone({ parallelism: 4, args: ['--part=$(JOB_COMPLETION_INDEX)'] }));
  expect(job.spec.jobTemplate.spec).toMatchObject({
    completionMode: 'Indexed',
    completions: 4,
    parallelism: 4,
  });
  // What the Job controller writes where nobody has.
  const fieldPath = "metadata.annotations['batch.kubernetes.io/job-completion-index']";
  expect(env.JOB_COMPLETION_INDEX).toEqual({ fieldRef: { fieldPath } });
  expect(pod.containers[0].args).toEqual(['--part=$(JOB_COMPLETION_INDEX)']);
});

test('a single pod has no number', () => {
  expect(() => alone({ args: ['--part=$(JOB_COMPLETION_INDEX)'] })).toThrow(
    /\[shop\/report\] container job: args\[0\] refers to \$\(JOB_COMPLETION_INDEX\), which is no variable/,
  );
});

describe('counts the pods that can be there at one time', () => {
  test.each<[string, Partial<ScheduledJobProps>, number]>([
    ['one', {}, 1],
    ['those of a run', { parallelism: 3 }, 3],
    ['two runs that may overlap', { parallelism: 3, concurrencyPolicy: ConcurrencyPolicy.ALLOW }, 6],
    ['a run that ends while the next begins', { concurrencyPolicy: ConcurrencyPolicy.REPLACE }, 2],
  ])('%s', (_, props, pods) => {
    const { maxReplicas, maxSurgePercent } = scheduled(newChart(), props);
    expect([maxReplicas, maxSurgePercent]).toEqual([pods, 0]);
  });

  test('in a database that is elsewhere too', () => {
    const make = (parallelism: number) => () =>
      synth((chart) => {
        const db = new ExternalPostgres(chart, 'db', {
          host: 'db.example.com',
          peer: NetworkPeer.cidr('10.20.0.0/16'),
          maxConnections: 31,
        });
        scheduled(chart, { parallelism }).connectTo(
          db.connection({ pool: ConnectionPool.fixed({ size: 5 }) }),
        );
      });
    expect(make(4)).not.toThrow();
    expect(make(5)).toThrow(/shop\/report: 5 pods x 1 processes x \(5 \+ 0\) = 25; at most 4 replicas/);
  });
});

test('uses a database by its pooler, and a cache', () => {
  const objects = synth((chart) => {
    const db = database(chart);
    db.addPooler();
    const report = scheduled(chart);
    report.connectTo(db);
    report.connectTo(new CacheRedis(chart, 'cache', { maxMemory: Size.mebibytes(256) }));
  });
  expect(jobOf(objects).env).toMatchObject({ DB_HOST: 'shop-db-pooler', CACHE_HOST: 'shop-cache' });
  const { egress } = find(objects, 'NetworkPolicy', 'shop-report').spec;
  expect(egress.slice(1).map(({ ports }: { ports: unknown }) => ports)).toEqual([
    [{ port: 5432, protocol: 'TCP' }],
    [{ port: 6379, protocol: 'TCP' }],
  ]);
});

describe('what is refused, with path, prop, value and what is allowed', () => {
  test.each<[string, Partial<ScheduledJobProps>, RegExp]>([
    [
      'six fields',
      { schedule: '0 30 3 * * *' },
      /shop\/report: schedule is "0 30 3 \* \* \*"; allowed: a schedule of five fields .*@daily/,
    ],
    ['a minute too many', { schedule: '60 3 * * *' }, /schedule is "60 3/],
    ['a word of no schedule', { schedule: '@reboot' }, /schedule is "@reboot"/],
    ['a zone in the schedule', { schedule: 'TZ=Europe/Berlin 30 3 * * *' }, /schedule is "TZ=/],
    [
      'a zone that there is none of',
      { timeZone: 'Europe/Atlantis' },
      /timeZone is "Europe\/Atlantis"; allowed: a name of the time zone database/,
    ],
    ['the zone of a controller', { timeZone: 'Local' }, /timeZone is "Local"/],
    [
      'a policy that there is none of',
      { concurrencyPolicy: 'Queue' as ConcurrencyPolicy },
      /concurrencyPolicy is "Queue"; allowed: Allow, Forbid, Replace/,
    ],
    [
      'a deadline that the controller misses',
      { startingDeadline: Duration.seconds(5) },
      /startingDeadline is 5; allowed: a whole number from 10 to 604800/,
    ],
    ['no pods', { parallelism: 0 }, /parallelism is 0; allowed: a whole number from 1 to 100/],
    ['a history of half', { successfulJobsHistoryLimit: 0.5 }, /successfulJobsHistoryLimit is 0\.5/],
    ['a history below zero', { failedJobsHistoryLimit: -1 }, /failedJobsHistoryLimit is -1/],
  ])('%s', (_, props, message) => {
    expect(() => alone(props)).toThrow(message);
  });

  test('a name that leaves the hosts of many pods no room', () => {
    const name = 'r'.repeat(52);
    expect(() => alone({ name })).not.toThrow();
    expect(() => alone({ name, parallelism: 10 })).not.toThrow();
    expect(() => alone({ name, parallelism: 11 })).toThrow(
      /parallelism is 11; the host names of its pods are .* and 12 characters more, and may have 63; set a shorter `name`/,
    );
  });

  test('everything at once', () => {
    expect(() =>
      synth((chart) => new ScheduledJob(chart, 'report', { image: 'a', schedule: 'daily', parallelism: 0 })),
    ).toThrow(/schedule is[^]*parallelism is[^]*image is/);
  });
});

test('knows the words and zones of Kubernetes', () => {
  const good = [
    '@hourly',
    '@daily',
    '@midnight',
    '@weekly',
    '@monthly',
    '@yearly',
    '@annually',
    '*/5 * * * *',
  ];
  expect(good.flatMap((text) => jobScheduleRule(text) ?? [])).toEqual([]);
  const zones = ['UTC', 'Etc/UTC', 'Etc/GMT+5', 'America/Port-au-Prince', 'America/Argentina/Buenos_Aires'];
  expect(zones.flatMap((text) => timeZoneRule(text) ?? [])).toEqual([]);
  for (const text of ['', 'europe/berlin', '+01:00', 'Europe/', 'Europe//Berlin', ' UTC'])
    expect(timeZoneRule(text)).toMatch(/time zone database/);
});

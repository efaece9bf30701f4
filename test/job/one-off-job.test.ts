/** What runs once for each run: its name, its parts, its way to the database, and that it stays. */
import { Duration } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import { type OneOffJobProps, ScalableWebApp } from 'cdk8s-tuned';
import { find, IMAGE, type Manifest, newChart } from '../support/synth';
import { database, jobOf, oneOff, synth } from './jobs';

const alone = (props: Partial<OneOffJobProps> = {}) => synth((chart) => oneOff(chart, props));
const nameOf = (objects: Manifest[]): string => find(objects, 'Job').metadata.name;

test('is one pod that is tried again and has an end, and the Job stays', () => {
  const { job, pod } = jobOf(alone());
  expect(job.spec).toMatchObject({
    completions: 1,
    parallelism: 1,
    backoffLimit: 4,
    activeDeadlineSeconds: 3600,
    podFailurePolicy: { rules: [{ action: 'Ignore' }] },
  });
  // Argo CD and Flux make what is gone again: the program would run for ever.
  expect(job.spec).not.toHaveProperty('ttlSecondsAfterFinished');
  expect(job.spec).not.toHaveProperty('completionMode');
  expect(pod).toMatchObject({ restartPolicy: 'Never', automountServiceAccountToken: false });
});

test('takes the numbers that it is given', () => {
  const { job } = jobOf(alone({ backoffLimit: 0, timeout: Duration.hours(6), timeToLive: Duration.days(1) }));
  expect(job.spec).toMatchObject({
    backoffLimit: 0,
    activeDeadlineSeconds: 21_600,
    ttlSecondsAfterFinished: 86_400,
  });
});

describe('another run is another Job', () => {
  test('by its name', () => {
    expect(nameOf(alone({ run: '2026-11-28' }))).toBe('shop-backfill-2026-11-28');
    expect(nameOf(alone({ run: 'retry-2' }))).toBe('shop-backfill-retry-2');
  });

  test('which another image does not change', () => {
    const image = 'registry.example.com/shop:9.9.9';
    expect(nameOf(alone({ run: 'a', image }))).toBe(nameOf(alone({ run: 'a' })));
  });

  test('or by its content', () => {
    const first = nameOf(alone());
    expect(first).toMatch(/^shop-backfill-[0-9a-f]{8}$/);
    expect(nameOf(alone())).toBe(first);
    for (const props of [{ args: ['repair'] }, { env: { FROM: EnvValue.fromValue('17') } }])
      expect(nameOf(alone(props))).not.toBe(first);
  });

  test('its account and its policy keep theirs', () => {
    expect(alone({ run: 'a' }).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(
      expect.arrayContaining(['NetworkPolicy shop-backfill', 'ServiceAccount shop-backfill']),
    );
  });
});

describe('shares its work', () => {
  test('among several pods, each with the number of its part', () => {
    const { job, pod, env } = jobOf(
      alone({ parallelism: 4, completions: 20, args: ['--part=$(JOB_COMPLETION_INDEX)'] }),
    );
    expect(job.spec).toMatchObject({ completionMode: 'Indexed', completions: 20, parallelism: 4 });
    expect(env.JOB_COMPLETION_INDEX).toEqual({
      fieldRef: { fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']" },
    });
    expect(pod.containers[0].args).toEqual(['--part=$(JOB_COMPLETION_INDEX)']);
  });

  test('one part after the other, where one pod runs at a time', () => {
    expect(jobOf(alone({ completions: 3 })).job.spec).toMatchObject({
      completionMode: 'Indexed',
      completions: 3,
      parallelism: 1,
    });
  });

  test('a part for each pod, where nothing else is said', () => {
    expect(jobOf(alone({ parallelism: 3 })).job.spec).toMatchObject({ completions: 3, parallelism: 3 });
  });

  test('the pods that are there at one time count', () => {
    expect(oneOff(newChart(), { parallelism: 4, completions: 20 }).maxReplicas).toBe(4);
  });
});

describe('connected to a database', () => {
  test('it goes past the pooler, with two connections that no other consumer changes', () => {
    const make = (others: number) =>
      synth((chart) => {
        const db = database(chart);
        db.addPooler();
        oneOff(chart).connectTo(db);
        for (let index = 0; index < others; index++)
          new ScalableWebApp(chart, `web-${index}`, { image: IMAGE }).connectTo(db);
      });
    expect(jobOf(make(0)).env).toMatchObject({ DB_HOST: 'shop-db', DB_POOL_SIZE: '2' });
    expect(nameOf(make(3))).toBe(nameOf(make(0)));
  });

  test('the connections of all its pods count', () => {
    expect(() => synth((chart) => oneOff(chart, { parallelism: 100 }).connectTo(database(chart)))).toThrow(
      /shop\/backfill: 100 pods x 1 processes x \(2 \+ 0\) = 200; at most \d+ replicas would fit/,
    );
  });
});

describe('what is refused, with path, prop, value and what is allowed', () => {
  test.each<[string, Partial<OneOffJobProps>, RegExp]>([
    [
      'a run with a space',
      { run: 'last night' },
      /shop\/backfill: run is "last night"; allowed: a DNS label/,
    ],
    ['a run that is no text', { run: 7 as unknown as string }, /shop\/backfill: run is 7; allowed: text/],
    [
      'a run that leaves no room',
      { run: 'r'.repeat(50) },
      /run is "r+"; with the name shop-backfill it has 64 characters, and may have 63; set a shorter one/,
    ],
    ['no pods', { parallelism: 0 }, /parallelism is 0; allowed: a whole number from 1 to 100/],
    ['no parts', { completions: 0 }, /completions is 0; allowed: a whole number from 1 to 10000/],
    [
      'more pods than parts',
      { parallelism: 4, completions: 3 },
      /completions is 3; fewer than the 4 pods of `parallelism`/,
    ],
    ['years', { timeToLive: Duration.days(366) }, /timeToLive is 31622400; allowed/],
    [
      'host names that are too long',
      { run: 'r'.repeat(47), completions: 101 },
      /completions is 101; the host names of its pods are the name shop-backfill and 52 characters more/,
    ],
  ])('%s', (_, props, message) => {
    expect(() => alone(props)).toThrow(message);
  });

  test('its number, set by somebody else', () => {
    expect(() => alone({ completions: 2, env: { JOB_COMPLETION_INDEX: EnvValue.fromValue('1') } })).toThrow(
      /JOB_COMPLETION_INDEX is "set by the Job, of several pods"; env sets it too/,
    );
  });
});

import { Duration } from 'cdk8s';
import { type EventScalingOptions, ScalingPolicy, ScalingTrigger, TriggerAuthentication } from 'cdk8s-tuned';
import { redisList, synth } from './event-workers';

const MINUTE = Duration.minutes(1);

describe('what is refused', () => {
  const message = (props: Partial<EventScalingOptions>) => {
    try {
      synth(() => ScalingPolicy.events({ triggers: [redisList], ...props }));
    } catch (error) {
      return (error as Error).message;
    }
    return 'accepted';
  };
  const redis = (props: object) =>
    ScalingTrigger.redisList({ host: 'a.b', list: 'l', itemsPerReplica: 1, ...props });
  const sql = (query: string) =>
    ScalingTrigger.postgres({
      host: 'a.b',
      database: 'd',
      user: 'u',
      query,
      valuePerReplica: 1,
      authentication: TriggerAuthentication.named('a'),
    });
  const promql = (query: string) =>
    ScalingTrigger.prometheus({ server: 'http://p.m:9090', query, threshold: 1 });
  const schedule = (props: object) =>
    ScalingTrigger.schedule({
      timeZone: 'Etc/UTC',
      start: '0 6 * * *',
      end: '0 20 * * *',
      replicas: 5,
      ...props,
    });

  test.each<[string, Partial<EventScalingOptions>, string]>([
    ['no trigger', { triggers: [] }, 'scaling.triggers is []; allowed: at least one trigger'],
    [
      'zero replicas that nothing wakes up',
      { scaleToZero: true, triggers: [ScalingTrigger.cpuUtilization(70)] },
      'scaling.scaleToZero is true; zero pods use no CPU',
    ],
    [
      'a cooldown without zero',
      { cooldown: MINUTE },
      'scaling.cooldown is "60 s"; it counts only on the way to zero',
    ],
    [
      'a fallback above max',
      { fallback: { replicas: 30 } },
      'scaling.fallback.replicas is 30; allowed: from min (2) to max (10)',
    ],
    [
      'a fallback for CPU',
      { triggers: [ScalingTrigger.cpuUtilization(70)], fallback: { replicas: 3 } },
      'scaling.fallback is "set"; KEDA has none for CPU',
    ],
    [
      'a schedule above max',
      { triggers: [schedule({ replicas: 50 })] },
      'replicas is 50; it is above max (10)',
    ],
    [
      'a schedule that changes nothing',
      { triggers: [schedule({ replicas: 2 })] },
      'min (2) are there at any time',
    ],
    ['a schedule that is never active', { triggers: [schedule({ end: '0 6 * * *' })] }, 'it equals start'],
    [
      'a schedule of four fields',
      { triggers: [schedule({ start: '0 6 * *' })] },
      'allowed: a schedule of five fields',
    ],
    [
      'an hour that there is not',
      { triggers: [schedule({ start: '0 24 * * *' })] },
      'allowed: a schedule of five fields',
    ],
    [
      'a zone that there is not',
      { triggers: [schedule({ timeZone: 'Europe/Berln' })] },
      'allowed: a time zone',
    ],
    ['a zone in lower case', { triggers: [schedule({ timeZone: 'Europe/berlin' })] }, 'allowed: a time zone'],
    [
      'a host without a namespace',
      { triggers: [redis({ host: 'cache' })] },
      'host is "cache"; allowed: a host name with its namespace',
    ],
    ['a list with a space', { triggers: [redis({ list: 'a b' })] }, 'list is "a b"; allowed'],
    ['no target', { triggers: [redis({ itemsPerReplica: 0 })] }, 'itemsPerReplica is 0; allowed: from 0.001'],
    [
      'a second statement',
      { triggers: [sql('SELECT 1; DROP TABLE jobs')] },
      'query is "SELECT 1; DROP TABLE jobs"; allowed: one SELECT',
    ],
    ['a comment', { triggers: [sql('SELECT 1 -- FROM jobs')] }, 'allowed: one SELECT'],
    ['what is no SELECT', { triggers: [sql('DELETE FROM jobs')] }, 'allowed: one SELECT'],
    ['an open quote', { triggers: [sql("SELECT 'a")] }, 'allowed: one SELECT'],
    ['an open brace', { triggers: [promql('sum(up{job="a")')] }, 'allowed: a PromQL expression'],
    ['an open quote of a label', { triggers: [promql('up{job="a}')] }, 'allowed: a PromQL expression'],
    [
      'a password in an address',
      {
        triggers: [
          ScalingTrigger.prometheus({ server: 'http://user:hunter2@p.m', query: 'up', threshold: 1 }),
        ],
      },
      'allowed: an address such as',
    ],
    [
      'CPU by its type',
      { triggers: [ScalingTrigger.custom({ type: 'cpu', metadata: {} })] },
      'type is "cpu"; use ScalingTrigger.cpuUtilization',
    ],
    [
      'a target that the limit makes unreachable',
      { triggers: [redisList, ScalingTrigger.cpuUtilization(400)] },
      'triggers[1].cpuPercent is 400; the CPU limit caps usage',
    ],
    ['min above max', { min: 5, max: 3 }, 'scaling.min is 5; it is above max (3)'],
  ])('%s', (_, props, expected) => {
    expect(message(props)).toContain(expected);
  });

  test('nothing that is good', () => {
    const good = [
      schedule({ start: '*/15 6-8,10 1,15 JAN-MAR SUN' }),
      schedule({ timeZone: 'America/Argentina/Buenos_Aires' }),
      sql("WITH new AS (SELECT 1 FROM \"Jobs\" WHERE note = 'it''s; -- here') SELECT count(*) FROM new"),
      promql(`sum by (job) (rate(x{a="\\"}",b='{'}[5m:1m] offset 1d))`),
      redis({ host: '10.0.0.7' }),
    ];
    expect(good.map((trigger) => message({ triggers: [trigger] }))).toEqual(good.map(() => 'accepted'));
  });
});

import { FindingSeverity } from '../../../finding/finding';
import type { Inventory, WorkloadObject } from '../../../inventory/inventory';
import { listAt, numberAt, textAt } from '../../../inventory/json';
import { type Rule, rule, when } from '../../rule';

const TOOLS = /(^|[/\s"'])(wrk2?|k6|vegeta|hey|ab|oha|locust|pgbench|fortio)(\s|["'@:]|$)/;

const commandOf = ({ containers }: WorkloadObject) =>
  containers
    .flatMap(({ container }) => [
      textAt(container, 'image') ?? '',
      ...listAt(container, 'command').map(String),
      ...listAt(container, 'args').map(String),
    ])
    .join(' ');

/** Jobs that run a load generator. */
export const loadTests = (inventory: Inventory): readonly WorkloadObject[] =>
  inventory.workloads.filter(
    (workload) => ['Job', 'CronJob'].includes(workload.object.kind) && TOOLS.test(commandOf(workload)),
  );

const CRON = /^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|(\S+\s+){4}\S+)$/;

export const LOAD_RULES: readonly Rule[] = [
  rule({
    id: 'LOAD-001',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A load test runs regularly, one at a time, and comes to an end',
    why: 'A test that was run once says nothing of today’s release; two at a time measure each other.',
    evidence: 'The guide, "Regular performance testing"; kube-score cronjob-has-deadline.',
    of: loadTests,
    check: ({ object }) => {
      if (object.kind !== 'CronJob') {
        return [
          {
            path: 'kind',
            measured: 'Job',
            expected: 'CronJob',
            fix: 'schedule it, or run it on every deployment by a hook',
          },
        ];
      }
      const text = (field: string) => textAt(object.manifest, 'spec', field);
      return [
        ...when(!CRON.test(text('schedule') ?? ''), {
          path: 'spec.schedule',
          measured: text('schedule') ?? 'not set',
          expected: 'five fields, or @daily and its like',
          fix: 'correct the schedule',
        }),
        ...when(text('concurrencyPolicy') !== 'Forbid', {
          path: 'spec.concurrencyPolicy',
          measured: text('concurrencyPolicy') ?? 'not set: Allow',
          expected: 'Forbid',
          fix: 'forbid two at a time',
          edit: { kind: 'set', value: 'Forbid' },
        }),
        ...when(numberAt(object.manifest, 'spec', 'startingDeadlineSeconds') === undefined, {
          path: 'spec.startingDeadlineSeconds',
          measured: 'not set',
          expected: 'a deadline, or a hundred missed starts stop the schedule',
          fix: 'set it',
        }),
        ...when(
          numberAt(object.manifest, 'spec', 'jobTemplate', 'spec', 'activeDeadlineSeconds') === undefined,
          {
            path: 'spec.jobTemplate.spec.activeDeadlineSeconds',
            measured: 'not set',
            expected: 'a deadline',
            fix: 'set it to a little more than the test takes',
          },
        ),
      ];
    },
  }),
  rule({
    id: 'LOAD-002',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A load test can fail',
    why: 'wrk exits with 0 when every answer is a 503: a test without a threshold is always green.',
    evidence: 'Measured.',
    of: loadTests,
    check: (workload) => {
      const command = commandOf(workload);
      const asserts =
        /\bk6\b.*\brun\b.*\S+\.js/.test(command) ||
        /-s\s+\S+\.lua|--lua|--threshold|-max-error|-threshold/.test(command);
      return when(!asserts, {
        path: workload.podPath,
        measured: 'no threshold',
        expected: 'a threshold on latency and errors that ends the test with an error',
        fix: 'use k6 with thresholds, or wrk with a script that counts errors',
      });
    },
  }),
];

/** Load tests that overlap, never run, or cannot fail. */
import { find } from '../../../support/synth';
import type { Breakage } from '../breakage';

export const LOAD_BREAKAGES: readonly Breakage[] = [
  {
    what: 'load tests on top of each other',
    breakIt: (all) => (find(all, 'CronJob', 'load-test').spec.concurrencyPolicy = 'Allow'),
    rules: ['LOAD-001'],
  },
  {
    what: 'a schedule of four fields',
    breakIt: (all) => (find(all, 'CronJob', 'load-test').spec.schedule = '0 4 * *'),
    rules: ['LOAD-001'],
  },
  {
    what: 'a load test that cannot fail',
    breakIt: (all) => {
      const [container] = find(all, 'CronJob', 'load-test').spec.jobTemplate.spec.template.spec.containers;
      container.args = ['wrk', '-t12', '-c400', '-d30s', 'http://shop-web'];
      container.image = 'example.com/wrk:4.2';
    },
    rules: ['LOAD-002'],
  },
];

/** Scaling tests that are missing, cannot be read, or fail. */
import { find, type Manifest } from '../../../support/synth';
import type { Breakage } from '../breakage';

const setScalingTest = (objects: Manifest[], text: string) => {
  const { metadata } = find(objects, 'HorizontalPodAutoscaler', 'shop-web');
  metadata.annotations = { 'cdk8s-tuned/scaling-tested': text };
};

export const SCALING_TEST_BREAKAGES: readonly Breakage[] = [
  {
    what: 'an autoscaler that nobody has tested',
    breakIt: (all) => delete find(all, 'HorizontalPodAutoscaler', 'shop-web').metadata.annotations,
    rules: ['SCALE-001'],
  },
  {
    what: 'a scaling test that cannot be read',
    breakIt: (all) => setScalingTest(all, 'spike:base=30,peak=240; ; unmetLoad<=lots'),
    rules: ['SCALE-001'],
  },
  {
    what: 'a scaling test without a threshold',
    breakIt: (all) => setScalingTest(all, 'spike:base=30,peak=240; capacityPerPod=20; '),
    rules: ['SCALE-001'],
  },
  {
    what: 'a scaling test that its autoscaler fails',
    breakIt: (all) => setScalingTest(all, 'spike:base=30,peak=240; capacityPerPod=20; unmetLoad<=0'),
    rules: ['SCALE-001'],
  },
  {
    what: 'a load test that scales another workload',
    breakIt: (all) => {
      delete find(all, 'HorizontalPodAutoscaler', 'shop-web').metadata.annotations;
      find(all, 'CronJob', 'load-test').metadata.annotations = {
        'cdk8s-tuned/forces-scale-up': 'shop-worker',
      };
    },
    rules: ['SCALE-001'],
  },
];

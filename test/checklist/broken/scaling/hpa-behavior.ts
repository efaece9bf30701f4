/** Steps and windows of an autoscaler that follow every dip, or come too late. */
import { type Breakage, containersOf, hpa, spec, web } from '../breakage';

export const HPA_BEHAVIOR_BREAKAGES: readonly Breakage[] = [
  {
    what: 'replicas that follow every dip',
    breakIt: (all) => {
      const { scaleDown } = spec(all, 'HorizontalPodAutoscaler', 'shop-web').behavior;
      scaleDown.stabilizationWindowSeconds = 0;
      scaleDown.policies = [{ type: 'Percent', value: 100, periodSeconds: 15 }];
    },
    rules: ['HPA-005'],
  },
  {
    what: 'scaling up forbidden',
    breakIt: (all) =>
      (spec(all, 'HorizontalPodAutoscaler', 'shop-web').behavior.scaleUp.selectPolicy = 'Disabled'),
    rules: ['HPA-005', 'SCALE-001'],
  },
  {
    what: 'a drain of two hours',
    breakIt: (all) =>
      (hpa(all, 'shop-renderer').behavior.scaleDown.policies = [
        { type: 'Pods', value: 1, periodSeconds: 1200 },
      ]),
    rules: ['HPA-009', 'SCALE-001'],
  },
  {
    what: 'replicas that are never removed',
    breakIt: (all) => (hpa(all, 'shop-renderer').behavior.scaleDown.selectPolicy = 'Disabled'),
    rules: ['HPA-009', 'SCALE-001'],
  },
  {
    what: 'steps of half a minute on memory, and a start of two',
    breakIt: (all) => (web(all).startupProbe.failureThreshold = 60),
    rules: ['HPA-010'],
  },
  {
    what: 'a start of ten minutes under CPU',
    breakIt: (all) =>
      (containersOf(all, 'Deployment', 'shop-renderer')[0].startupProbe.failureThreshold = 300),
    rules: ['HPA-011'],
  },
  {
    what: 'a pod that is ready as soon as it runs',
    breakIt: (all) => delete containersOf(all, 'Deployment', 'shop-renderer')[0].startupProbe,
    rules: ['HPA-011'],
  },
];

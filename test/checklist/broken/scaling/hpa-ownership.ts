/** Replicas that two decide on. */
import { find } from '../../../support/synth';
import { type Breakage, hpa, spec } from '../breakage';

export const HPA_OWNERSHIP_BREAKAGES: readonly Breakage[] = [
  {
    what: 'replicas under an autoscaler',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').replicas = 3),
    rules: ['HPA-002'],
  },
  {
    what: 'two autoscalers on one target',
    breakIt: (all) =>
      all.push({
        ...structuredClone(find(all, 'HorizontalPodAutoscaler', 'shop-web')),
        metadata: { name: 'second', namespace: 'shop-prod' },
      }),
    rules: ['HPA-002', 'SCALE-001'],
  },
  {
    what: 'two autoscalers that count each other’s pods',
    breakIt: (all) => {
      const labels = { 'app.kubernetes.io/component': 'worker' };
      for (const name of ['shop-worker', 'shop-renderer']) {
        spec(all, 'Deployment', name).selector.matchLabels = labels;
      }
    },
    rules: ['COR-009', 'HPA-002', 'REL-009'],
  },
  {
    what: 'an HPA beside a ScaledObject',
    breakIt: (all) => (hpa(all, 'shop-renderer').scaleTargetRef.name = 'jobs-orders'),
    rules: ['HPA-002'],
  },
];

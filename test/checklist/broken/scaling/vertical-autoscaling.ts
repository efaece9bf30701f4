/** Recommenders that evict what they should not, or that others contradict. */
import { find } from '../../../support/synth';
import { type Breakage, containersOf, hpa, spec } from '../breakage';

export const VERTICAL_AUTOSCALING_BREAKAGES: readonly Breakage[] = [
  {
    what: 'a VPA on what the HPA measures',
    breakIt: (all) => (spec(all, 'VerticalPodAutoscaler', 'shop-web').updatePolicy.updateMode = 'Recreate'),
    rules: ['HPA-006'],
  },
  {
    what: 'a VPA in mode Auto',
    breakIt: (all) => (spec(all, 'VerticalPodAutoscaler', 'shop-worker').updatePolicy.updateMode = 'Auto'),
    rules: ['VPA-001'],
  },
  {
    what: 'a VPA for nobody',
    breakIt: (all) => (spec(all, 'VerticalPodAutoscaler', 'shop-worker').targetRef.name = 'shop-wroker'),
    rules: ['VPA-002'],
  },
  {
    what: 'a mode that was rewritten',
    breakIt: (all) =>
      (find(all, 'VerticalPodAutoscaler', 'shop-worker').metadata.annotations = {
        'cdk8s-tuned/rewritten': 'updateMode Auto is now Recreate',
      }),
    rules: ['VPA-003'],
  },
  {
    what: 'one replica that should be evicted',
    breakIt: (all) => {
      hpa(all, 'shop-worker').minReplicas = 1;
      delete spec(all, 'VerticalPodAutoscaler', 'shop-worker').updatePolicy.minReplicas;
    },
    rules: ['HPA-003', 'VPA-004'],
  },
  {
    what: 'requests of a Guaranteed pod that change alone',
    breakIt: (all) => {
      const [container] = containersOf(all, 'Deployment', 'jobs-orders');
      container.resources.limits = { ...container.resources.requests };
      const [policy] = spec(all, 'VerticalPodAutoscaler', 'jobs-orders').resourcePolicy.containerPolicies;
      policy.controlledValues = 'RequestsOnly';
    },
    rules: ['VPA-005'],
  },
  {
    what: 'bounds without room between them',
    breakIt: (all) =>
      (spec(
        all,
        'VerticalPodAutoscaler',
        'shop-worker',
      ).resourcePolicy.containerPolicies[0].minAllowed.memory = '8Gi'),
    rules: ['VPA-006'],
  },
  {
    what: 'a bound below the floor',
    breakIt: (all) =>
      (spec(
        all,
        'VerticalPodAutoscaler',
        'shop-worker',
      ).resourcePolicy.containerPolicies[0].maxAllowed.memory = '128Mi'),
    rules: ['VPA-007'],
  },
  {
    what: 'two VPAs on one target',
    breakIt: (all) =>
      all.push({
        ...structuredClone(find(all, 'VerticalPodAutoscaler', 'shop-worker')),
        metadata: { name: 'second', namespace: 'shop-prod' },
      }),
    rules: ['VPA-008'],
  },
  {
    what: 'a VPA beside resources of the pod',
    breakIt: (all) =>
      (spec(all, 'Deployment', 'shop-worker').template.spec.resources = {
        requests: { cpu: '100m', memory: '128Mi' },
      }),
    rules: ['VPA-008'],
  },
  {
    what: 'resizing on a cluster that nobody names',
    breakIt: (all) => delete find(all, 'VerticalPodAutoscaler', 'jobs-orders').metadata.annotations,
    rules: ['VPA-009'],
  },
  {
    what: 'a feature that is alpha',
    breakIt: (all) =>
      (spec(all, 'VerticalPodAutoscaler', 'shop-worker').startupBoost = {
        cpu: { type: 'Factor', factor: 2 },
      }),
    rules: ['VPA-009'],
  },
];

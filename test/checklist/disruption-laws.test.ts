/** REL-001 against a plain count of what the disruption controller allows. */
import fc from 'fast-check';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import type { Manifest } from '../support/synth';

/** The one bound of a budget: a number of pods, or a share such as `25%`. */
interface Bound {
  readonly field: 'minAvailable' | 'maxUnavailable';
  readonly value: number | string;
}

/**
 * Evictions that are allowed while all pods are healthy. Both shares are rounded up: kubernetes.io, Specifying a
 * Disruption Budget, "Rounding logic when specifying percentages".
 */
function allowedDisruptions({ field, value }: Bound, pods: number): number {
  const bound = typeof value === 'number' ? value : Math.ceil((parseInt(value, 10) * pods) / 100);
  const mustStay = field === 'minAvailable' ? bound : pods - bound;
  return Math.max(0, pods - Math.max(0, mustStay));
}

const labels = { app: 'web' };
const metadata = { name: 'web', namespace: 'shop' };

function deploymentWith({ field, value }: Bound, autoscaler: Manifest): Manifest[] {
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { selector: { matchLabels: labels }, [field]: value },
    },
    { metadata, ...autoscaler },
  ];
}

const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };

/** Each kind of autoscaler with its bounds; only KEDA's may be zero. */
const AUTOSCALERS: Record<string, { least: number; made: (min: number, max: number) => Manifest }> = {
  HorizontalPodAutoscaler: {
    least: 1,
    made: (min, max) => ({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      spec: { scaleTargetRef: target, minReplicas: min, maxReplicas: max },
    }),
  },
  ScaledObject: {
    least: 0,
    made: (min, max) => ({
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      spec: { scaleTargetRef: target, minReplicaCount: min, maxReplicaCount: max, triggers: [] },
    }),
  },
};

const bounds: fc.Arbitrary<Bound> = fc.record({
  field: fc.constantFrom('minAvailable' as const, 'maxUnavailable' as const),
  value: fc.oneof(
    fc.integer({ min: 0, max: 30 }),
    fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
  ),
});

test.each(Object.entries(AUTOSCALERS))(
  'law: under a %s it speaks exactly when at some number of replicas no eviction is allowed',
  (_, { least, made }) => {
    const replicas = fc.tuple(fc.integer({ min: least, max: 25 }), fc.integer({ min: 0, max: 25 }));
    const outcomes = new Set<boolean>();
    fc.assert(
      fc.property(bounds, replicas, (bound, [min, more]) => {
        const max = Math.max(1, min + more);
        // Where there is no pod there is none to evict.
        const counts = Array.from({ length: max + 1 }, (__, pods) => pods).slice(Math.max(1, min));
        const stuck = counts.some((pods) => allowedDisruptions(bound, pods) === 0);
        const { findings } = evaluate(Inventory.of(deploymentWith(bound, made(min, max))));
        expect(findings.some(({ rule }) => rule === 'REL-001')).toBe(stuck);
        outcomes.add(stuck);
      }),
      { seed: 1, numRuns: 500 },
    );
    expect(outcomes.size).toBe(2);
  },
);

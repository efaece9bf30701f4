import fc from 'fast-check';
import { Inventory } from '../../lib/inventory/inventory';
import { mostPods, surgePods } from '../../lib/inventory/replicas';

test('law: of a rollout in a manifest the same pods are counted as the constructs do', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 100 }), (replicas, percent) => {
      const [workload] = Inventory.of([
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web' },
          spec: {
            replicas,
            strategy: { rollingUpdate: { maxSurge: `${percent}%`, maxUnavailable: 0 } },
            template: { spec: { containers: [] } },
          },
        },
      ]).workloads;
      expect(mostPods(workload)).toBe(replicas + surgePods(replicas, percent));
    }),
    { seed: 1 },
  );
});

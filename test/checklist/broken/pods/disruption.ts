/** Budgets that allow no eviction, or that hold for other pods than those meant. */
import { find } from '../../../support/synth';
import { type Breakage, spec } from '../breakage';

export const DISRUPTION_BREAKAGES: readonly Breakage[] = [
  {
    what: 'a budget that allows no eviction',
    breakIt: (all) => {
      const own = spec(all, 'PodDisruptionBudget', 'shop-web');
      delete own.maxUnavailable;
      own.minAvailable = 3;
    },
    rules: ['REL-001', 'REL-008'],
  },
  {
    what: 'a budget of all replicas in percent',
    breakIt: (all) => {
      const own = spec(all, 'PodDisruptionBudget', 'shop-web');
      delete own.maxUnavailable;
      own.minAvailable = '100%';
    },
    rules: ['REL-001', 'REL-008'],
  },
  {
    what: 'evictions without a budget',
    breakIt: (all) => {
      const place = all.indexOf(find(all, 'PodDisruptionBudget', 'shop-worker'));
      all.splice(place, 1);
    },
    rules: ['REL-001'],
  },
  {
    what: 'a budget of a number',
    breakIt: (all) => {
      const own = spec(all, 'PodDisruptionBudget', 'shop-web');
      delete own.maxUnavailable;
      own.minAvailable = 1;
    },
    rules: ['REL-008'],
  },
  {
    what: 'a budget of the only replica of what sleeps',
    breakIt: (all) => {
      Object.assign(spec(all, 'ScaledObject', 'jobs-orders'), {
        minReplicaCount: 0,
        idleReplicaCount: undefined,
      });
      const own = spec(all, 'PodDisruptionBudget', 'jobs-orders');
      delete own.maxUnavailable;
      own.minAvailable = 1;
    },
    rules: ['REL-001', 'REL-008', 'VPA-004'],
  },
  {
    what: 'two bounds in one budget',
    breakIt: (all) => (spec(all, 'PodDisruptionBudget', 'shop-web').minAvailable = 1),
    rules: ['REL-008', 'REL-009'],
  },
  {
    what: 'a budget of one release',
    breakIt: (all) => {
      spec(all, 'PodDisruptionBudget', 'shop-web').selector.matchLabels.version = '1.8.2';
      spec(all, 'Deployment', 'shop-web').template.metadata.labels.version = '1.8.2';
    },
    rules: ['REL-009'],
  },
];

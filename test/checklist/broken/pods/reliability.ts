/** Rollouts below capacity, and replicas that know nothing of each other. */
import { type Breakage, spec } from '../breakage';

export const RELIABILITY_BREAKAGES: readonly Breakage[] = [
  {
    what: 'a rollout below capacity',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').strategy.rollingUpdate.maxUnavailable = '25%'),
    rules: ['REL-004'],
  },
  {
    what: 'two databases without replication',
    breakIt: (all) => (spec(all, 'StatefulSet', 'data-db').replicas = 2),
    rules: ['REL-002', 'REL-003'],
  },
  {
    what: 'a rollout that cannot begin',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').strategy.rollingUpdate.maxSurge = 0),
    rules: ['REL-013'],
  },
];

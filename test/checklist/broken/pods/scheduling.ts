/** Spread constraints that count the wrong pods, or stop a rollout. */
import type { Manifest } from '../../../support/synth';
import { type Breakage, spec } from '../breakage';

const spread = (objects: Manifest[]) =>
  spec(objects, 'Deployment', 'shop-web').template.spec.topologySpreadConstraints[0];

export const SCHEDULING_BREAKAGES: readonly Breakage[] = [
  {
    what: 'a spread over all revisions',
    breakIt: (all) => delete spread(all).matchLabelKeys,
    rules: ['REL-010'],
  },
  {
    what: 'a key in both selectors of a spread',
    breakIt: (all) => spread(all).matchLabelKeys.push('app.kubernetes.io/name'),
    rules: ['REL-011'],
  },
  {
    what: 'domains of a spread that need not hold',
    breakIt: (all) => (spread(all).minDomains = 3),
    rules: ['REL-011'],
  },
  {
    what: 'one pod for each zone',
    breakIt: (all) => {
      const { podAntiAffinity } = spec(all, 'Deployment', 'shop-web').template.spec.affinity;
      const [{ podAffinityTerm }] = podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
      podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution = [
        { ...podAffinityTerm, topologyKey: 'topology.kubernetes.io/zone' },
      ];
    },
    rules: ['REL-012'],
  },
];

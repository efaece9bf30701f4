/** Policies that let everybody in, nobody in, or are for nobody. */
import { type Breakage, spec } from '../breakage';

export const NETWORK_BREAKAGES: readonly Breakage[] = [
  {
    what: 'a database open to every address',
    breakIt: (all) =>
      spec(all, 'NetworkPolicy', 'data-db').ingress.push({
        from: [{ ipBlock: { cidr: '0.0.0.0/0' } }],
        ports: [{ port: 5432 }],
      }),
    rules: ['NET-003'],
  },
  {
    what: 'a database that lets its application no longer in',
    breakIt: (all) => (spec(all, 'NetworkPolicy', 'data-db').ingress = []),
    rules: ['NET-002'],
  },
  {
    what: 'a policy for nobody',
    breakIt: (all) => (spec(all, 'NetworkPolicy', 'shop-web').podSelector.matchLabels = { app: 'nobody' }),
    rules: ['NET-001', 'NET-004'],
  },
];

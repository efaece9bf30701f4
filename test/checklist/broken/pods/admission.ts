/** What the API server of a newer cluster refuses, or any. */
import { find } from '../../../support/synth';
import { type Breakage, spec } from '../breakage';

export const ADMISSION_BREAKAGES: readonly Breakage[] = [
  {
    what: 'an API version that is gone',
    breakIt: (all) => (find(all, 'PodDisruptionBudget', 'shop-web').apiVersion = 'policy/v1beta1'),
    rules: ['COR-014'],
  },
  {
    what: 'a ConfigMap of more than a mebibyte',
    breakIt: (all) => (find(all, 'ConfigMap', 'edge-proxy').data['large.txt'] = 'x'.repeat(2 ** 20)),
    rules: ['COR-015'],
  },
  {
    what: 'annotations of more than 256 KiB',
    breakIt: (all) =>
      (find(all, 'Deployment', 'shop-web').metadata.annotations = {
        'example.com/notes': 'x'.repeat(2 ** 18),
      }),
    rules: ['COR-015'],
  },
  {
    what: 'an address that is none',
    breakIt: (all) =>
      spec(all, 'NetworkPolicy', 'shop-web').egress.push({
        to: [{ ipBlock: { cidr: '10.0.0.0/33' } }],
        ports: [{ port: 443, protocol: 'TCP' }],
      }),
    rules: ['COR-016'],
  },
  {
    what: 'a kind of Service that there is not',
    breakIt: (all) => (spec(all, 'Service', 'shop-web').type = 'Loadbalancer'),
    rules: ['COR-017'],
  },
];

/** Images and quantities that do not say what will run. */
import { type Breakage, containersOf, spec, web } from '../breakage';

export const RESOURCE_BREAKAGES: readonly Breakage[] = [
  {
    what: 'an image called latest',
    breakIt: (all) => (web(all).image = 'registry.example.com/shop:latest'),
    rules: ['REL-005'],
  },
  {
    what: 'an image without a tag',
    breakIt: (all) => (web(all).image = 'registry.example.com:5000/shop'),
    rules: ['REL-005'],
  },
  {
    what: 'half a byte of memory',
    breakIt: (all) => (web(all).resources.requests.memory = '512m'),
    rules: ['COR-007', 'RES-006'],
  },
  {
    what: 'a quantity that is none',
    breakIt: (all) => (web(all).resources.limits.cpu = 'lots'),
    rules: ['RES-006'],
  },
  {
    what: 'a request below the limit of a database',
    breakIt: (all) => (containersOf(all, 'StatefulSet', 'data-db')[0].resources.requests.memory = '8Gi'),
    rules: ['RES-005'],
  },
  {
    what: 'a quota below the peak',
    breakIt: (all) => (spec(all, 'ResourceQuota', 'shop').hard.pods = '40'),
    rules: ['RES-007'],
  },
];

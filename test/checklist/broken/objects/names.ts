/** Names and texts that the API server refuses, or takes although nobody can read them. */
import { find } from '../../../support/synth';
import { type Breakage, setEnv, spec, web } from '../breakage';

export const NAMING_BREAKAGES: readonly Breakage[] = [
  {
    what: 'a StatefulSet whose pods could not be labelled',
    breakIt: (all) => {
      const set = find(all, 'StatefulSet', 'data-cache');
      set.metadata.name = `data-cache-${'x'.repeat(50)}`;
    },
    rules: ['COR-011'],
  },
  {
    what: 'a Service that starts with a digit',
    breakIt: (all) =>
      all.push({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: '1st', namespace: 'shop-prod' },
        spec: { ...spec(all, 'Service', 'shop-web') },
      }),
    rules: ['COR-011'],
  },
  {
    what: 'a label that is a sentence',
    breakIt: (all) => (find(all, 'Deployment', 'shop-web').metadata.labels.team = 'the shop'),
    rules: ['COR-011'],
  },
  {
    what: 'a variable with a blank in its name',
    breakIt: (all) => setEnv(web(all), 'SHOP NAME', 'x'),
    rules: ['COR-011'],
  },
  {
    what: 'a file with a slash in its name',
    breakIt: (all) => (find(all, 'ConfigMap', 'edge-proxy').data['conf.d/x'] = ''),
    rules: ['COR-011'],
  },
  {
    what: 'a port name of twenty letters',
    breakIt: (all) => web(all).ports.push({ name: 'a-port-for-debugging', containerPort: 9999 }),
    rules: ['COR-011'],
  },
  {
    what: 'an image with a blank at its end',
    breakIt: (all) => (web(all).image += ' '),
    rules: ['COR-013'],
  },
  {
    what: 'a NUL in a file',
    breakIt: (all) => (find(all, 'ConfigMap', 'edge-proxy').data['notes.txt'] = 'a\u0000b'),
    rules: ['COR-013'],
  },
  {
    what: 'a directive in a path',
    breakIt: (all) => (find(all, 'Ingress').spec.rules[0].http.paths[0].path = '/x;}\nlocation /y {'),
    rules: ['COR-013'],
  },
];

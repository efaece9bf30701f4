/** What the API server refuses, or takes although nobody can mean it. */
import { find } from '../support/synth';
import { type Breakage, containersOf, setEnv, spec, web } from './broken';

export const ADMISSION_BREAKAGES: readonly Breakage[] = [
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
    what: 'a port that is none',
    breakIt: (all) => web(all).ports.push({ name: 'debug', containerPort: 99_999 }),
    rules: ['COR-012'],
  },
  {
    what: 'a pod that is killed without a word',
    breakIt: (all) =>
      (spec(all, 'Deployment', 'shop-worker').template.spec.terminationGracePeriodSeconds = 0),
    rules: ['COR-012'],
  },
  {
    what: 'a rollout that fails before its pods can be ready',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').minReadySeconds = 900),
    rules: ['COR-012'],
  },
  {
    what: 'a Deployment that never restarts',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').template.spec.restartPolicy = 'Never'),
    rules: ['COR-012'],
  },
  {
    what: 'a liveness probe that has to succeed twice',
    breakIt: (all) => (web(all).livenessProbe.successThreshold = 2),
    rules: ['COR-012'],
  },
  {
    what: 'a skew of nothing',
    breakIt: (all) =>
      (spec(all, 'Deployment', 'shop-web').template.spec.topologySpreadConstraints[0].maxSkew = 0),
    rules: ['COR-012'],
  },
  {
    what: 'one topology spread twice',
    breakIt: (all) => {
      const { topologySpreadConstraints: constraints } = spec(all, 'Deployment', 'shop-web').template.spec;
      constraints.push(structuredClone(constraints[0]));
    },
    rules: ['COR-012'],
  },
  {
    what: 'two ports without names',
    breakIt: (all) => spec(all, 'Service', 'shop-web').ports.push({ port: 81, targetPort: 'http' }),
    rules: ['COR-012'],
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
    what: 'a container port twice',
    breakIt: (all) =>
      containersOf(all, 'Deployment', 'shop-web')[0].ports.push({ name: 'again', containerPort: 8080 }),
    rules: ['COR-005'],
  },
  {
    what: 'a kind of Service that there is not',
    breakIt: (all) => (spec(all, 'Service', 'shop-web').type = 'Loadbalancer'),
    rules: ['COR-017'],
  },
  {
    what: 'a surge that is no share',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').strategy.rollingUpdate.maxSurge = 'some'),
    rules: ['COR-012'],
  },
];
